"""A hundred thousand bodies for receive_webhook, in process; what is published is read back from Pub/Sub's emulator."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import flask
import functions_framework
import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from tests.hostile.bodies import SECRET, Post, Poster
from tsunagu.line.signature import sign

BODIES = 100_000
PATIENCE = 120.0  # seconds for reading all of it back
TRACE = "0123456789abcdef" * 2
TRACES = [
    ({"HTTP_X_CLOUD_TRACE_CONTEXT": f"{TRACE}/1;o=1"}, True),
    ({"HTTP_TRACEPARENT": f"00-{TRACE}-0123456789abcdef-01"}, True),
    ({"HTTP_X_CLOUD_TRACE_CONTEXT": "090-0000-0000", "HTTP_TRACEPARENT": "00-" + "語" * 32}, False),
    ({}, False),
]


@pytest.fixture
def app(project: str, pubsub_host: str, monkeypatch: pytest.MonkeyPatch) -> flask.Flask:
    monkeypatch.setenv("LINE_CHANNEL_SECRET", SECRET)
    PublisherClient().create_topic(name=PublisherClient.topic_path(project, "line-events"))
    source = Path(__file__).parents[2] / "functions/webhook/main.py"
    made: flask.Flask = functions_framework.create_app("receive_webhook", str(source))  # type: ignore[no-untyped-call]
    return made


def published(subscriber: SubscriberClient, subscription: str, expected: int) -> Iterator[tuple[str, str, str]]:
    """Event, id and type of each message there; after `expected` of them a look whether there are more."""
    seen, until = 0, time.monotonic() + PATIENCE
    while time.monotonic() < until:
        request = {"subscription": subscription, "max_messages": 1000, "return_immediately": seen >= expected}
        received = subscriber.pull(request=request, timeout=10).received_messages
        if not received and seen >= expected:
            return
        for message in received:
            attributes = dict(message.message.attributes)
            yield canonical(json.loads(message.message.data)), attributes["event_id"], attributes["kind"]
        if received:
            ids = [message.ack_id for message in received]
            subscriber.acknowledge(request={"subscription": subscription, "ack_ids": ids})
        seen += len(received)


def canonical(event: dict[str, Any]) -> str:
    return json.dumps(event, sort_keys=True)


def environ_of(post: Post, number: int) -> dict[str, Any]:
    signature = sign(SECRET, post.body) if post.signature is None else post.signature
    environ = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(post.body), "wsgi.errors": BytesIO(), "wsgi.multithread": True,
        "CONTENT_LENGTH": str(len(post.body)), "HTTP_X_LINE_SIGNATURE": signature,
        **TRACES[number % len(TRACES)][0], **post.environ,
    }  # fmt: skip
    return {name: value for name, value in environ.items() if value is not None}


@pytest.mark.filterwarnings("ignore:The return_immediately flag")
def test_whatever_is_posted_is_answered_as_it_should_and_only_what_is_signed_and_sound_is_published(
    app: flask.Flask, project: str, capfd: pytest.CaptureFixture[str]
) -> None:
    subscriber = SubscriberClient()
    subscription = SubscriberClient.subscription_path(project, "seen-by-the-test")
    topic = PublisherClient.topic_path(project, "line-events")
    subscriber.create_subscription(name=subscription, topic=topic)
    due: Counter[tuple[str, str, str]] = Counter()
    answers: Counter[tuple[str, int, int]] = Counter()
    for number, post in enumerate(Poster(2026).posts(BODIES)):
        status: list[str] = []
        b"".join(app(environ_of(post, number), lambda line, headers, exc_info=None, to=status: to.append(line)))
        answers[(post.body[:20].hex(), post.status, int(status[0][:3]))] += post.status != int(status[0][:3])
        due.update((canonical(event), event["webhookEventId"], event["type"]) for event in post.events)

    assert {} == +answers
    assert due == Counter(published(subscriber, subscription, due.total()))
    assert due.total() > 1_000
    out, err = capfd.readouterr()
    assert "" == err
    lines = [json.loads(line) for line in out.splitlines()]
    assert BODIES == len(lines)
    for number, line in enumerate(lines):
        assert {"severity", "message", "time", "outcome", "ms"} <= line.keys()
        assert TRACES[number % len(TRACES)][1] == ("logging.googleapis.com/trace" in line)
        assert line["severity"] in ("INFO", "WARNING")
        assert ("event_ids" in line and "kinds" in line) == (line["outcome"] == "published")
