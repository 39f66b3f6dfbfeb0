"""What tests read of the platform, and the residents they put into it."""

import re
import threading
import time

import pytest

from local.line_platform.app import make_app
from local.line_platform.ids import user_id
from local.line_platform.platform import Platform
from local.line_platform.settings import Settings
from tests.local.line_platform.drive import ROOT, City, Line, text


def test_ids_follow_from_the_seed_and_go_on_where_they_ended(line: Line) -> None:
    first = line.tell("/residents", {"count": 2, "seed": "drill"})["residents"]
    second = line.tell("/residents", {"count": 1, "seed": "drill"})["residents"]
    assert [user_id("drill", number) for number in range(3)] == [each["id"] for each in first + second]
    assert "U" + "0" * 32 == re.sub("[0-9a-f]", "0", first[0]["id"])


def test_a_whole_city_is_added_at_once_and_a_chat_in_it_read(line: Line) -> None:
    count = 200_000
    made = line.tell("/residents", {"count": count, "seed": "city", "following": True})
    assert (count, []) == (made["count"], made["residents"])
    users = [user_id("city", number) for number in range(0, count, 400)]
    line.api("/message/multicast", {"to": users, "messages": [text("a"), text("b")]})
    line.push(users[7], text("c"))
    assert {"residents": 500, "sends": 501, "by_count": {"1": 499, "2": 1}} == line.look("/deliveries?summary=1")
    assert ["a", "b", "c"] == line.said(users[7])
    assert [] == line.said(user_id("city", 1))


def test_ids_may_be_given(line: Line) -> None:
    user = "U" + "ab" * 16
    made = line.tell("/residents", {"ids": [user], "following": True})
    assert [user] == [each["id"] for each in made["residents"]]
    assert 200 == line.push(user, text("a")).status_code


def test_next_waits_for_what_the_city_says(line: Line) -> None:
    user = line.resident()
    assert {"n": 0, "messages": []} == line.look(f"/residents/{user}/next?timeout=0")
    heard = []
    waiting = threading.Thread(target=lambda: heard.append(line.look(f"/residents/{user}/next?after=0&timeout=20")))
    waiting.start()
    line.push(user, text("a"), text("b"))
    waiting.join()
    assert ["a", "b"] == [entry["message"]["text"] for entry in heard[0]["messages"]]
    assert [] == line.look(f"/residents/{user}/next?after={heard[0]['n']}&timeout=0.05")["messages"]


def test_the_chat_tells_both_ways_how_and_under_which_key(line: Line, city: City) -> None:
    user = line.resident()
    key = "123e4567-e89b-12d3-a456-426614174000"
    done = line.tell(f"/residents/{user}/say", {"text": "はい"})
    pushed = line.push(user, text("a"), key=key)
    said, heard = line.look(f"/residents/{user}/chat")["entries"]
    assert ("resident", "say", done["event"], done["message_id"]) == tuple(
        said[name] for name in ("by", "how", "event", "message_id")
    )
    assert ("city", "push", key, pushed.headers["x-line-request-id"]) == tuple(
        heard[name] for name in ("by", "how", "key", "request_id")
    )
    assert pushed.json()["sentMessages"][0]["id"] == heard["message_id"]


def test_the_record_says_who_got_what_under_which_key(line: Line) -> None:
    users = [line.resident(), line.resident()]
    key = "123e4567-e89b-12d3-a456-426614174000"
    line.api("/message/multicast", {"to": users, "messages": [text("a")]}, key)
    line.api("/message/multicast", {"to": users, "messages": [text("a")]}, key)
    line.push(users[0], text(""))
    sends = line.look("/record")["sends"]
    assert [("multicast", key, users, [text("a")])] == [
        (send["endpoint"], send["key"], send["users"], send["messages"]) for send in sends
    ]
    requests = line.look(f"/requests?key={key}")["requests"]
    assert [(200, 2, True), (409, 2, False)] == [(each["status"], each["ids"], each["accepted"]) for each in requests]
    assert [400] == [each["status"] for each in line.look("/requests?since=2")["requests"]]
    assert {users[0]: 1, users[1]: 1} == line.look("/deliveries?endpoint=multicast")
    assert {} == line.look("/deliveries?since=1")


