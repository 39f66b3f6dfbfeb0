"""What is wrong with a codebook by itself, and beside the file it is for; each problem names its place."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

from pydantic import ValidationError

from tsunagu.cloud.definitions import Place, Problem
from tsunagu.residents.city import Choice, City
from tsunagu.surveys.bring.cells import choices
from tsunagu.surveys.bring.codebook import (
    ATTRIBUTES,
    Codebook,
    Multiple,
    Place_,
    Question,
    Scale,
    Single,
    Timed,
)
from tsunagu.surveys.bring.file import File
from tsunagu.surveys.checks import definition as definition_checks

_TELLS = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%d %H:%M"}
SHOWN = 12  # columns named in one sentence


def problems(book: Codebook, file: File, city: City) -> Iterator[Problem]:
    try:
        yield from definition_checks.problems(book.definition())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield detail["loc"], detail["msg"]
    yield from _times(book)
    for index, question in enumerate(book.questions):
        for place, says in _of(book, question, city):
            yield ("questions", index, *place), says
    for name in ATTRIBUTES:
        attribute = getattr(book, name)
        if attribute is not None:
            yield from _strangers((name, "codes"), attribute.codes, choices(city)[name])
    yield from _columns(book, file)


def _times(book: Codebook) -> Iterator[Problem]:
    if (book.held is None) == (book.finished is None):
        yield ("held",), "is needed, or `finished` with a column: one of them says when a response was given"
    if book.started is not None and book.finished is None:
        yield ("started",), "goes with `finished` only; of one time in the file write `finished`"
    for name in ("started", "finished"):
        moment = getattr(book, name)
        if moment is not None:
            yield from _format((name, "format"), moment.format, "%Y-%m-%d")


def _of(book: Codebook, question: Question, city: City) -> Iterator[Problem]:
    match question:
        case Single():
            yield from _options(question)
        case Multiple() if question.column is not None:
            yield from _options(question)
        case Multiple():
            yield from _columns_of_options(question)
        case Scale():
            for code, step in question.codes.items():
                if not question.min <= step <= question.max:
                    yield ("codes", code), f"must be {question.min} to {question.max}, not {step}"
        case Timed():
            yield from _format(("format",), question.format, _TELLS[question.type])
        case Place_():
            yield from _strangers(("codes",), question.codes, choices(city)[question.type])
    yield from _twice(book, question)


def _options(question: Single | Multiple) -> Iterator[Problem]:
    for number, option in enumerate(question.options):
        if option.column is not None:
            yield ("options", number, "column"), f"goes with no `column` of the question (`{question.column}`)"


def _columns_of_options(question: Multiple) -> Iterator[Problem]:
    if all(option.column is None for option in question.options):
        yield (), "needs a `column`, or one for each of its options"
        return
    for number, option in enumerate(question.options):
        if option.column is None:
            yield ("options", number), "needs a `column`, as other options have one"
        if option.code is not None:
            yield ("options", number, "code"), "is of no use: in its column stands what `chosen` and `not_chosen` say"
        if option.other is True:
            yield ("options", number, "other"), "must name the column that holds the words"


def _twice(book: Codebook, question: Question) -> Iterator[Problem]:
    """A code that would mean two things."""
    means: dict[str, list[tuple[Place, str]]] = defaultdict(list)
    for name, codes in book.no_answer(question).items():
        for code in codes:
            means[code].append(((name,), f"`{name}`"))
    match question:
        case Single() | Multiple() if question.column is not None:
            for number, option in enumerate(question.options):
                for code in option.code or ():
                    means[code].append((("options", number, "code"), f"option `{option.id}`"))
        case Multiple():
            for name in ("chosen", "not_chosen"):
                for code in getattr(question, name):
                    means[code].append(((name,), f"`{name}`"))
        case Scale() | Place_():
            for code in question.codes:
                means[code].append((("codes", code), f"`codes` ({question.codes[code]})"))
    for code, (first, *others) in means.items():
        for place, what in others:
            yield place, f"'{code}' means {first[1]} already, and cannot mean {what} too"


def _strangers(place: Place, codes: Mapping[str, str], known: Sequence[Choice]) -> Iterator[Problem]:
    ids = [choice.id for choice in known]
    for code, id in codes.items():
        if id not in ids:
            close = get_close_matches(id, ids, 1)
            hint = f"; did you mean `{close[0]}`?" if close else f" (known: {', '.join(ids[:SHOWN])})"
            yield (*place, code), f"`{id}` is no id of the city's{hint}"


def _format(place: Place, format: str | None, tells: str) -> Iterator[Problem]:
    """`tells`: what has to come out of it as it went in."""
    if format is None:
        return
    moment = datetime(2026, 11, 3, 21, 30, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(format), format)
    except (ValueError, re.error) as error:
        yield place, f"'{format}' cannot be read ({error}); it should be such as '{tells}'"
        return
    if read.strftime(tells) != moment.strftime(tells):
        yield place, f"'{format}' does not tell all that is needed; it should be such as '{tells}'"


def _columns(book: Codebook, file: File) -> Iterator[Problem]:
    used = set()
    asked: dict[str, str] = {}
    for place, column in book.uses():
        used.add(column)
        if column not in file.columns:
            close = get_close_matches(column, file.columns, 3, cutoff=0.5)
            meant = ", ".join(f"`{name}`" for name in close)
            hint = f"; did you mean {meant}?" if close else f"; it has {_named(file.columns)}"
            yield place, f"`{column}` is no column of {file.path.name} (read as {file.encoding}){hint}"
        if place[0] == "questions":
            here = book.questions[int(place[1])].id
            if column in asked:
                yield place, f"`{column}` is used by `{asked[column]}` already"
            asked[column] = here
    left = [column for column in file.columns if column not in used]
    if left:
        yield ("ignore",), f"must name the columns that no question uses: {_named(left)}"


def _named(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
    return ", ".join(f"`{column}`" for column in columns[:SHOWN]) + more
