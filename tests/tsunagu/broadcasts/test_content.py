"""Each limit of a message: what is just within it is taken, what is just beyond it is a sentence at its field."""

import json
from typing import Any

import pytest

from local.line_platform.check import Checker
from tsunagu.broadcasts.content import Part
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import WrongFile, loads

FAMILY = "👨‍👩‍👧"  # one character to a person, eight units to LINE
HTTPS = "https://city.example/"


def part(given: dict[str, Any]) -> Part:
    return loads(json.dumps(given, ensure_ascii=False), Part)


def faults(given: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(WrongFile) as wrong:
        part(given)
    return [(fault.field, fault.says) for fault in wrong.value.faults]


def text(words: str, language: str = "ja") -> dict[str, Any]:
    return {"text": {language: words}}


def card(**more: Any) -> dict[str, Any]:
    return {"card": {"title": {"ja": "題"}, **more}}


def button(**does: Any) -> dict[str, Any]:
    return card(buttons=[{"label": {"ja": "押す"}, **does}])


WITHIN = {
    "text": text("あ" * 5_000),
    "emoji in a text": text("😀" * 2_500),
    "families in a text": text(FAMILY * 625),
    "title": card(title={"en": "a" * 400}),
    "emoji in a title": card(title={"ja": "😀" * 200}),
    "body": card(body={"ja-easy": "あ" * 5_000}),
    "image": {"image": {"url": HTTPS + "a" * 1_979, "preview": HTTPS + "b"}},
    "picture": card(image=HTTPS + "a" * 1_979),
    "label": button(label={"ja": "あ" * 40}, say={"ja": "はい"}),
    "families on a label": button(label={"ja": FAMILY * 40}, say={"ja": "はい"}),
    "link": button(uri=HTTPS + "a" * 979),
    "line": button(uri="line://nv/camera"),
    "phone": button(tel="096-328-2111"),
    "short phone": button(tel="119"),
    "survey": button(survey="a" * 40),
    "reply": button(say={"ja": "あ" * 300}),
    "emoji in a reply": button(say={"ja": "😀" * 150}),
    "four buttons": card(buttons=[{"label": {"ja": "押す"}, "tel": "119"}] * 4),
    "everything": card(
        title={"ja": "あ" * 400},
        body={"ja": "あ" * 5_000},
        image=HTTPS + "a" * 1_979,
        buttons=[{"label": {"ja": "あ" * 40}, "uri": HTTPS + "a" * 979}] * 4,
    ),
}


@pytest.mark.parametrize("given", WITHIN.values(), ids=WITHIN)
def test_what_is_within_a_limit_is_taken_by_line_too(given: dict[str, Any]) -> None:
    message = part(given).in_language("ja")
    assert [] == list(Checker().check("multicast", {"to": ["U" + 32 * "a"], "messages": [message]}).complaints)


BEYOND: list[tuple[dict[str, Any], str, str]] = [
    (text("あ" * 5_001), "text.ja", "the text is 1 UTF-16 unit too long (5,000 fit)"),
    (text("a" * 4_999 + "😀", "en"), "text.en", "the text is 1 UTF-16 unit too long (5,000 fit)"),
    (text(FAMILY * 626, "ja-easy"), "text.ja-easy", "the text is 8 UTF-16 units too long (5,000 fit)"),
    (text("", "en"), "text.en", "the text is empty"),
    ({"text": {}}, "text", "needs a text in at least one language, such as {ja: …}"),
    (card(title={"ja": "題", "en": "a" * 401}), "card.title.en", "the title is 1 UTF-16 unit too long (400 fit)"),
    (card(title={"ja": "😀" * 201}), "card.title.ja", "the title is 2 UTF-16 units too long (400 fit)"),
    (card(title={"ja": ""}), "card.title.ja", "the text of the notification is empty"),
    (card(body={"ja": "あ" * 5_123}), "card.body.ja", "the body is 123 UTF-16 units too long (5,000 fit)"),
    (card(image=HTTPS + "a" * 1_980), "card.image", "the address of the image is 1 characters too long"),
    ({"image": {"url": HTTPS + "a" * 1_980}}, "image.url", "the address of the image is 1 characters too long"),
    (button(label={"ja": "あ" * 41}, tel="119"), "card.buttons[0].label.ja", "has 41 characters on it; 1 to 40 fit"),
    (button(label={"ja": ""}, tel="119"), "card.buttons[0].label.ja", "has 0 characters on it; 1 to 40 fit"),
    (button(uri=HTTPS + "a" * 980), "card.buttons[0].uri", "the link is 1 characters too long"),
    (button(uri="city.example"), "card.buttons[0].uri", "the link must begin with https:// or tel:"),
    (button(tel="お電話ください"), "card.buttons[0].tel", "must be a phone number such as 096-328-2111"),
    (button(survey="子育て"), "card.buttons[0].survey", "must be 3 to 40 of a–z, 0–9 and -, not '子育て'"),
    (button(say={"en": "a" * 301}), "card.buttons[0].say.en", "1 UTF-16 unit too long"),
    (button(say={"en": "😀" * 151}), "card.buttons[0].say.en", "2 UTF-16 units too long"),
    (button(uri=HTTPS, tel="119"), "card.buttons[0]", "needs exactly one of uri, tel, survey, say; it has uri, tel"),
    (button(), "card.buttons[0]", "needs exactly one of uri, tel, survey, say; it has none"),
    (card(buttons=[{"label": {"ja": "押す"}, "tel": "119"}] * 5), "card.buttons", "must be 0 to 4 buttons, not 5"),
    ({}, "", "needs exactly one of text, image, card; it has none"),
]


@pytest.mark.parametrize(("given", "field", "says"), BEYOND)
def test_what_is_beyond_a_limit_is_a_sentence_at_its_field(given: dict[str, Any], field: str, says: str) -> None:
    ((found, sentence),) = faults(given)
    assert (field, True) == (found, says in sentence), sentence


PLAIN = [
    "http://city.example/a.png",
    "https://",
    "https:///a.png",
    "写真.png",
    "C:\\写真.png",
    "https://city.example/a b.png",
]


@pytest.mark.parametrize("address", PLAIN)
def test_a_picture_that_is_not_on_https_is_a_sentence(address: str) -> None:
    for given, field in (
        ({"image": {"url": address}}, "image.url"),
        ({"image": {"url": HTTPS, "preview": address}}, "image.preview"),
        (card(image=address), "card.image"),
    ):
        ((found, sentence),) = faults(given)
        assert (field, True) == (found, "must be an https:// address" in sentence), sentence


def test_a_card_that_is_too_large_altogether_is_told_too() -> None:
    """Addresses in Japanese letters take three bytes each."""
    buttons = [{"label": {"ja": "押す"}, "uri": HTTPS + "あ" * 979}] * 4
    ((field, says),) = faults(card(body={"ja": "あ" * 5_000}, image=HTTPS + "あ" * 1_900, buttons=buttons))
    assert ("card", True) == (field, says.startswith("ja: the card takes ") and says.endswith(" too many")), says


def test_a_language_without_words_is_sent_those_of_another() -> None:
    said = {language: part(text("こんにちは")).in_language(language)["text"] for language in LANGUAGES}
    assert dict.fromkeys(LANGUAGES, "こんにちは") == said
    only_english = part(card(title={"en": "Hello"}, body={"en": "All of you"}))
    assert 1 == len({json.dumps(only_english.in_language(language)) for language in LANGUAGES})
