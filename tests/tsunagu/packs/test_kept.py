from collections.abc import Callable, Generator
from typing import Any

import polars as pl
import pytest
from google.cloud.firestore import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.packs.test_packs import SCHEMA, SMALL, City, Watched, as_truth, keys, light, new_shelf, wards
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.fold import Fold, fold
from tsunagu.packs.kept import Kept
from tsunagu.packs.read import read
from tsunagu.packs.shelf import Shelf, encode

moves = st.one_of(
    st.tuples(st.just("write"), keys, wards),
    st.tuples(st.just("begin"), st.integers(0, 2), st.none()),
    st.tuples(st.just("step"), st.integers(0, 2), st.integers(1, 4)),
    st.tuples(st.just("read"), st.none(), st.none()),
)


@pytest.fixture
def city(db: Client) -> City:
    return City(new_shelf(db))


@settings(light, max_examples=30)
@given(st.lists(moves, max_size=40))
def test_what_is_kept_is_the_truth_after_any_history_of_writes_and_folds_stopped_anywhere(
    db: Client, history: Any
) -> None:
    city = City(new_shelf(db))
    kept = Kept(city.shelf)
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
                assert city.truth == as_truth(kept.read()[0])
    fold(city.shelf)
    assert city.truth == as_truth(kept.read()[0])


def test_of_many_packs_only_those_that_changed_are_read_again(city: City) -> None:
    city.write_many(300)
    fold(city.shelf, SMALL)
    packs = len(list(city.shelf.packs.stream()))
    kept = Kept(city.shelf)
    first, reads = kept.read()
    assert (packs, True) == (reads, packs > 4)
    again, reads = kept.read()
    assert (packs, True) == (reads, again is first)
    city.write("k7", ["kita"])
    changed, reads = kept.read()
    assert (packs + 1, False, True) == (reads, changed is first, kept.read()[0] is changed)
    assert city.truth == as_truth(changed)
    fold(city.shelf, SMALL * 10)
    folded, reads = kept.read()
    assert (packs + 1, city.truth) == (reads, as_truth(folded))
    city.write("k7", None)
    assert city.truth == as_truth(kept.read()[0])


def test_buckets_that_split_are_followed(city: City) -> None:
    kept = Kept(city.shelf)
    assert {} == as_truth(kept.read()[0])
    for rows, limit in ((30, 900_000), (200, SMALL), (300, SMALL)):
        city.write_many(rows)
        fold(city.shelf, limit)
        assert city.truth == as_truth(kept.read()[0])


def test_a_pack_that_is_folded_or_split_between_its_listing_and_its_fetching_is_read_whole(city: City) -> None:
    city.write_many(100)
    fold(city.shelf)
    listed: list[Callable[[], object]] = []
    packs = Listed(city.shelf.packs, lambda: listed.pop()() if listed else None)
    kept = Kept(Shelf(packs, city.shelf.notes, SCHEMA))
    kept.read()
    for limit in (900_000, SMALL):
        city.write("k5", ["kita"])
        fold(city.shelf)

        def meanwhile(limit: int = limit) -> None:
            city.write("k6", ["minami"])
            fold(city.shelf, limit)

        listed.append(meanwhile)
        assert city.truth == as_truth(kept.read()[0])
        assert city.truth == as_truth(kept.read()[0])


class Listed(Watched):
    """A collection that does something once it has been listed without rows."""

    def select(self, fields: Any) -> Any:
        query, then = super().select(fields), self._then

        class Query:
            def stream(self) -> Any:
                found = list(query.stream())
                then()
                return iter(found)

        return Query()

    def stream(self, *arguments: Any, **options: Any) -> Any:
        return super(Watched, self).stream(*arguments, **options)


def test_a_listing_torn_by_a_split_is_made_again(city: City) -> None:
    city.write_many(100)
    fold(city.shelf, SMALL)
    packs = Watched(city.shelf.packs, lambda: None)
    packs.hidden = [{"b0"}]
    assert city.truth == as_truth(Kept(Shelf(packs, city.shelf.notes, SCHEMA)).read()[0])
    packs.hidden = [{"b"}] * 100
    with pytest.raises(TryAgain):
        Kept(Shelf(packs, city.shelf.notes, SCHEMA)).read()


def test_rows_are_prepared_once_and_only_some_columns_are_kept(city: City) -> None:
    prepared: list[int] = []

    def prepare(rows: pl.DataFrame) -> pl.DataFrame:
        prepared.append(rows.height)
        return rows.with_columns(pl.col("wards").list.len())

    kept = Kept(city.shelf, ["wards"], prepare)
    city.write_many(40)
    fold(city.shelf)
    for _ in range(3):
        rows = kept.read()[0]
    assert {"key": pl.String, "version": pl.Int64, "wards": pl.UInt32} == dict(rows.schema)
    city.write("k5", ["kita", "chuo"])
    rows = kept.read()[0]
    assert sorted(read(city.shelf).select("key", pl.col("wards").list.len()).rows()) == sorted(
        rows.select("key", "wards").rows()
    )
    assert (40, 1) == (sum(prepared[:-1]), prepared[-1])


def test_packs_that_were_thrown_away_are_forgotten(city: City) -> None:
    city.write_many(5)
    fold(city.shelf)
    kept = Kept(city.shelf)
    assert 5 == kept.read()[0].height
    city.shelf.packs.document("b").delete()
    assert 0 == kept.read()[0].height
    city.shelf.packs.document("b").set({"rows": encode(city.shelf.empty()), "count": 0, "turn": 0})
    assert 0 == kept.read()[0].height
