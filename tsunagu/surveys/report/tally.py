"""How often each value is there among some of many lean rows (`surveys.lean`), everything in one pass."""

from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.surveys.definition import Multiple
from tsunagu.surveys.lean import GIVEN
from tsunagu.surveys.report.bins import Bins, Measuring, binned

FEW = 32  # values up to which comparing with each is quicker than grouping
INSIDE = "-inside"  # no column of a lean frame is called that


class Sheet:
    """Lean rows, with what is worked out of them once for all filters: groups of numbers and dates, hours of the city.

    So a group of respondents is counted in the same bins as everybody, and two groups can be compared.
    """

    def __init__(self, frame: pl.DataFrame, zone: ZoneInfo) -> None:
        self.frame = frame
        self.zone = zone
        self._bins: dict[str, Bins] = {}
        self._bits: dict[str, pl.Series] = {}

    def several(self, question: Multiple) -> dict[str, str]:
        """The columns of what may be chosen, by the options' ids; what the definition does not know comes last."""
        prefix = f"a_{question.id}."
        there = {name.removeprefix(prefix): name for name in self.frame.columns if name.startswith(prefix)}
        known = {option.id: there.pop(option.id) for option in question.options if option.id in there}
        return known | there

    def bins(self, question: Measuring) -> Bins:
        if question.id not in self._bins:
            self._bins[question.id] = binned(question, self.frame[f"v_{question.id}"]).small()
        return self._bins[question.id]

    def bits(self, question: Multiple) -> pl.Series:
        """What was chosen: a bit for each of `several`; null: no answer."""
        if question.id not in self._bits:
            places = self.several(question).values()
            kind = pl.UInt16 if len(places) <= 16 else pl.Int64
            bits = sum((pl.col(name).cast(kind) * 2**bit for bit, name in enumerate(places)), pl.lit(0, kind))
            chosen = pl.when(pl.col(f"a_{question.id}") == GIVEN).then(bits)
            self._bits[question.id] = self.frame.select(bits=chosen.cast(kind))["bits"]
        return self._bits[question.id]

    @cached_property
    def hours(self) -> pl.Series:
        """When each was begun, in hours of the city's wall clock since 1970."""
        return (_wall(self.frame["began"], self.zone) // 60).cast(pl.Int32).alias("hour")


class Tally:
    """`inside`: which rows are meant; None: all."""

    def __init__(self, sheet: Sheet, inside: pl.Series | None = None) -> None:
        self.sheet = sheet
        self.inside = inside
        self.n = sheet.frame.height if inside is None else int(inside.sum())
        self._counts: dict[str, dict[str | None, int]] = {}
        self._true: dict[str, int] = {}
        self._count()

    def counts(self, column: str) -> dict[str | None, int]:
        """Of an Enum column; None: of nulls. Values that are not there may be missing."""
        if column not in self._counts:
            table = self.values(column).value_counts()
            self._counts[column] = dict(zip(table[column].to_list(), table["count"].to_list(), strict=True))
        return self._counts[column]

    def true(self, column: str) -> int:
        return self._true[column]

    def values(self, column: str) -> pl.Series:
        return self.among(self.sheet.frame[column])

    def among(self, values: pl.Series) -> pl.Series:
        """What stands in the rows that are meant."""
        return values if self.inside is None else values.filter(self.inside)

    def rows(self, *columns: str) -> pl.DataFrame:
        """The rows that are meant, with these columns."""
        found = self.sheet.frame.select(columns)
        return found if self.inside is None else found.filter(self.inside)

    def _count(self) -> None:
        asked: dict[tuple[str, str | None], pl.Expr] = {}
        for column, kind in self.sheet.frame.schema.items():
            if isinstance(kind, pl.Enum) and len(kind.categories) <= FEW:
                for value in kind.categories.to_list():
                    asked[column, value] = pl.col(column) == value
                asked[column, None] = pl.col(column).is_null()
            elif kind == pl.Boolean:
                asked[column, ""] = pl.col(column)
        frame, inside = self.sheet.frame, pl.lit(True)
        if self.inside is not None:
            frame, inside = frame.with_columns(self.inside.alias(INSIDE)), pl.col(INSIDE)
        sums = frame.select((each & inside).sum().alias(str(n)) for n, each in enumerate(asked.values()))
        for (column, value), count in zip(asked, sums.row(0), strict=True):
            if value == "":
                self._true[column] = count
            else:
                self._counts.setdefault(column, {})[value] = count


def _wall(minutes: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Minutes since 1970 of UTC as those of the city."""
    first, last = minutes.min(), minutes.max()
    if not isinstance(first, int) or not isinstance(last, int):
        return minutes
    shifts = {_shift(minute, zone) for minute in (*range(first, last, 24 * 60), last)}
    if len(shifts) == 1:
        return minutes + shifts.pop()
    moments = pl.select((minutes.cast(pl.Int64) * 60_000).cast(pl.Datetime("ms", "UTC"))).to_series()
    wall = moments.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    return wall.dt.epoch("s") // 60


def _shift(minute: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    return int((offset or timedelta()).total_seconds()) // 60
