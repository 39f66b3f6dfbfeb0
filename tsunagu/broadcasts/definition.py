"""A broadcast as its writer describes it in YAML, checked with LINE's limits in the writer's words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic import model_validator as whole

from tsunagu.broadcasts.rules import Audience, Kind
from tsunagu.chat.catalogue import LANGUAGES, in_language
from tsunagu.cloud.definitions import load
from tsunagu.line import messages as line
from tsunagu.line.messages import Message, faults
from tsunagu.line.postback import Postback
from tsunagu.residents.city import City

BUTTONS_LIMIT = 4  # a card with more is a menu
TITLE_LIMIT = 100
LISTED = 20  # names; a city has a hundred districts


@dataclass(frozen=True)
class Today:
    """What a definition is checked against: the city, the time, and the zone its clocks show."""

    city: City
    now: datetime
    zone: ZoneInfo


def _taken(example: Callable[[str], Message]) -> AfterValidator:
    """LINE takes the message that `example` makes of a value, or its fault is told."""

    def check(value: str) -> str:
        found = faults([example(value)])
        if found:
            raise ValueError(found[0].partition(": ")[2].replace(" of 「-」", "").replace("「-」", "it"))
        return value

    return AfterValidator(check)


def _at_most(limit: int, what: str, least: int = 0) -> AfterValidator:
    """Asked when every item is sound: pydantic's own limits would count the sound ones only."""

    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        if not least <= len(items) <= limit:
            raise ValueError(f"must be {least} to {limit} {what}, not {len(items)}")
        return items

    return AfterValidator(check)


def _like(pattern: str, such_as: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {such_as}, not '{value}'")
        return value

    return AfterValidator(check)


def _in_a_language(texts: dict[str, str]) -> dict[str, str]:
    if not texts:
        raise ValueError("needs a text in at least one language, such as {ja: …}")
    return texts


def _said(texts: Mapping[Any, str], language: str) -> str:
    return in_language(dict(texts), language)


def _button(**does: str) -> Message:
    return line.card("-", buttons=[line.Button(does.pop("label", "-"), **does)])  # type: ignore[arg-type]


Language = Literal["ja", "ja-easy", "en"]
SomeLanguage = AfterValidator(_in_a_language)
Words = Annotated[dict[Language, Annotated[str, _taken(line.text)]], SomeLanguage]
CardWords = Annotated[dict[Language, Annotated[str, _taken(line.card)]], SomeLanguage]
Label = Annotated[dict[Language, Annotated[str, _taken(lambda label: _button(label=label, message="-"))]], SomeLanguage]
Said = Annotated[dict[Language, Annotated[str, _taken(lambda said: _button(message=said))]], SomeLanguage]
Picture = Annotated[str, _taken(line.image)]
Link = Annotated[str, _taken(lambda uri: _button(uri=uri))]
Phone = Annotated[
    str, Field(coerce_numbers_to_str=True), _like(r"[0-9+#*][0-9-]{2,19}", "a phone number such as 096-328-2111")
]
Id = Annotated[str, _like(r"[a-z0-9-]{3,40}", "3 to 40 of a–z, 0–9 and -")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _exactly_one(given: Strict, names: Sequence[str]) -> None:
    found = [name for name in names if getattr(given, name) is not None]
    if len(found) != 1:
        raise ValueError(f"needs exactly one of {', '.join(names)}; it has {', '.join(found) or 'none'}")


class CardButton(Strict):
    """A link, a phone number, the beginning of a survey, or words the resident sends by tapping."""

    label: Label
    uri: Link | None = None
    tel: Phone | None = None
    survey: Id | None = None
    say: Said | None = None

    @whole(mode="after")
    def _does_one_thing(self) -> "CardButton":
        _exactly_one(self, ("uri", "tel", "survey", "say"))
        return self

    def in_language(self, language: str) -> line.Button:
        label = _said(self.label, language)
        if self.survey is not None:
            return line.Button(label, postback=Postback("surveys/start", {"s": self.survey}), main=True)
        if self.say is not None:
            return line.Button(label, message=_said(self.say, language))
        return line.Button(label, uri=self.uri or f"tel:{self.tel}")


class Image(Strict):
    url: Picture
    preview: Picture | None = None


class Card(Strict):
    title: CardWords
    body: CardWords | None = None
    image: Picture | None = None
    buttons: Annotated[tuple[CardButton, ...], _at_most(BUTTONS_LIMIT, "buttons")] = ()

    def in_language(self, language: str) -> Message:
        return line.card(
            _said(self.title, language),
            _said(self.body, language) if self.body else "",
            picture=self.image,
            buttons=[button.in_language(language) for button in self.buttons],
        )

    @whole(mode="after")
    def _fits(self) -> "Card":
        for language in LANGUAGES:
            found = faults([self.in_language(language)])
            if found:
                raise ValueError(f"{language}: {found[0].partition(': ')[2]}")
        return self


class Part(Strict):
    """One message."""

    text: Words | None = None
    image: Image | None = None
    card: Card | None = None

    @whole(mode="after")
    def _is_one_thing(self) -> "Part":
        _exactly_one(self, ("text", "image", "card"))
        return self

    def in_language(self, language: str) -> Message:
        if self.card is not None:
            return self.card.in_language(language)
        if self.image is not None:
            return line.image(self.image.url, self.image.preview)
        assert self.text is not None
        return line.text(_said(self.text, language))


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
    messages: Annotated[tuple[Part, ...], _at_most(line.MESSAGES_LIMIT, "messages", least=1)]

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
