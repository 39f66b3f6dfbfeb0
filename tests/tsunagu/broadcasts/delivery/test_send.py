import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from tests.tsunagu.broadcasts.world import NEWS, Interrupted, Killed, Mortal, Repeating, World
from tests.tsunagu.racing import until_it_won
from tsunagu.broadcasts.delivery.chunk import LEASE
from tsunagu.broadcasts.delivery.finish import finish
from tsunagu.broadcasts.delivery.waves import TOO_FAST, UNANSWERED
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.line.client import Sent

BY_LANGUAGE = """
id: by-language
title: 避難訓練
kind: life_safety
when: now
audience: {wards: [chuo]}
messages:
  - text: {ja: 避難してください, ja-easy: にげてください, en: Please evacuate}
"""


def news(world: World, people: int, name: str = "news") -> tuple[str, list[str]]:
    """A broadcast to everyone of `people` new residents of one ward, frozen and announced."""
    users = world.people(people)
    world.move_in()
    broadcast = world.write(NEWS.format(id=name))
    world.tick()
    return broadcast, users


def test_everyone_of_the_audience_receives_it_once_in_their_language_and_nobody_else(world: World) -> None:
    ja, easy, en = (world.people(count, lang) for count, lang in ((620, "ja"), (3, "ja-easy"), (510, "en")))
    quiet, nowhere = world.people(2, quiet=True), world.people(2, wards=())
    world.people(5, wards=("kita",))
    world.people(5, following=False)
    world.move_in()
    found = world.run(world.write(BY_LANGUAGE))
    assert dict.fromkeys([*ja, *easy, *en, *quiet, *nowhere], 1) == world.deliveries()
    for user, words in ((ja[0], "避難してください"), (easy[0], "にげてください"), (en[0], "Please evacuate")):
        chat = world.control("GET", f"residents/{user}/chat")["entries"]
        assert [words] == [entry["message"]["text"] for entry in chat]
    assert (State.SENT, 1_137, Totals(accepted=1_137)) == (found.state, found.audience, found.totals)
    assert {"ja": 624, "ja-easy": 3, "en": 510} == found.audience_by_language
    assert all(1 <= request["ids"] <= 500 for request in world.requests())


COMMITS_OF_A_CHUNK = 10  # its lease, beginning and end of three slices, its end, the broadcast's end, the ids' time


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_anywhere_leaves_nobody_out_and_nobody_twice(world: World, project: str, after: bool) -> None:
    users = world.people(1_100)
    world.move_in()
    for commit in range(1, COMMITS_OF_A_CHUNK + 1):
        broadcast = world.write(NEWS.format(id=f"killed-{commit}"))
        world.tick()
        chunk = world.next_chunk()
        with pytest.raises(Killed):
            world.send(chunk, Mortal(project, commit, after))
        if world.chunks(broadcast)[0]["lease"]:
            assert "held by another" == world.send(chunk)
        world.now += LEASE + timedelta(seconds=1)
        found = world.run(broadcast)
        assert (State.SENT, Totals(accepted=1_100)) == (found.state, found.totals)
    assert dict.fromkeys(users, COMMITS_OF_A_CHUNK) == world.deliveries()


@pytest.mark.parametrize("seed", range(4))
def test_faults_kills_and_repeated_messages_together_change_nothing(world: World, project: str, seed: int) -> None:
    chance = random.Random(seed)
    broadcast, users = news(world, 2_600)
    for kind, probability in (("before", 0.2), ("after", 0.2), ("status", 0.1)):
        world.control("POST", "faults", endpoint="multicast", kind=kind, probability=probability, status=429)
    for _ in range(12):
        world.tick()
        while world.post.kept:
            chunk = world.next_chunk()
            for _ in range(2):
                with suppress(Killed):
                    world.send(chunk, Mortal(project, chance.randrange(1, 12), chance.random() < 0.5))
        world.now += timedelta(seconds=chance.randrange(5, 90))
    found = world.run(broadcast)
    assert dict.fromkeys(users, 1) == world.deliveries()
    assert (State.SENT, Totals(accepted=2_600)) == (found.state, found.totals)
    assert [] == [request for request in world.requests() if request["notes"]]


