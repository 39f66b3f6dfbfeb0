"""A schema that grows while folds are under way: none of them loses what it does not know."""

import uuid
from typing import Any

import polars as pl
import pytest
from google.cloud.firestore import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.fold import Fold, fold
from tsunagu.packs.read import read
from tsunagu.packs.shelf import Shelf, note

COLUMNS = [f"c{number}" for number in range(4)]
SMALL = 1_600  # bytes; a bucket of this schema holds a few dozen rows then
STEPS_OF_A_FOLD = 6


def shelf_of(db: Client, name: str, columns: int) -> Shelf:
    """As somebody knows it who has looked when it had so many columns."""
    schema = {"key": pl.String(), "version": pl.Int64(), **{column: pl.Int64() for column in COLUMNS[:columns]}}
    return Shelf(db.collection(f"{name}-packs"), db.collection(f"{name}-notes"), schema)


class City:
    """Rows as they are written by somebody who knows all the columns there are by then."""

    def __init__(self, db: Client) -> None:
        self.db, self.name, self.columns = db, uuid.uuid4().hex, 1
        self.truth: dict[str, dict[str, Any]] = {}
        self._version = 0

    @property
    def shelf(self) -> Shelf:
        return shelf_of(self.db, self.name, self.columns)

    def write(self, key: str, columns: int | None = None) -> None:
        """`columns`: of a row that was begun when there were fewer."""
        self._version += 1
        row: dict[str, Any] = {column: self._version for column in COLUMNS[: columns or self.columns]}
        reference, content = note(self.shelf, key, self._version, row)
        reference.set(content)
        self.truth[key] = {"key": key, "version": self._version, **dict.fromkeys(COLUMNS), **row}

    def read(self) -> dict[str, dict[str, Any]]:
        rows = read(shelf_of(self.db, self.name, len(COLUMNS))).to_dicts()
        assert len(rows) == len({row["key"] for row in rows})
        return {row["key"]: row for row in rows}


@pytest.mark.parametrize("folded_between", [False, True])
@pytest.mark.parametrize("steps", range(STEPS_OF_A_FOLD))
def test_a_fold_that_began_before_a_column_came_loses_nothing_of_it(
    db: Client, steps: int, folded_between: bool
) -> None:
    city = City(db)
    city.write("old")
    stale = Fold(city.shelf).steps()
    for _ in range(steps):
        next(stale, None)
    city.columns = 2
    city.write("new")
    if folded_between:
        fold(city.shelf)
    try:
        for _ in stale:
            pass
    except TryAgain:
        pass
    assert city.truth == city.read()
    fold(city.shelf)
    assert city.truth == city.read()
    assert [] == list(city.shelf.notes.stream())


def test_it_refuses_a_note_and_a_pack_with_a_column_it_does_not_know(db: Client) -> None:
    city = City(db)
    before = city.shelf
    city.columns = 2
    city.write("new")
    with pytest.raises(TryAgain, match="newer schema"):
        fold(before)
    fold(city.shelf)
    city.write("old", columns=1)
    with pytest.raises(TryAgain, match="newer schema"):
        fold(before)
    assert city.truth == city.read()


def test_an_older_reader_reads_all_rows_without_the_new_column(db: Client) -> None:
    city = City(db)
    before = city.shelf
    city.columns = 2
    city.write("noted")
    fold(city.shelf)
    city.write("packed")
    rows = read(before)
    assert dict(before.schema) == dict(rows.schema)
    assert {"noted", "packed"} == set(rows["key"])


moves = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 4), st.integers(0, 3)),
    st.tuples(st.just("grow"), st.none(), st.none()),
    st.tuples(st.just("begin"), st.integers(0, 2), st.none()),
    st.tuples(st.just("step"), st.integers(0, 2), st.integers(1, 4)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=40))
def test_reading_is_the_truth_whenever_the_schema_grows(db: Client, history: Any) -> None:
    city = City(db)
    folds: dict[int, Any] = {}
    for move, what, value in history:
        match move:
            case "write":
                city.write(f"k{what}", columns=max(1, city.columns - value))
            case "grow":
                city.columns = min(city.columns + 1, len(COLUMNS))
            case "begin":
                folds[what] = Fold(city.shelf, nearly_full=SMALL, notes_at_once=2).steps()
            case "step" if what in folds:
                try:
                    for _ in range(value):
                        next(folds[what], None)
                except TryAgain:  # Pub/Sub delivers again
                    folds[what] = Fold(city.shelf, nearly_full=SMALL, notes_at_once=2).steps()
        assert city.truth == city.read()
    fold(city.shelf)
    assert [] == list(city.shelf.notes.stream())
    assert city.truth == city.read()
