"""How numbers, dates and times are grouped for a chart: few enough bars to read, at round places."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tsunagu.surveys.definition import Date, DateTime, Number, Time
from tsunagu.surveys.report.shares import Both

Measuring = Number | Date | Time | DateTime  # what is grouped

MOST_VALUES = 12  # different numbers that each get a bar of their own
MOST_BINS = 10
MOST_DAYS = 31
MOST_MONTHS = 36
MOST_YEARS = 40
MOST_KEPT = 120  # bins up to which also the empty ones are kept
SAMPLE = 1000  # values that are looked at first: mostly they show already that there are many


@dataclass(frozen=True)
class Bins:
    """`numbers`: the bin of each value, as Int64; `bins`: number, code and label of each bin, also of empty ones."""

    numbers: pl.Series
    bins: tuple[tuple[int, str, Both], ...]

    def small(self) -> "Bins":
        """With numbers that take little room: from 0 on, where no bin is missing between."""
        if not self.bins or self.bins[-1][0] - self.bins[0][0] != len(self.bins) - 1:
            return self
        first = self.bins[0][0]
        numbers = (self.numbers - first).cast(pl.UInt8 if len(self.bins) < 2**8 else pl.Int64)
        return Bins(numbers, tuple((number - first, code, label) for number, code, label in self.bins))


def binned(question: Measuring, values: pl.Series) -> Bins:
    """`values`: what lean rows have in `v_…`; nulls are in no bin."""
    match question:
        case Number():
            return of_numbers(values)
        case Date():
            return of_dates(values)
        case Time():
            return of_minutes(values)
    return of_moments(values)


def of_numbers(values: pl.Series) -> Bins:
    """Every value by itself while they are few, else bins of a round width; empty bins between are kept."""
    numbers = values.cast(pl.Float64) + 0.0  # -0.0 and 0.0 are one number
    low, high = numbers.min(), numbers.max()
    if low is None or high is None:
        return Bins(pl.Series(values.name, [None] * len(values), dtype=pl.Int64), ())
    single = _few(numbers)
    if single is not None:
        places = {value: place for place, value in enumerate(single)}
        found = numbers.replace_strict(places, default=None, return_dtype=pl.Int64)
        labels = _apart(single)
        return Bins(found, tuple((place, code(value), (labels[place], "")) for value, place in places.items()))
    width = _round_width((float(high) - float(low)) / MOST_BINS)  # type: ignore[arg-type]
    whole = width >= 1 and bool((numbers.drop_nulls().round(0) == numbers.drop_nulls()).all())
    # Without rounding, 0.3 would fall below 3 × 0.1.
    found = (numbers / width).round(9).floor().cast(pl.Int64)
    first, last = int(found.min()), int(found.max())  # type: ignore[arg-type]
    return Bins(
        found,
        tuple(
            (number, code(round(number * width, 9)), _range(number * width, (number + 1) * width, whole))
            for number in range(first, last + 1)
        ),
    )


def of_dates(days: pl.Series) -> Bins:
    """By day, month, year or decade, whichever is few enough; those without answers between are kept."""
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return Bins(pl.Series(days.name, [None] * len(days), dtype=pl.Int64), ())
    if (last - first).days < MOST_DAYS:
        origin = first.toordinal()
        since = (days - first).dt.total_days()
        every = ((number, first + timedelta(days=number)) for number in range(last.toordinal() - origin + 1))
        return Bins(
            since, tuple((n, day.isoformat(), (f"{day.year}年{day.month}月{day.day}日", "")) for n, day in every)
        )
    months = days.dt.year().cast(pl.Int64) * 12 + days.dt.month() - 1
    if _month(last) - _month(first) < MOST_MONTHS:
        return _every(months, lambda n: (f"{n // 12:04}-{n % 12 + 1:02}", (f"{n // 12}年{n % 12 + 1}月", "")))
    years = days.dt.year().cast(pl.Int64)
    if last.year - first.year < MOST_YEARS:
        return _every(years, lambda year: (f"{year:04}", (f"{year}年", "")))
    return _every(years // 10, lambda ten: (f"{ten * 10:04}", (f"{ten * 10}年代", f"{ten * 10}s")))


def of_minutes(minutes: pl.Series) -> Bins:
    """Of the day, by the hour."""
    return _every(minutes.cast(pl.Int64) // 60, lambda hour: (f"{hour:02}", (f"{hour}時台", f"{hour}:00–{hour}:59")))


def of_moments(minutes: pl.Series) -> Bins:
    """Minutes since 1970, by day, month or year as dates are."""
    return of_dates((minutes.cast(pl.Int64) // (24 * 60)).cast(pl.Int32).cast(pl.Date))


def plain(value: float) -> str:
    """1,234 or 2.5: as few digits as say it."""
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.10g}"


def _day(day: date) -> tuple[str, Both]:
    return day.isoformat(), (f"{day.year}年{day.month}月{day.day}日", "")


def code(value: float) -> str:
    """3 or 2.5: what tells it from every other number."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 2**53 else repr(value)


def _apart(values: list[float]) -> list[str]:
    """In as many digits as tell them apart."""
    short = [plain(value) for value in values]
    return short if len(set(short)) == len(short) else [code(value) for value in values]


def _few(numbers: pl.Series) -> list[float] | None:
    """The values in order, if they are so few that each may have a bar."""
    if numbers.head(SAMPLE).n_unique() > MOST_VALUES + 1:
        return None
    found = numbers.drop_nulls().unique().sort()
    return found.to_list() if len(found) <= MOST_VALUES else None


def _every(numbers: pl.Series, named: Callable[[int], tuple[str, Both]]) -> Bins:
    first, last = numbers.min(), numbers.max()
    if not isinstance(first, int) or not isinstance(last, int):
        return Bins(numbers, ())
    there = range(first, last + 1) if last - first < MOST_KEPT else numbers.drop_nulls().unique().sort().to_list()
    return Bins(numbers, tuple((number, *named(number)) for number in there))


def _round_width(least: float) -> float:
    """The smallest of 1, 2, 5, 10, … (or 0.1, 0.2, …) that is not below `least`."""
    return next(width for width in _widths(least) if width >= least)


def _widths(near: float) -> Iterator[float]:
    power = math.floor(math.log10(near))
    for exponent in (power, power + 1):
        for step in (1, 2, 5):
            # Powers below one are divided by: 10.0 ** -1 * 3 is not 0.3.
            yield step * 10.0**exponent if exponent >= 0 else step / 10.0**-exponent


def _range(start: float, end: float, whole: bool) -> Both:
    start, end = round(start, 9), round(end, 9)
    if whole and end - start == 1:
        return plain(start), ""
    if whole:
        return f"{plain(start)}〜{plain(end - 1)}", f"{plain(start)}–{plain(end - 1)}"
    return f"{plain(start)}以上{plain(end)}未満", f"{plain(start)} to under {plain(end)}"


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
