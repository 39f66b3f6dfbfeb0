"""handle_line_event with nothing in it: five documents written one after the other, then a reply. No claim, no reading.

Five is what handle_line_event writes when a resident taps a topic: resident, note, conversation, claim, and the claim
once more when the answer is paid. They hold as much as those do. Where the push says so they go in one commit.
"""

import base64
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import flask
import functions_framework
from google.cloud import firestore

from local.bench.bare.reply import reply

CHANGED = (
    "following",
    "language",
    "ward",
    "district",
    "topics",
    "age_band",
    "consent",
    "topics/bosai",
    "topics/kosodate",
)


@cache
def db() -> firestore.Client:
    return firestore.Client(project=os.environ["GOOGLE_CLOUD_PROJECT"])


@functions_framework.http
def handle_line_event(request: flask.Request) -> tuple[str, int]:
    message = request.get_json()["message"]
    event = json.loads(base64.b64decode(message["data"]))
    documents = {db().collection(name).document(event["webhookEventId"]): content for name, content in of(event)}
    if message["attributes"].get("commits") == "one":
        batch = db().batch()
        for document, content in documents.items():
            batch.set(document, content)
        batch.commit()
    else:
        for document, content in documents.items():
            document.set(content)
    reply(event)
    return "", 204


def of(event: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    now, at, user = datetime.now(UTC), event["timestamp"], event["source"]["userId"]
    row = {
        "following": True,
        "quiet": False,
        "wards": ["chuo"],
        "districts": ["hakuzan"],
        "topics": ["bosai", "kosodate"],
        "tags": [],
        "language": "ja",
        "age_band": "30s",
        "since": now,
    }
    written: dict[str, dict[str, Any]] = {
        "residents": {**row, "consent": now, "changed": dict.fromkeys(CHANGED, at), "version": at},
        "roster_changes": {"hash": "0123456789abcdef", "row": row, "version": at},
        "conversations": {
            "asked": [{"at": at, "question": "residents/topics"}] * 20,
            "texts": [],
            "unsent": [],
            "expires": now,
        },
        "handled_events": {
            "user": user,
            "at": now,
            "expires": now,
            "owed": {"messages": "x" * 2_000, "reply_token": event["replyToken"], "token_until": now},
        },
        "answered": {"user": user, "at": now, "expires": now},
    }
    return written.items()
