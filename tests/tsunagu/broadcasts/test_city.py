"""The same in a running city: real functions in processes of their own, which die."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.cloud.firestore import Client

from local.city import City, Hosts, Wish, city
from local.stand_in import StandIn
from tests.tsunagu.broadcasts.world import NEWS, World
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.pubsub import TICKS, Publisher

SERVICES = frozenset({"run_due_work", "send_chunk_urgent", "send_chunk_normal"})
PATIENCE = 150.0  # seconds; a dead worker's lease is waited for


@pytest.fixture
def running(firestore_host: str, pubsub_host: str, project: str, tmp_path: Path) -> Iterator[City]:
    hosts = Hosts(firestore_host, pubsub_host)
    with city(Wish(project=project, tick=1.0, services=SERVICES, hosts=hosts, logs=tmp_path)) as there:
        yield there


def ended(world: World, broadcast: str) -> Broadcast:
    for _ in range(int(PATIENCE * 10)):
        found = world.get(broadcast)
        if not found.open:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not ended: {found}")


def test_workers_killed_in_the_middle_leave_nobody_out_and_nobody_twice(
    running: City, db: Client, project: str
) -> None:
    world = World(db, StandIn(running.line_api, running.channel_secret, running.channel_access_token))
    world.now = datetime.now(UTC)
    users = world.people(2_200)
    world.move_in()
    # Slow enough to be killed with a request in flight.
    world.control("POST", "faults", endpoint="multicast", kind="slow", seconds=0.5)
    normal, urgent = (
        world.write(NEWS.format(id=name) + f"kind: {kind}\n")
        for name, kind in (("normal", "news"), ("urgent", "life_safety"))
    )
    Publisher(project, 10.0).publish(TICKS, json.dumps({"at": world.now.isoformat()}).encode())
    for service in ("send_chunk_normal", "send_chunk_urgent"):
        while not any(request["status"] for request in world.requests()):
            time.sleep(0.05)
        running.kill(service)
    for broadcast in (normal, urgent):
        found = ended(world, broadcast)
        assert (State.SENT, Totals(accepted=2_200)) == (found.state, found.totals)
    assert dict.fromkeys(users, 2) == world.deliveries()
