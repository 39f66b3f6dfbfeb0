"""What is counted of rows is kept in few bytes beside them, and is at any time what the rows themselves would give."""

import io
import string
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from google.cloud.firestore import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.packs.test_packs import City, light, moves, new_shelf
from tsunagu.packs.fill import fill
from tsunagu.packs.fold import Fold, fold
from tsunagu.packs.lean import KeptLean, Laid, count
from tsunagu.packs.moment import Moment
from tsunagu.packs.read import read
from tsunagu.packs.shelf import MARK, Lean, Shelf, is_stub, lean_rows, marks
from tsunagu.packs.squeeze import expanded, squeezed

SMALL = 3_000  # bytes; a bucket holds some dozens of rows then, and what is counted of them
WARDS = ["chuo", "higashi", "nishi", "none"]


def make(rows: pl.DataFrame) -> pl.DataFrame:
    """The first ward, how many there are, and the birthday."""
    return rows.select(
        ward=pl.col("wards").list.get(0, null_on_oob=True).fill_null("none").cast(pl.Enum(WARDS)),
        many=(pl.col("wards").list.len() > 1).fill_null(False),
        born=pl.col("born"),
    )


def unite(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames)


def counted_shelf(db: Client) -> Shelf:
    return replace(new_shelf(db), lean=Lean(make, unite))


def held(laid: Laid) -> pl.DataFrame:
    return laid.frame if laid.holds is None else laid.frame.filter(laid.holds)


def same(shelf: Shelf, found: Laid) -> bool:
    rows = lean_rows(shelf, read(shelf))
    assert rows.height == found.height
    return rows.sort(MARK).equals(held(found).select(rows.columns).sort(MARK))


@light
@given(st.lists(moves, max_size=30))
def test_lean_rows_are_those_of_the_rows_after_any_history(db: Client, history: Any) -> None:
    city = City(counted_shelf(db))
    kept = KeptLean()
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
                assert same(city.shelf, kept.read(Moment.now(city.shelf)))
    assert same(city.shelf, kept.read(Moment.now(city.shelf)))
    assert same(city.shelf, KeptLean().read(Moment.now(city.shelf)))
    assert len(city.truth) == count(Moment.now(city.shelf))
    fold(city.shelf, nearly_full=SMALL)
    assert len(city.truth) == count(Moment.now(city.shelf))


def test_many_packs_with_splits_are_read_and_only_what_has_changed_again(db: Client) -> None:
    shelf = counted_shelf(db)
    city = City(shelf)
    city.write_many(300)
    fold(shelf, nearly_full=SMALL)
    assert len([pack for pack in shelf.packs.stream() if is_stub(pack)]) >= 1
    kept = KeptLean()
    first = kept.read(Moment.now(shelf))
    assert same(shelf, first) and kept.read(Moment.now(shelf)) is first
    city.write("k7", ["nishi"])
    city.write("k8", None)
    assert same(shelf, kept.read(Moment.now(shelf)))
    fold(shelf, nearly_full=SMALL)
    assert same(shelf, kept.read(Moment.now(shelf)))
    city.write_many(400)
    fold(shelf, nearly_full=SMALL)
    assert same(shelf, kept.read(Moment.now(shelf)))


def test_an_older_moment_is_read_as_it_was(db: Client) -> None:
    shelf = counted_shelf(db)
    city = City(shelf)
    city.write_many(40)
    fold(shelf, nearly_full=SMALL)
    kept, before, then = KeptLean(), lean_rows(shelf, read(shelf)), Moment.now(shelf)
    city.write("k1", ["nishi", "chuo"])
    fold(shelf, nearly_full=SMALL)
    assert same(shelf, kept.read(Moment.now(shelf)))
    assert before.sort(MARK).equals(held(kept.read(then)).sort(MARK))


def test_packs_of_a_time_without_lean_rows_are_read_all_the_same(db: Client) -> None:
    shelf = counted_shelf(db)
    city = City(replace(shelf, lean=None))
    city.write_many(100)
    fold(city.shelf, nearly_full=SMALL)
    kept = KeptLean()
    assert same(shelf, kept.read(Moment.now(shelf)))
    city.write("k1", ["nishi"])
    fold(shelf, nearly_full=SMALL)
    assert same(shelf, kept.read(Moment.now(shelf)))
    assert 1 <= sum("lean" in (pack.to_dict() or {}) for pack in shelf.packs.stream())


