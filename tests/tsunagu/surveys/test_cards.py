"""Whatever staff may write, LINE takes the cards that come of it."""

from typing import Any
from uuid import uuid4

import pytest

from local.phones import Phones
from local.stand_in import StandIn
from tsunagu.line.client import Line
from tsunagu.line.outcomes import Outcome
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.cards import question_card, summary_cards, surveys_card
from tsunagu.surveys.definition import (
    MOST_OPTIONS,
    MOST_QUESTIONS,
    Date,
    Definition,
    Multiple,
    Question,
    Single,
    Text,
)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_the_longest_survey_there_may_be_stays_within_the_limits_of_line(
    phones: Phones, platform: StandIn, language: str
) -> None:
    def options(length: int) -> list[dict[str, Any]]:
        return [{"id": f"o{n}", "text": {"ja": "子育" * (length // 2) + f"{n:02}"}} for n in range(MOST_OPTIONS)]

    common = {"text": {"ja": "👨‍👩‍👧" * 125}, "required": False}
    kinds: list[dict[str, Any]] = [
        {"type": "single", "options": options(298)},
        {"type": "multiple", "options": options(298)},
        {"type": "scale", "min": 0, "max": 10, "labels": {"min": {"ja": "悪" * 300}, "max": {"ja": "良" * 300}}},
        {"type": "number", "min": -1e12, "max": 1e12, "unit": {"ja": "人" * 20}},
        {"type": "text", "max_length": 5000},
        {"type": "date", "min": "1900-01-01", "max": "2100-12-31"},
    ]
    questions = [{"id": f"question_number_{n:02}", **common, **kinds[n % 6]} for n in range(MOST_QUESTIONS)]
    survey = Definition.model_validate(
        {"id": "s" * 40, "title": {"ja": "題" * 100}, "intro": {"ja": "序" * 1000}, "questions": questions}
    )
    answers = {question.id: Answer(Kind.GIVEN, _longest(question), 1, "e", 1) for question in survey.questions}
    cards = [question_card(survey, question, answers, language) for question in survey.questions[:6]]
    summary = summary_cards(survey, answers, language)
    line, user = Line(platform.channel_access_token, platform.url), phones.add(1)[0].user
    assert 4 == len(summary)
    for messages in [cards[:3], cards[3:], summary, [surveys_card([(survey, {})] * 12, language)]]:
        sent = line.push(user, messages, uuid4())
        assert Outcome.ACCEPTED == sent.outcome, sent.detail


def _longest(question: Question) -> Any:
    match question:
        case Single():
            return question.options[-1].id
        case Multiple():
            return [option.id for option in question.options]
        case Text():
            return "長" * 5000
        case Date():
            return "2026-12-31"
    return 10
