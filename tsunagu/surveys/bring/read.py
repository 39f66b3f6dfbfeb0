"""Reading a file by its codebook: a packed row for each good row, and the reason for each bad one.

Nothing is dropped: rows and faults together are all there is below the heading.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.chat.catalogue import DEFAULT_LANGUAGE
from tsunagu.residents.city import Choice, City
from tsunagu.surveys.bring.cells import Reader, Wrong, choices, moment, names, reader, silences
from tsunagu.surveys.bring.codebook import NO_ANSWER, Attribute, Codebook, Moment
from tsunagu.surveys.bring.file import File, Row
from tsunagu.surveys.definition import MOST_BYTES, Definition
from tsunagu.surveys.rows import Said, pack_schema

AT_ONCE = 20_000  # rows in Python's hands at a time
FIRST = 1  # the one edition there is

Told = Callable[[int], None]


@dataclass(frozen=True)
class BadRow:
    line: int
    reason: str


@dataclass(frozen=True)
class Read:
    """`rows`: packed, in the order of the file, with the file's own `key`. `bad`: in that order."""

    rows: pl.DataFrame
    bad: list[BadRow]


def read(book: Codebook, file: File, city: City, zone: ZoneInfo, told: Told = lambda rows: None) -> Read:
    """`told` hears how many rows are read. Raises Rejected where the file itself breaks off."""
    definition = book.definition()
    takes = _Takes(book, definition, file, city, zone)
    schema = {"line": pl.Int64(), **pack_schema(definition)}
    bad: list[BadRow] = []
    reasons: dict[str, str] = {}
    frames = [pl.DataFrame(schema=schema)]
    good: list[tuple[Any, ...]] = []

    def pack() -> None:
        if good:
            columns = zip(schema.items(), zip(*good, strict=True), strict=True)
            frames.append(pl.DataFrame([_series(name, kind, values) for (name, kind), values in columns]))
            good.clear()

    for number, row in enumerate(file.rows(), start=1):
        try:
            good.append((row.line, *takes.row(number, row)))
        except Wrong as wrong:
            bad.append(BadRow(row.line, reasons.setdefault(str(wrong), str(wrong))))
        if len(good) == AT_ONCE:
            pack()
        if number % AT_ONCE == 0:
            told(number)
    pack()
    rows, doubles = _without_doubles(pl.concat(frames), book.key)
    return Read(rows.drop("line"), sorted([*bad, *doubles], key=lambda each: each.line))


class _Takes:
    """One row of the file as one packed row."""

    def __init__(self, book: Codebook, definition: Definition, file: File, city: City, zone: ZoneInfo) -> None:
        columns = file.columns
        common = silences({name: getattr(book, name) or () for name in NO_ANSWER})
        self._zone = zone
        self._day_only = definition.anonymous
        self._width = len(columns)
        self._ids = [question.id for question in definition.asked]
        self._readers: list[Reader] = [reader(book, question, columns, city, zone) for question in book.questions]
        self._key = columns.index(book.key) if book.key is not None else None
        self._key_named = book.key
        self._held = book.held and datetime.combine(book.held, time(), zone).astimezone(UTC)
        self._started = self._moment(book.started, columns, common.keys())
        self._finished = self._moment(book.finished, columns, common.keys())
        self._ward_of = city.ward_of
        self._attributes = [
            _attribute(getattr(book, name), columns, common.keys(), known) for name, known in choices(city).items()
        ]

    def row(self, number: int, row: Row) -> tuple[Any, ...]:
        """Raises Wrong with every reason there is."""
        cells, faults = row.cells, list[str]()
        if len(cells) != self._width:
            raise Wrong(f"has {len(cells)} cells, and the heading {self._width}")
        if sum(map(len, cells)) > MOST_BYTES // 4 and len("".join(cells).encode()) > MOST_BYTES:
            raise Wrong(f"takes more than the {MOST_BYTES:,} bytes that one response may")

        def taken(take: Callable[[Sequence[str]], Any]) -> Any:
            try:
                return take(cells)
            except Wrong as wrong:
                faults.append(str(wrong))
                return None

        key = str(number) if self._key is None else cells[self._key].strip()
        if not key:
            faults.append(f"`{self._key_named}`: is empty")
        ward, district, age_band, language = map(taken, self._attributes)
        started, finished = taken(self._started), taken(self._finished)
        if started is not None and finished is not None and finished < started:
            faults.append("was finished before it was begun")
        values = [taken(read) for read in self._readers]
        if faults:
            raise Wrong("; ".join(faults))
        says = [value[1] for value in values]
        if all(said in (None, Said.NOT_ASKED) for said in says):
            raise Wrong("answers nothing")
        finished = self._held or finished
        return (
            key,
            0,
            FIRST,
            ward or self._ward_of.get(district),
            district,
            age_band,
            language or DEFAULT_LANGUAGE,
            started,
            finished,
            None if finished else self._waits_at(says),
            *(value for of_one in values for value in of_one),
        )

    def _waits_at(self, says: Sequence[Said | None]) -> str:
        """The question after the last that is answered, of those that were asked."""
        asked = [(id, said) for id, said in zip(self._ids, says, strict=True) if said is not Said.NOT_ASKED]
        last = max(at for at, (_, said) in enumerate(asked) if said is not None)
        return asked[min(last + 1, len(asked) - 1)][0]

    def _moment(
        self, wanted: Moment | None, columns: Sequence[str], silent: Container[str]
    ) -> Callable[[Sequence[str]], datetime | None]:
        if wanted is None:
            return lambda cells: None
        column, at = wanted, columns.index(wanted.column)

        def take(cells: Sequence[str]) -> datetime | None:
            cell = cells[at].strip()
            if cell in silent:
                return None
            try:
                found = moment(cell, column.format)
            except Wrong as wrong:
                raise Wrong(f"`{column.column}`: {wrong}") from None
            there = found if found.tzinfo else found.replace(tzinfo=self._zone)
            if self._day_only:
                there = there.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return there.astimezone(UTC)

        return take


def _attribute(
    wanted: Attribute | None, columns: Sequence[str], silent: Container[str], known: Sequence[Choice]
) -> Callable[[Sequence[str]], str | None]:
    if wanted is None:
        return lambda cells: None
    column, at, id_of = wanted.column, columns.index(wanted.column), names(known, wanted.codes)

    def take(cells: Sequence[str]) -> str | None:
        cell = cells[at].strip()
        if cell in silent or cell in wanted.blank:
            return None
        try:
            return id_of(cell)
        except Wrong as wrong:
            raise Wrong(f"`{column}`: {wrong}") from None

    return take


def _series(name: str, kind: pl.DataType, values: Sequence[Any]) -> pl.Series:
    if kind != pl.List(pl.String):
        return pl.Series(name, values, kind)
    # Polars takes lists in one by one; an id holds no space.
    return pl.Series(name, [value and " ".join(value) for value in values], pl.String()).str.split(" ")


def _without_doubles(rows: pl.DataFrame, key: str | None) -> tuple[pl.DataFrame, list[BadRow]]:
    """The first of the rows with one key stays: nobody can tell which of them is meant, so the others are named."""
    first = rows["key"].is_first_distinct()
    if first.all():
        return rows, []
    doubles = rows.filter(~first).select("line", "key")
    firsts = rows.filter(first).select("key", pl.col("line").alias("first"))
    bad = [
        BadRow(line, f"`{key}`: is that of line {before} too")
        for line, before in doubles.join(firsts, on="key").select("line", "first").iter_rows()
    ]
    return rows.filter(first), bad
