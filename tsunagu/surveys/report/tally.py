"""How often each value is there among many lean rows (`surveys.lean`): a bit a row for each, and bits counted."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.surveys.lean import several
from tsunagu.surveys.report.bins import Measuring, binned
from tsunagu.surveys.report.shares import Both

T = TypeVar("T")

FEW = 32  # values up to which a bit for each is quicker than grouping
KEPT = 16  # reports, each of some hundred kilobytes
TRUE = ""  # what a column of true and false is counted by
Flags = Mapping[str | None, pl.Series]


class Sheet:
    """Lean rows, with what is worked out of them once for all filters: groups of numbers and dates, hours of the city.

    So a group of respondents is counted in the same bins as everybody, and two groups can be compared. `holds`: which
    rows are of anybody (`packs.lean.Laid`); None: all.
    """

    def __init__(self, frame: pl.DataFrame, zone: ZoneInfo, holds: pl.Series | None = None) -> None:
        self.frame = frame
        self.zone = zone
        self.holds = holds
        self._bins: dict[str, list[tuple[str, Both, pl.Series]]] = {}
        self._flags: dict[str, Flags] = {}
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    @property
    def n(self) -> int:
        return self.frame.height if self.holds is None else int(self.holds.sum())

    def bins(self, question: Measuring) -> list[tuple[str, Both, pl.Series]]:
        """Code and label of each bin, and which rows are in it."""
        if question.id not in self._bins:
            values = self.frame[f"v_{question.id}"]
            if self.holds is not None:
                values = pl.select(pl.when(self.holds).then(values).alias(values.name)).to_series()
            found = binned(question, values).small()
            flags = (
                found.numbers.alias("number")
                .to_frame()
                .select((pl.col("number") == number).fill_null(False).alias(str(number)) for number, _, _ in found.bins)
            )
            named = zip(found.bins, flags.get_columns(), strict=True)
            self._bins[question.id] = [(code, label, flag) for (_, code, label), flag in named]
        return self._bins[question.id]

    def flags(self, column: str) -> Flags:
        """For each value of an Enum column which rows have it, None: which have none; of `m_` and a multiple question,
        for each option which rows chose it. A bit a row, so that to count under any filter is to count bits."""
        if column not in self._flags:
            asked: dict[str | None, pl.Expr]
            kind = self.frame.schema.get(column)
            if isinstance(kind, pl.Enum):
                numbers = pl.col(column).to_physical()
                asked = {value: numbers == number for number, value in enumerate(kind.categories)}
                asked[None] = pl.col(column).is_null()
            else:
                bits, options = several(self.frame, column.removeprefix("m_"))
                asked = {option: pl.col(bits) & 2**bit != 0 for bit, option in enumerate(options)}
            found = self.frame.select(each.fill_null(False).alias(str(n)) for n, each in enumerate(asked.values()))
            self._flags[column] = dict(zip(asked, found.get_columns(), strict=True))
        return self._flags[column]

    def present(self, column: str) -> set[str | None]:
        """The values that anybody has."""
        flags = self.flags(column).items()
        return {value for value, flag in flags if (flag if self.holds is None else flag & self.holds).any()}

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made of these rows under this key before: who goes from filter to filter comes back."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[no-any-return]
        made = make()
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    @cached_property
    def every_flag(self) -> dict[tuple[str, str | None], pl.Series]:
        """Those of all columns of few values and of bits, and the columns of true and false; with what each is of."""
        found: dict[tuple[str, str | None], pl.Series] = {}
        for column, kind in self.frame.schema.items():
            if kind == pl.Boolean:
                found[column, TRUE] = self.frame[column].fill_null(False)
                continue
            name = column.partition(":")[0]
            if name.startswith("m_") or (isinstance(kind, pl.Enum) and len(kind.categories) <= FEW):
                found |= {(name, value): flag for value, flag in self.flags(name).items()}
        return found

    @cached_property
    def waiting(self) -> tuple[pl.Series, pl.DataFrame]:
        """Which rows wait at a question, and of these at which, and in which language."""
        which = self.frame["waits_at"].is_not_null()
        return which, self.frame.select("waits_at", "language").filter(which)

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
        self._count()

    def counts(self, column: str) -> dict[str | None, int]:
        """Of an Enum column, None: of nulls; or of `m_` and a multiple question, by its options. Values that are not
        there may be missing."""
        if column not in self._counts:
            table = self.values(column).value_counts()
            self._counts[column] = dict(zip(table[column].to_list(), table["count"].to_list(), strict=True))
        return self._counts[column]

    def true(self, column: str) -> int:
        return self._counts[column][TRUE]

    def group(self, column: str, value: str) -> pl.Series:
        """Which of the rows that are meant have this value."""
        flag = self.sheet.flags(column)[value]
        return flag if self.inside is None else flag & self.inside

    def medians(self, column: str, groups: Mapping[str, pl.Series | None]) -> dict[str, float | None]:
        """Of the values in some groups of rows, None: in all; all in one pass."""
        table = self.sheet.frame.select(column).with_columns(
            flag.alias(f"in {name}") for name, flag in groups.items() if flag is not None
        )
        values = pl.col(column)
        found = table.select(
            (values if flag is None else values.filter(pl.col(f"in {name}"))).median().alias(name)
            for name, flag in groups.items()
        )
        return found.row(0, named=True)

    def values(self, column: str) -> pl.Series:
        return self.among(self.sheet.frame[column])

    def among(self, values: pl.Series) -> pl.Series:
        """What stands in the rows that are meant."""
        return values if self.inside is None else values.filter(self.inside)

    def waiting(self) -> pl.DataFrame:
        """`Sheet.waiting` of the rows that are meant."""
        which, rows = self.sheet.waiting
        return rows if self.inside is None else rows.filter(self.inside.filter(which))

    def binned(self, question: Measuring) -> list[tuple[str, Both, int]]:
        """Code, label and count of each bin."""
        return [(code, label, self._sum(flag)) for code, label, flag in self.sheet.bins(question)]

    def _count(self) -> None:
        for (column, value), flag in self.sheet.every_flag.items():
            self._counts.setdefault(column, {})[value] = self._sum(flag)

    def _sum(self, flag: pl.Series) -> int:
        return int((flag if self.inside is None else flag & self.inside).sum())


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
