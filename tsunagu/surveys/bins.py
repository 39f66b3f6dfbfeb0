"""How numbers and dates are grouped for a chart: few enough bars to read, at round places."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

Labelled = tuple[str, str, int]  # label in Japanese, in English where it needs other words, count

MOST_VALUES = 12  # different numbers that each get a bar of their own
MOST_BINS = 10
MOST_DAYS = 31
MOST_MONTHS = 36


def of_numbers(values: Sequence[float]) -> list[Labelled]:
    """Every value by itself while they are few, else bins of a round width; empty bins between are kept."""
    counts = Counter(values)
    if len(counts) <= MOST_VALUES:
        return [(plain(value), "", counts[value]) for value in sorted(counts)]
    width = _round_width((max(counts) - min(counts)) / MOST_BINS)
    whole = width >= 1 and all(value.is_integer() for value in counts)
    # Without rounding, 0.3 would fall below 3 × 0.1.
    bins = Counter(math.floor(round(value / width, 9)) for value in values)
    return [
        (*_range(number * width, (number + 1) * width, whole), bins[number])
        for number in range(min(bins), max(bins) + 1)
    ]


def of_dates(days: Sequence[date]) -> list[Labelled]:
    """By day, by month or by year, whichever is few enough; days and months without answers are kept."""
    if not days:
        return []
    first, last = min(days), max(days)
    months = _month(last) - _month(first) + 1
    if (last - first).days < MOST_DAYS:
        counts = Counter(days)
        every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [(f"{day.year}年{day.month}月{day.day}日", "", counts[day]) for day in every]
    if months <= MOST_MONTHS:
        by_month = Counter(map(_month, days))
        return [
            (f"{month // 12}年{month % 12 + 1}月", "", by_month[month])
            for month in range(_month(first), _month(last) + 1)
        ]
    years = Counter(day.year for day in days)
    return [(f"{year}年", "", years[year]) for year in sorted(years)]


def plain(value: float) -> str:
    """1,234 or 2.5: as few digits as say it."""
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.10g}"


def _round_width(least: float) -> float:
    """The smallest of 1, 2, 5, 10, … (or 0.1, 0.2, …) that is not below `least`."""
    return next(width for width in _widths(least) if width >= least)


def _widths(near: float) -> Iterator[float]:
    power = math.floor(math.log10(near))
    for exponent in (power, power + 1):
        for step in (1, 2, 5):
            # Powers below one are divided by: 10.0 ** -1 * 3 is not 0.3.
            yield step * 10.0**exponent if exponent >= 0 else step / 10.0**-exponent


def _range(start: float, end: float, whole: bool) -> tuple[str, str]:
    start, end = round(start, 9), round(end, 9)
    if whole and end - start == 1:
        return plain(start), ""
    if whole:
        return f"{plain(start)}〜{plain(end - 1)}", ""
    return f"{plain(start)}以上{plain(end)}未満", f"{plain(start)} to under {plain(end)}"


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
