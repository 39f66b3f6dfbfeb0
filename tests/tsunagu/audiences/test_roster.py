import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from google.cloud.firestore import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.audiences.people import LISTS, NOON, ZONE, Person, audiences, is_for, key, persons, roster_of
from tsunagu.audiences.erase import erase
from tsunagu.audiences.roster import NUMBERED, RosterKeeper
from tsunagu.audiences.rules import Audience
from tsunagu.audiences.store import save
from tsunagu.audiences.upload import delete, upload
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.fold import fold
from tsunagu.packs.lists import Numbered
from tsunagu.packs.read import read
from tsunagu.packs.shelf import note
from tsunagu.residents.store import residents_shelf

BY = "editor@city.example"
MANY = 30  # people at most: who is on a list is known by number
light = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def put_on_lists(db: Client) -> None:
    """Of people by number: the even ones are on the first list, those who can be divided by three on the second."""
    for name, step in zip(LISTS, (2, 3), strict=True):
        lines = "\n".join(f"U{key(number).hex()}" for number in range(0, MANY, step))
        upload(db, name, name, lines.encode(), BY, NOON)


@pytest.fixture
def lists(db: Client) -> None:
    put_on_lists(db)


def with_lists(people: list[Person]) -> list[Person]:
    return [
        person | {"on": [name for name, step in zip(LISTS, (2, 3), strict=True) if number % step == 0]}
        for number, person in enumerate(people)
    ]


@light
@given(st.lists(persons, max_size=MANY).map(with_lists), audiences, st.booleans())
def test_the_members_are_exactly_those_whom_it_is_for_and_the_size_counts_them(
    db: Client, lists: None, people: list[Person], audience: Audience, urgent: bool
) -> None:
    roster = roster_of(db, people)
    expected = {number: person for number, person in enumerate(people) if is_for(audience, urgent, person)}
    members = roster.members(audience, urgent)
    assert {"key": pl.Binary, "language": pl.String} == dict(members.schema)
    assert sorted((key(number), person["language"]) for number, person in expected.items()) == sorted(members.rows())
    size = roster.size(audience, urgent)
    assert len(expected) == size.total
    assert Counter(person["language"] for person in expected.values()) == size.by_language
    assert Counter(ward for person in expected.values() for ward in person["wards"] or [""]) == size.by_ward


@light
@given(st.lists(persons, max_size=MANY).map(with_lists), audiences)
def test_counted_apart_is_who_would_be_left_out_if_they_lived_far_away(
    db: Client, lists: None, people: list[Person], audience: Audience
) -> None:
    urgent = roster_of(db, people).size(audience, True)
    # Somebody of a ward that nobody asks for is where they are by nothing but the rest of the expression.
    far_away = [person | {"wards": person["wards"] or ["nowhere"]} for person in people]
    assert urgent.total - roster_of(db, far_away).size(audience, True).total == urgent.no_ward
    assert 0 == roster_of(db, people).size(audience, False).no_ward


def test_an_example_that_can_be_counted_by_hand(db: Client) -> None:
    person = {"following": True, "quiet": False, "wards": ["chuo"], "districts": [], "topics": [], "tags": []}
    person |= {"language": "ja", "age_band": None, "since": NOON, "on": []}
    changes: list[dict[str, Any]] = [
        {},
        {"wards": ["chuo", "kita"], "language": "en"},
        {"wards": ["kita"]},
        {"wards": []},
        {"quiet": True},
        {"following": False},
    ]
    roster, asked = roster_of(db, [person | change for change in changes]), Audience(wards=("chuo",))
    news, urgent = roster.size(asked, False), roster.size(asked, True)
    assert (2, {"en": 1, "ja": 1}, {"chuo": 2, "kita": 1}, 0) == tuple(vars(news).values())
    assert (4, {"en": 1, "ja": 3}, {"": 1, "chuo": 3, "kita": 1}, 1) == tuple(vars(urgent).values())


SMALL = 4_200  # bytes; a bucket of the roster holds about eight rows then
keys = st.lists(st.integers(0, 19), min_size=1, max_size=10, unique=True)
moves: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just("write"), keys, persons),
    st.tuples(st.just("erase"), keys, st.none()),
    st.tuples(st.just("fold"), st.just([]), st.none()),
    st.tuples(st.just("look"), st.just([]), st.none()),
)


