"""What residents are told of a survey's life: who sees their answers, and why they are not asked (any more, or yet)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from local.phones import actions_of, words_of
from tests.tsunagu.surveys.asking import BEGAN, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import QUESTIONS, definition
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.chat.turn import CONVERSATIONS
from tsunagu.line.messages import Message
from tsunagu.residents import store as residents_store
from tsunagu.residents.rules import Resident
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.rules import State

CITY = ZoneInfo("Asia/Tokyo")
PAUSES = [{"from": "2026-11-10T11:00", "until": "2026-11-12T08:30"}]  # the tests begin on the 10th at noon
TOLD = {
    "anonymous": {
        "ja": "締切後に匿名化されます",
        "ja-easy": "締切後に匿名化されます",
        "en": "Answers are made anonymous once the survey has closed",
    },
    "confidential": {
        "ja": "だれの回答かを職員が見ることはありません",
        "ja-easy": "だれの 答（こた）えか 見（み）ません",
        "en": "City staff do not see whose answers they are",
    },
    "named": {
        "ja": "だれの回答か、市の担当者に分かります",
        "ja-easy": "市役所（しやくしょ）の 人（ひと）に、あなたの 答（こた）えだと わかります",
        "en": "the city sees that the answers are yours",
    },
}


def settle(db: firestore.Client, user: str, **chosen: Any) -> None:
    for reference, content in residents_store.documents_of(db, user, replace(Resident(**chosen), version=1)):
        reference.set(content)


def asks(said: list[Message]) -> str:
    return str(said[-1].get("altText", "")).partition(") ")[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("anonymity", sorted(TOLD))
def test_before_the_first_question_it_is_told_who_sees_whose_answers(
    db: firestore.Client, anonymity: str, language: str
) -> None:
    survey = definition(anonymity=anonymity, closes="2026-12-01T17:00")
    begin(db, survey)
    asked = Asked(db, survey)
    settle(db, asked.user, language=language)
    listed, begun = asked.hear(asked.words("アンケート"))[-1], asked.tap("start")[0]["text"]
    for words in (words_of(listed), begun):
        assert TOLD[anonymity][language] in words
        assert 0 == sum(TOLD[other][language] in words for other in TOLD if other != anonymity)
        assert all(part in words for part in ("5", "17:00"))


@pytest.mark.parametrize("anonymity", sorted(TOLD))
def test_only_a_named_survey_keeps_whose_an_answer_is(db: firestore.Client, anonymity: str) -> None:
    survey = definition(anonymity=anonymity)
    begin(db, survey)
    asked = Asked(db, survey)
    asked.tap("start")
    asked.tap("answer", q="uses", v="a")
    response = asked.response()
    assert response is not None
    assert (asked.user if anonymity == "named" else None) == response.user
    assert (anonymity == "named") == (asked.user in str(list(store.responses(db, survey_of(db, survey)))))


@pytest.fixture
def asked(db: firestore.Client) -> Asked:
    begin(db, definition())
    asked = Asked(db, definition())
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    return asked


def test_an_answer_while_it_is_paused_is_said_not_to_be_taken_and_can_be_given_later(asked: Asked) -> None:
    store.become(asked.db, "kosodate", State.PAUSED, asked.clock, "taro@city.example")
    for said in (asked.say("遠いから"), asked.tap("skip", q="why"), asked.tap("answer", q="uses", v="a")):
        assert "受付を止めています。\nいま送っていただいた回答は受け取れませんでした。" in said[0]["text"]
        assert "再開したあと「アンケート」と送ると" in said[0]["text"]
    assert {"uses": "b"} == asked.values()
    said = asked.tap("start")
    assert ("受付を止めています" in said[0]["text"], "受け取れませんでした" in said[0]["text"]) == (True, False)
    store.become(asked.db, "kosodate", State.OPEN, asked.clock, "taro@city.example")
    assert "何人ですか" == asks(asked.say("遠いから"))
    assert {"uses": "b", "why": "遠いから"} == asked.values()


def test_when_the_clock_ends_a_pause_it_is_told_when(db: firestore.Client) -> None:
    survey = definition(pauses=PAUSES)
    begin(db, survey)
    asked = Asked(db, survey)
    for by, told in ((None, True), ("taro@city.example", False)):
        store.become(db, survey.id, State.PAUSED, BEGAN, *([by] if by else []))
        assert told == ("11月12日（木）08:30 に再開します" in asked.tap("start")[0]["text"])
    late = Asked(db, survey, number=2, clock=datetime(2026, 11, 20, tzinfo=UTC))
    assert "に再開します" not in late.tap("start")[0]["text"]


@pytest.mark.parametrize("state", [State.CLOSED, State.ARCHIVED])
def test_what_is_closed_or_archived_takes_nothing(asked: Asked, state: State) -> None:
    store.become(asked.db, "kosodate", State.CLOSED, asked.clock)
    store.become(asked.db, "kosodate", state, asked.clock)
    for said in (asked.say("遠いから"), asked.tap("answer", q="uses", v="a"), asked.tap("start")):
        assert "締め切りました" in said[0]["text"]
    assert {"uses": "b"} == asked.values()
    conversation = asked.db.collection(CONVERSATIONS).document(asked.user).get().to_dict()
    assert conversation is not None
    assert None is conversation["asked"][-1]["question"]


@pytest.mark.parametrize("full", ["ward:chuo", "age_band:30s"])
def test_a_quota_that_is_full_turns_newcomers_away_and_who_began_goes_on(db: firestore.Client, full: str) -> None:
    survey = definition(quotas=[{"by": "ward", "most": {"chuo": 1}}])
    begin(db, survey)
    early, late, elsewhere, nobody = (Asked(db, survey, number) for number in (1, 2, 3, 4))
    for asked in (early, late):
        settle(db, asked.user, wards=("chuo",), age_band="30s")
    settle(db, elsewhere.user, wards=("kita",), age_band="40s")
    early.tap("start")
    store.reference(db, survey.id).update({"full": [full]})
    assert "どこですか" == asks(early.tap("answer", q="uses", v="a"))
    assert "予定の人数に達したため" in late.tap("start")[0]["text"]
    assert "予定の人数に達したため" in late.tap("answer", q="uses", v="a")[0]["text"]
    assert "ありません" in late.hear(late.words("アンケート"))[0]["text"]
    assert None is late.response()
    assert ["使いますか", "使いますか"] == [asks(asked.tap("start")) for asked in (elsewhere, nobody)]


def test_who_began_goes_on_though_they_are_not_in_its_audience_any_more(db: firestore.Client) -> None:
    survey = definition(audience={"wards": ["chuo"]})
    begin(db, survey)
    asked, other = Asked(db, survey, 1), Asked(db, survey, 2)
    for each in (asked, other):
        settle(db, each.user, wards=("chuo",))
    asked.tap("start")
    for each in (asked, other):
        settle(db, each.user, wards=("kita",))
    assert "子育て" in words_of(asked.hear(asked.words("アンケート"))[-1])
    assert "どこですか" == asks(asked.tap("answer", q="uses", v="a"))
    assert "ありません" in other.hear(other.words("アンケート"))[0]["text"]
    assert "対象の地域" in other.tap("answer", q="uses", v="a")[0]["text"]


def revised(survey: Definition) -> Definition:
    """`uses` lost an option and is asked otherwise, `places` is gone, `more` is new; it closes later."""
    yes, no = QUESTIONS[0]["options"]
    uses = {**QUESTIONS[0], "text": {"ja": "いま使いますか", "en": "Now?"}, "options": [yes, {**no, "id": "c"}]}
    more = {"id": "more", "type": "text", "text": {"ja": "ほかに", "en": "More?"}, "required": False}
    changed = {"questions": [uses, *QUESTIONS[2:], more], "closes": "2026-12-24T17:00"}
    return Definition.model_validate({**survey.written(), **changed})


def test_a_response_goes_on_under_the_edition_it_was_begun_under(db: firestore.Client) -> None:
    first = definition(closes="2026-12-01T17:00")
    begin(db, first)
    early = Asked(db, first)
    early.tap("start")
    early.tap("answer", q="uses", v="a")
    second = revised(first)
    assert 2 == revise(db, second, 1, "taro@city.example", BEGAN, CITY)
    late = Asked(db, second, number=2)
    assert "いま使いますか" == asks(late.tap("start"))
    early.tap("switch", q="places", o="park", on="1")
    assert "満足度" == asks(early.tap("decide", q="places"))
    assert "使いますか" == asks(early.tap("correct", q="uses"))
    early.tap("answer", q="uses", v="b")
    early.tap("skip", q="why")
    early.say("3")
    assert "あなたの回答" in early.tap("skip", q="born")[-1]["altText"]
    begun, new = early.response(), late.response()
    assert begun is not None
    assert new is not None
    assert (1, 2) == (begun.edition, new.edition)
    assert {"uses": "b", "places": ["park"], "why": None, "people": 3, "born": None} == early.values()
    # Its own times are those of the newest edition.
    early.clock = datetime(2026, 12, 2, tzinfo=UTC)
    assert "12月24日" in words_of(early.hear(early.words("アンケート"))[-1])


def test_buttons_of_an_earlier_edition_are_of_no_use_to_who_began_under_a_later_one(db: firestore.Client) -> None:
    first = definition()
    begin(db, first)
    revise(db, revised(first), 1, "taro@city.example", BEGAN, CITY)
    asked = Asked(db, first)
    asked.tap("start")
    gone: list[tuple[str, dict[str, str]]] = [
        ("answer", {"q": "uses", "v": "b"}),
        ("switch", {"q": "places", "o": "park", "on": "1"}),
        ("decide", {"q": "places"}),
    ]
    for verb, fields in gone:
        said = asked.tap(verb, **fields)
        assert ("もう使えません" in said[0]["text"], "いま使いますか") == (True, asks(said))
    assert {} == asked.values()


def test_words_that_come_late_are_of_the_edition_they_were_typed_under(db: firestore.Client) -> None:
    first = definition()
    begin(db, first)
    asked = Asked(db, first)
    asked.tap("start")
    asked.tap("answer", q="uses", v="b")
    words = asked.words("遠いから")
    revise(db, revised(first), 1, "taro@city.example", BEGAN, CITY)
    assert "何人ですか" == asks(asked.hear(words, now=asked.clock + timedelta(minutes=1)))
    assert "遠いから" == asked.values()["why"]
    said = asked.hear(asked.unsend(words))
    assert "消しました" in said[0]["text"]
    assert "why" not in asked.values()


def test_the_surveys_that_are_listed_say_how_far_one_is(asked: Asked) -> None:
    begin(asked.db, definition("another"))
    shown = asked.hear(asked.words("アンケート"))[-1]
    assert ["はじめる", "つづきから答える"] == [action["label"] for action in actions_of(shown)]
