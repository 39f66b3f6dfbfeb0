"""receive_webhook: LINE's webhook in, one Pub/Sub message an event out.

It stays small because LINE allows two seconds, a cold start included: no LINE SDK and no Firestore in here.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import flask
import functions_framework

from tsunagu.cloud import logs, settings
from tsunagu.cloud.pubsub import LINE_EVENTS, NotPublished, Publisher
from tsunagu.line.signature import is_valid

BODY_LIMIT = 1 << 20  # bytes; LINE's own bodies are far smaller


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
    if request.method != "POST":
        return "LINE's webhook takes POST only\n", 405, {"Allow": "POST"}
    if (request.content_length or 0) > BODY_LIMIT:
        return "the body is larger than 1 MiB\n", 413
    body = request.stream.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        return "the body is larger than 1 MiB\n", 413
    if not is_valid(configured().line_channel_secret, body, request.headers.get("X-Line-Signature", "")):
        return "the signature is missing or wrong\n", 401
    try:
        events = [_message(event) for event in _events(body)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "the body is not a LINE webhook\n", 400
    log = logs.logger().bind(
        **logs.trace_of(configured().google_cloud_project, request.headers.get("X-Cloud-Trace-Context"))
    )
    try:
        publisher().publish_all(LINE_EVENTS, events)
    except NotPublished as error:
        log.error("events not published, LINE will deliver again", events=len(events), outcome="failed", error=error)
        return "not published\n", 500
    log.info("events published", events=len(events), outcome="published")
    return "ok\n", 200


def _events(body: bytes) -> list[dict[str, Any]]:
    events = json.loads(body)["events"]
    if not isinstance(events, list):
        raise TypeError("events")
    return events


def _message(event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The event as Pub/Sub carries it: its JSON, its id, and its type."""
    event_id, kind = event["webhookEventId"], event["type"]
    if not (isinstance(event_id, str) and isinstance(kind, str)):
        raise TypeError("webhookEventId, type")
    return json.dumps(event).encode(), {"event_id": _plain(event_id), "kind": _plain(kind)}


def _plain(words: str) -> str:
    """An attribute is UTF-8; what JSON lets through may not be."""
    return words[:64].encode("ascii", "replace").decode()
