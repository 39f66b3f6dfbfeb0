"""The numbers in published tables, and how they hang together: all that somebody could calculate with.

A number is how many people are in a cell, and known to be the same wherever it stands: the total of a table is a row of
another, and the people of a ward are the same in all. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from tsunagu.surveys.bring.tables import EVERYBODY, NO_ANSWER, NOT_ASKED, TOTAL, UNKNOWN, Publishable, Table
from tsunagu.surveys.definition import Definition, Multiple
from tsunagu.surveys.rows import Said

MOST_LIKE = 20  # kinds of respondents that are tried as one more
LEFT = "!"  # in front of an option: who answered and did not choose it


class Cell(NamedTuple):
    """`question` is empty where the row is EVERYBODY, `by` where the column is TOTAL."""

    question: str
    row: str
    by: str
    column: str


@dataclass(frozen=True)
class Grid:
    """`sums`: of each, Σ factor · number is zero. `unpublished`: numbers that stand in no table, but hang together with
    those that do; `spare` of them are no people, but what is left to a limit.
    """

    values: Mapping[Cell, int]
    sums: Sequence[Mapping[Cell, int]]
    unpublished: frozenset[Cell]
    spare: frozenset[Cell]
    people: pl.DataFrame  # as what each of them is counted, by the part and by the division
    counted: Sequence[tuple["_Part", str]]

    def one_more(self, cell: Cell) -> Iterator[dict[Cell, int]]:
        """By how much each number were another with one more in `cell`: like those who are there, and then as if one of
        the others were.
        """
        parts = {
            part.name: cell.row for part, _ in self.counted if part.question == cell.question and cell.row in part.rows
        }
        nearest = [*(pl.col(name) != row for name, row in parts.items()), pl.col(cell.by) != cell.column]
        for one in self.people.unique().sort(*nearest, pl.all()).head(MOST_LIKE).rows(named=True):
            one |= {**parts, cell.by: cell.column}
            more = {_cell(part.question, one[part.name], by, one[by]): 1 for part, by in self.counted}
            for terms in self.sums:
                spare = next((each for each in terms if each in self.spare), None)
                if spare is not None and (off := sum(factor * more.get(each, 0) for each, factor in terms.items())):
                    more[spare] = off
            yield more


class _Part(NamedTuple):
    """What divides all respondents once: a question of one answer, or one option of a question of many."""

    question: str
    option: str
    rows: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.question}/{self.option}"


_ALL_WHO_RESPONDED = _Part("", "", (EVERYBODY,))


def cell(table: Table, row: str, column: str) -> Cell:
    return _cell(table.question.id, row, table.by, column)


def grid(tables: Sequence[Table], definition: Definition, frame: pl.DataFrame) -> Grid:
    """`frame` is the packed rows of all respondents, `tables` those of `tables.tables`."""
    making = _Making(_marked(tables, frame))
    for table in tables:
        making.count(table)
    making.relate(tables, [question.id for question in definition.asked])
    values = making.values
    left = {each for each in values if each.row.startswith(LEFT)}
    spare = frozenset(making.spare)
    return Grid(values, making.sums, spare | left, spare, making.people, making.counted)


def _cell(question: str, row: str, by: str, column: str) -> Cell:
    return Cell(question if row != EVERYBODY else "", row, by if column != TOTAL else "", column)


def _parts(table: Table) -> list[_Part]:
    question = table.question
    if not isinstance(question, Multiple):
        return [_Part(question.id, "", table.rows)]
    silent = tuple(row for row in table.rows if row in (NO_ANSWER, NOT_ASKED))
    options = (row for row in table.rows if row not in silent)
    return [_Part(question.id, option, (option, f"{LEFT}{option}", *silent)) for option in options]


def _marked(tables: Sequence[Table], frame: pl.DataFrame) -> pl.DataFrame:
    """A column for each part and each division: in which row and column of its tables a respondent is counted."""
    marks = {"": pl.lit(TOTAL), _ALL_WHO_RESPONDED.name: pl.lit(EVERYBODY)}
    for table in tables:
        if table.by:
            marks[table.by] = pl.col(table.by).fill_null(UNKNOWN)
        for part in _parts(table):
            marks[part.name] = _row_of(table.question, part)
    return frame.select("key", **marks).drop("key")


def _row_of(question: Publishable, part: _Part) -> pl.Expr:
    said, answer = pl.col(f"s_{question.id}"), pl.col(f"a_{question.id}")
    if isinstance(question, Multiple):
        chosen = answer.list.contains(part.option)
        given = pl.when(chosen).then(pl.lit(part.option)).otherwise(pl.lit(f"{LEFT}{part.option}"))
    else:
        given = answer.cast(pl.String)
    silent = pl.when(said == Said.NOT_ASKED).then(pl.lit(NOT_ASKED)).otherwise(pl.lit(NO_ANSWER))
    return pl.when(said == Said.GIVEN).then(given).otherwise(silent)


class _Making:
    def __init__(self, people: pl.DataFrame) -> None:
        self.people = people
        self.values: dict[Cell, int] = {}
        self.sums: list[dict[Cell, int]] = []
        self.spare: set[Cell] = set()
        self._known: set[frozenset[tuple[Cell, int]]] = set()
        self.counted: list[tuple[_Part, str]] = []

    def count(self, table: Table) -> None:
        for by, columns in _divisions(table).items():
            for part in (_ALL_WHO_RESPONDED, *_parts(table)):
                if (part, by) not in self.counted:
                    self.counted.append((part, by))
                    self._part(part, by, columns)
            if isinstance(table.question, Multiple):
                for column in columns:
                    self._limits(table, table.question, by, column)

    def relate(self, tables: Sequence[Table], order: Sequence[str]) -> None:
        """A question that was put to all but those who answered an earlier one so and so: then that is known, too."""
        for later in tables:
            for earlier in tables:
                if NOT_ASKED in later.rows and order.index(earlier.question.id) < order.index(later.question.id):
                    for part in _parts(earlier):
                        self._lead(earlier, part, later)

    def _part(self, part: _Part, by: str, columns: Sequence[str]) -> None:
        met = {(column, row): number for column, row, number in self.people.group_by(by, part.name).len().rows()}
        for column in columns:
            for row in part.rows:
                self.values[_cell(part.question, row, by, column)] = met.get((column, row), 0)
            if part is not _ALL_WHO_RESPONDED:
                everybody = _cell("", EVERYBODY, by, column)
                self._sum({everybody: -1} | {_cell(part.question, row, by, column): 1 for row in part.rows})
        if by:
            for row in part.rows:
                if not row.startswith(LEFT):  # whose sums follow from those of the others
                    total = _cell(part.question, row, "", TOTAL)
                    self._sum({total: -1} | {_cell(part.question, row, by, column): 1 for column in columns})

    def _limits(self, table: Table, question: Multiple, by: str, column: str) -> None:
        """What everybody knows of many answers: who answers chooses one at least, and what goes with what."""

        def of(row: str, times: int) -> dict[Cell, int]:
            return {_cell(question.id, row, by, column): times}

        silent = [row for row in table.rows if row in (NO_ANSWER, NOT_ASKED)]
        options = [row for row in table.rows if row not in silent]
        exclusive = {option.id for option in question.options if option.exclusive}
        least = 1 if exclusive else question.least or 1

        def given(times: int) -> dict[Cell, int]:
            gone = [cell for row in silent for cell in of(row, -times).items()]
            return {_cell("", EVERYBODY, by, column): times, **dict(gone)}

        chosen = {name: factor for row in options for name, factor in of(row, 1).items()}
        self._limit("least", chosen | given(-least), question.id, by, column)
        if question.most is not None:
            self._limit("most", {name: -1 for name in chosen} | given(question.most), question.id, by, column)
        for alone in sorted(exclusive):
            for other in options:
                if other != alone:
                    terms = given(1) | of(alone, -1) | of(other, -1)
                    self._limit(f"{alone}/{other}", terms, question.id, by, column)

    def _limit(self, name: str, terms: Mapping[Cell, int], question: str, by: str, column: str) -> None:
        """What is above zero by it; a limit that answers of an earlier edition do not keep is none."""
        above = sum(factor * self.values[each] for each, factor in terms.items())
        if above >= 0:
            spare = Cell(question, f"-{name}", by, column)
            self.values[spare] = above
            self.spare.add(spare)
            self._sum({**terms, spare: -1})

    def _lead(self, earlier: Table, part: _Part, later: Table) -> None:
        asked_not = pl.col(_parts(later)[0].name) == NOT_ASKED
        met = self.people.group_by(part.name).agg(asked_not.any().alias("any"), asked_not.all().alias("all"))
        if not met["any"].any() or not (met["any"] == met["all"]).all():
            return
        rows = sorted(met.filter("any")[part.name])
        for by, columns in {**_divisions(earlier), "": (TOTAL,)}.items():
            if by in _divisions(later):
                for column in columns:
                    not_asked = _cell(later.question.id, NOT_ASKED, by, column)
                    self._sum({not_asked: -1} | {_cell(part.question, row, by, column): 1 for row in rows})

    def _sum(self, terms: dict[Cell, int]) -> None:
        if (known := frozenset(terms.items())) not in self._known:
            self._known.add(known)
            self.sums.append(terms)


def _divisions(table: Table) -> dict[str, tuple[str, ...]]:
    """By what it counts, and in which columns: all together, too."""
    return {"": (TOTAL,)} | ({table.by: table.columns[1:]} if table.by else {})
