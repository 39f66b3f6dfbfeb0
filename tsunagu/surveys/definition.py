"""A survey as staff write it in YAML. `problems` checks what only the whole can tell; both name the place.

survey = definitions.load(path, Definition, check=problems)
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, Tag

from tsunagu.chat.catalogue import LANGUAGES, in_language
from tsunagu.cloud.definitions import Place, Problem
from tsunagu.line.messages import utf16

END = "end"
MOST_QUESTIONS = 50  # a summary with a button for each must fit LINE's five messages
MOST_BYTES = 900_000  # as JSON; a Firestore document takes 1 MiB
MOST_OPTIONS = 13  # quick replies LINE takes under one message
MOST_STEPS = 10  # 0 to 10 is eleven quick replies


def _within(limit: int, or_nothing: bool = False) -> Callable[[dict[str, str]], dict[str, str]]:
    def check(texts: dict[str, str]) -> dict[str, str]:
        faults = [] if "ja" in texts else ["needs Japanese: `ja: …`"]
        faults += [
            f"`{language}` is not one of {', '.join(LANGUAGES)}" for language in texts if language not in LANGUAGES
        ]
        faults += [f"`{language}` is empty" for language, words in texts.items() if not (or_nothing or words.strip())]
        faults += [
            f"`{language}` has {utf16(words):,} characters; at most {limit:,} fit"
            for language, words in texts.items()
            if utf16(words) > limit
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return texts

    return check


def _made_of(pattern: str, means: str) -> AfterValidator:
    def check(word: str) -> str:
        if not re.fullmatch(pattern, word):
            raise ValueError(f"must be {means}, not '{word}'")
        return word

    return AfterValidator(check)


def _written(pattern: str, such_as: str) -> BeforeValidator:
    # pydantic alone would read 2026 as seconds since 1970, and a closing date as the day's first second.
    def check(value: Any) -> Any:
        if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(pattern, value)):
            return value
        raise ValueError(f"must be {such_as}, not {value!r}")

    return BeforeValidator(check)


Title = Annotated[dict[str, str], AfterValidator(_within(100))]
Words = Annotated[dict[str, str], AfterValidator(_within(1000))]
Label = Annotated[dict[str, str], AfterValidator(_within(300))]
Unit = Annotated[dict[str, str], AfterValidator(_within(20, or_nothing=True))]
SurveyId = Annotated[str, _made_of(r"[a-z0-9-]{3,40}", "3 to 40 of a–z, 0–9 and -")]
Id = Annotated[str, _made_of(r"[a-z0-9_]{1,20}", "1 to 20 of a–z, 0–9 and _")]
CityTime = Annotated[
    datetime,
    _written(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", "a date and time of the city such as 2026-11-01T09:00"),
]
Day = Annotated[date, _written(r"\d{4}-\d\d-\d\d", "a date such as 2026-11-01")]
Whole = Annotated[int, Field(strict=True)]
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Strict):
    id: Id
    text: Label


class BranchingOption(Option):
    next: str | None = None


class _Question(_Strict):
    id: Id
    text: Words
    required: StrictBool = True
    next: str | None = None


class Single(_Question):
    type: Literal["single"]
    options: Annotated[list[BranchingOption], Field(min_length=2, max_length=MOST_OPTIONS)]


class Multiple(_Question):
    type: Literal["multiple"]
    options: Annotated[list[Option], Field(min_length=2, max_length=MOST_OPTIONS)]


class ScaleLabels(_Strict):
    min: Label | None = None
    max: Label | None = None


class Scale(_Question):
    type: Literal["scale"]
    min: Whole = 1
    max: Whole = 5
    labels: ScaleLabels = ScaleLabels()


class Number(_Question):
    type: Literal["number"]
    min: Amount | None = None
    max: Amount | None = None
    unit: Unit | None = None


class Text(_Question):
    type: Literal["text"]
    max_length: Annotated[int, Field(strict=True, ge=1, le=5000)] = 1000  # UTF-16 units; LINE sends up to 5,000


class Date(_Question):
    type: Literal["date"]
    min: Day | None = None
    max: Day | None = None


Question = Single | Multiple | Scale | Number | Text | Date
KINDS = ("single", "multiple", "scale", "number", "text", "date")


def _tag(value: Any) -> str:
    # In brackets, so that in the place of a fault the kind `text` is not taken for the field `text`.
    return f"<{value.get('type') if isinstance(value, dict) else getattr(value, 'type', '')}>"


_AnyQuestion = Annotated[
    Annotated[Single, Tag("<single>")]
    | Annotated[Multiple, Tag("<multiple>")]
    | Annotated[Scale, Tag("<scale>")]
    | Annotated[Number, Tag("<number>")]
    | Annotated[Text, Tag("<text>")]
    | Annotated[Date, Tag("<date>")],
    Discriminator(
        _tag, custom_error_type="question_type", custom_error_message=f"type must be one of {', '.join(KINDS)}"
    ),
]


class Audience(_Strict):
    """Any one of each group that is named, and all groups that are named; empty = everyone."""

    wards: list[str] = []
    districts: list[str] = []
    topics: list[str] = []
    languages: list[Literal["ja", "ja-easy", "en"]] = []


class Definition(_Strict):
    id: SurveyId
    title: Title
    intro: Words | None = None
    thanks: Words | None = None
    opens: CityTime | None = None
    closes: CityTime | None = None
    anonymous: StrictBool = False
    audience: Audience = Audience()
    questions: Annotated[list[_AnyQuestion], Field(min_length=1, max_length=MOST_QUESTIONS)]

    def question(self, id: str) -> Question | None:
        return next((question for question in self.questions if question.id == id), None)

    def opens_at(self, city: ZoneInfo) -> datetime | None:
        return self.opens and self.opens.replace(tzinfo=city)

    def closes_at(self, city: ZoneInfo) -> datetime | None:
        return self.closes and self.closes.replace(tzinfo=city)


def targets(definition: Definition, index: int) -> list[tuple[Place, int]]:
    """Where question `index` may lead, each with the place that says so. `len(questions)` is the end.

    A name that is no question's leads nowhere here: `problems` tells it apart.
    """
    question = definition.questions[index]
    places = {question.id: position for position, question in enumerate(definition.questions)}
    places[END] = len(definition.questions)
    onward = index + 1 if question.next is None else places.get(question.next, -1)
    here: Place = ("questions", index)
    if not isinstance(question, Single):
        return [((*here, "next"), onward)]
    leads = [
        ((*here, "options", number, "next"), onward if option.next is None else places.get(option.next, -1))
        for number, option in enumerate(question.options)
    ]
    return leads if question.required else [*leads, ((*here, "next"), onward)]


def problems(definition: Definition) -> Iterator[Problem]:
    """What only the whole can tell: times, ids used twice, jumps, questions nobody reaches, LINE's limits."""
    if definition.opens and definition.closes and definition.closes <= definition.opens:
        yield ("closes",), "must be later than opens"
    size = len(definition.model_dump_json().encode())
    if size > MOST_BYTES:
        yield ("questions",), f"take {size:,} bytes together, and {MOST_BYTES:,} fit: use fewer or shorter texts"
    doubles = list(_twice([("questions", index) for index in range(len(definition.questions))], definition.questions))
    wrong = list(_jumps(definition))
    yield from doubles
    yield from wrong
    if not doubles and not wrong:
        yield from _unreachable(definition)
    for index, question in enumerate(definition.questions):
        for place, says in _of(question):
            yield ("questions", index, *place), says


