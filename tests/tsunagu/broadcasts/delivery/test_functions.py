"""run_due_work and send_chunk as Pub/Sub calls them, over HTTP, with the real Pub/Sub between them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from google.cloud import pubsub_v1

from local.topics import Topics
from local.topology import ROOT, read
from tests.tsunagu.broadcasts.world import NEWS, World
from tsunagu.broadcasts.rules import State, Totals

MAIN = str(ROOT / "functions/broadcast/main.py")


@pytest.fixture
def line(world: World, pubsub_host: str, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", world.platform.channel_access_token)
    monkeypatch.setenv("LINE_API_URL", world.platform.url)
    monkeypatch.setenv("RESPONDENT_SECRET", "a secret")
    monkeypatch.setenv("QUIET_HOURS", "none")  # whatever time it is


def function(name: str) -> FlaskClient:
    client: FlaskClient = create_app(name, MAIN).test_client()  # type: ignore[no-untyped-call]
    return client


def push(client: FlaskClient, body: bytes) -> int:
    message = {"messageId": "1", "publishTime": "2026-11-01T00:00:00Z", "data": base64.b64encode(body).decode()}
    return client.post("/", json={"message": message, "subscription": "s"}).status_code


def test_from_the_tick_to_the_phone(world: World, project: str, line: None) -> None:
    topics = Topics(project, read())
    topics.make()
    with pubsub_v1.SubscriberClient() as subscriber:
        heard = f"projects/{project}/subscriptions/heard"
        subscriber.create_subscription(name=heard, topic=f"projects/{project}/topics/chunks-normal")
        users = world.people(30)
        world.move_in()
        broadcast = world.write(NEWS.format(id="functions"))
        assert 204 == push(function("run_due_work"), b'{"at": "now"}')
        messages = subscriber.pull(subscription=heard, max_messages=10, timeout=10).received_messages
    topics.close()
    for message in messages:
        assert 204 == push(function("send_chunk"), message.message.data)
    found = world.get(broadcast)
    assert (State.SENT, Totals(accepted=30)) == (found.state, found.totals)
    assert dict.fromkeys(users, 1) == world.deliveries()


@pytest.mark.parametrize("body", [b"x", b"[]", b"{}", b'{"broadcast": "", "attempt": "a", "chunk": 0}'])
def test_a_message_that_names_no_chunk_is_put_aside_for_a_human(world: World, line: None, body: bytes) -> None:
    assert 204 == push(function("send_chunk"), body)
    assert 1 == len(list(world.db.collection("rejected").stream()))


def test_pub_sub_out_of_reach_is_not_acknowledged_and_the_next_tick_goes_on(
    world: World, project: str, line: None
) -> None:
    world.people(3)
    world.move_in()
    broadcast = world.write(NEWS.format(id="no-topics"))
    client = function("run_due_work")
    assert 503 == push(client, b'{"at": "now"}')
    topics = Topics(project, read())
    topics.make()
    topics.close()
    assert 204 == push(client, b'{"at": "now"}')
    assert world.get(broadcast).announced_at is not None


def test_logs_hold_no_id_and_no_words(world: World, line: None, capsys: pytest.CaptureFixture[str]) -> None:
    world.now = datetime.now(UTC)  # as the function's clock: what was frozen long ago is sent to nobody
    users = world.people(3)
    world.move_in()
    broadcast = world.write(NEWS.format(id="canary"))
    world.tick()
    world.control("POST", "faults", endpoint="multicast", kind="status", status=400, count=1)
    sender = function("send_chunk")
    found: dict[str, Any] = world.next_chunk()
    message = {"broadcast": broadcast, "attempt": found["attempt"], "chunk": found["n"]}
    assert 204 == push(sender, json.dumps(message).encode())
    written = capsys.readouterr().out
    assert "LINE refused a slice" in written
    for secret in (*users, users[0][1:], "こんにちは", world.platform.channel_access_token):
        assert secret not in written
