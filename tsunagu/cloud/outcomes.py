"""What becomes of a message, decided in this one place.

TsunaguError
├── Rejected    can never succeed: record it, acknowledge it, show it to a human
└── TryAgain    the ground is shaking (Firestore, Pub/Sub): do not acknowledge, Pub/Sub delivers again

Anything else raised is a bug: not acknowledged, logged, and after the last attempt in the dead letters. What merely has
to wait (LINE down, a rate, a lease) is neither: it is written down with its `next_try` and acknowledged.
"""

import base64
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import flask
from google.cloud import firestore

from tsunagu.cloud import logs

MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")  # digits in practice; it becomes a document's name
TOKEN = re.compile(r"[A-Za-z0-9_?-]{1,64}")  # what publishers of ours write into attributes
REJECTED = "rejected"
KEPT = timedelta(days=90)  # how long a human may look at what was rejected


class TsunaguError(logs.Loggable):
    """`reason` is shown to staff and logged, so it never holds a resident's words, id or place."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(TsunaguError):
    pass


class TryAgain(TsunaguError):
    pass


@dataclass(frozen=True)
class Delivery:
    """One Pub/Sub message as a push subscription delivers it."""

    message_id: str
    data: bytes
    attributes: dict[str, str]
    published_at: datetime

    def json(self) -> dict[str, object]:
        """The body as a JSON object; anything else can never succeed."""
        try:
            body = json.loads(self.data)
        except (ValueError, RecursionError) as error:
            raise Rejected("the message is not JSON") from error
        if not isinstance(body, dict):
            raise Rejected("the message is not a JSON object")
        return body


Record = Callable[[Delivery, Rejected], None]


def recorder(db: firestore.Client) -> Record:
    """Writes what was rejected to `rejected/{message id}`: the reason and the kind, never the message."""

    def record(delivery: Delivery, rejected: Rejected) -> None:
        now = datetime.now(UTC)
        db.collection(REJECTED).document(delivery.message_id).set(
            {
                "at": now,
                "function": os.environ.get("K_SERVICE", os.environ.get("FUNCTION_TARGET", "")),
                "kind": _named(delivery.attributes).get("kind", ""),
                "reason": rejected.reason,
                "expires": now + KEPT,
            }
        )

    return record


def answer_push(request: flask.Request, handle: Callable[[Delivery], str | None], record: Record) -> tuple[str, int]:
    """Decode a push request, let `handle` do its work, and answer Pub/Sub.

    `handle` returns a word for the log ("answered", "repeated", …). Answers 204 (done, or rejected and recorded),
    503 (try again) or 500 (a bug). A body that is no push envelope is 400: it did not come from Pub/Sub.
    """
    began = monotonic()
    with logs.about(**logs.trace_of(os.environ.get("GOOGLE_CLOUD_PROJECT", ""), request.headers)):
        try:
            delivery = _decode(request)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            logs.logger().warning("not a Pub/Sub push", outcome="refused", ms=logs.since(began))
            return "not a Pub/Sub push envelope\n", 400
        with logs.about(message_id=delivery.message_id, **_named(delivery.attributes)):
            return "", _handled(delivery, handle, record, began)


def _handled(delivery: Delivery, handle: Callable[[Delivery], str | None], record: Record, began: float) -> int:
    try:
        try:
            outcome, status = handle(delivery) or "done", 204
        except Rejected as rejected:
            record(delivery, rejected)
            outcome, status = f"rejected: {rejected.reason}", 204
    except TryAgain as busy:
        outcome, status = f"try again: {busy.reason}", 503
    except Exception as error:
        logs.logger().error("a bug", outcome="bug", error=error, ms=logs.since(began))
        return 500
    level = logs.logger().info if status == 204 else logs.logger().warning
    level("message handled", outcome=outcome, ms=logs.since(began))
    return status


def _decode(request: flask.Request) -> Delivery:
    message = json.loads(request.get_data())["message"]
    message_id, published_at = str(message["messageId"]), datetime.fromisoformat(message["publishTime"])
    if not MESSAGE_ID.fullmatch(message_id) or published_at.tzinfo is None:
        raise ValueError("messageId, publishTime")
    return Delivery(
        message_id=message_id,
        data=base64.b64decode(message.get("data", ""), validate=True),
        published_at=published_at,
        attributes={str(name): str(value) for name, value in (message.get("attributes") or {}).items()},
    )


def _named(attributes: dict[str, str]) -> dict[str, str]:
    return {name: attributes[name] for name in ("event_id", "kind") if TOKEN.fullmatch(attributes.get(name, ""))}
