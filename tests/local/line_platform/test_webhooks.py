"""What the city receives: signed, within two seconds, again where that is asked for."""

import base64
import hashlib
import hmac
import json
import threading
import time

import pytest

from local.line_platform.webhooks import signature
from tests.local.line_platform.drive import SECRET, City, Line, text

MINUTE = 60


def reply(line: Line, token: str, words: str = "a") -> int:
    return line.api("/message/reply", {"replyToken": token, "messages": [text(words)]}).status_code


def test_the_signature_is_lines() -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=" == signature(SECRET, body)


def test_every_webhook_is_signed_over_its_bytes(line: Line, city: City) -> None:
    user = line.resident()
    line.tell(f"/residents/{user}/say", {"text": "こんにちは"})
    raw, signed = city.received[0]
    assert base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode() == signed


def test_a_wrong_signature_or_none_can_be_sent(line: Line, city: City) -> None:
    line.tell("/webhook", {"body": "{}", "signature": "d3Jvbmc="})
    line.tell("/webhook", {"body": "{}", "signed": False})
    assert [(b"{}", "d3Jvbmc="), (b"{}", None)] == city.received


def test_following_blocking_and_coming_back(line: Line, city: City) -> None:
    user = line.tell("/residents")["residents"][0]["id"]
    for deed in ("follow", "block", "unblock"):
        line.tell(f"/residents/{user}/{deed}")
    follow, unfollow, unblock = city.events()
    assert ("follow", {"isUnblocked": False}) == (follow["type"], follow["follow"])
    assert ("unfollow", False) == (unfollow["type"], "replyToken" in unfollow)
    assert ("follow", {"isUnblocked": True}) == (unblock["type"], unblock["follow"])
    assert {"type": "user", "userId": user} == follow["source"]


def test_a_text_has_what_lines_have(line: Line, city: City) -> None:
    user = line.resident()
    done = line.tell(f"/residents/{user}/say", {"text": "避難所は？", "at": 1_795_000_000_000})
    event = city.events()[0]
    assert {"id", "type", "text", "quoteToken"} == event["message"].keys()
    assert (done["event"], done["message_id"]) == (event["webhookEventId"], event["message"]["id"])
    assert ("active", 1_795_000_000_000, False) == (
        event["mode"],
        event["timestamp"],
        event["deliveryContext"]["isRedelivery"],
    )
    assert (26, 200) == (len(event["webhookEventId"]), done["status"])


def test_a_tap_is_a_postback_and_its_display_text_no_message(line: Line, city: City) -> None:
    user = line.resident()
    params = {"date": "2026-11-22"}
    line.tell(f"/residents/{user}/tap", {"data": "a=1", "displayText": "はい", "params": params})
    assert [{"data": "a=1", "params": params}] == [event["postback"] for event in city.events()]
    entry = line.look(f"/residents/{user}/chat")["entries"][-1]
    assert ({"type": "text", "text": "はい"}, "tap") == (entry["message"], entry["how"])


def test_unsend_names_the_message_and_hides_it(line: Line, city: City) -> None:
    user = line.resident()
    sent = line.tell(f"/residents/{user}/say", {"text": "まちがい"})["message_id"]
    line.tell(f"/residents/{user}/unsend", {"message_id": sent})
    assert {"messageId": sent} == city.events()[-1]["unsend"]
    assert "まちがい" not in json.dumps(line.look(f"/residents/{user}/chat"), ensure_ascii=False)
    line.tell(f"/residents/{user}/unsend", {"message_id": sent}, status=409)


def test_a_group_is_joined_spoken_in_and_left(line: Line, city: City) -> None:
    users = [line.resident(), line.resident()]
    group = line.tell("/groups", {"members": users, "name": "町内会"})["group"]
    line.tell(f"/groups/{group}/say", {"user": users[1], "text": "@つなぐ市 こんにちは"})
    join, said = city.events()
    assert ("join", {"type": "group", "groupId": group}) == (join["type"], join["source"])
    assert {"type": "group", "groupId": group, "userId": users[1]} == said["source"]
    assert (0, 5, True) == tuple(
        said["message"]["mention"]["mentionees"][0][name] for name in ("index", "length", "isSelf")
    )
    assert 200 == reply(line, said["replyToken"], "はい")
    assert "はい" == line.look(f"/groups/{group}/chat")["entries"][-1]["message"]["text"]
    assert 200 == line.push(group, text("皆さんへ")).status_code
    line.tell(f"/groups/{group}/leave")
    assert 400 == line.push(group, text("皆さんへ")).status_code


def test_a_reply_token_works_once(line: Line, city: City) -> None:
    user = line.resident()
    line.tell(f"/residents/{user}/say", {"text": "a"})
    token = city.events()[0]["replyToken"]
    assert (200, 400) == (reply(line, token), reply(line, token))
    assert ["reply token used before"] == line.look("/requests")["requests"][-1]["notes"]
    assert 400 == reply(line, "0" * 32)


@pytest.mark.parametrize(("seconds", "status"), [(MINUTE - 5, 200), (MINUTE + 1, 400)])
def test_a_reply_token_works_for_a_minute(line: Line, city: City, seconds: int, status: int) -> None:
    user = line.resident()
    line.tell(f"/residents/{user}/say", {"text": "a"})
    line.tell("/clock", {"ahead": seconds})
    assert status == reply(line, city.events()[0]["replyToken"])


