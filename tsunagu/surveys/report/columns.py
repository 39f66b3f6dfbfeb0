"""Curves as columns in inline SVG: days, weeks or months, and hours of the day; drawn in `columns.svg`."""

from collections.abc import Sequence
from dataclasses import dataclass

from tsunagu.surveys.report.charts import NARROW, WIDE, Shape

HEIGHT = 130  # pixels of the highest column
ABOVE, BELOW = 20, 26  # for the number of the highest, and for the labels
LABEL = 64  # pixels that a label needs


@dataclass(frozen=True)
class Column:
    """`part`: the height of what is drawn darker in it. `label`: "" for most, there is not room for all."""

    x: float
    y: float
    width: float
    height: float
    part: float
    label: str


@dataclass(frozen=True)
class Columns:
    shape: Shape
    height: int
    base: int
    most: int
    columns: tuple[Column, ...]


def columns(counts: Sequence[int], parts: Sequence[int] | None, labels: Sequence[str], shape: Shape) -> Columns:
    """`parts`: of each count how many of them; None: nothing is told apart."""
    most = max(counts, default=0)
    step = shape.width / max(len(counts), 1)
    width = max(min(step * 0.8, 36), 1)
    every = max(1, -(-LABEL // int(max(step, 1))))
    made = []
    for number, count in enumerate(counts):
        height = round(HEIGHT * count / most, 2) if most else 0.0
        part = round(HEIGHT * parts[number] / most, 2) if most and parts is not None else height
        middle = step * (number + 0.5)
        left = middle - width / 2
        label = labels[number] if number % every == 0 and left + LABEL <= shape.width else ""
        made.append(Column(left, ABOVE + HEIGHT - height, width, height, part, label))
    return Columns(shape, ABOVE + HEIGHT + BELOW, ABOVE + HEIGHT, most, tuple(made))


def both(counts: Sequence[int], parts: Sequence[int] | None, labels: Sequence[str]) -> list[Columns]:
    return [columns(counts, parts, labels, shape) for shape in (WIDE, NARROW)]
