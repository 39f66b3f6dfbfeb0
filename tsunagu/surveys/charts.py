"""Horizontal bars as inline SVG: here the places of everything, in `templates/surveys/chart.svg` the drawing.

Each chart is drawn twice, for wide and for narrow pages; the style sheet shows one. Scaling one drawing down to a phone
would make its words unreadable.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tsunagu.surveys.count import Counted, Row
from tsunagu.surveys.definition import Date, Number

LINE_HEIGHT = 20
HALF = 7.2  # pixels, at most, of a half-width character in the chart's type
PERCENT = 60  # room for "100.0%" at the right edge


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
    x: int
    y: float
    width: float
    height: int
    lines: tuple[Line, ...]
    count: int
    percent: float | None


@dataclass(frozen=True)
class Chart:
    shape: Shape
    height: int
    track: int
    tracks: bool  # whether the track is drawn
    counts: int  # where counts end on the right; percentages end at the edge
    bars: tuple[Bar, ...]


def chart(counted: Counted, shape: Shape) -> Chart:
    """Choices are drawn on a track that is their whole base; a distribution fills the width with its highest bar."""
    if isinstance(counted.question, Number | Date):
        return bars(counted.rows, max((row.count for row in counted.rows), default=0), shape, tracks=False)
    return bars(counted.rows, counted.base, shape, tracks=True)


def bars(rows: Sequence[Row], full: int, shape: Shape, tracks: bool) -> Chart:
    """`full` is the count of a bar over the whole width."""
    labels = [wrap(row.label[0], shape.halves) for row in rows]
    widest = max((_width(line) for lines in labels for line in lines), default=0)
    left = round(widest * HALF) + 14 if shape.beside else 0
    counts = shape.width - PERCENT
    track = counts - round(len(f"{max((row.count for row in rows), default=0):,}") * 8.5) - 14 - left
    drawn = []
    y = 0.0
    for row, lines in zip(rows, labels, strict=True):
        words = LINE_HEIGHT * len(lines)
        room = max(words, shape.bar) if shape.beside else words + shape.bar
        top = y + (room - shape.bar) / 2 if shape.beside else y + words
        first = y + (room - words) / 2 if shape.beside else y
        drawn.append(
            Bar(
                x=left,
                y=top,
                width=round(track * row.count / full, 2) if full else 0,
                height=shape.bar,
                lines=tuple(Line(first + LINE_HEIGHT * (n + 0.72), line) for n, line in enumerate(lines)),
                count=row.count,
                percent=row.percent,
            )
        )
        y += room + shape.gap
    return Chart(shape, int(y - shape.gap) if drawn else 0, track, tracks, counts, tuple(drawn))


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


def _width(words: str) -> int:
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WFA" else 1
        for character in words
    )
