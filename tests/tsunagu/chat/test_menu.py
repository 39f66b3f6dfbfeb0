"""A rich menu that is owed is shown: before the answer, whatever breaks on the way, and never in the answer's way."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from functions_framework import create_app
from google.cloud import firestore

from local.phones import Phones
from local.stand_in import StandIn
from local.topology import ROOT
from tests.tsunagu.conftest import Talk
from tsunagu.chat.handle import Chat
from tsunagu.chat.pay import Payer
from tsunagu.chat.turn import CLAIMS
from tsunagu.line import rich_menus
from tsunagu.line.client import Line, Sent
from tsunagu.line.events import Event
from tsunagu.line.messages import Message
from tsunagu.line.outcomes import Outcome
from tsunagu.menus.link import show
from tsunagu.residents import chat as residents
from tsunagu.residents import store
from tsunagu.residents.rules import Resident

DUE = timedelta(seconds=70)  # later than any first wait
Menus = dict[str, str]


class Died(BaseException):
    pass


class LineThatKills(Line):
    """The process ends where it would have answered."""

    def reply(self, token: str, messages: Sequence[Message]) -> Sent:
        raise Died


class LineOvertaken(Line):
    """Silent, while another takes the same event and has an answer."""

    chat: Chat
    event: Event

    def reply(self, token: str, messages: Sequence[Message]) -> Sent:
        now = datetime.now(UTC)
        self.chat.handle(self.event, now, now)
        return Sent(Outcome.UNKNOWN, None, "", "", {})


def payer(db: firestore.Client, platform: StandIn) -> Payer:
    """The one of run_due_work."""
    line = Line(platform.channel_access_token, platform.url)
    return Payer(db, line, partial(show, db, line))


def fault(phones: Phones, endpoint: str, **how: Any) -> None:
    phones.control("POST", "/faults", {"endpoint": endpoint, "kind": "before", "status": 500, **how})


def asked_of_line(phones: Phones) -> list[str]:
    """What LINE was asked after the menus were made."""
    made = {"menu_create", "menu_upload", "menu_alias", "menu_default"}
    requests = phones.control("GET", "/requests")["requests"]
    return [request["endpoint"] for request in requests if request["endpoint"] not in made]


def claim(db: firestore.Client, event: Event) -> dict[str, Any]:
    return db.collection(CLAIMS).document(event.id).get().to_dict() or {}


def chosen(talk: Talk, label: str) -> Event:
    """The tap that chooses a language, not handled yet."""
    talk.follow()
    return talk.event(talk.phone.tap(label))


def test_choosing_another_language_shows_its_menu_before_the_answer(talk: Talk, menus: Menus, phones: Phones) -> None:
    talk.follow()
    assert menus["ordinary-ja"] == talk.menu()
    talk.tap("English")
    assert menus["ordinary-en"] == talk.menu()
    assert ["reply", "menu_link", "reply"] == asked_of_line(phones)


def test_coming_back_to_japanese_shows_everybodys_menu(talk: Talk, menus: Menus, phones: Phones) -> None:
    talk.follow()
    talk.tap("English")
    talk.hear(phones.control("POST", f"/residents/{talk.phone.user}/tap", {"data": "residents/go?step=language"}))
    talk.tap("日本語")
    assert menus["ordinary-ja"] == talk.menu()
    assert "menu_unlink" in asked_of_line(phones)


def test_choosing_the_language_that_is_spoken_already_asks_line_nothing_more(
    talk: Talk, menus: Menus, phones: Phones
) -> None:
    talk.follow()
    talk.tap("日本語")
    assert ["reply", "reply"] == asked_of_line(phones)


@pytest.mark.parametrize(("label", "alias"), [("English", "ordinary-en"), ("日本語", "ordinary-ja")])
def test_who_was_supposed_to_read_english_sees_the_menu_of_what_they_choose(
    label: str, alias: str, talk: Talk, menus: Menus, db: firestore.Client, platform: StandIn
) -> None:
    talk.follow()
    for reference, content in store.documents_of(db, talk.phone.user, Resident(language="en", version=1)):
        reference.set(content)
    if label == "日本語":
        show(db, Line(platform.channel_access_token, platform.url), talk.phone.user)
        assert menus["ordinary-en"] == talk.menu()
    talk.tap(label)
    assert menus[alias] == talk.menu()


def test_where_no_menu_was_deployed_none_is_asked_for(talk: Talk, phones: Phones) -> None:
    talk.follow()
    talk.tap("English")
    assert ["reply", "reply"] == asked_of_line(phones)
    assert "Which ward" in talk.last_words()


def test_a_process_that_dies_before_the_menu_leaves_nothing_unpaid(
    talk: Talk, menus: Menus, db: firestore.Client
) -> None:
    def dies(user: str) -> Sent | None:
        raise Died

    event, now = chosen(talk, "English"), datetime.now(UTC)
    with pytest.raises(Died):
        Chat(db, Line("t", "http://127.0.0.1:9"), [residents.words_and_buttons], [], [], dies).handle(event, now, now)
    assert "answered" == talk.chat.handle(event, now, now)
    assert menus["ordinary-en"] == talk.menu()
    assert "Which ward" in talk.last_words()
    assert "owed" not in claim(db, event)


def test_a_process_that_dies_between_the_menu_and_the_answer_leaves_nothing_unpaid(
    talk: Talk, menus: Menus, db: firestore.Client, platform: StandIn
) -> None:
    event, now = chosen(talk, "English"), datetime.now(UTC)
    line = LineThatKills(platform.channel_access_token, platform.url)
    with pytest.raises(Died):
        Chat(db, line, [residents.words_and_buttons], [], [], partial(show, db, line)).handle(event, now, now)
    assert menus["ordinary-en"] == talk.menu()
    assert "answered" == talk.chat.handle(event, now, now)
    assert 2 == len(talk.phone.received())
    assert "owed" not in claim(db, event)


def test_while_line_is_down_both_wait_and_both_are_paid(
    talk: Talk, menus: Menus, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    event, now = chosen(talk, "English"), datetime.now(UTC)
    fault(phones, "*")
    assert "answer waits: unknown" == talk.chat.handle(event, now, now)
    phones.control("DELETE", "/faults")
    assert 1 == payer(db, platform).pay_what_waits(now + DUE)
    assert menus["ordinary-en"] == talk.menu()
    assert "Which ward" in talk.last_words()
    assert "owed" not in claim(db, event)


@pytest.mark.parametrize("status", [500, 429])
def test_trouble_with_menus_alone_does_not_hold_up_the_answer(
    status: int, talk: Talk, menus: Menus, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    event, now = chosen(talk, "English"), datetime.now(UTC)
    fault(phones, "menu_link", kind="status", status=status)
    assert talk.chat.handle(event, now, now).startswith("answered, menu waits")
    assert "Which ward" in talk.last_words()
    assert menus["ordinary-ja"] == talk.menu()
    phones.control("DELETE", "/faults")
    assert 1 == payer(db, platform).pay_what_waits(now + DUE)
    assert menus["ordinary-en"] == talk.menu()
    assert 2 == len(talk.phone.received())
    assert "owed" not in claim(db, event)


def test_a_menu_that_line_refuses_is_not_tried_again_and_the_answer_is_given(
    talk: Talk, menus: Menus, phones: Phones, db: firestore.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    event, now = chosen(talk, "English"), datetime.now(UTC)
    fault(phones, "menu_link", kind="status", status=400)
    assert "answered" == talk.chat.handle(event, now, now)
    assert "Which ward" in talk.last_words()
    assert "owed" not in claim(db, event)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "rich menu" in line]
    assert [("ERROR", event.id, 400)] == [(line["severity"], line["event_id"], line["status"]) for line in lines]
    assert talk.phone.user not in json.dumps(lines)


def test_menus_that_wait_are_tried_once_a_tick_and_answers_behind_them_are_paid(
    talk: Talk, menus: Menus, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    talk.phone.follow()
    now = datetime.now(UTC)
    fault(phones, "menu_link")
    for language in ("en", "ja-easy"):
        talk.tap_strip(language)
    phones.control("DELETE", "/faults")
    fault(phones, "*")
    help_event = talk.event(talk.phone.say("ヘルプ"))
    assert "answer waits: unknown" == talk.chat.handle(help_event, now, now + timedelta(seconds=20))
    phones.control("DELETE", "/faults")
    fault(phones, "menu_link")
    before = asked_of_line(phones).count("menu_link")
    assert 3 == payer(db, platform).pay_what_waits(now + 2 * DUE)
    assert 1 == asked_of_line(phones).count("menu_link") - before
    assert "owed" not in claim(db, help_event)


def test_of_two_choices_the_later_stands_though_the_menu_of_the_earlier_had_to_wait(
    talk: Talk, menus: Menus, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    event, now = chosen(talk, "English"), datetime.now(UTC)
    fault(phones, "menu_link")
    talk.chat.handle(event, now, now)
    phones.control("DELETE", "/faults")
    talk.tap_strip("ja-easy")
    assert menus["ordinary-ja-easy"] == talk.menu()
    assert 1 == payer(db, platform).pay_what_waits(now + DUE)
    assert menus["ordinary-ja-easy"] == talk.menu()


def test_a_language_chosen_while_another_is_being_shown_is_shown_in_the_end(
    talk: Talk, menus: Menus, db: firestore.Client, platform: StandIn
) -> None:
    class Meanwhile(Line):
        """Just before the English menu is shown, another process hears of another choice."""

        def call(self, method: str, path: str, *more: Any, **named: Any) -> Sent:
            if menus["ordinary-en"] in path and not heard:
                heard.append(talk.tap_strip("ja-easy"))
            return super().call(method, path, *more, **named)

    heard: list[Any] = []
    event, now = chosen(talk, "English"), datetime.now(UTC)
    line = Meanwhile(platform.channel_access_token, platform.url)
    Chat(db, line, [residents.words_and_buttons], [], [], partial(show, db, line)).handle(event, now, now)
    assert 1 == len(heard)
    assert menus["ordinary-ja-easy"] == talk.menu()


def test_what_another_has_paid_meanwhile_is_not_written_down_as_waiting(
    talk: Talk, menus: Menus, db: firestore.Client, platform: StandIn
) -> None:
    event, now = chosen(talk, "English"), datetime.now(UTC)
    line = LineOvertaken(platform.channel_access_token, platform.url)
    line.chat, line.event = talk.chat, event
    slow = Chat(db, line, [residents.words_and_buttons], [], [])
    assert "answer waits: unknown" == slow.handle(event, now, now)
    assert "owed" not in claim(db, event)
    assert 0 == payer(db, platform).pay_what_waits(now + DUE)


def test_who_erases_themselves_sees_everybodys_menu_and_is_forgotten_after_it(
    talk: Talk, menus: Menus, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    talk.follow()
    talk.tap("English")
    talk.say("erase")
    fault(phones, "menu_unlink")
    event, now = talk.event(talk.phone.tap("Delete everything")), datetime.now(UTC)
    assert "answered, menu waits: unknown" == talk.chat.handle(event, now, now)
    assert "Everything about you has been deleted" in talk.last_words()
    phones.control("DELETE", "/faults")
    assert 1 == payer(db, platform).pay_what_waits(now + DUE)
    assert menus["ordinary-ja"] == talk.menu()
    assert {"at", "expires"} == set(claim(db, event))


def push(entry_point: str, bundle: str, data: bytes) -> int:
    client = create_app(entry_point, str(ROOT / "functions" / bundle / "main.py")).test_client()  # type: ignore[no-untyped-call]
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    message = {"messageId": "1", "publishTime": now, "data": base64.b64encode(data).decode()}
    status: int = client.post("/", json={"message": message, "subscription": "s"}).status_code
    return status


def test_the_functions_show_menus(
    talk: Talk,
    menus: Menus,
    phones: Phones,
    db: firestore.Client,
    platform: StandIn,
    project: str,
    pubsub_host: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"LINE_CHANNEL_ACCESS_TOKEN": platform.channel_access_token, "LINE_API_URL": platform.url}
    ours = {"RESPONDENT_SECRET": "a secret of the city", "PRIVATE_BUCKET": "private"}
    for name, value in {**settings, **ours}.items():
        monkeypatch.setenv(name, value)
    talk.follow()
    tapped = phones.control("GET", f"/events/{talk.phone.tap('English')['event']}")
    assert 204 == push("handle_line_event", "chat", json.dumps(tapped).encode())
    assert menus["ordinary-en"] == talk.menu()

    # A tap that is heard but not paid, and one that LINE has seen and we have not.
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    fault(phones, "*")
    heard, _ = (phones.control("POST", f"/residents/{talk.phone.user}/menu/tap", {"area": area}) for area in (1, 0))
    talk.chat.handle(talk.event(heard), long_ago, long_ago)
    phones.control("DELETE", "/faults")
    assert menus["ordinary-ja"] == talk.menu()
    assert 204 == push("run_due_work", "broadcast", b'{"at": "now"}')
    assert menus["ordinary-ja-easy"] == talk.menu()


def test_who_comes_back_sees_the_menu_that_is_theirs_now(talk: Talk, menus: Menus, platform: StandIn) -> None:
    talk.follow()
    talk.tap("English")
    talk.hear(talk.phone.block())
    # A deployment passed by, and with the old menus LINE dropped the links to them.
    rich_menus.unlink(Line(platform.channel_access_token, platform.url), talk.phone.user)
    talk.follow()
    assert menus["ordinary-en"] == talk.menu()


def test_one_debt_that_cannot_be_paid_holds_up_no_other(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    fault(phones, "*")
    events = [talk.event(talk.phone.follow()), talk.event(talk.phone.say("ヘルプ"))]
    for event in events:
        now = datetime.now(UTC)
        assert "answer waits: unknown" == talk.chat.handle(event, now, now)
    db.collection(CLAIMS).document(events[0].id).update({"owed.messages": "no JSON"})
    phones.control("DELETE", "/faults")
    with pytest.raises(ValueError):
        payer(db, platform).pay_what_waits(now + DUE)
    assert "owed" in claim(db, events[0])
    assert "owed" not in claim(db, events[1])
    assert "このアカウントでできること" in talk.last_words()
