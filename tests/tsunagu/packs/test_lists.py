from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.packs.lists import numbered

NAMES = ["chuo", "kita", "d1", ""]
SCHEMA = {"key": pl.Int64(), "wards": pl.List(pl.String), "topics": pl.List(pl.String)}

lists = st.none() | st.lists(st.sampled_from(NAMES), max_size=4)
rows = st.lists(st.fixed_dictionaries({"key": st.integers(0, 9), "wards": lists, "topics": lists}), max_size=30)
asked = st.lists(st.sampled_from([*NAMES, "unknown"]), max_size=4)


@given(rows, asked, st.sampled_from(["wards", "topics"]))
def test_a_list_is_answered_for_by_its_number(people: list[dict[str, Any]], names: list[str], column: str) -> None:
    found = numbered(pl.DataFrame(people, schema=SCHEMA))
    answers = found.rows.select("key", any=found.has_any(column, names), empty=found.is_empty(column)).rows()
    expected = [(row["key"], bool(set(row[column] or []) & set(names)), not row[column]) for row in people]
    assert expected == answers


@given(rows)
def test_as_many_numbers_as_there_are_different_lists(people: list[dict[str, Any]]) -> None:
    found = numbered(pl.DataFrame(people, schema=SCHEMA))
    different = {tuple(row["wards"]) if row["wards"] is not None else None for row in people}
    assert len(different) == found.rows["wards"].n_unique()
    assert 0 == found.rows["wards"].null_count()
