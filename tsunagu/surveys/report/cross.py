"""Two or three questions (or ward, district, age band, language) against one another. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import polars as pl

from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import City
from tsunagu.surveys.definition import Asking, Definition, Multiple
from tsunagu.surveys.lean import ATTRIBUTES, SAYS, options
from tsunagu.surveys.report.bins import Measuring
from tsunagu.surveys.report.count import labels
from tsunagu.surveys.report.curves import NOBODY_KNOWS, TRAITS, UNKNOWN, trait_labels
from tsunagu.surveys.report.shares import Both, both, percent, wilson
from tsunagu.surveys.report.tally import Sheet

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
    """`numbers`: what each row has, as a small number; `places`: where on the axis a number is, nowhere if missing."""

    axis: Axis
    numbers: pl.Series
    places: Callable[[int | None], Sequence[int]]


class _Answered:
    """How many respondents there are of each combination of numbers, and of the places that these are in.

    A combination may be in several cells: only of the few there are, not of the respondents, is that worked out.
    """

    def __init__(self, coded: Sequence[_Coded], inside: pl.Series | None) -> None:
        names = [str(axis) for axis in range(len(coded))]
        table = pl.DataFrame([each.numbers.alias(name) for each, name in zip(coded, names, strict=True)])
        found = (table if inside is None else table.filter(inside)).group_by(names).len("n")
        self._places: list[pl.DataFrame] = []
        for each, name in zip(coded, names, strict=True):
            numbers = found[name].unique()
            places = [list(each.places(number)) for number in numbers.to_list()]
            of_numbers = pl.DataFrame([numbers, pl.Series(f"p{name}", places, dtype=pl.List(pl.Int64))])
            self._places.append(of_numbers.filter(pl.col(f"p{name}").list.len() > 0).explode(f"p{name}"))
            found = found.join(self._places[-1], on=name, how="semi", nulls_equal=True)
        self._found = found

    @property
    def n(self) -> int:
        return int(self._found["n"].sum())

    def by(self, *axes: int) -> dict[tuple[int, ...], int]:
        """The respondents in each combination of places on these axes; those with nobody are missing."""
        found = self._found
        for axis in axes:
            found = found.join(self._places[axis], on=str(axis), nulls_equal=True)
        counts = found.group_by([f"p{axis}" for axis in axes]).agg(pl.col("n").sum())
        return {tuple(places): count for *places, count in counts.rows()}


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
    answered = _Answered(coded, inside)
    layered = coded[2].axis if len(coded) == 3 else None
    layers = [("", ("", ""))] if layered is None else [*zip(layered.codes, layered.labels, strict=True)]
    return Crossed(
        rows=coded[0].axis,
        columns=coded[1].axis,
        layered=layered,
        n=answered.n,
        layers=tuple(_layers(answered, sizes, layers)),
    )


def _layers(answered: _Answered, sizes: Sequence[int], layers: Sequence[tuple[str, Both]]) -> Iterator[Layer]:
    third = (2,) if len(sizes) == 3 else ()
    cells, rows, columns = answered.by(0, 1, *third), answered.by(0, *third), answered.by(1, *third)
    whole: dict[tuple[int, ...], int] = answered.by(*third) if third else {(): answered.n}
    for place, (code, label) in enumerate(layers):
        of: tuple[int, ...] = (place,) if third else ()
        n = whole.get(of, 0)
        of_rows = [rows.get((row, *of), 0) for row in range(sizes[0])]
        of_columns = [columns.get((column, *of), 0) for column in range(sizes[1])]
        counts = [[cells.get((row, column, *of), 0) for column in range(sizes[1])] for row in range(sizes[0])]
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
        found = sheet.bins(question)
        axis = _axis(question, [(code, label) for _, code, label in found.bins], several=False)
        return _Coded(axis, found.numbers, _single({number: n for n, (number, _, _) in enumerate(found.bins)}))
    named = labels(question, city)
    if isinstance(question, Multiple):
        bits, chosen = sheet.chosen(question)
        return _Coded(
            _axis(question, [(code, named.get(code, (code, ""))) for code in chosen], several=True), bits, _bits
        )
    column = sheet.frame[f"a_{question.id}"]
    codes = _codes(sheet, column, options(question, city), all_known=question.type != "district")
    axis = _axis(question, [(code, named.get(code, (code, ""))) for code in codes], several=False)
    return _Coded(axis, column.to_physical(), _single(_places(column, codes)))


def _attribute(sheet: Sheet, id: str, city: City) -> _Coded:
    column, named = sheet.frame[id], trait_labels(id, city)
    codes = _codes(sheet, column, list(named), all_known=id != "district")
    axis_labels = [named.get(code, (code, "")) for code in codes]
    places = _places(column, codes)
    if sheet.held(column).null_count():
        places[None] = len(codes)
        codes, axis_labels = [*codes, UNKNOWN], [*axis_labels, NOBODY_KNOWS]
    axis = Axis(id, TRAITS[id], tuple(codes), tuple(axis_labels), several=False)
    return _Coded(axis, column.to_physical(), _single(places))


def _single(places: Mapping[int | None, int]) -> Callable[[int | None], Sequence[int]]:
    return lambda number: [places[number]] if number in places else []


def _bits(number: int | None) -> Sequence[int]:
    return [] if number is None else [bit for bit in range(number.bit_length()) if number >> bit & 1]


def _axis(question: Asking, named: Sequence[tuple[str, Both]], several: bool) -> Axis:
    codes, axis_labels = tuple(code for code, _ in named), tuple(label for _, label in named)
    return Axis(question.id, both(question.text), codes, axis_labels, several)


def _codes(sheet: Sheet, column: pl.Series, known: Sequence[str], all_known: bool) -> list[str]:
    """Those that are known, in their order, and those that somebody has; `all_known`: also what nobody has."""
    there = {*sheet.held(column).unique().to_list()}
    others = [code for code in _categories(column) if code in there and code not in known and code not in SAYS]
    return [*(code for code in known if all_known or code in there), *others]


def _categories(column: pl.Series) -> list[str]:
    kind = column.dtype
    assert isinstance(kind, pl.Enum)
    return kind.categories.to_list()


def _places(column: pl.Series, codes: Sequence[str]) -> dict[int | None, int]:
    """By the numbers that stand for the values."""
    numbers = {code: number for number, code in enumerate(_categories(column))}
    return {numbers[code]: place for place, code in enumerate(codes) if code in numbers}
