import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
import pytest
from google.cloud.firestore import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.broadcasts.world import BEGIN, HOUSE, NEWS, ZONE, Killed, Meanwhile, Mortal, Post, schedule
from tests.tsunagu.racing import until_it_won
from tsunagu.audiences.erase import erase
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.audiences.upload import upload
from tsunagu.broadcasts import store
from tsunagu.broadcasts.definition import Definition, Today
from tsunagu.broadcasts.delivery import freeze as freezing
from tsunagu.broadcasts.delivery.due import Due
from tsunagu.broadcasts.delivery.freeze import LEASE, Clock
from tsunagu.broadcasts.delivery.slices import CHUNK_LIMIT, id_at, positions_in, slices_of
from tsunagu.broadcasts.life.withdraw import withdraw
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast, chunks_of, freezes_of
from tsunagu.cloud.definitions import loads
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.pubsub import CHUNKS_NORMAL, CHUNKS_URGENT
from tsunagu.line.client import Line
from tsunagu.packs.fill import fill
from tsunagu.residents.city import city
from tsunagu.residents.store import ROSTER_SCHEMA, residents_shelf

light = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def project(db: Client) -> Client:
    """A city of its own for each example."""
    return Client(project=f"test-{uuid.uuid4().hex[:12]}")


def move_in(db: Client, people: int, languages: list[str], wards: list[str]) -> pl.DataFrame:
    chance = random.Random(people)
    rows = pl.DataFrame(
        [
            {
                "key": chance.randbytes(16),
                "version": 1,
                "following": chance.random() < 0.9,
                "quiet": chance.random() < 0.1,
                "wards": [chance.choice(wards)],
                "districts": [],
                "topics": [],
                "tags": [],
                "language": chance.choice(languages),
                "age_band": None,
                "since": BEGIN,
            }
            for _ in range(people)
        ],
        schema=ROSTER_SCHEMA,
    )
    fill(residents_shelf(db), rows)
    return rows


def write(db: Client, source: str = NEWS, **fields: str) -> str:
    text = source.format(id=f"b-{uuid.uuid4().hex[:8]}", **fields)
    definition = loads(text, Definition, context=Today(city(), BEGIN, ZONE))
    return schedule(db, definition, BEGIN)


def freeze(db: Client, broadcast: str, clock: Clock, chunk_limit: int = CHUNK_LIMIT) -> Broadcast | None:
    return freezing.freeze(db, broadcast, clock, RosterKeeper(db, ZONE), HOUSE, chunk_limit)


def due(db: Client, post: Post, clock: Clock) -> None:
    Due(db, post, Line("", "http://127.0.0.1:1"), clock, RosterKeeper(db, ZONE), HOUSE).work()


def frozen(db: Client, broadcast: str) -> tuple[Broadcast, list[dict[str, Any]]]:
    found = store.get(db, broadcast)
    assert found is not None and found.attempt is not None
    return found, [chunk.to_dict() or {} for chunk in chunks_of(db, broadcast, found.attempt).stream()]


@light
@given(
    st.integers(0, 1_500),
    st.lists(st.sampled_from(["ja", "ja-easy", "en", "th"]), min_size=1, unique=True),
    st.integers(1, 700),
)
def test_everyone_of_an_audience_is_in_exactly_one_slice(
    db: Client, people: int, languages: list[str], chunk_limit: int
) -> None:
    db = project(db)
    roster = move_in(db, people, languages, ["chuo", "kita"])
    broadcast = write(db)
    freeze(db, broadcast, lambda: BEGIN, max(chunk_limit, people // 40 + 1))
    found, chunks = frozen(db, broadcast)
    sliced = Counter(
        (chunk["version"], id_at(chunk["ids"], at))
        for chunk in chunks
        for one in slices_of(chunk["n"])
        for at in positions_in(one)
    )
    expected = {
        ("en" if language == "en" else "ja", key)
        for key, language, ward, following, quiet in roster.select(
            "key", "language", pl.col("wards").list.first(), "following", "quiet"
        ).iter_rows()
        if ward == "chuo" and following and not quiet
    }
    assert dict.fromkeys(expected, 1) == dict(sliced)
    assert (State.SENDING, len(expected), len(chunks)) == (found.state, found.audience, found.chunks)
    assert [sorted(ids_of(chunk)) for chunk in chunks] == [ids_of(chunk) for chunk in chunks]


def ids_of(chunk: dict[str, Any]) -> list[bytes]:
    return [id_at(chunk["ids"], at) for at in range(chunk["n"])]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 10))
