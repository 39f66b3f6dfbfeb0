"""LINE answers 400: the message's fault ends the broadcast at once, an id's fault costs nobody else anything."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.tsunagu.broadcasts.delivery.test_send import news
from tests.tsunagu.broadcasts.world import NEWS, Interrupted, Killed, Mortal, World
from tsunagu.broadcasts.delivery.chunk import LEASE
from tsunagu.broadcasts.delivery.refuse import DIFFERENT
from tsunagu.broadcasts.delivery.slices import End, positions_in
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome

BAD_ID = "The property, 'to', in the request body is invalid (line: -, column: -)"


def refuse_ids(world: World, *users: str) -> None:
    for user in users:
        world.control("POST", "faults", endpoint="multicast", kind="status", status=400, message=BAD_ID, user=user)


def test_a_message_that_line_refuses_fails_at_once_with_line_s_words(world: World) -> None:
    broadcast, _ = news(world, 5_300)
    ours = {
        "endpoint": "*",
        "kind": "status",
        "status": 400,
        "message": "Text must not be this.",
        "words": "こんにちは",
    }
    world.control("POST", "faults", **ours)
    found = world.run(broadcast)
    assert (State.FAILED, "Text must not be this.") == (found.state, found.failed_with)
    assert (Totals(refused=500, failed=4_800), 1) == (found.totals, len(world.requests()))


def test_where_line_does_not_say_what_is_wrong_three_slices_are_enough(world: World) -> None:
    broadcast, _ = news(world, 5_300)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=400, message="No.")
    found = world.run(broadcast)
    assert (State.FAILED, "No.", DIFFERENT) == (found.state, found.failed_with, len(world.requests()))
    assert Totals(refused=DIFFERENT * 500, failed=5_300 - DIFFERENT * 500) == found.totals


@pytest.mark.parametrize("people", [1, 10, 1_100])
def test_an_id_that_line_refuses_is_found_and_nobody_else_is_left_out(world: World, people: int) -> None:
    broadcast, users = news(world, people)
    bad = {sorted(users)[0], sorted(users)[people // 2]}
    refuse_ids(world, *bad)
    found = world.run(broadcast)
    accepted = people - len(bad)
    assert (State.SENT if accepted else State.FAILED, Totals(accepted=accepted, refused=len(bad))) == (
        found.state,
        found.totals,
    )
    assert dict.fromkeys(set(users) - bad, 1) == world.deliveries()
    slices = world.chunks(broadcast)[0]["slices"]
    assert {1} == {len(positions_in(name)) for name, one in slices.items() if one["end"] == End.REFUSED.value}
    tried = [request["key"] for request in world.requests()]
    assert len(tried) == len(set(tried)), "a split slice, or a refused id, was sent again"


def test_a_slice_is_halved_only_after_another_was_taken(world: World) -> None:
    broadcast, users = news(world, 1_600)
    refuse_ids(world, sorted(users)[3])
    world.run(broadcast)
    found = [(request["status"], request["ids"]) for request in world.requests()]
    # Of what is refused by order the stand-in counts no ids.
    halves = [at for at, (_, ids) in enumerate(found) if ids == 250]
    assert 400 == found[0][0]
    assert (200, 500) in found[: halves[0]]


def test_ids_refused_at_the_head_of_every_chunk_do_not_pass_for_a_bad_message(world: World) -> None:
    """LINE's words name `to`, so they are not about the message, however many slices they are said of."""
    users = sorted(world.people(2_500))
    world.move_in()
    broadcast = world.write(NEWS.format(id="heads"))
    refuse_ids(world, *(users[at] for at in range(0, 2_000, 500)))
    world.tick()
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=2_496, refused=4)) == (found.state, found.totals)


def once_refused(world: World, deed: Callable[[], object]) -> Line:
    """LINE, and something is done once, when it has refused a slice."""
    left = [deed]

    def then(sent: Sent) -> None:
        if sent.outcome is Outcome.REFUSED and left:
            left.pop()()

    return Interrupted(world.platform.channel_access_token, world.platform.url, then)


def test_halves_that_were_never_tried_are_not_sent_to_after_a_withdrawal(world: World) -> None:
    broadcast, users = news(world, 1_100)
    refuse_ids(world, sorted(users)[600])
    world.deliver(once_refused(world, lambda: withdraw(world.db, broadcast, "editor@city.example", world.now)))
    found = world.run(broadcast)
    assert (State.WITHDRAWN, Totals(accepted=600, withdrawn=500)) == (found.state, found.totals)
    assert 600 == len(world.deliveries())


def test_who_leaves_before_a_half_begins_is_not_in_it(world: World) -> None:
    broadcast, users = news(world, 1_100)
    bad, leaves = (sorted(users)[at] for at in (600, 900))
    refuse_ids(world, bad)
    world.deliver(once_refused(world, lambda: world.stop(leaves, "erased")))
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=1_098, refused=1, erased=1)) == (found.state, found.totals)
    assert dict.fromkeys(set(users) - {bad, leaves}, 1) == world.deliveries()


def test_an_access_token_that_ends_while_line_is_asked_is_not_the_message_s_fault(world: World) -> None:
    broadcast, users = news(world, 3)
    bad = sorted(users)[0]
    refuse_ids(world, bad)
    world.control("POST", "faults", endpoint="validate", kind="status", status=401)
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=2, refused=1)) == (found.state, found.totals)


@pytest.mark.parametrize("seed", range(3))
def test_a_worker_killed_while_it_looks_for_an_id_sends_nobody_twice(world: World, project: str, seed: int) -> None:
    chance = random.Random(seed)
    broadcast, users = news(world, 1_300)
    bad = set(chance.sample(users, 3))
    refuse_ids(world, *bad)
    for _ in range(8):
        world.tick()
        while world.post.kept:
            chunk = world.next_chunk()
            with suppress(Killed):
                world.send(chunk, Mortal(project, chance.randrange(1, 30), chance.random() < 0.5))
        world.now += LEASE * 2
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=1_297, refused=3)) == (found.state, found.totals)
    assert dict.fromkeys(set(users) - bad, 1) == world.deliveries()
    assert [] == [request for request in world.requests() if request["notes"]]


def test_where_line_takes_nobody_its_words_are_kept(world: World) -> None:
    broadcast, users = news(world, 2)
    refuse_ids(world, *users)
    found = world.run(broadcast)
    assert (State.FAILED, Totals(refused=2)) == (found.state, found.totals)
    assert found.failed_with.startswith(BAD_ID)


def test_a_wrong_access_token_waits_and_is_nobody_s_fault(world: World) -> None:
    broadcast, users = news(world, 10)
    fault = world.control("POST", "faults", endpoint="multicast", kind="status", status=401)
    assert ["waits for access"] == world.deliver()
    assert State.SENDING is world.get(broadcast).state
    world.control("DELETE", f"faults/{fault['id']}")
    found = world.run(broadcast)
    assert (State.SENT, dict.fromkeys(users, 1)) == (found.state, world.deliveries())


def test_one_slice_refused_in_words_that_say_nothing_is_not_cut_to_pieces(world: World) -> None:
    broadcast, _ = news(world, 400)
    world.control("POST", "faults", endpoint="multicast", kind="status", status=400, message="No.")
    found = world.run(broadcast)
    assert (State.FAILED, "No.", DIFFERENT) == (found.state, found.failed_with, len(world.requests()))
    assert Totals(refused=400) == found.totals
