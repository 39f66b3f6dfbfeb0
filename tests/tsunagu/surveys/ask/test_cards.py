"""Whatever staff may write, LINE takes the cards that come of it."""

from typing import Any
from uuid import uuid4

import pytest

from local.phones import Phones, actions_of, words_of
from local.stand_in import StandIn
from tests.tsunagu.surveys import everykind
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.line.client import Line
from tsunagu.line.messages import Message, faults
from tsunagu.line.outcomes import Outcome
from tsunagu.residents.city import city
from tsunagu.surveys.answers import Answer, Kind, Own, Switch
from tsunagu.surveys.ask.cards import surveys_card
from tsunagu.surveys.ask.describing import describing
from tsunagu.surveys.ask.question_card import FIRST, Page, question_card
from tsunagu.surveys.ask.summary import summary_cards
from tsunagu.surveys.definition import (
    MOST_OPTIONS,
    MOST_QUESTIONS,
    Asking,
    Date,
    DateTime,
    Definition,
    Location,
    Multiple,
    Single,
    Text,
    Time,
    Ward,
)
from tsunagu.surveys.rules import Response

EVERY = everykind.definition()
ONE_DAY = {"min": "2026-11-03", "max": "2026-11-03"}


def labels(message: Message) -> list[str]:
    return [str(action["label"]) for action in actions_of(message)]