@settings(light, max_examples=30)
@given(st.lists(moves, max_size=15))
def test_the_roster_that_is_kept_is_the_one_that_is_read(db: Client, history: list[Any]) -> None:
    db = Client(project=f"test-{uuid.uuid4().hex[:12]}")  # a city of its own for each example
    shelf, keeper = residents_shelf(db), RosterKeeper(db, ZONE)
    for version, (move, whom, person) in enumerate(history, 1):
        row = person and {name: person[name] for name in shelf.schema if name not in ("key", "version")}
        row = row and row | {name: row[name] or [] for name in ("wards", "districts")}
        batch = db.batch()
        for number in whom:
            batch.set(*note(shelf, key(number), version, row))
        batch.commit()
        if move == "fold":
            fold(shelf, SMALL)
        if move == "look":
            same(keeper, db)
    same(keeper, db)


def same(keeper: RosterKeeper, db: Client) -> None:
    expected = read(residents_shelf(db)).sort("key")
    people = keeper.now().people
    kept = people.rows.with_columns(written_out(people, name) for name in NUMBERED)
    assert expected.rows() == kept.select(expected.columns).sort("key").rows()


def written_out(people: Numbered, column: str) -> pl.Series:
    """The words and lists again that the numbers stand for."""
    if people.rows.schema[column] != pl.UInt32:
        return people.rows[column]
    if column in ("language", "age_band"):
        return people.word(column, people.rows[column])
    names = people.names[column].group_by("number").agg("name")
    lists = dict(names.rows())
    values = [[name for name in lists[number] if name is not None] for number in people.rows[column]]
    return pl.Series(column, values, dtype=pl.List(pl.String))


def test_nothing_is_decoded_or_looked_up_twice_while_nothing_changes(db: Client, lists: None) -> None:
    shelf, keeper = residents_shelf(db), RosterKeeper(db, ZONE)
    move_in(db, 5, 1)
    fold(shelf)
    first = keeper.now()
    on_list = first.on_list("first")
    again = keeper.now()
    assert (True, True) == (again.people.rows is first.people.rows, again.on_list("first") is on_list)
    assert [1, 1] == [first.reads, again.reads]  # the pack, then its place in a listing
    move_in(db, 6, 2)
    assert (6, 7) == (keeper.now().members(Audience(), False).height, keeper.now().reads)


def move_in(db: Client, people: int, version: int) -> None:
    row = {"following": True, "quiet": False, "wards": ["chuo"], "districts": [], "topics": [], "tags": []}
    for number in range(people):
        reference, content = note(
            residents_shelf(db), key(number), version, row | {"language": "ja", "age_band": None, "since": NOON}
        )
        reference.set(content)


def test_a_list_that_is_uploaded_again_or_from_which_somebody_is_erased_counts_as_it_is_now(db: Client) -> None:
    move_in(db, 4, 1)
    users = [f"U{key(number).hex()}" for number in range(4)]
    keeper, on, off = RosterKeeper(db, ZONE), Audience(lists=("a",)), Audience.model_validate({"not": {"lists": ["a"]}})

    def sizes() -> tuple[int, int]:
        return keeper.now().size(on, False).total, keeper.now().size(off, False).total

    upload(db, "a", "A", "\n".join(users[:3]).encode(), BY, NOON)
    assert (3, 1) == sizes()
    erase(db, users[0], NOON)
    assert (2, 2) == sizes()
    upload(db, "a", "A", users[3].encode(), BY, NOON)
    assert (1, 3) == sizes()
    delete(db, "a", BY, NOON)
    # Nobody would be on it: then those whom it was to shut out would be sent to.
    for asked in (on, off):
        with pytest.raises(Rejected):
            keeper.now().size(asked, False)


def test_what_is_saved_is_looked_up_when_it_is_asked_for(db: Client) -> None:
    move_in(db, 2, 1)
    roster, asked = RosterKeeper(db, ZONE).now(), Audience.model_validate({"saved": "ours"})
    with pytest.raises(Rejected) as error:
        roster.members(asked, False)
    assert "there is no saved audience 'ours'" == error.value.reason
    save(db, "ours", "Ours", Audience(wards=("chuo",)), BY, datetime.now(UTC))
    assert 2 == roster.members(asked, False).height
    save(db, "ours", "Ours", Audience(wards=("kita",)), BY, datetime.now(UTC))
    assert 0 == roster.size(asked, False).total