def test_a_freeze_that_died_anywhere_leaves_one_audience_or_none(
    db: Client, project: str, commit: int, after: bool
) -> None:
    roster = move_in(db, 400, ["ja", "en"], ["chuo"])
    broadcast, post, now = write(db), Post(), BEGIN
    dying = Mortal(project, commit, after)
    with suppress(Killed):
        freeze(dying, broadcast, lambda: now, chunk_limit=100)
    due(db, post, lambda: now)
    now += LEASE + timedelta(seconds=1)
    for _ in range(2):
        due(db, post, lambda: now)
    found, chunks = frozen(db, broadcast)
    wanted = roster.filter(pl.col("following") & ~pl.col("quiet"))["key"].to_list()
    assert sorted(wanted) == sorted(key for chunk in chunks for key in ids_of(chunk))
    assert [found.attempt] == freezes_of(db, broadcast)
    assert found.chunks == len(post.kept)


def test_of_two_ticks_at_once_one_freezes(db: Client) -> None:
    move_in(db, 50, ["ja"], ["chuo"])
    broadcast, post = write(db), Post()
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: until_it_won(lambda: due(db, post, lambda: BEGIN)), range(4)))
    found, chunks = frozen(db, broadcast)
    assert (1, [found.attempt]) == (len(chunks), freezes_of(db, broadcast))


@pytest.mark.parametrize("finishes", [True, False])
def test_a_slow_freeze_that_was_taken_over_counts_for_nothing(db: Client, project: str, finishes: bool) -> None:
    move_in(db, 50, ["ja"], ["chuo"])
    broadcast, now, taken_over = write(db), BEGIN, False

    def clock() -> datetime:
        nonlocal now, taken_over
        found = store.get(db, broadcast)
        # The slow one has claimed it; before its second look at the clock another takes over.
        if found is not None and found.state is State.FREEZING and not taken_over:
            taken_over = True
            now += LEASE + timedelta(seconds=1)
            with suppress(Killed):
                freeze(db if finishes else Mortal(project, 4, after=False), broadcast, clock)
        return now

    assert freeze(db, broadcast, clock) is None
    now += LEASE + timedelta(seconds=1)
    due(db, Post(), clock)
    found, chunks = frozen(db, broadcast)
    assert taken_over
    assert (1, [found.attempt]) == (len(chunks), freezes_of(db, broadcast))


def test_one_that_is_withdrawn_while_freezing_is_sent_to_nobody(db: Client, project: str) -> None:
    move_in(db, 50, ["ja"], ["chuo"])
    broadcast, post = write(db), Post()
    with pytest.raises(Killed):
        freeze(Mortal(project, 3, after=False), broadcast, lambda: BEGIN)
    withdraw(db, broadcast, "editor@city.example", BEGIN)
    for now in (BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=49)):
        due(db, post, partial(datetime.fromtimestamp, now.timestamp(), UTC))
    found = store.get(db, broadcast)
    assert found is not None
    assert (State.WITHDRAWN, False, 0, 0) == (found.state, found.open, found.audience, len(post.kept))
    assert [] == freezes_of(db, broadcast)