@pytest.mark.parametrize("first", [False, True])
def test_writes_that_the_client_repeats_by_itself_change_nothing(world: World, project: str, first: bool) -> None:
    users = world.people(1_100)
    world.move_in()
    broadcast, db = world.write(NEWS.format(id="repeated")), Repeating(project, first)
    for _ in range(3):
        world.tick(db)
        while world.post.kept:
            world.send(world.next_chunk(), db)
        world.now += LEASE * 2
    found = world.get(broadcast)
    assert (State.SENT, Totals(accepted=1_100)) == (found.state, found.totals)
    assert dict.fromkeys(users, 1) == world.deliveries()


def test_of_two_workers_with_the_same_chunk_one_sends_it(world: World) -> None:
    broadcast, users = news(world, 1_600)
    chunk = world.next_chunk()
    with ThreadPoolExecutor(4) as workers:
        words = sorted(workers.map(lambda _: until_it_won(lambda: world.send(chunk)), range(4)))
    assert {"done", "done already", "held by another"} >= set(words)
    assert 1 == words.count("done")
    assert dict.fromkeys(users, 1) == world.deliveries()
    assert 4 == len(world.requests())
    assert State.SENT is world.get(broadcast).state


def test_a_worker_that_lost_its_lease_stops(world: World) -> None:
    broadcast, users = news(world, 1_100)
    chunk = world.next_chunk()
    words: list[str] = []

    def overslept(_: Sent) -> None:
        if not words:
            world.now += LEASE + timedelta(seconds=1)
            words.append(world.send(chunk))

    slow = Interrupted(world.platform.channel_access_token, world.platform.url, overslept)
    assert "lost to another" == world.send(chunk, line=slow)
    assert ["done"] == words
    assert dict.fromkeys(users, 1) == world.deliveries()
    assert (State.SENT, Totals(accepted=1_100)) == (world.get(broadcast).state, world.get(broadcast).totals)


def test_accepted_before_counts_as_accepted(world: World) -> None:
    broadcast, users = news(world, 10)
    world.control("POST", "faults", endpoint="multicast", kind="after", count=1)
    assert ["done"] == world.deliver()
    assert [500, 409] == [request["status"] for request in world.requests()]
    assert (Totals(accepted=10), dict.fromkeys(users, 1)) == (world.get(broadcast).totals, world.deliveries())
    first = world.requests()[0]["request_id"]
    assert first == world.chunks(broadcast)[0]["slices"]["0-10"]["request_id"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "message": "The API rate limit has been exceeded. Try again later."},
        {"kind": "before", "status": 500},
        {"kind": "after", "status": 503},
        {"kind": "before", "cut": True},
        {"kind": "after", "cut": True},
    ],
)
def test_trouble_at_line_becomes_a_wait_and_nobody_is_left_out(world: World, fault: dict[str, Any]) -> None:
    broadcast, users = news(world, 10)
    order = world.control("POST", "faults", endpoint="multicast", **fault)
    assert ["waits for LINE"] == world.deliver()
    chunk = world.chunks(broadcast)[0]
    assert (None, world.now + timedelta(seconds=10)) == (chunk["lease"], chunk["next_try"])
    pauses = TOO_FAST if fault.get("status") == 429 else UNANSWERED
    assert all(0.5 * pause <= slept <= 1.5 * pause for pause, slept in zip(pauses, world.slept, strict=True))
    world.control("DELETE", f"faults/{order['id']}")
    world.now += timedelta(seconds=5)
    world.tick()
    assert [] == world.deliver()
    world.now += timedelta(seconds=5)
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=10)) == (found.state, found.totals)
    assert dict.fromkeys(users, 1) == world.deliveries()


def test_a_time_out_is_repeated_under_the_same_key(world: World) -> None:
    broadcast, users = news(world, 10)
    world.control("POST", "faults", endpoint="multicast", kind="hang", accepted=True, count=1, seconds=11)
    assert ["done"] == world.deliver()
    assert 1 == len({request["key"] for request in world.requests()})
    assert dict.fromkeys(users, 1) == world.deliveries()
    assert Totals(accepted=10) == world.get(broadcast).totals


