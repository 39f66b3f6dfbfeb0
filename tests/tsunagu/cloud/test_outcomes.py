"""What Pub/Sub is answered, what is recorded, and what no log may hold."""

import base64
import json
from collections.abc import Callable, Iterator

import flask
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tsunagu.cloud.outcomes import REJECTED, Delivery, Rejected, TryAgain, answer_push, recorder

CANARY = "カナリア 090-0000-0000 U" + "c" * 32
ENVELOPE = {
    "message": {
        "messageId": "77",
        "publishTime": "2026-11-22T00:00:00.123Z",
        "data": base64.b64encode(CANARY.encode()).decode(),
        "attributes": {"event_id": "01H", "kind": "message", "words": CANARY},
    },
    "subscription": "projects/p/subscriptions/s",
}
Post = Callable[[Callable[[Delivery], str | None], object], int]


@pytest.fixture
def post(db: firestore.Client) -> Iterator[Post]:
    """Posts an envelope to a function that does `handle`, and returns the status."""

    def posted(handle: Callable[[Delivery], str | None], envelope: object = ENVELOPE) -> int:
        app = flask.Flask(__name__)
        app.add_url_rule("/", "f", lambda: answer_push(flask.request, handle, recorder(db)), methods=["POST"])
        client: FlaskClient = app.test_client()
        return client.post("/", data=json.dumps(envelope)).status_code

    yield posted


def fails(error: Exception) -> Callable[[Delivery], str | None]:
    def handle(delivery: Delivery) -> str | None:
        raise error

    return handle


def test_what_was_done_is_acknowledged(post: Post) -> None:
    seen: list[Delivery] = []
    assert 204 == post(lambda delivery: seen.append(delivery), ENVELOPE)
    assert ("77", CANARY.encode()) == (seen[0].message_id, seen[0].data)


def test_what_can_never_succeed_is_recorded_and_acknowledged(post: Post, db: firestore.Client) -> None:
    assert 204 == post(fails(Rejected("the survey is unknown")), ENVELOPE)
    (record,) = db.collection(REJECTED).stream()
    assert ("77", "the survey is unknown", "message") == (record.id, record.get("reason"), record.get("kind"))
    assert CANARY not in str(record.to_dict())


def test_a_busy_world_and_a_bug_are_not_acknowledged(post: Post, db: firestore.Client) -> None:
    assert 503 == post(fails(TryAgain("Firestore: contention")), ENVELOPE)
    assert 500 == post(fails(KeyError("a bug")), ENVELOPE)
    assert [] == list(db.collection(REJECTED).stream())


@pytest.mark.parametrize(
    "envelope",
    [None, [], {}, {"message": None}, {"message": {"messageId": "1", "publishTime": "x"}}, {"message": {"data": "?"}}],
)
def test_what_is_no_push_is_refused(post: Post, envelope: object) -> None:
    assert 400 == post(fails(AssertionError("was handled")), envelope)


def test_no_log_line_holds_what_a_resident_wrote_even_when_an_error_quotes_it(
    post: Post, capfd: pytest.CaptureFixture[str]
) -> None:
    for error in (ValueError(CANARY), Rejected("no reason to quote"), TryAgain("busy")):
        post(fails(error), ENVELOPE)
    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert ["ERROR", "INFO", "WARNING"] == [line["severity"] for line in lines]
    assert ["ValueError"] == [line["error"] for line in lines if "error" in line]
    assert all({"event_id", "kind", "ms", "outcome", "message"} <= line.keys() for line in lines)
    for part in CANARY.split():
        assert part not in out + err
