from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.line_platform.check import Checker
from tests.tsunagu.broadcasts.world import BEGIN, ZONE
from tsunagu.broadcasts.definition import Definition, Today, reads
from tsunagu.broadcasts.repeat import Repeat
from tsunagu.broadcasts.rules import Kind
from tsunagu.cloud.definitions import WrongFile
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
    return reads(text, Today(city(), BEGIN, ZONE))


def test_every_field_is_understood() -> None:
    definition = read(WHOLE)
    assert ("kosodate-2026", Kind.NEWS, "kosodate-2026") == (definition.id, definition.kind, definition.survey())
    assert datetime(2026, 11, 1, 1, 0, tzinfo=UTC) == definition.when
    assert {"wards": ["chuo", "kita"], "topics": ["childcare"], "languages": ["ja", "ja-easy"]} == (
        definition.audience.to_document()
    )
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
    ("when: 2026-11-01T10:00", "when: tomorrow", "line 5: when: must be `now`, a time in the city such as"),
    ("when: 2026-11-01T10:00", "when: 2026-11-01", "line 5: when: must be `now`, a time in the city such as"),
    ("when: 2026-11-01T10:00", "when: 2026-13-01T10:00", "line 5: when: 2026-13-01T10:00: month must be in 1..12"),
    ("kind: news", "kind: alert", "line 4: kind: must be 'news' or 'life_safety', not 'alert'"),
    ("[chuo, kita]", "[chuou]", "line 7: audience.wards[0]: the city has no ward 'chuou'; did you mean `chuo` (中央"),
    ("districts: []", "districts: [nowhere]", "line 8: audience.districts[0]: the city has no district 'nowhere'"),
    ("[childcare]", "[childcares]", "no topic 'childcares'; did you mean `childcare` (子育て・教育)? (known: disaster"),
    ("[ja, ja-easy]", "[fr]", "line 10: audience.languages[0]: must be 'ja', 'ja-easy' or 'en', not 'fr'"),
    ("おねがいします", '""', "line 12: messages[0].text.ja-easy: message 1: the text is empty"),
    (
        "ご協力ください",
        "あ" * 5_001,
        "line 12: messages[0].text.ja: message 1: the text is 1 UTF-16 unit too long (5,000 fit)",
    ),
    (
        "ご協力ください",
        "😀" * 2_501,
        "line 12: messages[0].text.ja: message 1: the text is 2 UTF-16 units too long (5,000 fit)",
    ),
    ("url: https", "url: http", "line 13: messages[1].image.url: message 2: the image must be an https:// address"),
    (
        "image: https",
        "image: http",
        "line 17: messages[2].card.image: message 3: the image must be an https:// address",
    ),
    (
        "3分で終わります",
        "あ" * 11_000,
        "line 16: messages[2].card.body.ja: message 3: the body is 6,000 UTF-16 units too long (5,000 fit)",
    ),
    (
        "{ja: アンケート}",
        f"{{ja: {'あ' * 401}}}",
        "messages[2].card.title.ja: message 3: the title is 1 UTF-16 unit too long",
    ),
    ("Answer}", "Answer" * 7 + "}", "line 19: messages[2].card.buttons[0].label.en: message 3: the button"),
    (
        "survey: kosodate-2026}",
        "survey: K!}",
        "line 19: messages[2].card.buttons[0].survey: message 3: must be 3 to 40 of",
    ),
    (
        "uri: https",
        "uri: ftp",
        "line 20: messages[2].card.buttons[1].uri: message 3: the link must begin with https:// or tel:",
    ),
    (
        "tel: 096-328-2111",
        "tel: phone us",
        "line 21: messages[2].card.buttons[2].tel: message 3: must be a phone number such as",
    ),
    (
        "say: {ja: あとで答えます}",
        "tel: 119, survey: abc",
        "line 22: messages[2].card.buttons[3]: message 3: needs exactly one of",
    ),
    (
        "  - text:",
        "  - image: {url: https://x.example}\n    text:",
        "line 12: messages[0]: message 1: needs exactly one of text",
    ),
    ("title: 子", "title: '' #", "line 3: title: is required"),
    ("title: 子", f"title: {'あ' * 101} #", "line 3: title: is 1 character too long (100 fit)"),
    ("title: 子", "titel: 子", "line 3: titel: is not known here; did you mean `title`?"),
    ("kind: news", "kind: news\nover_minutes: 0", "line 5: over_minutes: must be 1 to 1,440 minutes, not 0"),
    ("kind: news", "kind: news\nover_minutes: 1441", "line 5: over_minutes: must be 1 to 1,440 minutes, not 1441"),
    ("kind: news", "kind: news\nover_minutes: true", "line 5: over_minutes: must be 1 to 1,440 minutes, not True"),
    ("kind: news", "kind: news\nover_minutes: half", "over_minutes: must be 1 to 1,440 minutes, not 'half'"),
    (
        "kind: news",
        "kind: life_safety\nover_minutes: 30",
        "over_minutes: what may save a life goes to everyone at once",
    ),
    ("kind: news", "kind: life_safety\nremind: true", "line 5: remind: a reminder saves no life: it is news"),
    ("kind: news", "kind: news\nremind: 'yes'", "line 5: remind: "),
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