def test_the_summary_of_deliveries_counts_those_who_follow(line: Line) -> None:
    twice, once, never, blocker = [line.resident() for _ in range(4)]
    line.tell("/residents")  # a stranger
    for users in ([twice, once, blocker], [twice]):
        line.api("/message/multicast", {"to": users, "messages": [text("a")]})
    line.tell(f"/residents/{blocker}/block", {"wait": False})
    line.push(never, text("a"))
    summary = line.look("/deliveries/summary?endpoint=multicast")
    assert (1, 1, 1, 2, 2) == tuple(summary[name] for name in ("missed", "once", "more", "requests", "accepted"))
    everything = line.look("/deliveries/summary")
    assert (0, 2, 1) == tuple(everything[name] for name in ("missed", "once", "more"))
    assert (3, 0, 0) == tuple(line.look("/deliveries/summary?since=9")[name] for name in ("missed", "once", "more"))


def test_the_summary_tells_when_the_first_and_the_last_were_accepted_by_the_machines_clock(line: Line) -> None:
    user = line.resident()
    line.tell("/clock", {"ahead": 1e6})
    moments = [time.time()]
    for _ in range(2):
        line.push(user, text("a"))
        moments.append(time.time())
    line.push(user, text(""))
    told = line.look("/deliveries/summary")
    first, last = told["first_accepted_at"] / 1000, told["last_accepted_at"] / 1000
    order = [moments[0], first, moments[1], last, moments[2]]
    assert sorted(order) == order
    nothing = line.look("/deliveries/summary?endpoint=reply")
    assert (None, None) == (nothing["first_accepted_at"], nothing["last_accepted_at"])


def test_the_summary_counts_what_met_an_empty_bucket_and_no_other_429(line: Line) -> None:
    user = line.resident()
    line.tell("/faults", {"endpoint": "push", "kind": "status", "status": 429, "count": 1})
    line.push(user, text("a"))
    line.tell("/settings", {"quota": 0})
    line.push(user, text("a"))
    line.tell("/buckets", {"capacity": 1, "rates": {"push": 0.001}})
    statuses = [line.push(user, text("a")).status_code for _ in range(3)]
    assert ([429] * 3, 2) == (statuses, line.look("/deliveries/summary")["rate_refused"])


def test_sends_are_found_by_their_aggregation_unit(line: Line) -> None:
    users = [line.resident() for _ in range(2)]
    for user, unit in zip(users, ("alert", "news"), strict=True):
        line.api("/message/multicast", {"to": [user], "messages": [text("a")], "customAggregationUnits": [unit]})
    assert {users[0]: 1} == line.look("/deliveries?unit=alert")
    assert (1, 1, 1) == tuple(
        line.look("/deliveries/summary?unit=news")[name] for name in ("missed", "once", "requests")
    )
    assert [[users[1]]] == [send["users"] for send in line.look("/record?unit=news")["sends"]]
    assert [2] == [each["seq"] for each in line.look("/requests?unit=news")["requests"]]


@pytest.mark.parametrize(("deed", "body"), [("say", {"text": "a"}), ("tap", {"data": "a"}), ("block", {})])
def test_who_does_not_follow_cannot_speak(line: Line, deed: str, body: dict[str, str]) -> None:
    stranger = line.tell("/residents")["residents"][0]["id"]
    line.tell(f"/residents/{stranger}/{deed}", body, status=409)


def test_a_wrong_body_or_setting_is_refused(line: Line) -> None:
    user = line.resident()
    line.tell(f"/residents/{user}/say", {"txt": "a"}, status=400)
    line.tell("/settings", {"quta": 5}, status=400)
    line.tell("/settings", {"account_name": "別の市", "repeat_probability": 2}, status=400)
    assert "つなぐ市" == line.look("/settings")["account_name"]
    line.tell("/buckets", {"rates": {"broadcast": 1}}, status=400)


def test_a_reset_forgets_everybody(line: Line) -> None:
    user = line.resident()
    line.push(user, text("a"))
    line.tell("/reset")
    assert (0, 0) == (line.look("/residents")["count"], line.look("/requests")["last"])


def test_sigterm_ends_the_process() -> None:
    line = Line()
    assert {"ok": True} == line.look("/health")
    assert 0 == line.stop()


def test_the_readme_lists_every_route_and_every_route_says_what_it_takes() -> None:
    readme = (ROOT / "local/line_platform/README.md").read_text()
    app = make_app(Platform("secret", "token", Settings()))
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:int:)?\w+>", "{}", rule.rule)
        if not path.startswith(("/control/", "/v2/")):
            continue
        known = re.sub(r"\{\w+\}", "{}", readme)
        base, _, last = path.rpartition("/")
        assert path in known or (f"{base}/" in known and f"`/{last}`" in known), path
        if path.startswith("/control/"):
            assert app.view_functions[rule.endpoint].__doc__, path
