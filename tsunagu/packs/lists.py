"""Columns of lists and of words made quick to ask: of 730,000 people's lists only a few hundred differ.

Each different value gets a number, which stands in its place in the rows. A question is answered once for every
different value; of the rows it is then asked only whether they have one of the numbers. Exact for any values, whatever
names are in them; where all differ it is merely slow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

SAMPLE = 20_000  # rows


@dataclass(frozen=True)
class Numbered:
    """`rows` with numbers for values; `names` of each such column: (number, name), a row for each name in a list.

    The name is null where a list is empty, or where there is no value.
    """

    rows: pl.DataFrame
    names: Mapping[str, pl.DataFrame]

    def has_any(self, column: str, names: Iterable[str]) -> pl.Expr:
        """Whether one of `names` is in the list of a row, or is its word; false where there is none."""
        return self._is_one_of(column, pl.col("name").is_in(list(names)))

    def is_empty(self, column: str) -> pl.Expr:
        """Whether nothing is in the list of a row, or there is no list or word."""
        return self._is_one_of(column, pl.col("name").is_null())

    def word(self, column: str, numbers: pl.Series) -> pl.Series:
        """The words, of a column of words, that have these numbers."""
        return self.names[column].sort("number")["name"].gather(numbers).alias(column)

    def _is_one_of(self, column: str, holds: pl.Expr) -> pl.Expr:
        return pl.col(column).is_in(self.names[column].filter(holds)["number"].implode())


@dataclass
class Numbering:
    """Numbers for the values of some columns, in rows that come part by part: the same value has the same number.

    `names` is as in `Numbered`; its frames are never changed, only replaced by longer ones.
    """

    columns: tuple[str, ...]
    names: dict[str, pl.DataFrame] = field(default_factory=dict)
    _values: dict[str, pl.DataFrame] = field(default_factory=dict)  # column → (number, value)

    def number(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with numbers, from 0, in place of the values of the columns."""
        return rows.with_columns([self._numbers(column, rows[column]) for column in self.columns])

    def _numbers(self, column: str, values: pl.Series) -> pl.Series:
        # What is frequent is met at the beginning; then it is quicker to look up than to look for what is new.
        self._meet(column, values.head(SAMPLE))
        numbers = self._looked_up(column, values)
        if numbers.null_count():
            self._meet(column, values.filter(numbers.is_null()))
            numbers = self._looked_up(column, values)
        return numbers

    def _meet(self, column: str, values: pl.Series) -> None:
        none = pl.DataFrame(schema={"number": pl.UInt32, "value": values.dtype})
        known = self._values.get(column, none)
        new = values.alias("value").to_frame().unique().join(known, on="value", how="anti", nulls_equal=True)
        if not new.is_empty() or column not in self._values:
            known = pl.concat([known, new.with_row_index("number", known.height)])
            self._values[column], self.names[column] = known, _names(known)

    def _looked_up(self, column: str, values: pl.Series) -> pl.Series:
        met = (
            values.alias("value")
            .to_frame()
            .join(self._values[column], on="value", how="left", nulls_equal=True, maintain_order="left")
        )
        return met["number"].alias(column)


def _names(known: pl.DataFrame) -> pl.DataFrame:
    names = known.rename({"value": "name"})
    return names.explode("name", empty_as_null=True) if isinstance(known.schema["value"], pl.List) else names
