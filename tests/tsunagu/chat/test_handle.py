"""The kernel's promises: one effect, one answer, whatever is repeated, late or broken on the way."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore

from local.phones import Phones
from local.stand_in import StandIn
from tests.tsunagu.conftest import Talk
from tsunagu.chat.handle import Chat
from tsunagu.chat.pay import Payer, retry_key
from tsunagu.chat.turn import CLAIMS, Turn
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line, Sent
from tsunagu.line.events import Event
from tsunagu.line.messages import Message, text
from tsunagu.residents import chat as residents

SOON = timedelta(seconds=5)
TOO_LATE_FOR_THE_TOKEN = timedelta(seconds=55)


class Died(BaseException):
    pass


class LineThatKills(Line):
    """The process ends where it would have called LINE."""

    def reply(self, token: str, messages: Sequence[Message]) -> Sent:
        raise Died


def die_before_the_answer(talk: Talk, db: firestore.Client, event: Event, now: datetime) -> None:
    dying = Chat(db, LineThatKills("token", "http://127.0.0.1:9"), [residents.following], [], [])
    with pytest.raises(Died):
        dying.handle(event, now, now)
    assert [] == talk.phone.received()


def payer(platform: StandIn, db: firestore.Client) -> Payer:
    """The one that run_due_work makes."""
    return Payer(db, Line(platform.channel_access_token, platform.url))


def claim(db: firestore.Client, event_id: str) -> dict[str, object]:
    return db.collection(CLAIMS).document(event_id).get().to_dict() or {}


def test_an_event_handled_again_has_no_effect_and_no_second_answer(talk: Talk) -> None:
    event = talk.event(talk.phone.follow())
    now = datetime.now(UTC)
    assert "answered" == talk.chat.handle(event, now, now)
    assert "repeated" == talk.chat.handle(event, now, now)
    assert 1 == len(talk.phone.received())


def test_a_standby_event_and_one_from_nobody_are_left_alone(talk: Talk, db: firestore.Client) -> None:
    now = datetime.now(UTC)
    talk.phone.follow()
    said = talk.phone.say("hello")
    assert "ignored" == talk.chat.handle(talk.event(said, mode="standby"), now, now)
    assert "ignored" == talk.chat.handle(talk.event(said, source={"type": "user"}), now, now)
    assert {} == claim(db, said["event"])
    assert [] == talk.phone.received()


def test_an_unknown_kind_of_event_is_passed_over(talk: Talk) -> None:
    now = datetime.now(UTC)
    talk.phone.follow()
    assert "ignored" == talk.chat.handle(talk.event(talk.phone.say("a"), type="membershipOfTheMoon"), now, now)


def test_a_handler_that_died_before_the_answer_is_made_good_by_the_redelivery(talk: Talk, db: firestore.Client) -> None:
    event = talk.event(talk.phone.follow())
    now = datetime.now(UTC)
    die_before_the_answer(talk, db, event, now)
    assert "answered" == talk.chat.handle(event, now + SOON, now + SOON)
    assert ["reply"] == [entry["how"] for entry in talk.phone.received()]
    assert "owed" not in claim(db, event.id)


def test_a_redelivery_after_the_token_died_pushes_under_the_events_own_key(talk: Talk, db: firestore.Client) -> None:
    event = talk.event(talk.phone.follow())
    now = datetime.now(UTC)
    die_before_the_answer(talk, db, event, now)
    late = now + TOO_LATE_FOR_THE_TOKEN
    talk.chat.handle(event, now, late)
    assert [("push", str(retry_key(event.id)))] == [(e["how"], e["key"]) for e in talk.phone.received()]


def test_a_reply_that_line_took_without_saying_so_is_not_given_twice(talk: Talk, phones: Phones) -> None:
    event = talk.event(talk.phone.follow())
    now = datetime.now(UTC)
    phones.control("POST", "/faults", {"endpoint": "reply", "kind": "after", "status": 500, "count": 1})
    assert "answered" == talk.chat.handle(event, now, now)
    assert 1 == len(talk.phone.received())


def test_while_line_is_down_the_answer_waits_and_is_pushed_when_due(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    event = talk.event(talk.phone.follow())
    now = datetime.now(UTC)
    phones.control("POST", "/faults", {"endpoint": "*", "kind": "before", "status": 500})
    assert "answer waits: unknown" == talk.chat.handle(event, now, now)
    phones.control("DELETE", "/faults")
    assert 0 == payer(platform, db).pay_what_waits(now + SOON)
    assert 1 == payer(platform, db).pay_what_waits(now + timedelta(seconds=70))
    assert ["push"] == [entry["how"] for entry in talk.phone.received()]
    assert 0 == payer(platform, db).pay_what_waits(now + timedelta(hours=2))
    assert "owed" not in claim(db, event.id)


def test_of_two_who_pay_the_same_debt_the_resident_hears_one(
    talk: Talk, phones: Phones, db: firestore.Client, platform: StandIn
) -> None:
    event = talk.event(talk.phone.follow())
    now = datetime.now(UTC)
    phones.control("POST", "/faults", {"endpoint": "*", "kind": "before", "status": 500})
    talk.chat.handle(event, now, now)
    phones.control("DELETE", "/faults")
    due = now + timedelta(seconds=70)
    assert [1, 0] == [payer(platform, db).pay_what_waits(due), payer(platform, db).pay_what_waits(due)]
    talk.chat.handle(event, now, due)
    assert 1 == len(talk.phone.received())


def test_an_answer_that_line_will_never_take_is_rejected_and_not_tried_for_ever(
    talk: Talk, db: firestore.Client, platform: StandIn
) -> None:
    def speechless(turn: Turn) -> bool:
        turn.say(text(""))
        return True

    chat = Chat(db, Line(platform.channel_access_token, platform.url), [speechless], [], [])
    talk.phone.follow()
    event = talk.event(talk.phone.say("a"))
    now = datetime.now(UTC)
    with pytest.raises(Rejected, match="LINE refused an answer: 400"):
        chat.handle(event, now, now)
    assert "repeated" == chat.handle(event, now, now)


def test_a_claim_forgets_the_words_once_they_are_said(talk: Talk, db: firestore.Client) -> None:
    done = talk.phone.follow()
    talk.hear(done)
    assert {"user", "at", "expires"} == set(claim(db, done["event"]))
