"""What residents wrote is searched, read in its context, and tagged by hand."""

import random
import re

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.everykind import definition
from tests.tsunagu.surveys.invented import put
from tsunagu.packs.shelf import note
from tsunagu.staff.store import AUDIT
from tsunagu.surveys import store, tags
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.rules import Response
from tsunagu.surveys.tags import LONGEST, MOST, TAGS

SURVEY = definition()
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
WORDS = {"ann": "公園に日陰がほしい", "bob": "ＰＡＲＫ に噴水を", "cal": "図書館を夜も", "dan": None}


def response(words: str | None) -> Response:
    given = everykind.response(SURVEY, random.Random(5))
    answers = {"use": Answer(Kind.GIVEN, "never", 1, "a", 1)}
    if words is not None:
        answers["more"] = Answer(Kind.GIVEN, words, 2, "b", 2)
    return Response(answers, given.ward, None, None, "ja", given.started_at, 1)


@pytest.fixture
def asked(db: firestore.Client) -> firestore.Client:
    """A survey with four responses: documents and notes, nothing folded."""
    put(db, SURVEY, everykind.rows(SURVEY, 0))
    survey = store.get(db, SURVEY.id)
    assert survey is not None
    for name, words in WORDS.items():
        for reference, content in store.documents_of(db, survey, name, response(words)):
            reference.set(content)
    return db


def texts(page: str) -> list[str]:
    return [re.sub(r"<.*?>", "", words) for words in re.findall(r'<p class="words">(.*?)</p>', page, re.S)]


def audit(db: firestore.Client) -> list[tuple[str, str]]:
    lines = [line.to_dict() or {} for line in db.collection(AUDIT).stream()]
    found = [(line["did"], line["what"]) for line in sorted(lines, key=lambda line: line["at"])]
    return [line for line in found if line[0] in ("survey.tag", "survey.untag")]


def give(analyst: FlaskClient, **form: str) -> int:
    return analyst.post(f"/surveys/{SURVEY.id}/words/more/tags", data=form, headers=SAME_SITE).status_code


def test_words_are_searched_in_any_width_and_case_and_marked(analyst: FlaskClient, asked: firestore.Client) -> None:
    page = analyst.get(f"/surveys/{SURVEY.id}/words/more?find=park　噴水").text
    assert ["ＰＡＲＫ に噴水を"] == texts(page)
    assert ["ＰＡＲＫ", "噴水"] == re.findall(r"<mark>(.*?)</mark>", page)
    assert sorted(filter(None, WORDS.values())) == sorted(texts(analyst.get(f"/surveys/{SURVEY.id}/words/more").text))
    assert [] == texts(analyst.get(f"/surveys/{SURVEY.id}/words/more?find=空港").text)


def test_a_tag_is_given_counted_filtered_by_and_taken_away(analyst: FlaskClient, asked: firestore.Client) -> None:
    assert 303 == give(analyst, respondent="ann", tag=" 公園 ")
    assert 303 == give(analyst, respondent="bob", tag="公園")
    assert 303 == give(analyst, respondent="bob", tag="水")
    assert 303 == give(analyst, respondent="bob", tag="水")
    page = analyst.get(f"/surveys/{SURVEY.id}/words/more?tag=水").text
    assert ["ＰＡＲＫ に噴水を"] == texts(page)
    assert [("公園", "2"), ("水", "1")] == re.findall(r'class="tag" href=".*?">(\S+) <b>(\d)</b>', page)
    assert 'data-figure="answered">2<' in analyst.get(f"/surveys/{SURVEY.id}?tag=公園").text
    assert 303 == give(analyst, respondent="bob", remove="水")
    assert 303 == give(analyst, respondent="bob", remove="水")
    assert 303 == give(analyst, respondent="ann", remove="公園")
    survey = store.get(asked, SURVEY.id)
    assert survey is not None
    assert {"bob": {"more": ("公園",)}} == tags.everything(asked, survey)
    assert [
        ("survey.tag", "every-kind: more: 公園"),
        ("survey.tag", "every-kind: more: 公園"),
        ("survey.tag", "every-kind: more: 水"),
        ("survey.untag", "every-kind: more: 水"),
        ("survey.untag", "every-kind: more: 公園"),
    ] == audit(asked)


@pytest.mark.parametrize(
    "form",
    [
        {"respondent": "dan", "tag": "x"},
        {"respondent": "nobody", "tag": "x"},
        {"respondent": "../x", "tag": "x"},
        {"respondent": "", "tag": "x"},
        {"respondent": "ann", "tag": ""},
        {"respondent": "ann", "tag": "長" * (LONGEST + 1)},
        {"respondent": "ann", "tag": "a\u202eb"},
    ],
)
def test_what_cannot_be_tagged_is_refused_with_a_sentence(
    analyst: FlaskClient, asked: firestore.Client, form: dict[str, str]
) -> None:
    answer = analyst.post(f"/surveys/{SURVEY.id}/words/more/tags", data=form, headers=SAME_SITE)
    assert 422 == answer.status_code and ("タグ" in answer.text or "もうありません" in answer.text)
    assert [] == audit(asked)
    assert [] == list(store.reference(asked, SURVEY.id).collection(TAGS).stream())


def test_one_text_has_only_so_many_tags(analyst: FlaskClient, asked: firestore.Client) -> None:
    assert {303} == {give(analyst, respondent="ann", tag=f"t{number}") for number in range(MOST)}
    assert 422 == give(analyst, respondent="ann", tag="one more")


def test_who_is_gone_meanwhile_is_not_tagged(analyst: FlaskClient, asked: firestore.Client) -> None:
    survey = store.get(asked, SURVEY.id)
    assert survey is not None
    store.response_reference(asked, survey, "ann").delete()
    reference, tombstone = note(store.responses_shelf(asked, survey), "ann", 2, None)
    reference.set(tombstone)
    assert 422 == give(analyst, respondent="ann", tag="x")
    assert not tags.untag(asked, survey, "ann", "more", "x", "me", survey.opened_at or everykind.BEGAN)


def test_another_site_cannot_tag(analyst: FlaskClient, asked: firestore.Client) -> None:
    answer = analyst.post(
        f"/surveys/{SURVEY.id}/words/more/tags",
        data={"respondent": "ann", "tag": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert 403 == answer.status_code
