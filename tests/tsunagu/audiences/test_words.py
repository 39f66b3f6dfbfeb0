from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.audiences.people import audiences
from tsunagu.audiences.rules import Audience
from tsunagu.audiences.words import Reader, described

TITLES = {"id_lists/pilot": "テスト用", "audiences/families": "子育て世帯"}
SAID: list[tuple[dict[str, Any], str, str]] = [
    ({}, "すべての方", "everyone"),
    ({"wards": ["higashi", "chuo"]}, "中央区または東区にお住まいの方", "people who live in Chuo Ward or Higashi Ward"),
    (
        {"wards": ["chuo", "higashi"], "topics": ["childcare"], "not": {"lists": ["pilot"]}},
        "中央区または東区にお住まいで、「子育て・教育」を選んだ方（名簿「テスト用」に載っている方を除く）",
        "people who live in Chuo Ward or Higashi Ward and chose “Children and school” (except people who are on the"
        " list “テスト用”)",
    ),
    (
        {"any": [{"districts": ["oe"]}, {"wards": ["kita"], "languages": ["ja-easy", "en"]}]},
        "大江校区にお住まいの方、または北区にお住まいで、やさしい日本語または英語で読む方",
        "people who live in Oe district, or people who live in Kita Ward and read easy Japanese or English",
    ),
    (
        {"age_bands": ["70s"], "any": [{"tags": ["見守り"]}, {"saved": "families"}]},
        "70代で、［タグ「見守り」が付いた方、または配信対象「子育て世帯」に入る方］のいずれかの方",
        "people who are aged 70–79 and are one of [people who have the tag “見守り”, or people who belong to the"
        " audience “子育て世帯”]",
    ),
    (
        {"all": [{"lists": ["other"]}, {"followed": {"from": "2026-04-01"}}], "not": {"wards": ["nishi"]}},
        "名簿「other」に載っていて、2026年4月1日以降に友だちになった方（西区にお住まいの方を除く）",
        "people who are on the list “other” and became friends since 1 April 2026 (except people who live in Nishi"
        " Ward)",
    ),
    (
        {"followed": {"from": "2026-04-01", "to": "2026-04-30"}},
        "2026年4月1日から2026年4月30日までに友だちになった方",
        "people who became friends from 1 April 2026 to 30 April 2026",
    ),
    ({"not": {"not": {"tags": ["x"]}}}, "すべての方（すべての方（タグ「x」が付いた方を除く）を除く）", "everyone ("),
    ({"topics": ["long-gone"]}, "「long-gone」を選んだ方", "people who chose “long-gone”"),
]  # fmt: skip
DESPITE: list[tuple[dict[str, Any], str, str]] = [
    ({}, "。配信停止にかかわらず届きます", "; it also reaches those who stopped messages"),
    (
        {"wards": ["chuo"]},
        "。配信停止にかかわらず、区を登録していない方にも届きます",
        "; it also reaches those who stopped messages or named no ward",
    ),
    (
        {"all": [{"districts": ["oe"]}, {"topics": ["refuse"]}]},
        "。選んだ分野や配信停止にかかわらず、区を登録していない方にも届きます",
        "; it also reaches those who stopped messages, chose other topics or named no ward",
    ),
    ({"not": {"wards": ["chuo"]}}, "。配信停止にかかわらず届きます", "; it also reaches those who stopped messages"),
    (
        {"not": {"not": {"wards": ["chuo"]}}},
        "。配信停止にかかわらず、区を登録していない方にも届きます",
        "; it also reaches those who stopped messages or named no ward",
    ),
]


@pytest.mark.parametrize(("expression", "ja", "en"), SAID)
def test_an_audience_is_said_in_plain_words(expression: dict[str, Any], ja: str, en: str) -> None:
    audience = Audience.model_validate(expression)
    assert ja == described(audience, False, "ja", TITLES)
    assert described(audience, False, "en", TITLES).startswith(en)


@pytest.mark.parametrize(("expression", "ja", "en"), DESPITE)
def test_what_may_save_a_life_says_whom_else_it_reaches(expression: dict[str, Any], ja: str, en: str) -> None:
    audience = Audience.model_validate(expression)
    assert described(audience, False, "ja") + ja == described(audience, True, "ja")
    assert described(audience, False, "en") + en == described(audience, True, "en")


@given(audiences, st.booleans(), st.sampled_from(["ja", "en"]))
def test_there_are_words_for_every_audience_and_brackets_close(
    audience: Audience, urgent: bool, language: Reader
) -> None:
    said = described(audience, urgent, language)
    assert said
    assert [said.count(begins) for begins in "（［「([“"] == [said.count(ends) for ends in "）］」)]”"]