SERIES = """
title: ごみの日
when:
  at: "18:00"
  every: month
  on: [2nd tue, 4th tue]
  from: 2026-12-01
  except: [2026-12-22]
  holidays: skip
not_after: 3h
messages: [{text: {ja: 明日は資源の日です}}]
"""


def test_a_series_is_written_as_a_rule() -> None:
    definition = read(SERIES)
    assert isinstance(definition.when, Repeat)
    assert (("2nd tue", "4th tue"), timedelta(hours=3)) == (definition.when.on, definition.not_after)
    assert datetime(2026, 12, 8, 9, tzinfo=UTC) == definition.first(BEGIN)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('"18:00"', "6pm", "line 4: when.at: must be a time of the day such as 09:00, not '6pm'"),
        ("month", "year", "line 5: when.every: must be 'day', 'week' or 'month', not 'year'"),
        ("[2nd tue, 4th tue]", "[2nd tuesday]", "line 6: when.on: must be days of the month such as [1, 15, last,"),
        ("from: 2026-12-01", "from: December", "line 7: when.from: must be a date such as 2026-12-01, not 'December'"),
        ("from: 2026-12-01", "until: 2026-10-01", "line 3: when: there is no such day ahead"),
        ("[2026-12-22]", "[2026-02-30]", "line 8: when.except[0]: 2026-02-30: day"),
        ("  holidays", "  holiday", "line 9: when.holiday: is not known here; did you mean `holidays`? (known: at,"),
        ("3h", "2026-12-01T09:00", "line 10: not_after: must be how long each may wait, such as 3h or 90m, not"),
        ("3h", "0m", "line 10: not_after: must be how long each may wait, such as 3h or 90m, not '0m'"),
        ("  every: month\n", "", "line 3: when.every: is required"),
    ],
)
def test_a_wrong_rule_gets_line_field_and_what_would_be_right(right: str, wrong: str, says: str) -> None:
    assert right in SERIES
    with pytest.raises(WrongFile) as error:
        read(SERIES.replace(right, wrong, 1))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("2026-11-01T10:00", "must be later than `when`, and 2026-11-01T10:00 is not"),
        ("2026-11-01T08:59", "2026-11-01T08:59 is past: in the city it is 2026-11-01T09:00"),
        ("3h", "must be a time in the city such as 2026-11-01T12:00, not '3h'"),
    ],
)
def test_what_goes_out_once_must_not_after_a_time_that_lies_ahead(limit: str, says: str) -> None:
    with pytest.raises(WrongFile) as error:
        read(f"{WHOLE}not_after: {limit}\n")
    assert [("not_after", says)] == [(fault.field, fault.says) for fault in error.value.faults]


def test_a_reminder_needs_a_button_that_begins_the_survey() -> None:
    with pytest.raises(WrongFile) as error:
        read("{title: a, when: now, remind: true, messages: [{text: {ja: あ}}]}")
    assert ["a reminder needs a card with a button that begins the survey"] == [
        fault.says for fault in error.value.faults
    ]
    assert ("kosodate-2026", None) == (read(WHOLE + "remind: true\n").reminds_of(), read(WHOLE).reminds_of())


MORE = ("", "not_after: 2026-11-01T12:00\n", "over_minutes: 1440\n", "remind: true\n")


@pytest.mark.parametrize("text", [*(WHOLE + more for more in MORE), SERIES])
def test_what_is_kept_of_a_definition_reads_as_the_same_definition(text: str) -> None:
    definition = read(text)
    assert definition == read(definition.written())
    assert definition.written() == read(definition.written()).written()


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
        assert [] == list(Checker().check("multicast", body).complaints)
