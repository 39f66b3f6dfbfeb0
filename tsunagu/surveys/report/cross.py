"""Two or three questions (or ward, district, age band, language) against one another. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from operator import or_

import polars as pl

from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import City
from tsunagu.surveys.definition import Asking, Definition, Multiple
from tsunagu.surveys.lean import ATTRIBUTES, SAYS, options
from tsunagu.surveys.report.bins import Measuring
from tsunagu.surveys.report.count import labels
from tsunagu.surveys.report.curves import NOBODY_KNOWS, TRAITS, UNKNOWN, trait_labels
from tsunagu.surveys.report.shares import Both, both, percent, wilson
from tsunagu.surveys.report.tally import Flags, Sheet

MOST_CELLS = 3_000


@dataclass(frozen=True)
class Axis:
    """`codes` and `labels` go together: options, steps, bins, wards …; `several`: one respondent may be in several."""

    id: str
    label: Both
    codes: tuple[str, ...]
    labels: tuple[Both, ...]
    several: bool


@dataclass(frozen=True)
class Share:
    """In percent, with its 95 % interval (Wilson); all None where the base is empty."""

    percent: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Cell:
    count: int
    of_row: Share
    of_column: Share
    of_all: Share


@dataclass(frozen=True)
class Layer:
    """One table. `code` and `label`: the value of the third question, "" and ("", "") where two are crossed.

    `cells[row][column]`; `rows` and `columns`: respondents in each, which are no sums where one may choose several;
    `n`: respondents in the table.
    """

    code: str
    label: Both
    n: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Crossed:
    """`rows` × `columns`, a layer for each value of `layered`. n: who answered all of them."""

    rows: Axis
    columns: Axis
    layered: Axis | None
    n: int
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class _Coded:
    """`flags`: for each code of the axis which rows have it."""

    axis: Axis
    flags: Sequence[pl.Series]

    def places(self, height: int) -> list[tuple[int, pl.Series]]:
        """The flags by their places, and after them which rows have any: where the totals are counted."""
        anywhere = reduce(or_, self.flags) if self.flags else pl.Series([False]).new_from_index(0, height)
        return [*enumerate([*self.flags, anywhere])]


def _counts(sheet: Sheet, coded: Sequence[_Coded], inside: pl.Series | None) -> dict[tuple[int, ...], int]:
    """The rows in each combination of places; the place after the last of an axis: anywhere on it."""
    rows, columns, *third = (each.places(sheet.frame.height) for each in coded)
    first: dict[tuple[int, ...], pl.Series] = {(n,): flag if inside is None else flag & inside for n, flag in rows}
    for layers in third:
        first = {(*at, layer): flag & other for at, flag in first.items() for layer, other in layers}
    table = [flag.alias(f"a{n}") for n, flag in enumerate(first.values())]
    table += [flag.alias(f"b{n}") for n, flag in columns]
    sums = pl.DataFrame(table).select(
        (pl.col(f"a{n}") & pl.col(f"b{column}")).sum().alias(f"{n} {column}")
        for n in range(len(first))
        for column, _ in columns
    )
    places = [(at[0], column, *at[1:]) for at in first for column, _ in columns]
    return dict(zip(places, sums.row(0), strict=True))


def cross(definition: Definition, sheet: Sheet, inside: pl.Series | None, ids: Sequence[str], city: City) -> Crossed:
    """`ids`: two or three; an attribute, a question, or `q.` and a question that is called as an attribute is.

    `inside`: which rows are meant; None: all. Raises Rejected where the table would be too large.
    """
    coded = [_coded(definition, sheet, id, city) for id in ids]
    sizes = [len(each.axis.codes) for each in coded]
    if (cells := prod(sizes)) > MOST_CELLS:
        raise Rejected(
            f"表が大きすぎます（{cells:,}マス。{MOST_CELLS:,}マスまで）。項目を減らしてください。"
            f" The table is too large ({cells:,} cells; {MOST_CELLS:,} fit): choose fewer."
        )
    counts = _counts(sheet, coded, sheet.holds if inside is None else inside)
    layered = coded[2].axis if len(coded) == 3 else None
    layers = [("", ("", ""))] if layered is None else [*zip(layered.codes, layered.labels, strict=True)]
    return Crossed(
        rows=coded[0].axis,
        columns=coded[1].axis,
        layered=layered,
        n=counts[tuple(sizes)],
        layers=tuple(_layers(counts, sizes, layers)),
    )


def _layers(
    found: Mapping[tuple[int, ...], int], sizes: Sequence[int], layers: Sequence[tuple[str, Both]]
) -> Iterator[Layer]:
    height, width, *third = sizes
    for place, (code, label) in enumerate(layers):
        of: tuple[int, ...] = (place,) if third else ()
        n = found[height, width, *of]
        of_rows = [found[row, width, *of] for row in range(height)]
        of_columns = [found[height, column, *of] for column in range(width)]
        counts = [[found[row, column, *of] for column in range(width)] for row in range(height)]
        made = (
            tuple(
                Cell(count, _share(count, of_row), _share(count, of_column), _share(count, n))
                for count, of_column in zip(line, of_columns, strict=True)
            )
            for line, of_row in zip(counts, of_rows, strict=True)
        )
        yield Layer(code, label, n, tuple(of_rows), tuple(of_columns), tuple(made))


def _share(count: int, base: int) -> Share:
    return Share(percent(count, base), *wilson(count, base))


def _coded(definition: Definition, sheet: Sheet, id: str, city: City) -> _Coded:
    if id in ATTRIBUTES:
        return _attribute(sheet, id, city)
    question = definition.question(id.removeprefix("q."))
    assert question is not None
    if isinstance(question, Measuring):
        bins = sheet.bins(question)
        axis = _axis(question, [(code, label) for code, label, _ in bins], several=False)
        return _Coded(axis, [flag for _, _, flag in bins])
    named, several = labels(question, city), isinstance(question, Multiple)
    column = f"m_{question.id}" if several else f"a_{question.id}"
    flags, there = sheet.flags(column), sheet.present(column)
    codes = _codes(there, flags, options(question, city), all_known=question.type != "district")
    axis = _axis(question, [(code, named.get(code, (code, ""))) for code in codes], several)
    return _Coded(axis, [flags[code] for code in codes])


def _attribute(sheet: Sheet, id: str, city: City) -> _Coded:
    named, flags = trait_labels(id, city), sheet.flags(id)
    there = sheet.present(id)
    codes: list[str | None] = [*_codes(there, flags, list(named), all_known=id != "district")]
    if None in there:
        codes.append(None)
    axis_codes = tuple(UNKNOWN if code is None else code for code in codes)
    axis_labels = tuple(NOBODY_KNOWS if code is None else named.get(code, (code, "")) for code in codes)
    return _Coded(Axis(id, TRAITS[id], axis_codes, axis_labels, several=False), [flags[code] for code in codes])


def _axis(question: Asking, named: Sequence[tuple[str, Both]], several: bool) -> Axis:
    codes, axis_labels = tuple(code for code, _ in named), tuple(label for _, label in named)
    return Axis(question.id, both(question.text), codes, axis_labels, several)


def _codes(there: Collection[str | None], flags: Flags, known: Sequence[str], all_known: bool) -> list[str]:
    """Those that are known, in their order, and those that somebody has; `all_known`: also what nobody has."""
    others = [code for code in flags if code and code in there and code not in known and code not in SAYS]
    return [*(code for code in known if (all_known and code in flags) or code in there), *others]