def strangers(audience: Audience, **known: Collection[str]) -> Iterator[Problem]:
    """Audience names the city's settings do not know: `strangers(audience, wards=…, districts=…, topics=…)`."""
    for group, names in known.items():
        for index, name in enumerate(getattr(audience, group)):
            if name not in names:
                shown = f" (known: {', '.join(sorted(names))})" if len(names) <= 20 else ""
                yield ("audience", group, index), f"`{name}` is not one of the city's {group}{shown}"


def _twice(places: list[Place], things: Collection[Question] | Collection[Option]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, thing in zip(places, things, strict=True):
        if thing.id in seen:
            yield (*place, "id"), f"`{thing.id}` is used twice; ids must differ"
        seen.add(thing.id)


def _jumps(definition: Definition) -> Iterator[Problem]:
    questions = definition.questions
    names = {question.id for question in questions} | {END}
    for index, question in enumerate(questions):
        if question.id == END:
            yield ("questions", index, "id"), f"`{END}` means the end of the survey; choose another id"
        for place, name in _named(index, question):
            if name not in names:
                yield place, f"`{name}` is no question's id (nor `{END}`)"
            elif name != END and all(later.id != name for later in questions[index + 1 :]):
                yield place, f"`{name}` does not come later; a survey only goes forward"


def _unreachable(definition: Definition) -> Iterator[Problem]:
    reached = {0}
    for index, question in enumerate(definition.questions):
        if index in reached:
            reached |= {target for _, target in targets(definition, index)}
        else:
            yield ("questions", index), f"`{question.id}` can never be reached: every way before leads past it"


def _named(index: int, question: Question) -> Iterator[tuple[Place, str]]:
    if question.next is not None:
        yield ("questions", index, "next"), question.next
    if isinstance(question, Single):
        for number, option in enumerate(question.options):
            if option.next is not None:
                yield ("questions", index, "options", number, "next"), option.next


def _of(question: Question) -> Iterator[Problem]:
    match question:
        case Single() | Multiple():
            yield from _twice([("options", number) for number in range(len(question.options))], question.options)
            yield from _alike(question.options)
        case Scale():
            if not 1 <= question.max - question.min <= MOST_STEPS:
                yield ("max",), f"must be 1 to {MOST_STEPS} above min ({question.min}), so that each step has a button"
        case Number() | Date():
            if question.min is not None and question.max is not None and question.max < question.min:  # type: ignore[operator]
                yield ("max",), f"must not be below min ({question.min})"
            if isinstance(question, Date):
                for name, day in (("min", question.min), ("max", question.max)):
                    if day is not None and not 1900 <= day.year <= 2100:
                        yield (name,), "must lie between 1900 and 2100, as LINE's date picker does"
        case Text():
            pass


def _alike(options: Collection[Option]) -> Iterator[Problem]:
    said: set[int] = set()
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for number, option in enumerate(options):
            words = in_language(option.text, language).strip()
            if words in seen and number not in said:
                yield ("options", number, "text"), f"reads the same as option `{seen[words]}` ({language}): '{words}'"
                said.add(number)
            seen.setdefault(words, option.id)
