from itertools import pairwise
from typing import Any

import polars as pl
from google.cloud.firestore import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.packs.test_packs import SMALL, City, as_truth, light, moves, new_shelf
from tsunagu.packs.fill import fill
from tsunagu.packs.fold import Fold, fold
from tsunagu.packs.parts import SPAN, parts
from tsunagu.packs.read import read
from tsunagu.packs.shelf import hash_of, is_stub, note


@light
@given(st.lists(moves, max_size=15), st.lists(moves, max_size=15))
def test_the_parts_are_the_truth_of_the_moment_they_were_begun(db: Client, before: Any, meanwhile: Any) -> None:
    city = City(new_shelf(db))
    city.write_many(40)
    fold(city.shelf, nearly_full=2 * SMALL)
    folds: dict[int, Any] = {}
    play(city, folds, before)
    reading = parts(city.shelf, at_once=1)
    truth, first = dict(city.truth), next(reading)
    play(city, folds, meanwhile)
    fold(city.shelf, nearly_full=SMALL)
    assert truth == as_truth(pl.concat([first, *reading]))
    assert city.truth == as_truth(pl.concat(parts(city.shelf)))


def play(city: City, folds: dict[int, Any], history: Any) -> None:
    for move, what, value in history:
        match move:
            case "write":
                city.write(what, value)
            case "begin":
                folds[what] = Fold(city.shelf, nearly_full=SMALL, notes_at_once=2).steps()
            case "step" if what in folds:
                for _ in range(value):
                    next(folds[what], None)


def test_a_part_holds_a_few_packs_and_all_come_in_the_order_of_their_hashes(db: Client) -> None:
    shelf = new_shelf(db)
    rows = pl.DataFrame(
        [(f"k{number}", number, ["chuo"], None) for number in range(1500)], schema=dict(shelf.schema), orient="row"
    )
    fill(shelf, rows, nearly_full=2 * SMALL)
    packs = [pack for pack in shelf.packs.stream() if not is_stub(pack)]
    told: list[tuple[int, int]] = []
    found = list(parts(shelf, at_once=3, told=lambda done, of: told.append((done, of))))
    assert [sum(part.height for part in found[: number + 1]) for number in range(len(found))] == [
        done for done, _ in told
    ]
    assert {rows.height} == {of for _, of in told}
    assert (len(packs) + 2) // 3 == len(found) > 1
    ranges = [(min(hashes), max(hashes)) for part in found for hashes in [[hash_of(key) for key in part["key"]]]]
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    assert all(part["key"].is_sorted() for part in found)


def test_the_notes_of_many_packs_come_each_with_its_own(db: Client) -> None:
    """More packs than those whose notes are asked for at once, and notes on all of them."""
    shelf = new_shelf(db)
    rows = pl.DataFrame(
        [(f"k{number}", number, ["chuo"], None) for number in range(1000)], schema=dict(shelf.schema), orient="row"
    )
    fill(shelf, rows, nearly_full=SMALL)
    batch = db.batch()
    for number in range(0, 1100, 3):
        row = {"wards": ["kita"], "born": None} if number % 2 else None
        batch.set(*note(shelf, f"k{number}", 10_000 + number, row))
    batch.commit()
    found = list(parts(shelf, at_once=1))
    assert len(found) > 2 * SPAN
    assert as_truth(read(shelf)) == as_truth(pl.concat(found))
    assert {"kita", "chuo"} == {ward for part in found for wards in part["wards"] for ward in wards}


def test_only_the_columns_that_are_asked_for_are_read(db: Client) -> None:
    city = City(new_shelf(db))
    city.write_many(5)
    fold(city.shelf)
    city.write("noted", ["kita"])
    expected = read(city.shelf, ["born"]).sort("key")
    assert expected.equals(pl.concat(parts(city.shelf, ["born"])).sort("key"))


def test_an_empty_shelf_is_one_empty_part(db: Client) -> None:
    shelf = new_shelf(db)
    assert [dict(shelf.schema)] == [dict(part.schema) for part in parts(shelf)]
    City(shelf).write_many(3)
    assert [3] == [part.height for part in parts(shelf)]