def test_filled_packs_have_lean_rows_and_fit_into_documents(db: Client) -> None:
    shelf = counted_shelf(db)
    rows = pl.DataFrame(
        [(f"k{number}", number, ["chuo"], date(2000, 1, 1) + timedelta(days=number % 9)) for number in range(900)],
        schema=dict(shelf.schema),
        orient="row",
    )
    fill(shelf, rows, nearly_full=2 * SMALL)
    packs = [pack.to_dict() or {} for pack in shelf.packs.stream() if not is_stub(pack)]
    assert len(packs) > 1 and all(len(pack["rows"]) + len(pack["lean"]) < 2 * SMALL for pack in packs)
    assert same(shelf, KeptLean().read(Moment.now(shelf)))


def test_an_empty_shelf_has_no_lean_rows(db: Client) -> None:
    shelf = counted_shelf(db)
    assert (0, ["ward", "many", "born", MARK]) == (
        (found := KeptLean().read(Moment.now(shelf))).height,
        found.frame.columns,
    )
    City(shelf).write("k1", ["chuo"])
    assert same(shelf, KeptLean().read(Moment.now(shelf)))


COLUMNS: dict[str, tuple[pl.DataType, st.SearchStrategy[Any]]] = {
    "choice": (pl.Enum(["a", "い", '"', "-"]), st.sampled_from(["a", "い", '"', "-"])),
    "much": (pl.Enum([f"o{number}" for number in range(300)]), st.integers(0, 299).map(lambda n: f"o{n}")),
    "yes": (pl.Boolean(), st.booleans()),
    "day": (pl.Date(), st.dates()),
    "number": (pl.Float64(), st.floats(allow_nan=False)),
    "small": (pl.Int16(), st.integers(-(2**15), 2**15 - 1)),
    MARK: (pl.UInt64(), st.integers(0, 2**64 - 1)),
}


@st.composite
def frames(draw: st.DrawFn, names: Sequence[str]) -> pl.DataFrame:
    height = draw(st.integers(0, 20))
    made = []
    for name in names:
        kind, values = COLUMNS[name]
        cells = st.lists(values | st.none(), min_size=height, max_size=height)
        made.append(pl.Series(name, draw(cells), dtype=kind))
    return pl.DataFrame(made)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(st.sampled_from([*COLUMNS]), min_size=1, unique=True))
def test_what_is_squeezed_comes_back_in_one_frame_for_each_schema(data: st.DataObject, names: list[str]) -> None:
    ours = data.draw(st.lists(frames(names), min_size=1, max_size=4))
    theirs = data.draw(st.lists(frames([*reversed(names)]), max_size=2)) if len(names) > 1 else []
    stored = [squeezed(frame) for frame in [*ours, *theirs]]
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    there = [[name for name in frame.columns if name in some] for frame in (ours[0], *theirs[:1])]
    for columns, all_or_some in ((), [ours[0].columns, *(frame.columns for frame in theirs[:1])]), (some, there):
        found = [*expanded(stored, columns)]
        for expected, frame, wanted in zip([ours, theirs] if theirs else [ours], found, all_or_some, strict=True):
            whole = pl.concat(expected).select(wanted)
            assert whole.schema == frame.schema and whole.equals(frame)


def test_lean_rows_of_choices_take_less_than_a_byte_a_choice() -> None:
    frame = pl.DataFrame(
        {f"q{n}": pl.Series(["a", "b", "c", "d"] * 2_000, dtype=pl.Enum(["a", "b", "c", "d"])) for n in range(10)}
    )
    written = io.BytesIO()
    frame.write_ipc(written, compression="zstd")
    assert len(squeezed(frame)) < min(len(written.getvalue()), frame.height * 10)


# As pseudonyms and LINE's user ids are: no key has a NUL, which would be as if there were no letter.
@given(st.lists(st.text(string.ascii_letters + string.digits, max_size=32), unique=True, max_size=50))
def test_every_key_has_a_mark_of_its_own(keys: list[str]) -> None:
    assert len(keys) == marks(pl.Series(keys, dtype=pl.String)).n_unique()


@pytest.mark.parametrize("keys", [["ann", "bob"], [b"\x00" * 16, b"\x01" * 16]])
def test_keys_of_words_and_of_bytes_are_marked(keys: list[Any]) -> None:
    assert 2 == marks(pl.Series(keys)).n_unique()