def test_what_is_not_due_waits_and_what_cannot_be_withdrawn_says_so(db: Client) -> None:
    broadcast, post = write(db, NEWS.replace("now", "2026-11-01T10:00")), Post()
    due(db, post, lambda: BEGIN + timedelta(minutes=59))
    assert State.SCHEDULED is store.get(db, broadcast).state  # type: ignore[union-attr]
    withdraw(db, broadcast, "editor@city.example", BEGIN)
    due(db, post, lambda: BEGIN + timedelta(minutes=61))
    assert State.WITHDRAWN is store.get(db, broadcast).state  # type: ignore[union-attr]
    for name in (broadcast, "unknown"):
        with pytest.raises(Rejected):
            withdraw(db, name, "editor@city.example", BEGIN)


def test_an_audience_of_nobody_is_over_at_once(db: Client) -> None:
    broadcast, post = write(db), Post()
    due(db, post, lambda: BEGIN)
    found = store.get(db, broadcast)
    assert found is not None
    assert (State.SENT, 0, 0) == (found.state, found.audience, len(post.kept))


def test_chunks_that_could_not_be_announced_are_announced_by_the_next_tick(db: Client) -> None:
    move_in(db, 50, ["ja", "en"], ["chuo"])
    post = Post()
    write(db)
    urgent = write(db, NEWS + "kind: life_safety\n")
    post.broken = True
    with pytest.raises(TryAgain):
        due(db, post, lambda: BEGIN)
    post.broken = False
    due(db, post, lambda: BEGIN)
    assert [CHUNKS_URGENT] * 2 + [CHUNKS_NORMAL] * 2 == [topic for topic, _ in post.kept]
    assert urgent in post.kept[0][1].decode()


def test_an_id_is_taken_once(db: Client) -> None:
    definition = loads(NEWS.format(id="once"), Definition, context=Today(city(), BEGIN, ZONE))
    schedule(db, definition, BEGIN)
    with pytest.raises(Rejected):
        schedule(db, definition, BEGIN)


def test_who_is_erased_from_a_list_during_a_freeze_is_in_the_audience_or_not_never_half(
    db: Client, project: str
) -> None:
    users = [f"U{key.hex()}" for key in move_in(db, 50, ["ja"], ["chuo"]).filter(~pl.col("quiet"))["key"]]
    upload(db, "pilot", "P", "\n".join(users).encode(), "editor@city.example", BEGIN)
    broadcast, erased = write(db), list[str]()
    store.reference(db, broadcast).update({"to": {"lists": ["pilot"]}})

    def erasing(asked: str) -> None:
        if "/parts/" in asked and not erased:
            erased.append(users.pop())
            erase(db, erased[0], BEGIN)

    freeze(Meanwhile(project, erasing), broadcast, lambda: BEGIN)
    found, chunks = frozen(db, broadcast)
    assert 1 == len(erased)
    assert found.audience == sum(chunk["n"] for chunk in chunks)


def test_a_freeze_that_failed_begins_again_at_the_next_tick(db: Client, project: str) -> None:
    move_in(db, 50, ["ja"], ["chuo"])
    broadcast, post = write(db), Post()
    with pytest.raises(RuntimeError):
        freeze(Mortal(project, 3, after=False, dies_of=RuntimeError("a bug")), broadcast, lambda: BEGIN)
    due(db, post, lambda: BEGIN)
    found, chunks = frozen(db, broadcast)
    assert (State.SENDING, 1, [found.attempt]) == (found.state, len(chunks), freezes_of(db, broadcast))


def test_an_audience_of_which_a_list_is_gone_fails_in_words_and_goes_to_nobody(db: Client) -> None:
    move_in(db, 50, ["ja"], ["chuo"])
    broadcast, post = write(db), Post()
    store.reference(db, broadcast).update({"to": {"not": {"lists": ["tested"]}}})
    due(db, post, lambda: BEGIN)
    found = store.get(db, broadcast)
    assert found is not None
    assert (State.FAILED, False, 0, 0) == (found.state, found.open, found.audience, len(post.kept))
    assert "tested" in found.failed_with
