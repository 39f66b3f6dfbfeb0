"""What the cells of one row say to one question, by a codebook.

A reader takes the cells of a row and gives the values of the question's packed columns (`rows.pack_schema`), in their
order. What it cannot read raises Wrong, with a reason that holds no more of the cell than a code.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.line.messages import TEXT_LIMIT, utf16
from tsunagu.residents.city import Choice, City, as_typed
from tsunagu.surveys.ask.reading import tidy
from tsunagu.surveys.bring.codebook import (
    Codebook,
    Multiple,
    Number,
    Option,
    Place_,
    Question,
    Scale,
    Single,
    Text,
    Timed,
)
from tsunagu.surveys.rows import Said

Reader = Callable[[Sequence[str]], tuple[Any, ...]]
Silence = Mapping[str, Said | None]  # what a cell that is no answer means; None: blank
MET = 10_000  # different cells of a column that are read once only
SHOWN = 40  # characters of a cell that are shown as a code
YEARS = range(1900, 2101)
_MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d))?)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::\d\d)?")
_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_SAYS = {"blank": None, "skipped": Said.SKIPPED, "declined": Said.DECLINED, "not_asked": Said.NOT_ASKED}


class Wrong(ValueError):
    """A cell that cannot be read; its words say why."""


def reader(book: Codebook, question: Question, columns: Sequence[str], city: City, zone: ZoneInfo) -> Reader:
    """`zone`: that of the city, in which moments are kept."""
    silence = silences(book.no_answer(question))
    match question:
        case Single():
            return _single(question, columns, silence)
        case Multiple():
            return _multiple(question, columns, silence)
        case Scale():
            return _one(question, columns, silence, lambda cell: _step(question, cell))
        case Number():
            return _one(question, columns, silence, lambda cell: _amount(question, cell))
        case Text():
            return _one(question, columns, silence, words)
        case Timed():
            return _one(question, columns, silence, lambda cell: _timed(question, cell, zone))
        case Place_():
            named = names(choices(city)[question.type], question.codes)
            return _one(question, columns, silence, named)


def silences(codes: Mapping[str, Sequence[str]]) -> Silence:
    return {"": None, **{code: _SAYS[name] for name, found in codes.items() for code in found}}


def choices(city: City) -> dict[str, Sequence[Choice]]:
    """What may be known of a respondent, by the attribute."""
    return {
        "ward": city.wards,
        "district": city.districts,
        "age_band": city.age_bands,
        "language": [Choice(id=language, name={}) for language in LANGUAGES],
    }


def names(known: Sequence[Choice], codes: Mapping[str, str]) -> Callable[[str], str]:
    """The city's id for a cell: by the codes, or where there are none by ids and names however they are typed."""
    typed = {as_typed(name): choice.id for choice in known for name in (choice.id, *choice.name.values())}
    met: dict[str, str | None] = dict(codes)

    def id_of(cell: str) -> str:
        if cell not in met and not codes:
            met[cell] = typed.get(as_typed(cell))
        found = met.get(cell)
        if found is None:
            raise _unknown(cell)
        return found

    return id_of


def moment(cell: str, format: str | None) -> datetime:
    """With a zone only where the cell has one."""
    try:
        if format is not None:
            found = datetime.strptime(cell, format)
        elif parts := _MOMENT.fullmatch(cell):
            found = datetime(*(int(part or 0) for part in parts.groups()))  # type: ignore[arg-type]
        else:
            found = datetime.fromisoformat(cell)
    except ValueError:
        raise Wrong(f"{_code(cell)} is no date and time" + (f" such as '{format}'" if format else "")) from None
    if found.year not in YEARS:
        raise Wrong(f"{_code(cell)} is not between {YEARS[0]} and {YEARS[-1]}")
    return found


def words(cell: str) -> str:
    if len(cell) > TEXT_LIMIT // 2 and utf16(cell) > TEXT_LIMIT:
        raise Wrong(f"has {utf16(cell):,} characters, and {TEXT_LIMIT:,} fit")
    return tidy(cell)


def _one(question: Question, columns: Sequence[str], silence: Silence, value: Callable[[str], Any]) -> Reader:
    assert question.column is not None
    column, at = question.column, columns.index(question.column)
    known = value if isinstance(question, Text) else lru_cache(MET)(value)

    def read(cells: Sequence[str]) -> tuple[Any, ...]:
        cell = cells[at].strip()
        if cell in silence:
            return None, silence[cell]
        try:
            return known(cell), Said.GIVEN
        except Wrong as wrong:
            raise _at(column, wrong) from None

    return read


def _single(question: Single, columns: Sequence[str], silence: Silence) -> Reader:
    column, at = question.column, columns.index(question.column)
    means = _meanings(question.options)
    rest = next((option.id for option in question.options if option.other is True), None)
    other, worded = _other(question.options, columns), _worded(question.options)

    def read(cells: Sequence[str]) -> tuple[Any, ...]:
        cell = cells[at].strip()
        said = other(cells)
        if cell in silence:
            return _unsaid(question, silence[cell], said, worded)
        id = means.get(cell)
        if id is None:
            if rest is None:
                raise _at(column, _unknown(cell))
            id, said = rest, _said(column, cell)
        return _answer(id, [id], said, worded)

    return read


def _multiple(question: Multiple, columns: Sequence[str], silence: Silence) -> Reader:
    chosen = _in_one(question, columns, silence) if question.column else _in_many(question, columns, silence)
    other, worded = _other(question.options, columns), _worded(question.options)
    order = [option.id for option in question.options]

    def read(cells: Sequence[str]) -> tuple[Any, ...]:
        ids, silent, rest = chosen(cells)
        said = rest or other(cells)
        if not ids:
            return _unsaid(question, silent, said, worded)
        return _answer([id for id in order if id in ids], ids, said, worded)

    return read