@pytest.mark.parametrize(("seconds", "status"), [(20 * MINUTE - 5, 200), (20 * MINUTE + 1, 400)])
def test_a_redelivery_gives_another_minute_but_not_after_twenty(
    line: Line, city: City, seconds: int, status: int
) -> None:
    user = line.resident()
    event = line.tell(f"/residents/{user}/say", {"text": "a"})["event"]
    line.tell("/clock", {"ahead": seconds})
    line.tell(f"/events/{event}/repeat")
    line.look("/pending?timeout=10")
    assert status == reply(line, city.events()[0]["replyToken"])


def test_standby_carries_no_reply_token(line: Line, city: City) -> None:
    line.tell(f"/residents/{line.resident()}/say", {"text": "a", "mode": "standby"})
    assert ("standby", False) == (city.events()[0]["mode"], "replyToken" in city.events()[0])


def test_without_redelivery_a_refused_event_is_lost(line: Line, city: City) -> None:
    city.answer = lambda body: 500
    done = line.tell(f"/residents/{line.resident()}/say", {"text": "a"})
    assert (500, 0, 1) == (done["status"], line.look("/pending?timeout=5")["pending"], len(city.received))


def test_with_redelivery_it_comes_again_under_the_same_id(line: Line, city: City) -> None:
    line.tell("/settings", {"redelivery": True, "redelivery_after": [0.05, 0.05, 0.05]})
    city.answer = lambda body: 200 if len(city.received) > 2 else 500
    line.tell(f"/residents/{line.resident()}/say", {"text": "a"})
    line.look("/pending?timeout=10")
    assert [False, True, True] == [event["deliveryContext"]["isRedelivery"] for event in city.events()]
    assert 1 == len({(event["webhookEventId"], event["replyToken"]) for event in city.events()})


def test_an_answer_after_two_seconds_is_no_answer(line: Line, city: City) -> None:
    enough = threading.Event()
    city.answer = lambda body: 200 if enough.wait(5) else 500
    done = line.tell(f"/residents/{line.resident()}/say", {"text": "a"})
    enough.set()
    assert (None, "request_timeout") == (done["status"], done["error"])


def test_an_event_is_repeated_on_request(line: Line, city: City) -> None:
    line.tell(f"/residents/{line.resident()}/say", {"text": "a", "repeat": 2, "after": 0.01})
    line.look("/pending?timeout=10")
    assert [False, True, True] == sorted(event["deliveryContext"]["isRedelivery"] for event in city.events())
    assert 1 == len({event["webhookEventId"] for event in city.events()})


def test_chance_repeats_and_delays_as_the_settings_say(line: Line, city: City) -> None:
    line.tell(
        "/settings", {"repeat_probability": 1, "repeat_after": [0, 0.01], "delay_probability": 1, "delay": [0, 0.01]}
    )
    user = line.resident()
    for number in range(5):
        line.tell(f"/residents/{user}/say", {"text": str(number), "wait": False})
    line.look("/pending?timeout=10")
    assert sorted("0123401234") == sorted(event["message"]["text"] for event in city.events())


def test_a_delayed_event_is_overtaken_and_keeps_its_time(line: Line, city: City) -> None:
    user = line.resident()
    line.tell(f"/residents/{user}/say", {"text": "先", "delay": 1, "wait": False})
    time.sleep(0.01)
    line.tell(f"/residents/{user}/say", {"text": "後"})
    line.look("/pending?timeout=10")
    later, earlier = city.events()
    assert ("後", "先") == (later["message"]["text"], earlier["message"]["text"])
    assert earlier["timestamp"] < later["timestamp"]


@pytest.mark.parametrize(("order", "together", "texts", "webhooks"), [
    (None, False, ["0", "1", "2"], 3),
    ([2, 0, 1], False, ["2", "0", "1"], 3),
    ([1, 0], True, ["1", "0"], 1),
])  # fmt: skip
def test_held_events_go_out_in_the_order_asked_for(
    line: Line, city: City, order: list[int] | None, together: bool, texts: list[str], webhooks: int
) -> None:
    user = line.resident()
    line.tell("/settings", {"hold": True})
    for number in range(3):
        line.tell(f"/residents/{user}/say", {"text": str(number)})
    assert 3 == len(line.look("/held")["events"])
    line.tell("/release", {"order": order, "together": together})
    line.look("/pending?timeout=10")
    assert (texts, webhooks) == ([event["message"]["text"] for event in city.events()], len(city.received))


def test_events_of_ones_own_making_may_share_a_webhook(line: Line, city: City) -> None:
    line.tell("/events", {"events": [{"type": "somethingNew", "novelty": 1}, {"type": "accountLink"}]})
    line.tell("/events", {"events": []})
    assert [2, 0] == [len(json.loads(raw)["events"]) for raw, _ in city.received]
    assert ("somethingNew", 1) == (city.events()[0]["type"], city.events()[0]["novelty"])


def test_every_try_is_on_the_record(line: Line, city: City) -> None:
    user = line.resident()
    line.tell(f"/residents/{user}/say", {"text": "秘密"})
    record = line.look("/webhooks")
    assert (1, [user], ["message"], 200) == (
        record["last"],
        *(record["webhooks"][0][name] for name in ("chats", "kinds", "status")),
    )
    assert "秘密" not in json.dumps(record, ensure_ascii=False)
