"""Those who stop hearing from the city, or erase themselves, after an audience was frozen."""

from datetime import timedelta

import pytest

from tests.tsunagu.broadcasts.world import NEWS, Interrupted, World
from tsunagu.broadcasts.erase import erase
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.line.client import Sent


def frozen(world: World, people: int, kind: str = "news") -> tuple[str, list[str]]:
    """The users in the order in which they are frozen, so that 0 to 499 are the first slice."""
    users = sorted(world.people(people))
    world.move_in()
    broadcast = world.write(NEWS.format(id="leaving") + f"kind: {kind}\n")
    world.tick()
    world.now += timedelta(seconds=1)
    return broadcast, users


@pytest.mark.parametrize(("kind", "stopped"), [("news", 2), ("life_safety", 1)])
def test_who_left_after_the_freeze_is_left_out_and_counted(world: World, kind: str, stopped: int) -> None:
    broadcast, users = frozen(world, 600, kind)
    for user, why in zip(users[:3], ("stopped", "blocked", "erased"), strict=True):
        world.stop(user, why)
    found = world.run(broadcast)
    assert Totals(accepted=600 - stopped - 1, stopped=stopped, erased=1) == found.totals
    left_out = {users[1], users[2]} | ({users[0]} if kind == "news" else set())
    assert dict.fromkeys(set(users) - left_out, 1) == world.deliveries()
    # Their erasure ran before their id was frozen, so nothing else would have taken it out.
    assert bytes.fromhex(users[2][1:]) not in world.frozen_ids()


def test_who_stopped_long_before_the_freeze_and_came_back_is_sent_to(world: World) -> None:
    user = world.people(1)[0]
    world.move_in()
    world.stop(user, "stopped")
    world.now += timedelta(hours=1)
    assert Totals(accepted=1) == world.run(world.write(NEWS.format(id="came-back"))).totals


def test_a_retry_has_the_same_body_whoever_left_meanwhile(world: World) -> None:
    broadcast, users = frozen(world, 600)
    world.stop(users[0], "stopped")
    fault = world.control("POST", "faults", endpoint="multicast", kind="after")
    assert ["waits for LINE"] == world.deliver()
    world.control("DELETE", f"faults/{fault['id']}")
    for user in (users[1], users[599]):
        world.stop(user, "erased")
        erase(world.db, user, world.now)
    found = world.run(broadcast)
    assert Totals(accepted=598, stopped=1, erased=1) == found.totals
    assert [] == [request for request in world.requests() if request["notes"]]
    assert {users[0]: 0, users[1]: 1, users[599]: 0} == {
        user: world.deliveries().get(user, 0) for user in (users[0], users[1], users[599])
    }


def test_an_erased_id_is_gone_at_once_or_when_its_slice_is_settled(world: World) -> None:
    broadcast, users = frozen(world, 1_100)
    fault = world.control("POST", "faults", endpoint="multicast", kind="after")
    world.deliver()
    tried, untried = users[7], users[700]
    for user in (tried, untried, tried, "U" + 32 * "0", "U" + 32 * "f"):
        erase(world.db, user, world.now)
    assert bytes.fromhex(tried[1:]) in world.frozen_ids()
    assert bytes.fromhex(untried[1:]) not in world.frozen_ids()
    assert [[7]] == [chunk["forget"] for chunk in world.chunks(broadcast)]
    world.control("DELETE", f"faults/{fault['id']}")
    found = world.run(broadcast)
    assert Totals(accepted=1_099, erased=1) == found.totals
    assert bytes.fromhex(tried[1:]) not in world.frozen_ids()
    assert [[]] == [chunk["forget"] for chunk in world.chunks(broadcast)]
    assert 0 == world.deliveries().get(untried, 0)


def test_an_erasure_between_two_slices_is_seen(world: World) -> None:
    broadcast, users = frozen(world, 1_100)

    def two_erase_themselves(_: Sent) -> None:
        for user in (users[3], users[600]):
            erase(world.db, user, world.now)

    meanwhile = Interrupted(world.platform.channel_access_token, world.platform.url, two_erase_themselves)
    assert ["done"] == world.deliver(meanwhile)
    found = world.get(broadcast)
    assert (State.SENT, Totals(accepted=1_099, erased=1)) == (found.state, found.totals)
    for user in (users[3], users[600]):
        assert bytes.fromhex(user[1:]) not in world.frozen_ids()


def test_who_erased_themselves_is_not_counted_as_withdrawn(world: World) -> None:
    broadcast, users = frozen(world, 600)
    erase(world.db, users[0], world.now)
    world.stop(users[1], "stopped")
    withdraw(world.db, broadcast, "editor@city.example", world.now)
    assert Totals(withdrawn=598, stopped=1, erased=1) == world.run(broadcast).totals


def test_a_slice_of_nobody_is_not_sent(world: World) -> None:
    broadcast, users = frozen(world, 2)
    for user in users:
        erase(world.db, user, world.now)
    found = world.run(broadcast)
    assert (State.SENT, Totals(erased=2), []) == (found.state, found.totals, world.requests())
