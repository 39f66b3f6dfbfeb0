"""Columns of lists made quick to ask: of 730,000 people's lists only a few hundred differ.

Each different list gets a number, which stands in its place in the rows. A question is answered once for every
different list; of the rows it is then asked only whether they have one of the numbers. Exact for any lists, whatever
names are in them; where all differ it is merely slow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Numbered:
    """`rows` with numbers for lists; `names` of each such column: (number, name), name null where nothing is in it."""

    rows: pl.DataFrame
    names: Mapping[str, pl.DataFrame]

    def has_any(self, column: str, names: Iterable[str]) -> pl.Expr:
        """Whether one of `names` is in the list of a row; false where there is no list."""
        return self._is_one_of(column, pl.col("name").is_in(list(names)))

    def is_empty(self, column: str) -> pl.Expr:
        """Whether nothing is in the list of a row, or there is no list."""
        return self._is_one_of(column, pl.col("name").is_null())

    def _is_one_of(self, column: str, holds: pl.Expr) -> pl.Expr:
        return pl.col(column).is_in(self.names[column].filter(holds)["number"].implode())


def numbered(rows: pl.DataFrame) -> Numbered:
    """`rows` with a number in place of every list of names: the place of the first row that has the same list."""
    lists = [column for column, kind in rows.schema.items() if isinstance(kind, pl.List)]
    places = rows.select(lists).with_row_index("number")
    numbers = places.select(pl.col("number").first().over(column).alias(column) for column in lists)
    names = {}
    for column in lists:
        different = places.filter(places["number"] == numbers[column])
        names[column] = different.select("number", name=column).explode("name", empty_as_null=True)
    return Numbered(rows.with_columns(numbers), names)
