"""What an address says, and what it cannot say."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys.everykind import definition
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.surveys.report.filters import Filter, View

SURVEY = definition()
NAMES = [
    "ward",
    "from",
    "edition",
    "a.use",
    "a.why",
    "s.use",
    "min.age",
    "max.born",
    "has.more",
    "tag",
    "vs.ward",
    "vs",
]


def read(query: str) -> View:
    return View.read(parse_qsl(query, keep_blank_values=True), SURVEY, city())


@pytest.mark.parametrize(
    ("query", "japanese", "english"),
    [
        ("ward=nowhere", "区に「nowhere」はありません", "`ward` cannot be `nowhere`"),
        ("language=-", "言語に「-」はありません", "`language` cannot be `-`"),
        ("a.use=sometimes", "問1の回答に「sometimes」", "often, never, other"),
        ("a.gone=x", "質問「gone」はありません", "no question `gone`"),
        ("a.more=x", "「a.more」という条件", "no filter `a.more`"),
        ("s.use=maybe", "問1の状態", "given, skipped, declined"),
        ("from=yesterday", "「from」は 2026-11-03 のように", "such as 2026-11-03, not `yesterday`"),
        ("from=2026-11-05&to=2026-11-04", "あとの日", "`from` is later than `to`"),
        ("to=0001-01-01", "「to」は", "`to` must be"),
        ("from=2026-11-05&from=2026-11-06", "一つだけ", "once only"),
        ("edition=0", "「edition」は", "`edition` must be"),
        ("edition=²", "「edition」は", "`edition` must be"),
        ("min.age=nan", "「min.age」は 3 のように", "such as 3"),
        ("max.age=1e999", "「max.age」は", "`max.age` must be"),
        ("min.born=2026-13-01", "2026-11-03 のように", "such as 2026-11-03"),
        ("min.when=9", "09:30 のように", "such as 09:30"),
        ("max.visit=tomorrow", "2026-11-03T09:30 のように", "such as 2026-11-03T09:30"),
        ("min.use=1", "「min.use」という条件", "no filter `min.use`"),
        ("has.use=" + "長" * 201, "200文字まで", "at most 200 characters"),
        ("has.age=1", "「has.age」という条件", "no filter `has.age`"),
        ("utm_source=x", "「utm_source」という条件", "no filter `utm_source`"),
        ("utm_source=x", "使えるのは ward, district", "there are ward, district"),
        ("use=often", "a.use と書きます", "write `a.use`"),
        ("cross=nope&cross=ward", "できるのは ward, district", "cannot be crossed; there are ward"),
        ("vs.ward=nowhere", "区に「nowhere」", "`ward` cannot be"),
        ("vs=nobody", "everyoneだけ", "can only be `everyone`"),
        ("cross=ward", "2つか3つ", "two or three"),
        ("cross=ward&cross=use&cross=why&cross=nps", "2つか3つ", "two or three"),
        ("cross=ward&cross=ward", "別々", "different"),
        ("cross=ward&cross=more", "「more」はクロス集計できません", "`more` cannot be crossed"),
        ("cross=ward&cross=hello", "「hello」は", "`hello` cannot"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(query: str, japanese: str, english: str) -> None:
    with pytest.raises(Rejected) as told:
        read(query)
    assert japanese in told.value.reason and english in told.value.reason


@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), st.text(max_size=300)), max_size=4))
def test_whatever_is_typed_is_read_or_rejected_with_a_short_sentence(pairs: list[tuple[str, str]]) -> None:
    try:
        view = View.read(pairs, SURVEY, city())
    except Rejected as error:
        assert len(error.reason) < 2_500
    else:
        assert view == View.read(view.write(), SURVEY, city())


def test_an_empty_form_means_everybody() -> None:
    assert View(Filter()) == read("from=&to=&has.more=&cross=&cross=&cross=&vs.from=&min.age=")
    assert not read("").group and read("").beside is None and [] == read("").write()


def test_beside_everyone_is_said_and_gives_way_to_a_group() -> None:
    assert (Filter(), [("vs", "everyone")]) == (read("vs=everyone").beside, read("vs=everyone").write())
    assert [("vs.ward", "kita")] == read("vs=everyone&vs.ward=kita").write()


def test_a_question_that_is_called_as_an_attribute_is_crossed_by_its_own_name() -> None:
    assert ("ward", "q.ward") == read("cross=ward&cross=q.ward").cross


def test_a_filter_is_described_in_both_languages() -> None:
    query = "ward=kita&ward=chuo&ward=-&from=2026-11-03&a.use=often&a.use=other&s.why=skipped&min.age=20&has.more=日陰"
    assert [
        ("区：中央区、北区、不明", "Ward: Chuo Ward, Kita Ward, unknown"),
        ("回答を始めた日：2026-11-03〜", "Begun: 2026-11-03 – "),
        ("問1「使いますか」：よく使う、その他", "Q1 “Do you use it?”: Often, Other"),
        ("問2「「{use}」の理由」：スキップ", "Q2 “Why {use}?”: Skipped"),
        ("問8「年齢」：20〜", "Q8 “Age?”: 20 – "),
        ("問13「ご意見」：「日陰」を含む", "Q13 “Anything else?”: contains “日陰”"),
    ] == read(query).group.described(SURVEY, city())


def test_each_condition_can_be_left_out() -> None:
    group = read("ward=kita&a.use=often&has.more=日陰&tag=x").group
    for term in group.terms:
        assert {*group.write()} - {*term.pairs()} == {*group.without(term).write()}


def test_an_address_survives_being_sent() -> None:
    view = read("has.more=" + "%26%3D%2B%E3%80%80%F0%9F%98%8A&tag=a%2Cb")
    assert view == read(urlencode(view.write()))
