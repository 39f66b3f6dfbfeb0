"""receive_webhook: LINE's webhook in, one Pub/Sub message an event out.

It stays small because LINE allows two seconds, a cold start included: no LINE SDK and no Firestore in here.
"""

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from time import monotonic
from typing import Any, NoReturn

import flask
import functions_framework

from tsunagu.cloud import logs, settings
from tsunagu.cloud.pubsub import LINE_EVENTS, NotPublished, Publisher
from tsunagu.line.signature import is_valid

BODY_LIMIT = 1 << 20  # bytes; LINE's own bodies are far smaller
PIECE = 1 << 14  # bytes read at a time; a buffer of so many is made for each read
NAMED = 100  # events whose ids and types a log line names
WRITTEN = json.JSONEncoder(allow_nan=False)  # dumps would make one for each event
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

logs.everything()


@dataclass(frozen=True)
class Settings:
    line_channel_secret: str
    google_cloud_project: str


@cache
def configured() -> Settings:
    return settings.read(Settings, os.environ)


@cache
def publisher() -> Publisher:
    return Publisher(configured().google_cloud_project)


@functions_framework.http
def receive_webhook(request: flask.Request) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """200 when every event is published; 401, 400, 413, 405 change nothing; 500 asks LINE to deliver again."""
    began = monotonic()
    log = logs.logger().bind(**logs.trace_of(configured().google_cloud_project, request.headers))
    try:
        events = [_message(event) for event in _events(_signed_body(request))]
    except Refused as refused:
        _let_go(request)
        log.warning(f"refused: {refused}", status=refused.status, outcome="refused", ms=logs.since(began))
        return f"{refused}\n", refused.status, {"Allow": "POST"} if refused.status == 405 else {}
    named = [attributes for _, attributes in events[:NAMED]]
    log = log.bind(
        events=len(events), event_ids=[one["event_id"] for one in named], kinds=[one["kind"] for one in named]
    )
    try:
        publisher().publish_all(LINE_EVENTS, events)
    except NotPublished as error:
        log.error("LINE will deliver again", outcome="not published", error=error, ms=logs.since(began))
        return "not published\n", 500
    log.info("events published", outcome="published", ms=logs.since(began))
    return "ok\n", 200


class Refused(Exception):
    """`status` is the answer; the words are ours and quote nothing."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def _signed_body(request: flask.Request) -> bytes:
    if request.method != "POST":
        raise Refused(405, "LINE's webhook takes POST only")
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refused(413, "the body is larger than 1 MiB")
    stream, length, body = request.stream, request.content_length, b""
    try:
        # A read may bring less than there is; where no length was said, the one that brings nothing is the end.
        while len(body) != length and len(body) <= BODY_LIMIT and (piece := stream.read(PIECE)):
            body += piece
    except Exception as error:  # the server's own, of many kinds: gunicorn's for bad chunks are not even an OSError
        raise Refused(400, "the body broke off") from error
    if len(body) < (length or 0):
        raise Refused(400, "the body broke off")  # gunicorn ends a stream where the connection does
    if len(body) > BODY_LIMIT:
        raise Refused(413, "the body is larger than 1 MiB")
    if not is_valid(configured().line_channel_secret, body, request.headers.get("X-Line-Signature", "")):
        raise Refused(401, "the signature is missing or wrong")
    return body


def _let_go(request: flask.Request) -> None:
    """The framework reads what is left of a body into memory before it answers; read here, it is kept nowhere."""
    with suppress(Exception):
        while request.stream.read(PIECE):
            pass
    request.stream = BytesIO()


def _events(body: bytes) -> list[Any]:
    try:
        events = DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))["events"]
    except (ValueError, KeyError, TypeError, RecursionError):
        events = None
    if not isinstance(events, list):
        raise Refused(400, "the body is not a LINE webhook")
    return events


def _no_json(_constant: str) -> NoReturn:
    """NaN and Infinity, which Python reads but JSON does not know."""
    raise ValueError


DECODER = json.JSONDecoder(parse_constant=_no_json)  # `json.loads` would make one for every body


def _message(event: Any) -> tuple[bytes, dict[str, str]]:
    """The event as Pub/Sub carries it: its JSON, its id, and its type."""
    try:
        event_id, kind = event["webhookEventId"], event["type"]
        # A number beyond a float's range was read as infinite, which cannot be written.
        data = WRITTEN.encode(event).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        event_id = kind = data = None
    if not (data and isinstance(event_id, str) and isinstance(kind, str)):
        raise Refused(400, "the body holds what is no event of LINE's")
    return data, {"event_id": _plain(event_id), "kind": _plain(kind)}


def _plain(words: str) -> str:
    """An attribute is UTF-8, which JSON's text need not be; and it is logged, so that it is a token or nothing."""
    return words if TOKEN.fullmatch(words) else "?"
