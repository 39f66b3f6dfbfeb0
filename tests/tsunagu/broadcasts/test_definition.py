from datetime import UTC, datetime
from typing import Any

import pytest

from local.line_platform.check import Checker
from tests.tsunagu.broadcasts.world import BEGIN, ZONE
from tsunagu.broadcasts.definition import Definition, Today
from tsunagu.broadcasts.rules import Kind
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.residents.city import city

WHOLE = """
id: kosodate-2026
title: 子育て支援アンケート
kind: news
when: 2026-11-01T10:00
audience:
  wards: [chuo, kita]
  districts: []
  topics: [childcare]
  languages: [ja, ja-easy]
messages:
  - text: {ja: ご協力ください, ja-easy: おねがいします, en: Please help}
  - image: {url: https://media.city.example/a.png, preview: https://media.city.example/b.png}
  - card:
      title: {ja: アンケート}
      body: {ja: 3分で終わります, en: It takes three minutes}
      image: https://media.city.example/c.png
      buttons:
        - {label: {ja: 答える, en: Answer}, survey: kosodate-2026}
        - {label: {ja: ホームページ}, uri: https://city.example}
        - {label: {ja: 電話}, tel: 096-328-2111}
        - {label: {ja: あとで}, say: {ja: あとで答えます}}
"""


def read(text: str) -> Definition:
    return loads(text, Definition, context=Today(city(), BEGIN, ZONE))


def test_every_field_is_understood() -> None:
    definition = read(WHOLE)
    assert ("kosodate-2026", Kind.NEWS, "kosodate-2026") == (definition.id, definition.kind, definition.survey())
    assert datetime(2026, 11, 1, 1, 0, tzinfo=UTC) == definition.when
    assert (("chuo", "kita"), (), ("childcare",), ("ja", "ja-easy")) == tuple(group for _, group in definition.audience)
    versions, version_for = definition.versions()
    assert {"ja": "ja", "ja-easy": "ja-easy", "en": "en"} == version_for
    text, image, card = versions["en"]
    assert {"type": "text", "text": "Please help"} == text
    assert "https://media.city.example/b.png" == image["previewImageUrl"]
    words = [part["text"] for part in card["contents"]["body"]["contents"]]
    assert ["アンケート", "It takes three minutes"] == words
    actions = [button["action"] for button in card["contents"]["footer"]["contents"]]
    assert ["Answer", "ホームページ", "電話", "あとで"] == [action["label"] for action in actions]
    assert ("surveys/start?s=kosodate-2026", "https://city.example", "tel:096-328-2111", "あとで答えます") == (
        actions[0]["data"],
        actions[1]["uri"],
        actions[2]["uri"],
        actions[3]["text"],
    )


def test_languages_that_read_the_same_share_a_version() -> None:
    versions, version_for = read("{title: a, when: now, messages: [{text: {ja: あ, en: A}}]}").versions()
    assert {"ja": "ja", "ja-easy": "ja", "en": "en"} == version_for
    assert ["ja", "en"] == list(versions)


FAULTS: list[tuple[str, str, str]] = [
    ("when: 2026-11-01T10:00", "when: 2026-11-01T08:59", "line 5: when: 2026-11-01T08:59 is past"),
    ("when: 2026-11-01T10:00", "when: tomorrow", "line 5: when: must be `now`, or a time in the city such as"),
    ("when: 2026-11-01T10:00", "when: 2026-11-01", "line 5: when: must be `now`, or a time in the city such as"),
    ("when: 2026-11-01T10:00", "when: 2026-13-01T10:00", "line 5: when: 2026-13-01T10:00: month must be in 1..12"),
    ("kind: news", "kind: alert", "line 4: kind: must be 'news' or 'life_safety', not 'alert'"),
    ("[chuo, kita]", "[chuou]", "line 7: audience.wards[0]: the city has no ward 'chuou'; did you mean `chuo`?"),
    ("districts: []", "districts: [nowhere]", "line 8: audience.districts[0]: the city has no district 'nowhere'"),
    ("[childcare]", "[childcares]", "the city has no topic 'childcares'; did you mean `childcare`? (known: disaster"),
    ("[ja, ja-easy]", "[fr]", "line 10: audience.languages[0]: must be 'ja', 'ja-easy' or 'en', not 'fr'"),
    ("おねがいします", '""', "line 12: messages[0].text.ja-easy: the text is empty"),
    ("ご協力ください", "あ" * 5_001, "line 12: messages[0].text.ja: the text is 1 UTF-16 units too long (5,000 fit)"),
    ("ご協力ください", "😀" * 2_501, "line 12: messages[0].text.ja: the text is 2 UTF-16 units too long (5,000 fit)"),
    ("url: https", "url: http", "line 13: messages[1].image.url: the image must be an https:// address"),
    ("image: https", "image: http", "line 17: messages[2].card.image: the image must be an https:// address"),
    (
        "3分で終わります",
        "あ" * 11_000,
        "line 16: messages[2].card.body.ja: the card takes 33,155 bytes, 3,155 too many",
    ),
    ("3分で終わります", "あ" * 9_900, "line 14: messages[2].card: ja: the card takes"),
    ("Answer}", "Answer" * 7 + "}", "line 19: messages[2].card.buttons[0].label.en: the button"),
    ("survey: kosodate-2026}", "survey: K!}", "line 19: messages[2].card.buttons[0].survey: must be 3 to 40 of"),
    ("uri: https", "uri: ftp", "line 20: messages[2].card.buttons[1].uri: the link must begin with https:// or tel:"),
    ("tel: 096-328-2111", "tel: phone us", "line 21: messages[2].card.buttons[2].tel: must be a phone number such as"),
    (
        "say: {ja: あとで答えます}",
        "tel: 119, survey: abc",
        "line 22: messages[2].card.buttons[3]: needs exactly one of",
    ),
    ("  - text:", "  - image: {url: https://x.example}\n    text:", "line 12: messages[0]: needs exactly one of text"),
    ("title: 子", "titel: 子", "line 3: titel: is not known here; did you mean `title`?"),
]


@pytest.mark.parametrize(("right", "wrong", "says"), FAULTS)
def test_a_wrong_file_gets_line_field_and_what_would_be_right(right: str, wrong: str, says: str) -> None:
    assert right in WHOLE
    with pytest.raises(WrongFile) as error:
        read(WHOLE.replace(right, wrong, 1))
    assert says in str(error.value)


def test_a_file_with_many_faults_gets_them_all_at_once() -> None:
    text = WHOLE
    for right, wrong, _ in (FAULTS[0], FAULTS[4], FAULTS[5], FAULTS[7], FAULTS[9], FAULTS[12], FAULTS[18]):
        text = text.replace(right, wrong, 1)
    with pytest.raises(WrongFile) as error:
        read(text)
    assert [4, 5, 7, 9, 12, 13, 20] == [fault.line for fault in error.value.faults]


@pytest.mark.parametrize("count", [0, 6])
def test_one_to_five_messages(count: int) -> None:
    messages = "[" + ", ".join(["{text: {ja: あ}}"] * count) + "]"
    with pytest.raises(WrongFile) as error:
        read(f"{{title: a, when: now, messages: {messages}}}")
    assert [f"must be 1 to 5 messages, not {count}"] == [fault.says for fault in error.value.faults]


def test_what_is_accepted_here_line_accepts_too() -> None:
    versions, _ = read(WHOLE).versions()
    for messages in versions.values():
        body: dict[str, Any] = {"to": ["U" + 32 * "a"], "messages": messages}
        assert [] == Checker().complaints("multicast", body)
