"""How often each value is there among some of many lean rows (`surveys.lean`), everything in one pass."""

from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.surveys.definition import Multiple
from tsunagu.surveys.lean import several
from tsunagu.surveys.report.bins import Bins, Measuring, binned

FEW = 32  # values up to which comparing with each is quicker than grouping
INSIDE = "-inside"  # no column of a lean frame is called that


class Sheet:
    """Lean rows, with what is worked out of them once for all filters: groups of numbers and dates, hours of the city.

    So a group of respondents is counted in the same bins as everybody, and two groups can be compared. `holds`: which
    rows are of anybody (`packs.lean.Laid`); None: all.
    """

    def __init__(self, frame: pl.DataFrame, zone: ZoneInfo, holds: pl.Series | None = None) -> None:
        self.frame = frame
        self.zone = zone
        self.holds = holds
        self._bins: dict[str, Bins] = {}

    @property
    def n(self) -> int:
        return self.frame.height if self.holds is None else int(self.holds.sum())

    def held(self, values: pl.Series) -> pl.Series:
        return values if self.holds is None else values.filter(self.holds)

    def bins(self, question: Measuring) -> Bins:
        if question.id not in self._bins:
            values = self.frame[f"v_{question.id}"]
            if self.holds is not None:
                values = pl.select(pl.when(self.holds).then(values).alias(values.name)).to_series()
            self._bins[question.id] = binned(question, values).small()
        return self._bins[question.id]

    def chosen(self, question: Multiple) -> tuple[pl.Series, list[str]]:
        """For each row a bit for each of these options, the lowest first."""
        column, options = several(self.frame, question.id)
        return self.frame[column], options

    @cached_property
    def flags(self) -> pl.DataFrame:
        """Of every column of few values, for each of them whether it is there: `ward=chuo`; `ward=`: none is. Counting
        under a filter is then to count bits. Columns of bits likewise, columns of true and false as they are."""
        asked: list[pl.Expr] = []
        for column, kind in self.frame.schema.items():
            if isinstance(kind, pl.Enum) and len(kind.categories) <= FEW:
                asked += [(pl.col(column) == value).alias(f"{column}={value}") for value in kind.categories.to_list()]
                asked.append(pl.col(column).is_null().alias(f"{column}="))
            elif kind == pl.Boolean:
                asked.append(pl.col(column))
            elif column.startswith("m_"):
                question = column[2:].partition(":")[0]
                asked += [
                    (pl.col(column) & 2**bit != 0).alias(f"m_{question}={option}")
                    for bit, option in enumerate(several(self.frame, question)[1])
                ]
        return self.frame.select(asked).fill_null(False)

    @cached_property
    def hours(self) -> pl.Series:
        """When each was begun, in hours of the city's wall clock since 1970."""
        return (_wall(self.frame["began"], self.zone) // 60).cast(pl.Int32).alias("hour")


class Tally:
    """`inside`: which rows are meant; None: all that hold."""

    def __init__(self, sheet: Sheet, inside: pl.Series | None = None) -> None:
        self.sheet = sheet
        self.inside = inside = sheet.holds if inside is None else inside
        self.n = sheet.frame.height if inside is None else int(inside.sum())
        self._counts: dict[str, dict[str | None, int]] = {}
        self._true: dict[str, int] = {}
        self._count()

    def counts(self, column: str) -> dict[str | None, int]:
        """Of an Enum column, None: of nulls; or of `m_` and a multiple question, by its options. Values that are not
        there may be missing."""
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
        flags = self.sheet.flags
        if self.inside is None:
            counts = flags.sum()
        else:
            counts = flags.with_columns(self.inside.alias(INSIDE)).select((pl.exclude(INSIDE) & pl.col(INSIDE)).sum())
        for name, count in zip(flags.columns, counts.row(0), strict=True):
            column, of_value, value = name.partition("=")
            if not of_value:
                self._true[column] = count
            else:
                self._counts.setdefault(column, {})[value or None] = count


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