Chosen = Callable[[Sequence[str]], tuple[set[str], Said | None, str | None]]


def _in_one(question: Multiple, columns: Sequence[str], silence: Silence) -> Chosen:
    assert question.column is not None
    column, at = question.column, columns.index(question.column)
    means = _meanings(question.options)
    rest = next((option.id for option in question.options if option.other is True), None)

    def chosen(cells: Sequence[str]) -> tuple[set[str], Said | None, str | None]:
        cell = cells[at].strip()
        if cell in silence:
            return set(), silence[cell], None
        parts = [part.strip() for part in cell.split(question.separator)]
        strange = [part for part in parts if part and part not in means]
        if strange and rest is None:
            raise _at(column, _unknown(strange[0]))
        ids = {means[part] for part in parts if part in means}
        if strange and rest is not None:
            return ids | {rest}, None, _said(column, question.separator.join(strange))
        return ids, None, None

    return chosen


def _in_many(question: Multiple, columns: Sequence[str], silence: Silence) -> Chosen:
    places = [(columns.index(option.column), option) for option in question.options if option.column is not None]

    def chosen(cells: Sequence[str]) -> tuple[set[str], Said | None, str | None]:
        ids: set[str] = set()
        silent: dict[Said | None, str] = {}
        for at, option in places:
            cell = cells[at].strip()
            column = str(option.column)
            if cell in question.chosen:
                ids.add(option.id)
            elif cell and cell in silence:
                silent[silence[cell]] = column
            elif cell and cell not in question.not_chosen:
                raise _at(column, _unknown(cell))
        if (ids and silent) or len(silent) > 1:
            raise Wrong(f"the columns of `{question.id}` contradict each other (`{next(iter(silent.values()))}`)")
        return ids, next(iter(silent), None), None

    return chosen


def _meanings(options: Sequence[Option]) -> dict[str, str]:
    """Code → option."""
    return {
        code.strip(): option.id
        for option in options
        for code in (option.code if option.code is not None else (option.id, *option.text.values()))
    }


def _other(options: Sequence[Option], columns: Sequence[str]) -> Callable[[Sequence[str]], str | None]:
    column = next((option.other for option in options if isinstance(option.other, str)), None)
    if column is None:
        return lambda cells: None
    at = columns.index(column)
    return lambda cells: _said(column, cells[at].strip()) or None


def _said(column: str, cell: str) -> str:
    try:
        return words(cell)
    except Wrong as wrong:
        raise _at(column, wrong) from None


def _worded(options: Sequence[Option]) -> Option | None:
    """The option that words go with."""
    return next((option for option in options if option.other), None)


def _answer(answer: Any, ids: Collection[str], said: str | None, worded: Option | None) -> tuple[Any, ...]:
    if worded is None:
        return answer, Said.GIVEN
    if said is not None and worded.id not in ids:
        # They would be counted as words of people who chose something else.
        raise Wrong(f"`{worded.other}` has words, but `{worded.id}` is not chosen")
    return answer, Said.GIVEN, said


def _unsaid(
    question: Single | Multiple, silent: Said | None, said: str | None, worded: Option | None
) -> tuple[Any, ...]:
    if said is not None and worded is not None:
        # They would be counted nowhere.
        raise Wrong(f"`{worded.other}` has words, but no option is chosen")
    return (None, silent, None) if worded else (None, silent)


def _step(question: Scale, cell: str) -> int:
    if cell in question.codes:
        return question.codes[cell]
    folded = unicodedata.normalize("NFKC", cell)
    if not re.fullmatch(r"[-+]?\d{1,9}", folded) or not question.min <= int(folded) <= question.max:
        raise Wrong(f"{_code(cell)} is no step from {question.min} to {question.max}")
    return int(folded)


def _amount(question: Number, cell: str) -> float:
    folded = unicodedata.normalize("NFKC", cell)
    if not _NUMBER.fullmatch(folded) or len(folded) > SHOWN:
        raise Wrong(f"{_code(cell)} is no number")
    amount = float(folded.replace(",", ""))
    if question.min is not None and amount < question.min:
        raise Wrong(f"{_code(cell)} is below {question.min:g}")
    if question.max is not None and amount > question.max:
        raise Wrong(f"{_code(cell)} is above {question.max:g}")
    return amount


def _timed(question: Timed, cell: str, zone: ZoneInfo) -> date | str:
    if question.type == "time":
        return f"{_clock(cell, question.format):%H:%M}"
    found = moment(cell, question.format)
    if found.tzinfo is not None:
        found = found.astimezone(zone)
    return found.date() if question.type == "date" else f"{found:%Y-%m-%dT%H:%M}"


def _clock(cell: str, format: str | None) -> time:
    try:
        if format is not None:
            return datetime.strptime(cell, format).time()
        if parts := _CLOCK.fullmatch(cell):
            return time(int(parts[1]), int(parts[2]))
    except ValueError:
        pass
    raise Wrong(f"{_code(cell)} is no time of day such as '{format or '09:30'}'")


def _unknown(cell: str) -> Wrong:
    return Wrong(f"{_code(cell)} is not in the codebook")


def _code(cell: str) -> str:
    return f"'{cell[:SHOWN]}…'" if len(cell) > SHOWN else f"'{cell}'"


def _at(column: str, wrong: Wrong) -> Wrong:
    return Wrong(f"`{column}`: {wrong}")
