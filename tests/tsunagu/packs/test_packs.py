import uuid
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore import Client, CollectionReference
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.fill import fill
from tsunagu.packs.fold import MANY, Fold, fold
from tsunagu.packs.read import read
from tsunagu.packs.shelf import Shelf, Snapshot, decode, is_stub, note, range_of

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "key": pl.String,
    "version": pl.Int64,
    "wards": pl.List(pl.String),
    "born": pl.Date,
}
SMALL = 1_600  # bytes; a bucket of this schema holds a few dozen rows then

light = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Truth = dict[str, tuple[int, list[str], date | None]]


@pytest.fixture
def shelf(db: Client) -> Shelf:
    return new_shelf(db)


def new_shelf(db: Client) -> Shelf:
    name = uuid.uuid4().hex
    return Shelf(db.collection(f"{name}-packs"), db.collection(f"{name}-notes"), SCHEMA)


class City:
    """A shelf beside the truth as the city's code keeps it: both written in one commit, versions growing."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.truth: Truth = {}
        self._version = 0

    def write(self, key: str, wards: list[str] | None) -> None:
        self._version += 1
        born = date(2000, 1, 1 + self._version % 28)
        row = None if wards is None else {"wards": wards, "born": born}
        reference, content = note(self.shelf, key, self._version, row)
        reference.set(content)
        self.truth.pop(key, None)
        if wards is not None:
            self.truth[key] = (self._version, wards, born)

    def write_many(self, keys: int) -> None:
        batch = self.shelf.db.batch()
        for number in range(keys):
            self._version += 1
            reference, content = note(self.shelf, f"k{number}", self._version, {"wards": ["chuo"]})
            batch.set(reference, content)
            self.truth[f"k{number}"] = (self._version, ["chuo"], None)
        batch.commit()

    def read(self) -> Truth:
        return as_truth(read(self.shelf))


def as_truth(rows: pl.DataFrame) -> Truth:
    assert SCHEMA == dict(rows.schema)
    assert rows.height == rows["key"].n_unique()
    return {key: (version, wards, born) for key, version, wards, born in rows.iter_rows()}


keys = st.sampled_from([f"k{number}" for number in range(5)])
wards = st.none() | st.lists(st.sampled_from(["chuo", "higashi", "nishi"]), max_size=2)
moves = st.one_of(
    st.tuples(st.just("write"), keys, wards),
    st.tuples(st.just("begin"), st.integers(0, 2), st.none()),
    st.tuples(st.just("step"), st.integers(0, 2), st.integers(1, 4)),
    st.tuples(st.just("read"), st.none(), st.none()),
)


@light
@given(st.lists(moves, max_size=40))
def test_reading_is_the_truth_after_any_history_of_writes_and_folds_stopped_anywhere(db: Client, history: Any) -> None:
    city = City(new_shelf(db))
    folds: dict[int, Generator[str, None, None]] = {}
    for move, what, value in history:
        match move:
            case "write":
                city.write(what, value)
            case "begin":
                folds[what] = Fold(city.shelf, nearly_full=SMALL, notes_at_once=2).steps()
            case "step" if what in folds:
                for _ in range(value):
                    next(folds[what], None)
            case "read":
                assert city.truth == city.read()
    assert city.truth == city.read()
    fold(city.shelf)
    assert [] == list(city.shelf.notes.stream())
    assert city.truth == city.read()


STEPS_OF_A_FOLD = 6


@pytest.mark.parametrize("packed_before", [True, False])
@pytest.mark.parametrize("steps", range(STEPS_OF_A_FOLD))
def test_a_stale_fold_brings_nobody_back(shelf: Shelf, packed_before: bool, steps: int) -> None:
    """Would fail if the notes were read before the bucket, or if a fold that changes no row left the bucket alone."""
    city = City(shelf)
    city.write("other", ["kita"])
    if packed_before:
        city.write("erased", ["chuo"])
    fold(shelf)
    city.write("erased", ["higashi"])
    stale = Fold(shelf).steps()
    for _ in range(steps):
        next(stale, None)
    city.write("erased", None)
    fold(shelf)
    for _ in stale:
        pass
    assert {"other"} == set(city.truth)
    assert city.truth == city.read()
    fold(shelf)
    assert city.truth == as_truth(packed(shelf))


@pytest.mark.parametrize("steps", range(STEPS_OF_A_FOLD))
def test_a_note_written_anew_during_a_fold_is_not_deleted_with_the_old_one(shelf: Shelf, steps: int) -> None:
    city = City(shelf)
    city.write_many(10)
    running = Fold(shelf).steps()
    for _ in range(steps):
        next(running, None)
    city.write("k3", ["minami"])
    for _ in running:
        pass
    assert city.truth == city.read()
    fold(shelf)
    assert city.truth == as_truth(packed(shelf))


def test_of_many_notes_only_the_changed_one_stays(shelf: Shelf) -> None:
    city = City(shelf)
    city.write_many(20)
    run = Fold(shelf)
    for step in run.steps():
        if step == "written":
            city.write("k3", ["minami"])
    assert ["k3"] == [left.id for left in shelf.notes.stream()]
    assert (20, 19) == (run.result.merged, run.result.deleted)
    assert city.truth == city.read()


@settings(light, max_examples=15)
@given(st.integers(0, 400), st.integers(1, 300), st.integers(1_500, 6_000))
def test_splitting_keeps_every_row_exactly_once(db: Client, rows: int, at_once: int, nearly_full: int) -> None:
    city = City(new_shelf(db))
    city.write_many(rows)
    run = Fold(city.shelf, nearly_full, at_once)
    for _ in run.steps():
        pass
    assert city.truth == as_truth(packed(city.shelf))
    assert city.truth == city.read()
    buckets = {pack.id: pack for pack in city.shelf.packs.stream()}
    leaves = {name: pack for name, pack in buckets.items() if not is_stub(pack)}
    assert (rows, rows, run.result.splits) == (
        sum(pack.get("count") for pack in leaves.values()),
        run.result.merged,
        len(buckets) - len(leaves),
    )
    assert [] == [name for name, pack in leaves.items() if len(pack.get("rows")) > max(nearly_full * 1.1, 3_000)]


def test_where_every_bucket_has_notes_it_is_asked_once_and_a_bucket_without_any_is_left_alone(shelf: Shelf) -> None:
    city = City(shelf)
    city.write_many(400)
    fold(shelf, nearly_full=1_900)
    buckets = {pack.id: pack for pack in shelf.packs.stream() if not is_stub(pack)}
    held = {bucket: decode(shelf, pack.get("rows"))["key"].to_list() for bucket, pack in buckets.items()}
    _, spared, *_, last = sorted(held, key=range_of)
    city.write_many(400)
    for key in [*held[spared], *held[last][1:]]:
        shelf.notes.document(key).delete()
        city.truth[key] = (int(key[1:]) + 1, ["chuo"], None)
    steps = [*Fold(shelf).steps()]
    assert min(map(len, held.values())) > MANY and len(held) > 3
    assert 2 == steps.count("found")  # the first, and after the bucket that had none
    assert [] == list(shelf.notes.stream())
    assert city.truth == city.read()
    folded = {pack.id: pack.get("turn") for pack in shelf.packs.stream() if not is_stub(pack)}
    assert {spared} == {bucket for bucket, pack in buckets.items() if folded[bucket] == pack.get("turn")}


def test_a_fold_that_still_knows_a_bucket_whole_does_not_make_it_anew(shelf: Shelf) -> None:
    city = City(shelf)
    city.write_many(200)
    stale = Fold(shelf).steps()
    while next(stale) != "notes read":
        pass
    fold(shelf, SMALL)
    for _ in stale:
        pass
    assert {"split": True} == shelf.packs.document("b").get().to_dict()
    assert city.truth == city.read()


class Watched(CollectionReference):
    """A collection that does something once it has been streamed, or shows less than it holds."""

    def __init__(self, collection: CollectionReference, then: Callable[[], object]) -> None:
        super().__init__(*collection._path, client=collection._client)
        self._then = then
        self.hidden: list[set[str]] = []

    def stream(self, *arguments: Any, **options: Any) -> Any:
        hidden = self.hidden.pop() if self.hidden else set()
        found: list[Snapshot] = [one for one in super().stream(*arguments, **options) if one.id not in hidden]
        self._then()
        return iter(found)


def test_a_row_on_its_way_from_note_to_pack_is_read_once(shelf: Shelf) -> None:
    city = City(shelf)
    city.write_many(10)
    fold_between: Callable[[], object] = lambda: fold(shelf, SMALL)  # noqa: E731
    rows = read(Shelf(Watched(shelf.packs, fold_between), Watched(shelf.notes, fold_between), SCHEMA))
    assert city.truth == as_truth(rows)


def test_a_row_packed_anew_since_its_note_was_read_is_the_newer_one(shelf: Shelf) -> None:
    city = City(shelf)
    city.write("k", ["chuo"])

    def change() -> None:
        city.write("k", ["kita"])
        fold(shelf)

    rows = read(Shelf(shelf.packs, Watched(shelf.notes, change), SCHEMA))
    assert city.truth == as_truth(rows)


@pytest.mark.parametrize("hidden", [{"b0"}, {"b0", "b1"}, {"b"}])
def test_a_listing_torn_by_a_split_is_read_again(shelf: Shelf, hidden: set[str]) -> None:
    city = City(shelf)
    city.write_many(100)
    fold(shelf, SMALL)
    packs = Watched(shelf.packs, lambda: None)
    packs.hidden = [hidden]
    assert city.truth == as_truth(read(Shelf(packs, shelf.notes, SCHEMA)))
    packs.hidden = [hidden] * 100
    with pytest.raises(TryAgain):
        read(Shelf(packs, shelf.notes, SCHEMA))


def test_a_schema_may_grow(shelf: Shelf) -> None:
    city = City(shelf)
    city.write("packed", ["chuo"])
    fold(shelf)
    city.write("noted", ["kita"])
    grown = Shelf(shelf.packs, shelf.notes, {**SCHEMA, "since": pl.Datetime("us", "UTC")})
    rows = read(grown)
    assert dict(grown.schema) == dict(rows.schema)
    assert [None, None] == rows["since"].to_list()
    assert city.truth == as_truth(rows.drop("since"))


def test_every_kind_of_value_comes_back_from_notes_and_packs_alike(db: Client) -> None:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "key": pl.Binary,
        "version": pl.Int64,
        "yes": pl.Boolean,
        "wards": pl.List(pl.String),
        "since": pl.Datetime("us", "UTC"),
        "day": pl.Date,
        "number": pl.Float64,
        "words": pl.String,
    }
    shelf = Shelf(db.collection("roster"), db.collection("roster_changes"), schema)
    key = bytes(range(16))
    values = {
        "yes": True,
        "wards": [],
        "since": datetime(2026, 11, 1, 9, 0, 0, 123456, UTC),
        "day": date(2026, 11, 1),
        "number": 3,
        "words": "はい",
    }
    reference, content = note(shelf, key, 7, {"key": key, "version": 7, **values})
    reference.set(content)
    expected = [{"key": key, "version": 7, **values}]
    assert expected == read(shelf).to_dicts()
    fold(shelf)
    assert [] == list(shelf.notes.stream())
    assert expected == read(shelf).to_dicts()
    assert schema == dict(read(shelf).schema)


def test_an_empty_shelf_reads_as_no_rows_of_the_schema(shelf: Shelf) -> None:
    assert 0 == fold(shelf).merged
    assert {} == as_truth(read(shelf))
    assert [] == list(shelf.packs.stream())


def test_a_filled_shelf_reads_and_folds_like_any_other(shelf: Shelf) -> None:
    city = City(shelf)
    rows = pl.DataFrame(
        {
            "key": [f"k{number}" for number in range(3_000)],
            "version": [0] * 3_000,
            "wards": [["chuo"]] * 3_000,
            "born": [date(2000, 1, 1)] * 3_000,
        },
        schema=SCHEMA,
    )
    assert 1 < fill(shelf, rows, nearly_full=10_000)
    city.truth = as_truth(rows)
    assert city.truth == city.read()
    with pytest.raises(AlreadyExists):
        fill(shelf, rows)
    for key, value in (("k5", None), ("k6", ["kita"]), ("new", ["kita"])):
        city.write(key, value)
    fold(shelf, 10_000)
    assert city.truth == as_truth(packed(shelf))


def packed(shelf: Shelf) -> pl.DataFrame:
    def frames() -> Iterator[pl.DataFrame]:
        yield shelf.empty()
        for pack in shelf.packs.stream():
            if not is_stub(pack):
                yield decode(shelf, pack.get("rows"))

    return pl.concat(frames())
