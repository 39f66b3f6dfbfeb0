"""A broadcast as its writer describes it in YAML, checked with LINE's limits in the writer's words."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationInfo,
    field_serializer,
)

from tsunagu.audiences.definition import To
from tsunagu.audiences.rules import Audience
from tsunagu.broadcasts.content import Id, Part, Strict, at_most
from tsunagu.broadcasts.repeat import Repeat
from tsunagu.broadcasts.rules import Kind
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import Fault, WrongFile, load, loads
from tsunagu.line import messages as line
from tsunagu.line.messages import Message
from tsunagu.residents.city import City

TITLE_LIMIT = 100
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
MESSAGE = re.compile(r"messages\[(\d+)\]")
DURATION = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?")
MINUTE = timedelta(minutes=1)
EVERYONE = To.model_validate({})
W = TypeVar("W")
LONGEST = timedelta(days=7)  # that an occurrence may wait
OVER_LIMIT = 1_440  # minutes that a broadcast may be spread over: a day


@dataclass(frozen=True)
class Today:
    """What a definition is checked against: the city, the time, the zone its clocks show, and what was saved and
    uploaded; None: that is not looked at."""

    city: City
    now: datetime
    zone: ZoneInfo
    saved: Mapping[str, Audience] | None = None
    lists: Collection[str] | None = None


def _time(written: Any, info: ValidationInfo[Today]) -> datetime | Literal["now"]:
    if written == "now":
        return "now"
    if not isinstance(written, str) or not TIME.fullmatch(written):
        raise ValueError(f"must be `now`, a time in the city such as 2026-11-01T09:00, or a rule, not {written!r}")
    return _ahead(written, info.context)


def _ahead(written: str, today: Today) -> datetime:
    try:
        when = datetime.fromisoformat(written).replace(tzinfo=today.zone)
    except ValueError as error:
        raise ValueError(f"{written}: {error}") from error
    if when < today.now:
        raise ValueError(f"{written} is past: in the city it is {today.now.astimezone(today.zone):%Y-%m-%dT%H:%M}")
    return when


def _as_written(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds").removesuffix(":00")


def _happens(when: W, info: ValidationInfo[Today]) -> W:
    if isinstance(when, Repeat) and when.next_after(info.context.now, info.context.zone) is None:
        raise ValueError("there is no such day ahead: everything in it is past, or left out")
    return when


def _limit(written: Any, info: ValidationInfo[Today]) -> datetime | timedelta | None:
    """The last moment, or in a series how long after each of its own times."""
    when = info.data.get("when")
    if written is None or when is None:
        return None
    if isinstance(when, Repeat):
        found = DURATION.fullmatch(written) if isinstance(written, str) else None
        lasts = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0)) if found else timedelta()
        if not timedelta() < lasts <= LONGEST:
            raise ValueError(f"must be how long each may wait, such as 3h or 90m, not {written!r}")
        return lasts
    if not isinstance(written, str) or not TIME.fullmatch(written):
        raise ValueError(f"must be a time in the city such as 2026-11-01T12:00, not {written!r}")
    limit = _ahead(written, info.context)
    if when != "now" and limit <= when:
        raise ValueError(f"must be later than `when`, and {written} is not")
    return limit


def _over(written: Any, info: ValidationInfo[Today]) -> int | None:
    if written is None:
        return None
    if isinstance(written, bool) or not isinstance(written, int) or not 1 <= written <= OVER_LIMIT:
        raise ValueError(f"must be 1 to {OVER_LIMIT:,} minutes, not {written!r}")
    if info.data.get("kind") is Kind.LIFE_SAFETY:
        raise ValueError("what may save a life goes to everyone at once: leave it out")
    return written


def _reminds(remind: bool, info: ValidationInfo[Today]) -> bool:
    if remind and info.data.get("kind") is Kind.LIFE_SAFETY:
        raise ValueError("a reminder saves no life: it is news")
    if remind and "messages" in info.data and _survey_in(info.data["messages"]) is None:
        raise ValueError("a reminder needs a card with a button that begins the survey")
    return remind


When = Annotated[
    Annotated[datetime | Literal["now"], BeforeValidator(_time), Tag("once")] | Annotated[Repeat, Tag("repeat")],
    Discriminator(lambda written: "repeat" if isinstance(written, Mapping | Repeat) else "once"),
    AfterValidator(_happens),
]


class Definition(Strict):
    """`id` None: one is made when it is written down. `not_after`: the last moment; in a series, how long after each of
    its times it may still go out. `over_minutes`: sent evenly over so many. `remind`: only to those who were invited to
    its survey and have not finished it."""

    id: Id | None = None
    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
    kind: Kind = Kind.NEWS
    when: When
    not_after: Annotated[datetime | timedelta | None, BeforeValidator(_limit)] = None
    audience: To = EVERYONE
    over_minutes: Annotated[int | None, BeforeValidator(_over)] = None
    messages: Annotated[tuple[Part, ...], at_most(line.MESSAGES_LIMIT, "messages", least=1)]
    remind: Annotated[bool, Field(strict=True), AfterValidator(_reminds)] = False
    _today: Today = PrivateAttr()

    def model_post_init(self, context: Today) -> None:
        self._today = context

    @field_serializer("when")
    def _when_as_written(self, when: datetime | str | Repeat) -> Any:
        if isinstance(when, Repeat):
            return when.to_document()
        return _as_written(when) if isinstance(when, datetime) else when

    @field_serializer("not_after")
    def _limit_as_written(self, limit: datetime | timedelta | None) -> str | None:
        if isinstance(limit, timedelta):
            return f"{limit // MINUTE}m"
        return _as_written(limit) if limit else None

    def written(self) -> str:
        """As JSON, which `reads` takes back."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True, by_alias=True)

    def first(self, now: datetime) -> datetime:
        """When it goes out; of a series the next time, or `now` when that is over."""
        if isinstance(self.when, Repeat):
            return self.when.next_after(now, self._today.zone) or now
        return self.when if isinstance(self.when, datetime) else now

    def in_language(self, language: str) -> list[Message]:
        return [part.in_language(language) for part in self.messages]

    def versions(self) -> tuple[dict[str, list[Message]], dict[str, str]]:
        """The messages by version, and the version for each language: languages that read the same share one."""
        versions: dict[str, list[Message]] = {}
        version_for: dict[str, str] = {}
        for language in LANGUAGES:
            messages = self.in_language(language)
            same = next((name for name, version in versions.items() if version == messages), None)
            version_for[language] = same or language
            versions.setdefault(same or language, messages)
        return versions, version_for

    def survey(self) -> str | None:
        """The survey that it invites to, or reminds of."""
        return _survey_in(self.messages)

    def reminds_of(self) -> str | None:
        return self.survey() if self.remind else None


def _survey_in(messages: Sequence[Part]) -> str | None:
    buttons = [button for part in messages if part.card for button in part.card.buttons]
    return next((button.survey for button in buttons if button.survey), None)


def read(path: Path | str, today: Today) -> Definition:
    """Raises WrongFile; what is wrong with a message says which message that is, counted from 1."""
    return _numbered(lambda: load(path, Definition, context=today))


def reads(text: str, today: Today) -> Definition:
    """`read` of the text itself."""
    return _numbered(lambda: loads(text, Definition, context=today))


def _numbered(read: Callable[[], Definition]) -> Definition:
    try:
        return read()
    except WrongFile as wrong:
        raise WrongFile([_with_number(fault) for fault in wrong.faults]) from None


def _with_number(fault: Fault) -> Fault:
    found = MESSAGE.match(fault.field)
    return replace(fault, says=f"message {int(found[1]) + 1}: {fault.says}") if found else fault
