"""What people type is understood as they mean it; what is not understood is told in words that help."""

from typing import Any

import pytest

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.surveys.ask.reading import read
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.ask.wording import TEXTS
from tsunagu.surveys.definition import District, Location, Option, Photo, Ward

SURVEY = definition()


def question(id: str, **changed: Any) -> Any:
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


@pytest.mark.parametrize("typed", ["よく 行（い）く", "よく行く", "よくいく", "often"])
def test_a_choice_with_its_reading_or_without(typed: str) -> None:
    options = [
        Option(id="x", text={"ja": "常連", "ja-easy": "よく 行（い）く", "en": "Often"}),
        question("uses").options[1],
    ]
    assert "x" == read(question("uses", options=options), typed)


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


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        *(("1 満足していない", 1), ("3（どちらでもない）", 3), ("3：どちらともいえない", 3)),
        *(("2 あまり満足していません", 2), ("5 問題ない", 5)),
    ],
)
def test_a_step_with_its_words(typed: str, step: int) -> None:
    assert step == read(question("content"), typed)


@pytest.mark.parametrize("typed", ["0", "6", "3.5", "ふつう", "3か4", "四か五", "五段階で三", "3ではない"])
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
        ("一人もいません", 0),
        ("1人もいない", 0),
        ("一度もない", 0),
        ("一人もいませんでした。", 0),
        *((words, 3) for words in ("3人しかいません", "3回しか行かない", "3人しかおりません", "すみません、3人です")),
        *((words, 3) for words in ("3人かもしれません", "3人(自分以外)", "家族以外に3人", "3に違いない")),
        ("0回(行っていない)", 0),
        ("0 ありません", 0),
        ("一万円", 10_000),
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
        ("2\n1", Unclear("many_numbers")),
        ("2 1", Unclear("many_numbers")),
        ("二、三人", Unclear("number")),
        ("三〜四回", Unclear("number")),
        ("十人中三人", Unclear("number")),
        ("3人もいません", Unclear("number")),
        ("3人以外", Unclear("number")),
        ("1万円もない", Unclear("number")),
        ("一億もない", Unclear("number")),
        ("1時間もない", Unclear("number")),
        ("10回も行っていません", Unclear("number")),
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


def test_whatever_is_typed_is_understood_or_told_in_every_language() -> None:
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
        "区",
        "25:99",
        "\u202e午後",
        "x" * 6000,
        "長" * 100_000,
        "9" * 100_000,
        "九" * 100_000,
        "11月3日" * 20_000,
        "，" * 100_000,
    ]
    for asked in [*SURVEY.asked, *everykind.definition().asked]:
        for words in typed:
            value = read(asked, words)
            if isinstance(value, Unclear):
                for language in LANGUAGES:
                    assert TEXTS.say(f"unclear_{value.key}", language, **value.values)


def test_a_text_of_100_000_characters_is_told_what_its_length_may_be() -> None:
    assert Unclear("long", {"most": "1,000", "has": "100,000"}) == read(question("why"), "長" * 100_000)
    assert Unclear("long", {"most": "5,000", "has": "100,000"}) == read(question("people"), "9" * 100_000)


def test_a_text_may_have_a_least_length_as_line_counts_it() -> None:
    assert Unclear("short", {"least": "10", "has": "8"}) == read(question("why", min_length=10), "😊" * 4)
    assert "😊" * 5 == read(question("why", min_length=10), "😊" * 5)


def test_choices_that_cannot_be_decided_for_together() -> None:
    none = question("places").options[0].model_copy(update={"exclusive": True})
    options = [*question("places").options[1:], none]
    limited = question("places", options=options, least=2, most=2)
    assert Unclear("few", {"least": 2, "most": 2}) == read(limited, "プール")
    assert ["library", "pool"] == read(limited, "1、2")
    assert Unclear("alone", {"least": 2, "most": 2}) == read(limited, "プール、公園")
    assert ["park"] == read(limited, "公園")
    assert Unclear("many", {"least": 1, "most": 1}) == read(question("places", most=1), "1、2")


@pytest.mark.parametrize(
    ("typed", "ward"),
    [
        ("中央区", "chuo"),
        ("中央", "chuo"),
        ("ちゅうおうく", "chuo"),
        ("ちゅうおう", "chuo"),
        ("Chuo", "chuo"),
        ("ＫＩＴＡ ward", "kita"),
        ("中央区と北区", None),
        ("区", None),
    ],
)
def test_a_ward_by_its_name(typed: str, ward: str | None) -> None:
    assert (ward or Unclear("ward")) == read(Ward(id="w", type="ward", text={"ja": "区"}), typed)


def test_a_district_by_its_name_in_their_own_ward_or_else_anywhere() -> None:
    asked = District(id="d", type="district", text={"ja": "校区"})
    assert "sekidai" == read(asked, "碩台", "chuo")
    assert "sekidai" == read(asked, "せきだい小学校", "kita")
    assert "izumi" == read(asked, "出水", "chuo")
    assert Unclear("districts", places=("tamukae-minami", "akita-minami")) == read(asked, "みなみ", "minami")
    assert Unclear("district") == read(asked, "存在しない")


def test_a_place_and_a_photo_cannot_be_typed() -> None:
    assert Unclear("location") == read(Location(id="l", type="location", text={"ja": "場所"}), "市役所")
    assert Unclear("photo") == read(Photo(id="p", type="photo", text={"ja": "写真"}), "写真です")
