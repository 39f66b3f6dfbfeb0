"""Laws of delivery: in any order, whoever dies, each slice is taken once, and everyone is in one audience or none."""

import random
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from google.cloud.firestore import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.stand_in import StandIn
from tests.tsunagu.broadcasts.delivery.stage import Stage, Staged, StagedLine
from tests.tsunagu.broadcasts.world import NEWS, Killed, Mortal, World
from tsunagu.broadcasts.delivery.chunk import LEASE
from tsunagu.broadcasts.delivery.freeze import LEASE as FREEZING
from tsunagu.broadcasts.delivery.freeze import freeze
from tsunagu.broadcasts.delivery.slices import id_at
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.packs.shelf import note
from tsunagu.residents.store import key_of, residents_shelf

AROUND = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
orders = st.lists(st.integers(0, 1), min_size=4, max_size=60)
deaths = st.tuples(*[st.none() | st.integers(0, 25)] * 2)


@pytest.fixture
def anew(firestore_host: str, platform: StandIn) -> "Anew":
    return Anew(platform)


class Anew:
    """A world for each example."""

    def __init__(self, platform: StandIn) -> None:
        self.platform = platform

    def world(self) -> World:
        made = World(Client(project=f"law-{uuid4().hex[:12]}"), self.platform)
        made.control("POST", "reset")
        return made


@settings(AROUND, max_examples=15)
@given(order=orders, dies=deaths, bad=st.none() | st.integers(0, 1_599), loses=st.booleans())
def test_any_two_workers_on_a_chunk_who_may_die_anywhere_have_each_slice_taken_once(
    anew: Anew, order: list[int], dies: tuple[int | None, int | None], bad: int | None, loses: bool
) -> None:
    world = anew.world()
    users = sorted(world.people(1_600))
    world.move_in()
    broadcast = world.write(NEWS.format(id="two"))
    world.tick()
    chunk = world.next_chunk()
    if bad is not None:
        world.control("POST", "faults", endpoint="multicast", kind="status", status=400, user=users[bad])
    if loses:
        world.control("POST", "faults", endpoint="multicast", kind="after", status=500, probability=0.3)
    stage = Stage(order, dies)
    token, url = world.platform.channel_access_token, world.platform.url

    def work(worker: int) -> str:
        # The second comes when the first one's lease is over, or would be: it may still be at work.
        ahead = LEASE * 2 * worker
        db = Staged(world.db.project, stage, worker)
        means = world.means(db, StagedLine(token, url, stage, worker), lambda: world.now + ahead)
        return world.send_with(means, chunk)

    stage.run([lambda: work(0), lambda: work(1)])
    world.now += LEASE * 4
    found = world.run(broadcast)
    refused = int(bad is not None)
    assert (State.SENT, Totals(accepted=1_600 - refused, refused=refused)) == (found.state, found.totals)
    assert dict.fromkeys((user for at, user in enumerate(users) if at != bad), 1) == world.deliveries()
    assert [] == [request for request in world.requests() if request["notes"]]


@settings(AROUND, max_examples=20)
@given(commits=st.lists(st.integers(1, 12), min_size=1, max_size=4), after=st.booleans(), limit=st.integers(40, 300))
def test_freezes_that_die_anywhere_leave_one_audience_or_none(
    anew: Anew, commits: list[int], after: bool, limit: int
) -> None:
    world = anew.world()
    users = world.people(600)
    world.move_in()
    broadcast = world.write(NEWS.format(id="freezes"))
    for commit in commits:
        due = world.due(Mortal(world.db.project, commit, after))
        with suppress(Killed):
            freeze(due.db, broadcast, due.clock, due.keeper, due.house, limit)
        found = world.get(broadcast)
        if found.attempt is not None:
            frozen = [chunk["ids"] for chunk in world.chunks(broadcast)]
            assert sorted(map(key_of, users)) == sorted(
                id_at(ids, at) for ids in frozen for at in range(len(ids) // 16)
            )
        world.now += FREEZING + timedelta(seconds=1)
    world.tick()
    world.tick()
    ids = world.frozen_ids()
    assert sorted(map(key_of, users)) == sorted(id_at(ids, at) for at in range(len(ids) // 16))


@settings(AROUND, max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_who_follows_during_a_freeze_is_in_it_or_not_never_half(anew: Anew, seed: int) -> None:
    """In the audience they are counted, frozen in one place, and sent to; or none of these."""
    world, chance = anew.world(), random.Random(seed)
    users = world.people(300)
    world.move_in()
    newcomer = world.people(1)[0]
    row = {name: value for name, value in world.rows.pop().items() if name not in ("key", "version")}
    broadcast = world.write(NEWS.format(id="newcomer"))
    stage = Stage([chance.randrange(2) for _ in range(20)], [None, None])
    db, other = (Staged(world.db.project, stage, worker) for worker in (0, 1))

    def follow() -> None:
        ref, content = note(residents_shelf(other), key_of(newcomer), 2, row)
        ref.set(content)

    due = world.due(db)
    stage.run([lambda: freeze(db, broadcast, due.clock, due.keeper, due.house, 100), follow])
    frozen = world.frozen_ids()
    places = [at for at in range(len(frozen) // 16) if id_at(frozen, at) == key_of(newcomer)]
    found = world.get(broadcast)
    assert found.audience == len(users) + len(places) == len(frozen) // 16
    found = world.run(broadcast)
    assert (State.SENT, {0: 0, 1: 1}[len(places)]) == (found.state, world.deliveries().get(newcomer, 0))
