"""What is wrong with one question by itself; each problem names its place in the question."""

from collections.abc import Collection, Iterator, Sequence

from tsunagu.chat.catalogue import LANGUAGES, in_language
from tsunagu.cloud.definitions import Problem
from tsunagu.surveys.ask.unclear import folded
from tsunagu.surveys.definition import (
    MOST_STEPS,
    Date,
    DateTime,
    ManyOption,
    Multiple,
    Number,
    Option,
    Question,
    Scale,
    Single,
    Text,
    Time,
)

YEARS = range(1900, 2101)  # what LINE's picker shows


def problems(question: Question) -> Iterator[Problem]:
    match question:
        case Single() | Multiple():
            yield from _options(question.options)
            if isinstance(question, Multiple):
                yield from _limits(question)
        case Scale():
            if not 1 <= question.max - question.min <= MOST_STEPS:
                yield ("max",), f"must be 1 to {MOST_STEPS} above min ({question.min}), so that each step has a button"
            if question.nps and (question.min, question.max) != (0, 10):
                yield ("nps",), "is counted of steps from 0 to 10 only: write `min: 0` and `max: 10`"
        case Number():
            if question.min is not None and question.max is not None and question.max < question.min:
                yield ("max",), f"must not be below min ({question.min:g})"
        case Text():
            if question.max_length < question.min_length:
                yield ("max_length",), f"must not be below min_length ({question.min_length:,})"
        case Date() | Time() | DateTime():
            yield from _picked(question)


def _options(options: Sequence[Option]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, option in enumerate(options):
        if option.id in seen:
            yield ("options", number, "id"), f"`{option.id}` is used twice; ids must differ"
        seen.add(option.id)
    yield from _alike(options)
    others = [number for number, option in enumerate(options) if option.other]
    for number in others[1:]:
        yield ("options", number, "other"), f"only one option may ask for words: `{options[others[0]].id}` does already"
    for number, option in enumerate(options):
        if option.other and isinstance(option, ManyOption) and option.exclusive:
            yield ("options", number, "exclusive"), "goes with no `other`: who means something else may choose more"


def _alike(options: Collection[Option]) -> Iterator[Problem]:
    """Width and case do not tell options apart, for an answer may be typed."""
    said: set[int] = set()
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for number, option in enumerate(options):
            words = in_language(option.text, language).strip()
            if folded(words) in seen and number not in said:
                same = seen[folded(words)]
                yield ("options", number, "text"), f"reads the same as option `{same}` ({language}): '{words}'"
                said.add(number)
            seen.setdefault(folded(words), option.id)


def _limits(question: Multiple) -> Iterator[Problem]:
    free = sum(not option.exclusive for option in question.options)
    if not free:
        yield ("options",), "are all exclusive, so that only one can be chosen: use `type: single`"
        return
    for name, limit in (("least", question.least), ("most", question.most)):
        if limit is not None and limit > free:
            yield (name,), f"must be at most {free}: so many options can be chosen together"
    if question.most is not None and question.most < (question.least or 1):
        yield ("most",), f"must not be below least ({question.least})"


def _picked(question: Date | Time | DateTime) -> Iterator[Problem]:
    if question.min is not None and question.max is not None and question.max <= question.min:  # type: ignore[operator]
        yield ("max",), f"must be later than min ({question.min}), or LINE shows no picker"
    if isinstance(question, Date | DateTime):
        for name, end in (("min", question.min), ("max", question.max)):
            if end is not None and int(str(end)[:4]) not in YEARS:
                yield (name,), f"must lie between {YEARS[0]} and {YEARS[-1]}, as LINE's picker does"