def card(id: str, language: str = "ja", page: Page = FIRST, **who: Any) -> Message:
    asked = EVERY.question(id)
    assert asked is not None
    made = question_card(EVERY, asked, Response(**who), language, page)
    assert [] == faults([made])
    return made


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_the_longest_survey_there_may_be_stays_within_the_limits_of_line(
    phones: Phones, platform: StandIn, language: str
) -> None:
    def options(length: int, **last: Any) -> list[dict[str, Any]]:
        made = [{"id": f"o{n}", "text": {"ja": "子育" * (length // 2) + f"{n:02}"}} for n in range(MOST_OPTIONS)]
        return [*made[:-1], {**made[-1], **last}]

    common = {"text": {"ja": "👨‍👩‍👧" * 125}, "required": False, "decline": True, "section": "s"}
    kinds: list[dict[str, Any]] = [
        {"type": "single", "options": options(298, other=True)},
        {"type": "multiple", "options": options(298, exclusive=True), "least": 2, "most": 12},
        {"type": "scale", "min": 0, "max": 10, "labels": {"min": {"ja": "悪" * 300}, "max": {"ja": "良" * 300}}},
        {"type": "number", "min": -1e12, "max": 1e12, "unit": {"ja": "人" * 20}},
        {"type": "text", "max_length": 5000},
        {"type": "date", "min": "1900-01-01", "max": "2100-12-31"},
        {"type": "date", **ONE_DAY},
        {"type": "time", "min": "00:00", "max": "23:59"},
        {"type": "datetime", "min": "1900-01-01T00:00", "max": "2100-12-31T23:59"},
        {"type": "ward"},
        {"type": "district"},
        {"type": "location"},
        {"type": "photo"},
    ]
    kind = len(kinds)
    questions = [{"id": f"question_number_{n:02}", **common, **kinds[n % kind]} for n in range(MOST_QUESTIONS)]
    survey = Definition.model_validate(
        {
            "id": "s" * 40,
            "title": {"ja": "題" * 100},
            "intro": {"ja": "👨‍👩‍👧‍👦" * 90},
            "sections": [{"id": "s", "title": {"ja": "章" * 100}}],
            "questions": questions,
        }
    )
    answers = {question.id: longest(question) for question in survey.asked}
    response = Response(answers=answers, ward="chuo", district="sekidai")
    cards = [question_card(survey, question, response, language) for question in survey.asked[:kind]]
    summary = summary_cards(survey, response, language)
    words = describing(survey, survey.asked[0], answers[survey.asked[0].id], language)
    line, user = Line(platform.channel_access_token, platform.url), phones.add(1)[0].user
    assert 4 == len(summary)
    for messages in [
        cards[:5],
        cards[5:10],
        [*cards[10:], words],
        summary,
        [surveys_card([(survey, "start")] * 12, language)],
    ]:
        sent = line.push(user, messages, uuid4())
        assert Outcome.ACCEPTED == sent.outcome, sent.detail


def longest(question: Asking) -> Answer:
    values: dict[type, Any] = {
        Text: "長" * 5000,
        Date: "2026-11-03",
        Time: "23:59",
        DateTime: "2026-12-31T23:59",
        Ward: "chuo",
        Location: {"words": "場" * 200, "lat": 32.8, "lon": 130.7},
    }
    value = values.get(type(question), 10)
    switched = {}
    if isinstance(question, Single):
        value = question.options[-1].id
    elif isinstance(question, Multiple):
        value = [option.id for option in question.options]
        switched = {id: Switch(True, 1, "e") for id in value}
    own = Own("他" * 1000, 1, "e")
    return Answer(Kind.GIVEN, value, 1, "e", 1, options=switched, other=own.words, own=own)


def test_a_card_says_survey_section_place_and_question() -> None:
    never = {"use": Answer(Kind.GIVEN, "never", 1, "e", 1)}
    shown = words_of(card("born", answers=never)).splitlines()
    assert ["すべての種類", "その他", "2/9", "誕生日"] == shown[:4]


def test_skip_and_decline_are_offered_only_where_they_are_allowed() -> None:
    both = EVERY.model_copy(
        update={"questions": [question.model_copy(update={"decline": True}) for question in EVERY.asked]}
    )
    asked = both.question("why")
    assert asked is not None
    shown = labels(question_card(both, asked, Response(), "ja"))
    assert ["スキップ", "答えたくない", "前の質問", "あとで"] == shown[-4:]
    assert ["答えたくない", "あとで"] == labels(card("use"))[-2:]
    assert ["スキップ", "あとで"] == labels(card("born"))[-2:]
    assert ["あとで"] == labels(card("content"))[-1:]
    assert "スキップ" not in labels(card("content"))


def test_a_scale_says_what_its_ends_mean_and_has_a_button_for_each_step() -> None:
    assert [str(step) for step in range(11)] == labels(card("nps"))[:11]
    assert "0（まったくすすめない） から 10（強くすすめる） まで" in words_of(card("nps"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", EVERY.asked, ids=lambda question: question.id)
def test_every_kind_has_a_card_in_every_language(question: Asking, language: str) -> None:
    assert card(question.id, language, ward="chuo")["altText"].startswith("(")


def test_pickers_open_at_the_answer_within_what_is_allowed() -> None:
    def picker(**changed: Any) -> dict[str, Any]:
        asked = EVERY.question("visit")
        assert asked is not None
        asked = asked.model_copy(update=changed)
        answers = {"visit": Answer(Kind.GIVEN, "2026-11-03T09:30", 1, "e", 1)} if not changed else {}
        made = question_card(EVERY, asked, Response(answers=answers), "ja")
        (action,) = (each for each in actions_of(made) if each["type"] == "datetimepicker")
        return {name: action.get(name) for name in ("mode", "min", "max", "initial")}

    nothing = dict.fromkeys(("min", "max", "initial"))
    assert {**nothing, "mode": "datetime", "initial": "2026-11-03T09:30"} == picker()
    ends = {"min": "2026-11-01T09:00", "max": "2026-11-05T17:00"}
    assert {**nothing, "mode": "datetime", **ends} == picker(**ends)
    assert {**nothing, "mode": "datetime"} == picker(min=ends["min"], max=ends["min"])


def test_their_own_ward_comes_first() -> None:
    assert ["北区", "中央区", "東区"] == labels(card("ward", ward="kita"))[:3]
    assert ["中央区", "東区", "西区"] == labels(card("ward"))[:3]


def test_the_districts_of_their_ward_come_a_page_at_a_time_their_own_first() -> None:
    first = labels(card("district", ward="chuo", district="kosen"))
    assert (["壺川", "碩台", "白川"], ["次へ", "ほかの区"]) == (first[:3], first[10:12])
    second = labels(card("district", page=Page("chuo", 1), ward="kita"))
    assert ["前へ", "ほかの区"] == [label for label in second if label in ("前へ", "次へ", "ほかの区")]
    offered = [*labels(card("district", page=Page("chuo", 0)))[:10], *second[:9]]
    assert [each.name["ja"] for each in city().districts if each.ward == "chuo"] == offered
    assert second == labels(card("district", page=Page("chuo", 99), ward="kita"))


def test_who_named_no_ward_chooses_one_first() -> None:
    assert ["中央区", "東区", "西区", "南区", "北区"] == labels(card("district"))[:5]
    assert ["中央区", "東区"] == labels(card("district", page=Page("-"), ward="kita"))[:2]


def test_the_ward_that_was_answered_goes_before_their_own() -> None:
    answers = {"ward": Answer(Kind.GIVEN, "nishi", 1, "e", 1)}
    skipped = {id: Answer(Kind.GIVEN, value, 1, "e", 1) for id, value in (("use", "never"), ("born", "2000-01-01"))}
    times = {"when": Answer(Kind.GIVEN, "09:00", 1, "e", 1), "visit": Answer(Kind.SKIPPED, None, 1, "e", 1)}
    made = card("district", ward="higashi", answers={**skipped, **times, **answers})
    assert "古町" == labels(made)[0]


def test_places_and_photos_are_sent_from_the_phone_itself() -> None:
    assert ["location"] == [each["type"] for each in actions_of(card("place")) if each["type"] != "postback"]
    assert ["camera", "cameraRoll"] == [
        each["type"] for each in actions_of(card("photo")) if each["type"] != "postback"
    ]
