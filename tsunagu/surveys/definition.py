"""A survey as staff write it in YAML. What only the whole can tell is checked by `checks.definition.problems`.

survey = definitions.load(path, Definition, check=problems)
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, Tag

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.line.messages import utf16
from tsunagu.surveys.conditions import Condition, Step

Both = tuple[str, str]  # in Japanese, and in English where there is any
END = "end"
MOST_QUESTIONS = 50  # a summary with a button for each must fit LINE's five messages
MOST_BYTES = 900_000  # as JSON; a Firestore document takes 1 MiB
MOST_OPTIONS = 13  # quick replies LINE takes under one message
MOST_SEVERAL = 64  # options of which any number may be chosen: a bit each (surveys.lean)
MOST_STEPS = 10  # 0 to 10 is eleven quick replies
MOST_AMOUNT = 1e15  # beyond this a float no longer holds every whole number
UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # nor has any file a place for them


def _within(limit: int, or_nothing: bool = False) -> Callable[[dict[str, str]], dict[str, str]]:
    def check(texts: dict[str, str]) -> dict[str, str]:
        faults = [] if "ja" in texts else ["needs Japanese: `ja: …`"]
        faults += [
            f"`{language}` is not one of {', '.join(LANGUAGES)}" for language in texts if language not in LANGUAGES
        ]
        faults += [f"`{language}` is empty" for language, words in texts.items() if not (or_nothing or words.strip())]
        faults += [
            f"`{language}` holds a character that cannot be shown ({hidden[0]!r})"
            for language, words in texts.items()
            if (hidden := UNSHOWN.findall(words))
        ]
        faults += [
            f"`{language}` has {utf16(words):,} characters; at most {limit:,} fit"
            for language, words in texts.items()
            if not UNSHOWN.search(words) and utf16(words) > limit
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return texts

    return check


def _made_of(pattern: str, means: str, read: Callable[[str], object] = str) -> AfterValidator:
    """`read` raises ValueError for what is formed like it and yet is none, such as the 31st of June."""

    def check(word: str) -> str:
        try:
            if re.fullmatch(pattern, word, re.ASCII):
                read(word)
                return word
        except ValueError:
            pass
        raise ValueError(f"must be {means}, not {word!r}")

    return AfterValidator(check)


def _written(pattern: str, such_as: str) -> BeforeValidator:
    # pydantic alone would read 2026 as seconds since 1970, and a closing date as the day's first second.
    def check(value: Any) -> Any:
        if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII)):
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
Moment = Annotated[
    str, _made_of(r"\d{4}-\d\d-\d\dT\d\d:\d\d", "a date and time such as 2026-11-01T09:00", datetime.fromisoformat)
]
Clock = Annotated[str, _made_of(r"\d\d:\d\d", "a time of day such as 09:30", time.fromisoformat)]
Day = Annotated[date, _written(r"\d{4}-\d\d-\d\d", "a date such as 2026-11-01")]
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-MOST_AMOUNT, le=MOST_AMOUNT)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Option(_Strict):
    """`other`: whoever chooses it may say in their own words what they mean (at most one of a question)."""

    id: Id
    text: Label
    other: StrictBool = False


class BranchingOption(Option):
    next: str | None = None


class ManyOption(Option):
    exclusive: StrictBool = False  # "none of these": goes with no other option


class _Question(_Strict):
    """`required: false` may be skipped; `decline: true` has a button 「答えたくない」, which is no skipping.

    `when`: asked only where it holds. Who is not asked goes on with the question that follows, whatever `next` says.
    """

    id: Id
    text: Words
    section: Id | None = None
    required: StrictBool = True
    decline: StrictBool = False
    when: Condition | None = None
    next: str | None = None


class Single(_Question):
    type: Literal["single"]
    options: Annotated[list[BranchingOption], Field(min_length=2)]
    shuffle: StrictBool = False  # in an order of its own for each respondent, always the same for one


class Multiple(_Question):
    type: Literal["multiple"]
    options: Annotated[list[ManyOption], Field(min_length=2, max_length=MOST_SEVERAL)]
    shuffle: StrictBool = False
    least: Annotated[int, Field(strict=True, ge=1)] | None = None  # options to be chosen, unless an exclusive one is
    most: Annotated[int, Field(strict=True, ge=1)] | None = None


class ScaleLabels(_Strict):
    min: Label | None = None
    max: Label | None = None


class Scale(_Question):
    """`nps`: 0 to 10, of which 9 and 10 are promoters and 0 to 6 detractors (Net Promoter Score)."""

    type: Literal["scale"]
    min: Step = 1
    max: Step = 5
    labels: ScaleLabels = ScaleLabels()
    nps: StrictBool = False


class Number(_Question):
    type: Literal["number"]
    min: Amount | None = None
    max: Amount | None = None
    unit: Unit | None = None


class Text(_Question):
    type: Literal["text"]
    min_length: Annotated[int, Field(strict=True, ge=1, le=5000)] = 1  # UTF-16 units, as the next
    max_length: Annotated[int, Field(strict=True, ge=1, le=5000)] = 1000  # LINE sends up to 5,000


class Date(_Question):
    type: Literal["date"]
    min: Day | None = None
    max: Day | None = None


class Time(_Question):
    type: Literal["time"]
    min: Clock | None = None
    max: Clock | None = None


class DateTime(_Question):
    """The city's wall clock; LINE's picker knows no zone."""

    type: Literal["datetime"]
    min: Moment | None = None
    max: Moment | None = None


class Ward(_Question):
    type: Literal["ward"]


class District(_Question):
    type: Literal["district"]


class Location(_Question):
    type: Literal["location"]


class Photo(_Question):
    type: Literal["photo"]


class Notice(_Strict):
    """Words only, sent in front of the question that follows; asks nothing and counts nowhere."""

    type: Literal["notice"]
    id: Id
    text: Words
    section: Id | None = None
    when: Condition | None = None

    @property
    def next(self) -> str | None:
        return None


Asking = (
    Single | Multiple | Scale | Number | Text | Date | Time | DateTime | Ward | District | Location | Photo
)  # what has an answer
Question = Asking | Notice
KINDS = (  # in the order in which the messages of a fault name them
    "single",
    "multiple",
    "scale",
    "number",
    "text",
    "date",
    "time",
    "datetime",
    "ward",
    "district",
    "location",
    "photo",
    "notice",
)


def _tag(value: Any) -> str:
    # In brackets, so that in the place of a fault the kind `text` is not taken for the field `text`.
    return f"<{value.get('type') if isinstance(value, dict) else getattr(value, 'type', '')}>"


_AnyQuestion = Annotated[
    Annotated[Single, Tag("<single>")]
    | Annotated[Multiple, Tag("<multiple>")]
    | Annotated[Scale, Tag("<scale>")]
    | Annotated[Number, Tag("<number>")]
    | Annotated[Text, Tag("<text>")]
    | Annotated[Date, Tag("<date>")]
    | Annotated[Time, Tag("<time>")]
    | Annotated[DateTime, Tag("<datetime>")]
    | Annotated[Ward, Tag("<ward>")]
    | Annotated[District, Tag("<district>")]
    | Annotated[Location, Tag("<location>")]
    | Annotated[Photo, Tag("<photo>")]
    | Annotated[Notice, Tag("<notice>")],
    Discriminator(
        _tag, custom_error_type="question_type", custom_error_message=f"type must be one of {', '.join(KINDS)}"
    ),
]


class Section(_Strict):
    id: Id
    title: Title


class Anonymity(StrEnum):
    """What residents are told before the first question, and what then holds."""

    ANONYMOUS = "anonymous"  # anonymised when the survey closes
    CONFIDENTIAL = "confidential"  # under a pseudonym; nobody reads whose an answer is
    NAMED = "named"  # the city sees whose an answer is: the user id stands beside it


class Quota(_Strict):
    """At most so many finished responses from a ward, or of an age band; who began before it was full may finish."""

    by: Literal["ward", "age_band"]
    most: Annotated[dict[str, Annotated[int, Field(strict=True, ge=1, le=100_000_000)]], Field(min_length=1)]


class Pause(_Strict):
    """Nobody can answer from then until then; the clock sees to it."""

    from_: Annotated[CityTime, Field(alias="from")]
    until: CityTime


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
    pauses: list[Pause] = []
    archives: CityTime | None = None
    anonymity: Anonymity = Anonymity.CONFIDENTIAL
    audience: Audience = Audience()
    quotas: list[Quota] = []
    sections: list[Section] = []
    questions: Annotated[list[_AnyQuestion], Field(min_length=1)]

    def __hash__(self) -> int:
        """So that what follows from a definition alone can be worked out once (`functools.lru_cache`)."""
        return hash((self.id, len(self.questions)))

    @property
    def anonymous(self) -> bool:
        return self.anonymity == Anonymity.ANONYMOUS

    @property
    def asked(self) -> list[Asking]:
        """The questions that have an answer: all but the notices."""
        return [question for question in self.questions if not isinstance(question, Notice)]

    def question(self, id: str) -> Asking | None:
        return next((question for question in self.asked if question.id == id), None)

    def written(self) -> dict[str, Any]:
        """As it is stored, and as `model_validate` reads it."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)

    def opens_at(self, city: ZoneInfo) -> datetime | None:
        return self.opens and self.opens.replace(tzinfo=city)

    def closes_at(self, city: ZoneInfo) -> datetime | None:
        return self.closes and self.closes.replace(tzinfo=city)
