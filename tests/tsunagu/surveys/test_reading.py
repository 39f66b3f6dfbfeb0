"""What people type is understood as they mean it; what is not understood is told in words that help."""

from typing import Any

import pytest

from tests.tsunagu.surveys.kosodate import definition
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.surveys.cards import TEXTS
from tsunagu.surveys.definition import Date, Multiple, Number, Question, Scale, Single, Text
from tsunagu.surveys.reading import Unclear, read

SURVEY = definition()


def question(id: str, **changed: Any) -> Question:
    found = SURVEY.question(id)
    assert found is not None
    return found.model_copy(update=changed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("はい", "a"),
        (" は い ", "a"),
        ("YES", "a"),
        ("ｎｏ", "b"),
        ("2", "b"),
        ("２", "b"),
        ("①", "a"),
        ("2番", "b"),
        ("1.", "a"),
    ],
)
def test_a_choice_by_its_words_or_its_number(typed: str, value: str) -> None:
    assert value == read(question("uses"), typed)


@pytest.mark.parametrize("typed", ["", "3", "0", "たぶん", "1 2", "はいいいえ"])
def test_no_choice(typed: str) -> None:
    assert Unclear("option", {"count": 2}) == read(question("uses"), typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("公園", ["park"]),
        ("1、3", ["park", "pool"]),
        ("３ １", ["park", "pool"]),
        ("プールと図書館", ["library", "pool"]),
        ("parks and pools", ["park", "pool"]),
        ("1,2,3", ["park", "library", "pool"]),
    ],
)
def test_several_choices(typed: str, value: list[str]) -> None:
    assert value == read(question("places"), typed)


@pytest.mark.parametrize("typed", ["", "4", "公園と海", "、"])
def test_choices_not_all_of_which_are_there(typed: str) -> None:
    assert Unclear("options", {"count": 3}) == read(question("places"), typed)


@pytest.mark.parametrize(("typed", "value"), [("3", 3), ("５", 5), ("4点", 4), ("三", 3), ("1です", 1)])
def test_a_step(typed: str, value: int) -> None:
    assert value == read(question("content"), typed)


@pytest.mark.parametrize("typed", ["0", "6", "3.5", "ふつう", "3か4"])
def test_no_step(typed: str) -> None:
    assert Unclear("scale", {"min": 1, "max": 5}) == read(question("content"), typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3),
        ("３人", 3),
        ("うちは3人です", 3),
        ("三人", 3),
        ("十二人", 12),
        ("二〇", 20),
        ("約5人", 5),
        ("2.5", 2.5),
        ("二十人くらい", 20),
    ],
)
def test_a_number(typed: str, value: float) -> None:
    assert value == read(question("people"), typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1,200", 1200),
        ("1万2千", 12000),
        ("３万", 30000),
        ("二百三十", 230),
        ("−5", -5),
        ("マイナス5", -5),
        ("なし", 0),
        ("億", 1e8),
    ],
)
def test_numbers_large_small_and_none(typed: str, value: float) -> None:
    assert value == read(question("people", min=None, max=None), typed)


@pytest.mark.parametrize(
    ("typed", "unclear"),
    [
        ("たくさん", Unclear("number")),
        ("3人か4人", Unclear("many_numbers")),
        ("2〜3人", Unclear("many_numbers")),
        ("0", Unclear("below", {"min": "1"})),
        ("21", Unclear("above", {"max": "20"})),
        ("9" * 400, Unclear("above", {"max": "20"})),
    ],
)
def test_no_number(typed: str, unclear: Unclear) -> None:
    assert unclear == read(question("people"), typed)


def test_a_number_beyond_counting_is_no_number() -> None:
    assert Unclear("number") == read(question("people", min=None, max=None), "9" * 400)
    assert Unclear("number") == read(question("people", min=None, max=None), "9" * 17)


def test_text_is_kept_as_typed_up_to_its_length_as_line_counts_it() -> None:
    assert "一行目\n二行目 😊" == read(question("why"), " 一行目\r\n二行目 😊\n")
    assert Unclear("empty") == read(question("why"), " \n")
    assert "😊" * 5 == read(question("why", max_length=10), "😊" * 5)
    assert Unclear("long", {"most": "10", "has": "11"}) == read(question("why", max_length=10), "😊" * 5 + "!")


@pytest.mark.parametrize(
    "typed",
    [
        "2026/11/3",
        "２０２６／１１／０３",
        "2026-11-03",
        "2026年11月3日",
        "2026.11.3",
        "20261103",
        "令和8年11月3日",
        "2026年 11月 3日です",
    ],
)
def test_a_day(typed: str) -> None:
    assert "2026-11-03" == read(question("born"), typed)


def test_the_first_year_of_an_era() -> None:
    assert "2019-05-01" == read(question("born"), "令和元年5月1日")
    assert "1964-10-10" == read(question("born"), "昭和39年10月10日")


def test_a_day_without_its_year_is_taken_where_only_one_year_is_possible() -> None:
    assert Unclear("year", {"month": 11, "day": 3}) == read(question("born"), "11月3日")
    assert Unclear("year", {"month": 11, "day": 3}) == read(question("born"), "11/3")
    bounded = Date.model_validate(
        {"id": "d", "type": "date", "text": {"ja": "日"}, "min": "2026-10-01", "max": "2027-03-31"}
    )
    assert "2026-11-03" == read(bounded, "11月3日")
    assert "2027-02-01" == read(bounded, "2/1")
    assert Unclear("year", {"month": 2, "day": 29}) == read(bounded, "2/29")
    assert Unclear("early", {"min": "2026/10/1"}) == read(bounded, "2026/9/30")
    assert Unclear("late", {"max": "2027/3/31"}) == read(bounded, "2027/4/1")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("あした", "date"),
        ("2026/2/30", "no_such_day"),
        ("2026/13/1", "no_such_day"),
        ("1/1/1/1", "date"),
        ("0001/1/1", "no_such_day"),
    ],
)
def test_no_day(typed: str, key: str) -> None:
    assert Unclear(key) == read(question("born"), typed)


def test_whatever_is_typed_is_understood_or_told_in_every_language() -> None:
    questions = [q for q in SURVEY.questions if isinstance(q, Single | Multiple | Scale | Number | Text | Date)]
    typed = [
        "",
        "0",
        "-",
        "１２３４５６７８９",
        "\ud800",
        "千万億",
        "+",
        "2026年",
        "令和年月日",
        "①②",
        "٣",
        "²",
        "。",
        "x" * 6000,
    ]
    for asked in questions:
        for words in typed:
            value = read(asked, words)
            if isinstance(value, Unclear):
                for language in LANGUAGES:
                    assert TEXTS.say(f"unclear_{value.key}", language, **value.values)
