"""receive_webhook in a process of its own, over HTTP, publishing to Pub/Sub's emulator."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local import processes
from tsunagu.line.signature import sign

ROOT = Path(__file__).parents[2]
SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
EVENT = {
    "type": "message",
    "webhookEventId": "01H0000000000000000000TEST",
    "timestamp": 1_700_000_000_000,
    "mode": "active",
    "source": {"type": "user", "userId": "U" + "0" * 32},
    "message": {"type": "text", "id": "1", "text": "水が出ません 🙏"},
}


@dataclass
class Webhook:
    url: str
    log: Path
    subscriber: SubscriberClient
    subscription: str

    def post(self, body: bytes, signature: str | None = None) -> int:
        headers = {"X-Line-Signature": sign(SECRET, body) if signature is None else signature}
        return requests.post(self.url, data=body, headers=headers, timeout=10).status_code

    def published(self, expected: int) -> list[tuple[dict[str, object], dict[str, str]]]:
        """Waits for `expected` messages; with none expected, sees that there is nothing to take."""
        found: list[tuple[dict[str, object], dict[str, str]]] = []
        while True:
            request = {"subscription": self.subscription, "max_messages": 100, "return_immediately": expected == 0}
            received = self.subscriber.pull(request=request, timeout=10).received_messages
            if received:
                ids = [message.ack_id for message in received]
                self.subscriber.acknowledge(request={"subscription": self.subscription, "ack_ids": ids})
            found += [(json.loads(m.message.data), dict(m.message.attributes)) for m in received]
            if len(found) >= expected:
                return found


@pytest.fixture(scope="module")
def webhook(pubsub_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhook]:
    project, port = "test-webhook", processes.free_port()
    topic = PublisherClient.topic_path(project, "line-events")
    subscription = SubscriberClient.subscription_path(project, "seen-by-the-test")
    PublisherClient().create_topic(name=topic)
    subscriber = SubscriberClient()
    subscriber.create_subscription(name=subscription, topic=topic)
    log = tmp_path_factory.mktemp("webhook") / "webhook.log"
    env = os.environ | {
        "LINE_CHANNEL_SECRET": SECRET,
        "GOOGLE_CLOUD_PROJECT": project,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    source = str(ROOT / "functions/webhook/main.py")
    command = [sys.executable, "-m", "functions_framework", "--source", source, "--target", "receive_webhook"]
    process = processes.start([*command, "--host", "127.0.0.1", "--port", str(port)], env=env, log=log)
    try:
        processes.wait_until_answers("receive_webhook", port, process, log, 30)
        yield Webhook(f"http://127.0.0.1:{port}/", log, subscriber, subscription)
    finally:
        processes.end(process)


def test_each_event_is_published_by_itself_with_its_id_and_type(webhook: Webhook) -> None:
    other = EVENT | {"webhookEventId": "01H0000000000000000000NEXT", "type": "somethingNew"}
    assert 200 == webhook.post(json.dumps({"destination": "U", "events": [EVENT, other]}).encode())
    published = sorted(webhook.published(2), key=lambda message: message[1]["kind"])
    assert [
        (EVENT, {"event_id": "01H0000000000000000000TEST", "kind": "message"}),
        (other, {"event_id": "01H0000000000000000000NEXT", "kind": "somethingNew"}),
    ] == published


def test_a_communication_check_has_no_events(webhook: Webhook) -> None:
    assert 200 == webhook.post(b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}')


def test_without_lines_signature_nothing_changes(webhook: Webhook) -> None:
    body = json.dumps({"events": [EVENT]}).encode()
    for signature in ("", "x", sign("another secret", body), sign(SECRET, body + b" ")):
        assert 401 == webhook.post(body, signature)
    assert 401 == requests.post(webhook.url, data=body, timeout=10).status_code
    assert [] == webhook.published(0)


def test_what_is_signed_but_not_lines_json_is_refused(webhook: Webhook) -> None:
    for body in (
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"events": {}}',
        b'{"events": [7]}',
        b'{"events": [{"type": "message"}]}',
        b'{"events": [{"type": 1, "webhookEventId": "x"}]}',
        b'{"events": [' + b"9" * 5_000 + b"]}",
        b"[" * 100_000,
        json.dumps({"events": [EVENT]}).encode()[:-1],
    ):
        assert 400 == webhook.post(body), body[:40]
    assert [] == webhook.published(0)


def test_one_event_that_is_none_lets_none_of_its_body_through(webhook: Webhook) -> None:
    assert 400 == webhook.post(json.dumps({"events": [EVENT, {"type": "message"}]}).encode())
    assert [] == webhook.published(0)


def test_half_a_surrogate_pair_in_an_id_is_not_our_crash(webhook: Webhook) -> None:
    body = b'{"events": [{"type": "\\ud800", "webhookEventId": "\\udfff", "timestamp": 1}]}'
    assert 200 == webhook.post(body)
    assert {"event_id": "?", "kind": "?"} == webhook.published(1)[0][1]


def test_a_body_may_have_one_mebibyte_and_no_byte_more(webhook: Webhook) -> None:
    body = b'{"events":[]}'
    assert 200 == webhook.post(body.ljust(1 << 20))
    assert 413 == webhook.post(body.ljust((1 << 20) + 1))


def test_a_body_without_a_length_has_the_same_limit(webhook: Webhook) -> None:
    body = b'{"events":[]}'.ljust((1 << 20) + 1)
    pieces = iter([body[:500_000], body[500_000:]])
    answer = requests.post(webhook.url, data=pieces, headers={"X-Line-Signature": sign(SECRET, body)}, timeout=10)
    assert 413 == answer.status_code


def test_only_post_is_taken(webhook: Webhook) -> None:
    answer = requests.get(webhook.url, timeout=10)
    assert (405, "POST") == (answer.status_code, answer.headers["Allow"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.text(alphabet='{}[]":,0123456789evntsabc\\ud8 ', max_size=200).map(str.encode))
def test_nonsense_is_refused_and_never_a_crash(webhook: Webhook, body: bytes) -> None:
    assert webhook.post(body) in (200, 400)
    assert 401 == webhook.post(body, "nonsense")


def test_where_publishing_fails_line_is_asked_to_deliver_again(tmp_path: Path) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port, log = processes.free_port(), tmp_path / "webhook.log"
        env = os.environ | {
            "PUBSUB_EMULATOR_HOST": f"127.0.0.1:{nobody_listens.getsockname()[1]}",
            "LINE_CHANNEL_SECRET": SECRET,
            "GOOGLE_CLOUD_PROJECT": "test",
            "PYTHONPATH": str(ROOT),
        }
        source = str(ROOT / "functions/webhook/main.py")
        command = [sys.executable, "-m", "functions_framework", "--source", source, "--target", "receive_webhook"]
        process = processes.start([*command, "--host", "127.0.0.1", "--port", str(port)], env=env, log=log)
        try:
            processes.wait_until_answers("receive_webhook", port, process, log, 30)
            body = json.dumps({"events": [EVENT]}).encode()
            headers = {"X-Line-Signature": sign(SECRET, body)}
            answer = requests.post(f"http://127.0.0.1:{port}/", data=body, headers=headers, timeout=10)
            assert 500 == answer.status_code
        finally:
            processes.end(process)
        assert "水" not in log.read_text()
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert [EVENT["webhookEventId"]] == next(line for line in lines if line["severity"] == "ERROR")["event_ids"]
