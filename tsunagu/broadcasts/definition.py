"""A broadcast as its writer describes it in YAML, checked with LINE's limits in the writer's words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from tsunagu.broadcasts.audience import Audience
from tsunagu.broadcasts.content import Id, Language, Part, Strict, at_most
from tsunagu.broadcasts.rules import Kind
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import load
from tsunagu.line import messages as line
from tsunagu.line.messages import Message
from tsunagu.residents.city import City

TITLE_LIMIT = 100
LISTED = 20  # names; a city has a hundred districts


@dataclass(frozen=True)
class Today:
    """What a definition is checked against: the city, the time, and the zone its clocks show."""

    city: City
    now: datetime
    zone: ZoneInfo


def _known(kind: str, known: Callable[[City], Sequence[Any]]) -> AfterValidator:
    def check(named: str, info: ValidationInfo[Today]) -> str:
        ids = [each.id for each in known(info.context.city)]
        if named not in ids:
            close = get_close_matches(named, ids, 1)
            meant = f"; did you mean `{close[0]}`?" if close else ""
            listed = f" (known: {', '.join(ids)})" if len(ids) <= LISTED else ""
            raise ValueError(f"the city has no {kind} '{named}'{meant}{listed}")
        return named

    return AfterValidator(check)


class To(Audience):
    wards: tuple[Annotated[str, _known("ward", lambda city: city.wards)], ...] = ()
    districts: tuple[Annotated[str, _known("district", lambda city: city.districts)], ...] = ()
    topics: tuple[Annotated[str, _known("topic", lambda city: city.topics)], ...] = ()
    languages: tuple[Language, ...] = ()


def _time(written: Any, info: ValidationInfo[Today]) -> datetime | Literal["now"]:
    if written == "now":
        return "now"
    if not isinstance(written, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", written):
        raise ValueError(f"must be `now`, or a time in the city such as 2026-11-01T09:00, not {written!r}")
    today = info.context
    try:
        when = datetime.fromisoformat(written).replace(tzinfo=today.zone)
    except ValueError as error:
        raise ValueError(f"{written}: {error}") from error
    if when < today.now:
        raise ValueError(f"{written} is past: in the city it is {today.now.astimezone(today.zone):%Y-%m-%dT%H:%M}")
    return when


class Definition(Strict):
    """`id` None: one is made when it is scheduled."""

    id: Id | None = None
    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
    kind: Kind = Kind.NEWS
    when: Annotated[datetime | Literal["now"], BeforeValidator(_time)]
    audience: To = To()
    messages: Annotated[tuple[Part, ...], at_most(line.MESSAGES_LIMIT, "messages", least=1)]

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
        """The survey that it invites to."""
        buttons = [button for part in self.messages if part.card for button in part.card.buttons]
        return next((button.survey for button in buttons if button.survey), None)


def read(path: Path | str, today: Today) -> Definition:
    """Raises WrongFile."""
    return load(path, Definition, context=today)
