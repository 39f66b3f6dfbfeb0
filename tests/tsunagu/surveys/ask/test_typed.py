"""A typed message is a choice, a skip, a refusal to say, or what "other" means, in that order."""

from typing import Any

import pytest

from tsunagu.surveys.answers import Declined, Described, Said, Skipped, Word
from tsunagu.surveys.ask.typed import MOST_OWN, described, word_typed
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.definition import Multiple, Number, Single, Text

OPTIONS: list[dict[str, Any]] = [
    {"id": "park", "text": {"ja": "公園", "en": "Parks"}},
    {"id": "skip", "text": {"ja": "とばす", "en": "Hurdles"}},
    {"id": "none", "text": {"ja": "ない", "en": "None"}},
    {"id": "other", "text": {"ja": "その他", "en": "Other"}, "other": True},
]
COMMON: dict[str, Any] = {"id": "q", "text": {"ja": "どれ"}}


def single(**changed: Any) -> Single:
    return Single.model_validate({**COMMON, "type": "single", "options": OPTIONS, **changed})


def multiple(**changed: Any) -> Multiple:
    alone = [{**option, "exclusive": option["id"] == "none"} for option in OPTIONS]
    return Multiple.model_validate({**COMMON, "type": "multiple", "options": alone, **changed})


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("公園", Said("park", "m")),
        ("1", Said("park", "m")),
        ("その他", Said("other", "m")),
        ("駅前の広場", Said("other", "m", "駅前の広場")),
        (" =1+1 \r\n", Said("other", "m", "=1+1")),
        ("\u202eabc", Said("other", "m", "\u202eabc")),
        ("9", Unclear("option", {"count": 4})),
        ("１、２", Unclear("option", {"count": 4})),
        ("", Unclear("option", {"count": 4})),
        ("\0", Unclear("option", {"count": 4})),
        ("長" * (MOST_OWN + 1), Unclear("long", {"most": "1,000", "has": "1,001"})),
    ],
)
def test_words_that_are_no_option_are_what_other_means(typed: str, word: Word | Unclear) -> None:
    assert word == word_typed(single(), typed, "m")


def test_without_other_they_are_no_answer() -> None:
    assert Unclear("option", {"count": 3}) == word_typed(single(options=OPTIONS[:3]), "駅前", "m")


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("公園、駅前", Said(["park", "other"], "m", "駅前")),
        ("駅前、川、公園", Said(["park", "other"], "m", "駅前、川")),
        ("駅前の広場と川", Said(["other"], "m", "駅前の広場と川")),
        ("公園、その他", Said(["park", "other"], "m")),
        ("1、9番", Unclear("options", {"count": 4})),
        ("公園、9", Unclear("options", {"count": 4})),
        ("公園、9月の祭り", Said(["park", "other"], "m", "9月の祭り")),
        ("9", Unclear("options", {"count": 4})),
        ("ない、駅前", Unclear("alone", {"least": 1, "most": 2})),
        ("公園、とばす、駅前", Unclear("many", {"least": 1, "most": 2})),
    ],
)
def test_several_choices_one_of_them_in_their_own_words(typed: str, word: Word | Unclear) -> None:
    assert word == word_typed(multiple(most=2), typed, "m")


def test_an_option_that_is_called_skip_is_an_option() -> None:
    assert Said("skip", "m") == word_typed(single(required=False), "とばす", "m")
    assert Skipped() == word_typed(single(required=False), "スキップ", "m")


@pytest.mark.parametrize(
    ("typed", "required", "decline", "word"),
    [
        ("答えたくない", True, True, Declined()),
        ("答（こた）えたくない", True, True, Declined()),
        ("I'd rather not say", True, True, Declined()),
        ("I’d Rather Not Say", True, True, Declined()),
        ("答えない", True, True, Declined()),
        ("答えない", False, True, Skipped()),
        ("スキップ", False, False, Skipped()),
        ("スキップ", True, False, Unclear("number")),
        ("答えたくない", False, False, Unclear("number")),
    ],
)
def test_skipping_and_declining_where_they_are_allowed(
    typed: str, required: bool, decline: bool, word: Word | Unclear
) -> None:
    asked = Number.model_validate({**COMMON, "type": "number", "required": required, "decline": decline})
    assert word == word_typed(asked, typed, "m")


def test_where_it_is_not_allowed_it_is_a_text_like_any_other() -> None:
    asked = Text.model_validate({**COMMON, "type": "text"})
    assert [Said("スキップ", "m"), Said("答えたくない", "m")] == [
        word_typed(asked, typed, "m") for typed in ("スキップ", "答えたくない")
    ]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("駅前", Described("駅前", "m")),
        ("1", Described("1", "m")),
        ("スキップ", Described(None)),
        (" \n", Unclear("empty")),
        ("😊" * (MOST_OWN // 2 + 1), Unclear("long", {"most": "1,000", "has": "1,002"})),
    ],
)
def test_what_other_means_once_it_is_asked_for(typed: str, word: Word | Unclear) -> None:
    assert word == described(typed, "m")
