from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.packs.lists import Numbered, Numbering

NAMES = ["chuo", "kita", "d1", ""]
SCHEMA: dict[str, Any] = {
    "key": pl.Int64,
    "wards": pl.List(pl.String),
    "topics": pl.List(pl.String),
    "language": pl.String,
}
COLUMNS = ("wards", "topics", "language")

lists = st.none() | st.lists(st.sampled_from(NAMES), max_size=4)
words = st.none() | st.sampled_from(NAMES)
row = st.fixed_dictionaries({"key": st.integers(0, 9), "wards": lists, "topics": lists, "language": words})
rows = st.lists(row, max_size=30)
asked = st.lists(st.sampled_from([*NAMES, "unknown"]), max_size=4)


def frame(people: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(people, schema=SCHEMA)


def numbered(people: list[dict[str, Any]]) -> Numbered:
    numbering = Numbering(COLUMNS)
    return Numbered(numbering.number(frame(people)), numbering.names)


@given(rows, asked, st.sampled_from(["wards", "topics"]))
def test_a_list_is_answered_for_by_its_number(people: list[dict[str, Any]], names: list[str], column: str) -> None:
    found = numbered(people)
    answers = found.rows.select("key", any=found.has_any(column, names), empty=found.is_empty(column)).rows()
    expected = [(row["key"], bool(set(row[column] or []) & set(names)), not row[column]) for row in people]
    assert expected == answers


@given(rows, asked)
def test_a_word_is_answered_for_by_its_number_and_comes_back(people: list[dict[str, Any]], names: list[str]) -> None:
    found = numbered(people)
    answers = found.rows.select(any=found.has_any("language", names), empty=found.is_empty("language")).rows()
    assert [(row["language"] in names, row["language"] is None) for row in people] == answers
    assert [row["language"] for row in people] == found.word("language", found.rows["language"]).to_list()


@given(rows)
def test_as_many_numbers_as_there_are_different_values(people: list[dict[str, Any]]) -> None:
    found = numbered(people)
    different = {tuple(row["wards"]) if row["wards"] is not None else None for row in people}
    assert sorted(range(len(different))) == found.rows["wards"].unique().sort().to_list()
    assert {"wards": 0, "topics": 0, "language": 0} == {name: found.rows[name].null_count() for name in COLUMNS}


@given(st.lists(rows, max_size=4))
def test_numbers_stay_in_whatever_parts_the_rows_come(parts: list[list[dict[str, Any]]]) -> None:
    numbering = Numbering(COLUMNS)
    one_by_one = [numbering.number(frame(part)) for part in parts]
    together = numbering.number(frame([row for part in parts for row in part]))
    if parts:
        assert together.equals(pl.concat(one_by_one))