def test_a_retry_that_would_come_after_24_hours_is_not_sent(world: World) -> None:
    broadcast, _ = news(world, 1_100)
    fault = world.control("POST", "faults", endpoint="multicast", kind="before")
    assert ["waits for LINE"] == world.deliver()
    world.control("DELETE", f"faults/{fault['id']}")
    tried = len(world.requests())
    world.now += timedelta(hours=24)
    found = world.run(broadcast)
    assert (State.SENT, Totals(accepted=600, expired=500)) == (found.state, found.totals)
    assert tried + 2 == len(world.requests())


def test_withdrawn_it_stops_at_the_border_of_a_slice(world: World) -> None:
    broadcast, _ = news(world, 1_600)
    stopper = Interrupted(
        world.platform.channel_access_token,
        world.platform.url,
        lambda _: withdraw(world.db, broadcast, "editor@city.example", world.now),
    )
    world.deliver(stopper)
    found = world.get(broadcast)
    assert (State.WITHDRAWN, Totals(accepted=500, withdrawn=1_100)) == (found.state, found.totals)
    assert (False, 500) == (found.open, len(world.deliveries()))


def test_withdrawn_while_a_slice_is_in_doubt_that_slice_is_settled_first(world: World) -> None:
    broadcast, _ = news(world, 1_100)
    fault = world.control("POST", "faults", endpoint="multicast", kind="after")
    assert ["waits for LINE"] == world.deliver()
    world.control("DELETE", f"faults/{fault['id']}")
    withdraw(world.db, broadcast, "editor@city.example", world.now)
    found = world.run(broadcast)
    assert (State.WITHDRAWN, Totals(accepted=500, withdrawn=600)) == (found.state, found.totals)
    assert 409 == world.requests()[-1]["status"]


def test_totals_that_leave_somebody_out_do_not_make_it_sent(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    broadcast, _ = news(world, 10)
    found = world.get(broadcast)
    chunk = next(iter(world.db.collection_group("chunks").stream())).reference
    chunk.update({"open": False, "counts": Totals(accepted=9).to_document()})
    assert not finish(world.db, broadcast, world.now)
    found = world.get(broadcast)
    assert (State.SENDING, True, Totals(accepted=9)) == (found.state, found.open, found.totals)
    assert "the totals do not account for the audience" in capsys.readouterr().out


def test_a_chunk_nobody_begins_is_announced_again(world: World) -> None:
    broadcast, _ = news(world, 10)
    world.post.kept.clear()
    world.now += timedelta(minutes=1)
    world.tick()
    assert 0 == len(world.post.kept)
    world.now += timedelta(minutes=1)
    world.tick()
    assert ["done"] == world.deliver()
    assert State.SENT is world.get(broadcast).state


def test_what_is_sent_before_it_is_written_down_as_announced_costs_what_it_cost(world: World) -> None:
    world.people(10)
    world.move_in()
    broadcast = world.write(NEWS.format(id="quick"))
    world.post.at_once = lambda: world.deliver()
    world.tick()
    found = world.get(broadcast)
    assert State.SENT is found.state
    # The freeze and the chunk; the publishing too.
    assert 2 == (found.spent or {})["requests"]
    assert 0 < (found.spent or {})["published_bytes"]


def test_a_message_about_an_abandoned_freeze_is_put_aside(world: World) -> None:
    broadcast, _ = news(world, 10)
    assert "abandoned" == world.send({"broadcast": broadcast, "attempt": "another", "n": 0})
    assert "abandoned" == world.send({"broadcast": "unknown", "attempt": "another", "n": 0})
    assert "abandoned" == world.send({"broadcast": broadcast, "attempt": world.get(broadcast).attempt, "n": 7})


def test_frozen_ids_are_gone_two_days_after_the_end(world: World) -> None:
    broadcast, _ = news(world, 10)
    world.run(broadcast)
    assert [world.now + timedelta(hours=48)] == [chunk["expires"] for chunk in world.chunks(broadcast)]
    world.now += timedelta(hours=48)
    world.tick()
    assert (b"", Totals(accepted=10)) == (world.frozen_ids(), world.get(broadcast).totals)
