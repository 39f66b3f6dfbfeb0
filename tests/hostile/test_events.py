"""Every event of LINE's, whole and spoilt in every way, through handle_line_event as Pub/Sub pushes it."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import flask
import functions_framework
import pytest
from google.cloud import firestore

from local.phones import Phones
from local.stand_in import StandIn
from tests.hostile.line_events import Event, every_kind, spoilt, whole
from tsunagu.cloud.outcomes import REJECTED
from tsunagu.line.events import parse
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import State

Push = Callable[[Event], tuple[int, str]]
AT_ONCE = 4
KINDS = list(every_kind())


@pytest.fixture
def push(db: firestore.Client, line_platform: StandIn, monkeypatch: pytest.MonkeyPatch) -> Push:
    """Pushes an event as Pub/Sub would; gives the status of the answer, and what it says."""
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", line_platform.channel_access_token)
    monkeypatch.setenv("LINE_API_URL", line_platform.url)
    monkeypatch.setenv("RESPONDENT_SECRET", "a secret of the city")
    monkeypatch.setenv("PRIVATE_BUCKET", "private")
    source = Path(__file__).parents[2] / "functions/chat/main.py"
    app: flask.Flask = functions_framework.create_app("handle_line_event", str(source))  # type: ignore[no-untyped-call]
    survey = Definition.model_validate(
        {
            "id": "words",
            "title": {"ja": "ことば"},
            "questions": [
                {"id": "how", "type": "scale", "text": {"ja": "どう"}},
                {"id": "day", "type": "date", "text": {"ja": "いつ"}},
                {"id": "what", "type": "text", "text": {"ja": "なに"}, "max_length": 5000},
            ],
        }
    )
    store.put(db, survey)
    store.become(db, survey.id, State.OPEN, datetime.now(UTC))

    def pushed(event: Event) -> tuple[int, str]:
        data = json.dumps(event).encode()
        message = {
            "messageId": hashlib.sha256(data).hexdigest(),
            "publishTime": datetime.now(UTC).isoformat(),
            "data": base64.b64encode(data).decode(),
            "attributes": {"kind": "message"},
        }
        answer = app.test_client().post("/", json={"message": message, "subscription": "s"})
        return answer.status_code, answer.text

    return pushed


def users(line_platform: StandIn, count: int) -> list[str]:
    return [phone.user for phone in Phones(line_platform.url).add(count, seed="hostile")]


def named(event: Event) -> Event:
    """With an id of its own for each that reads differently: what reads the same is a repetition, and quickly done."""
    read = parse(json.dumps(event).encode())
    if read is None or event.get("webhookEventId") != "01HZZZZZZZZZZZZZZZZZZZZZZZ":
        return event
    content = repr(replace(read, id="")).encode("utf-8", "surrogatepass")
    return event | {"webhookEventId": hashlib.sha256(content).hexdigest()[:40]}


def test_every_event_with_any_field_gone_or_of_another_type_is_handled(
    push: Push, db: firestore.Client, line_platform: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    everybody = users(line_platform, len(KINDS))

    def play(number: int) -> tuple[int, int, list[object]]:
        """Cases, those that can never be events, and those that were not answered 204."""
        event = whole(KINDS[number], everybody[number])
        cases = [named(case) for case in [event, *spoilt(event)]]
        wrong: list[object] = [(answer, case) for case in cases if (answer := push(case)) != (204, "")]
        return len(cases), sum(parse(json.dumps(case).encode()) is None for case in cases), wrong

    with ThreadPoolExecutor(AT_ONCE) as threads:
        played = list(threads.map(play, range(len(KINDS))))

    assert [] == [str(case)[:600] for _, _, wrong in played for case in wrong]
    assert sum(cases for cases, _, _ in played) > 5_000
    records = [snapshot.to_dict() or {} for snapshot in db.collection(REJECTED).stream()]
    assert {"not an event of LINE's: no id, type or time"} == {record["reason"] for record in records}
    assert {frozenset({"at", "function", "kind", "reason", "expires"})} == {frozenset(record) for record in records}
    assert sum(never for _, never, _ in played) > 500
    out, err = capfd.readouterr()
    assert "" == err
    assert {"INFO"} == {json.loads(line)["severity"] for line in out.splitlines()}


SOURCES: dict[str, Callable[[str], Event]] = {
    "user": lambda user: {"source": {"type": "user", "userId": user}},
    "group": lambda user: {"source": {"type": "group", "groupId": "C" + "4" * 32, "userId": user}},
    "group without a user": lambda user: {"source": {"type": "group", "groupId": "C" + "4" * 32}},
    "room": lambda user: {"source": {"type": "room", "roomId": "R" + "5" * 32, "userId": user}},
    "nobody": lambda user: {"source": None},
    "something new": lambda user: {"source": {"type": "square", "squareId": "S1"}},
}


@pytest.mark.parametrize("mode", ["active", "standby"])
def test_from_wherever_it_comes_it_is_handled_and_only_a_chat_between_two_and_an_invitation_are_answered(
    push: Push, line_platform: StandIn, mode: str
) -> None:
    answered: set[tuple[str, str]] = set()
    calls = Phones(line_platform.url)
    (user,) = users(line_platform, 1)
    for number, kind in enumerate(KINDS):
        for where, source in SOURCES.items():
            before = replies(calls)
            identity = f"{mode}-{number}-{list(SOURCES).index(where)}"
            now = {"timestamp": int(time.time() * 1000), "mode": mode, "webhookEventId": identity}
            assert (204, "") == push(whole(kind, user) | source(user) | now)
            if replies(calls) > before:
                answered.add((where, kind["type"]))
    talks = {("user", kind) for kind in ("message", "postback", "follow")}
    invited = {(where, "join") for where in ("group", "group without a user", "room")}
    assert (talks | invited if mode == "active" else set()) == answered


def replies(calls: Phones) -> int:
    """How often the city has called LINE."""
    return int(calls.control("GET", "/requests?since=1000000")["last"])
