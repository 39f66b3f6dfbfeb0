"""Horizontal bars as inline SVG: here the places of everything, in `templates/surveys/chart.svg` the drawing.

Each chart is drawn twice, for wide and for narrow pages; the style sheet shows one. Scaling one drawing down to a phone
would make its words unreadable.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tsunagu.surveys.report.bins import Measuring
from tsunagu.surveys.report.count import Counted, Row

LINE_HEIGHT = 20
HALF = 7.2  # pixels, at most, of a half-width character in the chart's type
PERCENT = 60  # room for "100.0%" at the right edge
MOST_LINES = 6  # of one label; the table beside the chart has it whole


@dataclass(frozen=True)
class Shape:
    """Widths are in pixels. `halves` is how many half-width characters of a label fit on one line at most."""

    name: str
    width: int
    beside: bool  # labels beside their bars, not above them
    halves: int
    bar: int
    gap: int


WIDE = Shape("wide", width=620, beside=True, halves=34, bar=22, gap=13)
NARROW = Shape("narrow", width=340, beside=False, halves=44, bar=18, gap=14)


@dataclass(frozen=True)
class Line:
    y: float
    words: str


@dataclass(frozen=True)
class Bar:
    """`low` and `high`: where the interval begins and ends; None where there is none. `group`: 0, or 1 for the other.

    `lines`: the label, which the second bar of a pair does not repeat.
    """

    x: int
    y: float
    width: float
    height: int
    low: float | None
    high: float | None
    lines: tuple[Line, ...]
    count: int
    percent: float | None
    group: int


@dataclass(frozen=True)
class Chart:
    shape: Shape
    height: int
    track: int
    tracks: bool  # whether the track is drawn
    counts: int  # where counts end on the right; percentages end at the edge
    bars: tuple[Bar, ...]


def chart(counted: Counted, shape: Shape, other: Counted | None = None) -> Chart:
    """Choices are drawn on a track that is their whole base; a distribution fills the width with its highest bar."""
    rows = pairs(counted.rows, other.rows if other else None)
    if isinstance(counted.question, Measuring):
        full = max((row.percent or 0 for pair in rows for row in pair if row), default=0)
        return bars(rows, full, shape, tracks=False)
    return bars(rows, 100, shape, tracks=True)


Pair = tuple[Row | None, Row | None]


def pairs(rows: Sequence[Row], others: Sequence[Row] | None) -> list[Pair]:
    """The rows of both groups by their codes; what only the other group has comes after the rest."""
    if others is None:
        return [(row, None) for row in rows]
    theirs = {row.code: row for row in others}
    both: list[Pair] = [(row, theirs.pop(row.code, None)) for row in rows]
    return [*both, *((None, row) for row in theirs.values())]


def bars(rows: Sequence[Pair], full: float, shape: Shape, tracks: bool) -> Chart:
    """`full`: the percentage of a bar over the whole width."""
    drawn = [[row for row in enumerate(pair) if row[1] is not None] for pair in rows]
    labels = [_short(wrap(pair[0][1].label[0], shape.halves)) for pair in drawn if pair[0][1]]
    widest = max((_width(line) for lines in labels for line in lines), default=0)
    left = round(widest * HALF) + 14 if shape.beside else 0
    counts = shape.width - PERCENT
    most = max((row.count for pair in drawn for _, row in pair if row), default=0)
    track = counts - round(len(f"{most:,}") * 8.5) - 14 - left
    height = shape.bar if all(len(pair) == 1 for pair in drawn) else shape.bar * 3 // 4
    made: list[Bar] = []
    y = 0.0
    for pair, lines in zip(drawn, labels, strict=True):
        words, blocks = LINE_HEIGHT * len(lines), (height + 3) * len(pair) - 3
        room = max(words, blocks) if shape.beside else words + blocks
        top = y + (room - blocks) / 2 if shape.beside else y + words
        first = y + (room - words) / 2 if shape.beside else y
        label = tuple(Line(first + LINE_HEIGHT * (n + 0.72), line) for n, line in enumerate(lines))
        for number, (group, row) in enumerate(pair):
            assert row is not None
            low, high, width = (_long(share, full, track) for share in (row.low, row.high, row.percent))
            at = (left, top + number * (height + 3), width or 0.0, height, low, high)
            made.append(Bar(*at, () if number else label, row.count, row.percent, group))
        y += room + shape.gap
    return Chart(shape, int(y - shape.gap) if made else 0, track, tracks, counts, tuple(made))


@lru_cache(2_000)  # the labels of a survey are the same on every page of it
def wrap(words: str, halves: int) -> list[str]:
    """Lines of at most `halves` half-width characters, broken between words where there are any."""
    lines, line, width = [], "", 0
    for part in _parts(" ".join(words.split())):
        if width + _width(part.rstrip()) > halves and line.strip():
            lines.append(line.rstrip())
            line, width = "", 0
        for character in part:
            if width + _width(character) > halves:
                lines.append(line.rstrip())
                line, width = "", 0
            if character == " " and not line:
                continue
            line, width = line + character, width + _width(character)
    return [*lines, line.rstrip()]


def _short(lines: Sequence[str]) -> list[str]:
    return list(lines) if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…"]


def _long(share: float | None, full: float, track: int) -> float | None:
    return None if share is None or not full else round(track * min(share / full, 1), 2)


def _parts(words: str) -> list[str]:
    """Latin words whole with the space after them, other characters one by one; what may not begin a line stays behind
    the character before it."""
    parts: list[str] = []
    for character in words:
        latin = character.isascii() and parts and parts[-1][-1].isascii() and not parts[-1].endswith(" ")
        if parts and (
            latin or character in "、。，．）」』】〉》・ー～〜：；？！…)]}ぁぃぅぇぉっゃゅょァィゥェォッャュョ%％"
        ):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


@lru_cache(2_000)
def _width(words: str) -> int:
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WFA" else 1
        for character in words
    )
