"""What a broadcast says, by language: texts, images and cards, held to LINE's limits in the writer's words."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import model_validator as whole

from tsunagu.chat.catalogue import LANGUAGES, in_language
from tsunagu.line import messages as line
from tsunagu.line.messages import Message, faults
from tsunagu.line.postback import Postback

BUTTONS_LIMIT = 4  # a card with more is a menu
# Ours, in UTF-16 units as LINE counts a text: LINE's own limit, 30,000 bytes a card, tells a writer nothing.
CARD_TITLE_LIMIT = 400
CARD_BODY_LIMIT = 5_000


def _taken(example: Callable[[str], Message]) -> AfterValidator:
    """LINE takes the message that `example` makes of a value, or its fault is told."""

    def check(value: str) -> str:
        found = faults([example(value)])
        if found:
            raise ValueError(found[0].partition(": ")[2].replace(" of 「-」", "").replace("「-」", "it"))
        return value

    return AfterValidator(check)


def _units(limit: int, what: str) -> AfterValidator:
    def check(value: str) -> str:
        too_many = line.utf16(value) - limit
        if too_many > 0:
            raise ValueError(f"{what} is {line.units(too_many)} too long ({limit:,} fit)")
        return value

    return AfterValidator(check)


def at_most(limit: int, what: str, least: int = 0) -> AfterValidator:
    """Asked when every item is sound: pydantic's own limits would count the sound ones only."""

    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        if not least <= len(items) <= limit:
            raise ValueError(f"must be {least} to {limit} {what}, not {len(items)}")
        return items

    return AfterValidator(check)


def like(pattern: str, such_as: str) -> AfterValidator:
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
CardTitle = Annotated[
    dict[Language, Annotated[str, _units(CARD_TITLE_LIMIT, "the title"), _taken(line.card)]], SomeLanguage
]
CardBody = Annotated[
    dict[Language, Annotated[str, _units(CARD_BODY_LIMIT, "the body"), _taken(line.card)]], SomeLanguage
]
Label = Annotated[dict[Language, Annotated[str, _taken(lambda label: _button(label=label, message="-"))]], SomeLanguage]
Said = Annotated[dict[Language, Annotated[str, _taken(lambda said: _button(message=said))]], SomeLanguage]
Picture = Annotated[str, _taken(line.image), like(r"https://[^\s/?#]\S*", "an https:// address without spaces")]
Link = Annotated[str, _taken(lambda uri: _button(uri=uri))]
Phone = Annotated[
    str, Field(coerce_numbers_to_str=True), like(r"[0-9+#*][0-9-]{2,19}", "a phone number such as 096-328-2111")
]
Id = Annotated[str, like(r"[a-z0-9-]{3,40}", "3 to 40 of a–z, 0–9 and -")]


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
    title: CardTitle
    body: CardBody | None = None
    image: Picture | None = None
    buttons: Annotated[tuple[CardButton, ...], at_most(BUTTONS_LIMIT, "buttons")] = ()

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
