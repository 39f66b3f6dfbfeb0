"""Every path ends, goes only forward, and depends on the answers and on who it is alone."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys import anysurvey, everykind
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.conditions import OfAnswer
from tsunagu.surveys.definition import Audience, Definition, Notice
from tsunagu.surveys.rules import Response, State, Walk, holds, is_for, length, path, progress

SURVEY = definition()
NOBODY: Mapping[str, str | None] = {}
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def given_(value: Any, first: int = 1000) -> Answer:
    return Answer(Kind.GIVEN, value, first, "e", first)


SKIPPED = Answer(Kind.SKIPPED, None, 1000, "e", 1000)
DECLINED = Answer(Kind.DECLINED, None, 1000, "e", 1000)


def asked(**answers: Answer) -> list[str]:
    return [question.id for question in path(SURVEY, answers, NOBODY).passed]


@st.composite
def half_answered(draw: st.DrawFn) -> tuple[Definition, anysurvey.Who, dict[str, Answer]]:
    """Somebody who has answered, taken back or never met any of the questions."""
    made = draw(anysurvey.definitions(most=6))
    who = draw(st.sampled_from(anysurvey.residents(made)))
    answers = {
        question.id: st.sampled_from([Answer(), Answer(Kind.GONE, None, 5, "e"), *anysurvey.choices(question)])
        for question in made.asked
    }
    return made, who, draw(st.fixed_dictionaries({}, optional=answers))


@SLOW
@given(half_answered())
def test_a_path_goes_forward_and_ends_and_its_first_open_question_is_asked(
    half: tuple[Definition, anysurvey.Who, dict[str, Answer]],
) -> None:
    made, who, answers = half
    walk = path(made, answers, who)
    places = [made.questions.index(question) for question in walk.passed]
    assert sorted(set(places)) == places
    assert all(places[-1] < onward <= len(made.questions) for onward in walk.onward if places)
    unanswered = [question for question in walk.asked if not answers.get(question.id, Answer()).holds()]
    assert (unanswered[0] if unanswered else None) == walk.next
    assert len(walk.asked) <= length(made, who) <= length(made) <= len(made.asked)
    for number, question in enumerate(walk.asked, 1):
        here, of = progress(made, answers, who, question)
        assert number == here <= of <= length(made, who)


@SLOW
@given(half_answered())
def test_a_path_holds_what_is_passed_on_every_way_that_is_left(
    half: tuple[Definition, anysurvey.Who, dict[str, Answer]],
) -> None:
    made, who, answers = half
    walk = path(made, answers, who)
    places = [made.questions.index(question) for question in walk.passed]
    most = 0
    for way, _ in anysurvey.ways(made, who, answers):
        assert places == [place for place in way if place < min(walk.onward)]
        most = max(most, sum(not isinstance(made.questions[place], Notice) for place in way))
    if walk.asked:
        assert most <= progress(made, answers, who, walk.asked[0])[1]


@SLOW
@given(st.data())
def test_answering_what_is_asked_leads_to_the_end_on_the_one_way_there_is(data: st.DataObject) -> None:
    made = data.draw(anysurvey.definitions(most=8))
    who = data.draw(st.sampled_from(anysurvey.residents(made)))
    answers: dict[str, Answer] = {}
    before = 0
    while (question := path(made, answers, who).next) is not None:
        here, of = progress(made, answers, who, question)
        assert before < here <= of
        before = here
        answers[question.id] = data.draw(st.sampled_from(anysurvey.choices(question)))
    ((way, _),) = anysurvey.ways(made, who, answers)
    walk = path(made, answers, who)
    assert (way, (len(made.questions),)) == ([made.questions.index(each) for each in walk.passed], walk.onward)
    assert before == len(walk.asked) == len(answers)


@pytest.mark.parametrize(
    ("claim", "answer", "expected"),
    [
        ({"is": ["a", "b"]}, given_("b"), True),
        ({"is": ["a"]}, given_("b"), False),
        ({"is": ["a"]}, given_(["b", "a"]), True),
        ({"is": ["a"]}, SKIPPED, False),
        ({"is": ["a"]}, DECLINED, False),
        ({"is": ["a"]}, None, False),
        ({"is": ["a"]}, Answer(), ...),
        ({"is": ["a"]}, Answer(Kind.GIVEN, []), ...),
        ({"is": ["a"]}, Answer(Kind.GONE, "a"), ...),
        ({"is": [4, 5]}, given_(5), True),
        ({"from": 2, "to": 3}, given_(2), True),
        ({"from": 2, "to": 3}, given_(3.0), True),
        ({"from": 2, "to": 3}, given_(3.01), False),
        ({"from": 2}, given_(1), False),
        ({"to": "2026-11-03"}, given_("2026-11-03"), True),
        ({"from": "09:30"}, given_("09:29"), False),
        ({"from": 2}, SKIPPED, False),
        ({"was": ["skipped"]}, SKIPPED, True),
        ({"was": ["skipped"]}, DECLINED, False),
        ({"was": ["declined", "given"]}, given_("x"), True),
        ({"was": ["not_asked"]}, None, True),
        ({"was": ["given"]}, None, False),
        ({"was": ["not_asked"]}, given_("x"), False),
        ({"was": ["given"]}, Answer(), ...),
    ],
)
def test_a_claim_on_an_answer(claim: dict[str, Any], answer: Answer | None, expected: Any) -> None:
    """`answer` None: not asked; `...`: nobody can know yet."""
    made = OfAnswer.model_validate({"answer": "q", **claim})
    found = holds(made, {} if answer is None else {"q": answer}, NOBODY)
    assert (None if expected is ... else expected) is found


def test_a_question_is_asked_under_its_condition_only() -> None:
    made = everykind.definition()
    never = {"use": given_("never"), "when": given_("09:00")}
    chuo = [question.id for question in path(made, never, {"ward": "chuo"}).asked]
    nishi = [question.id for question in path(made, never, {"ward": "nishi"}).asked]
    assert ["use", "born", "when", "visit", "age", "ward", "district", "place", "photo", "more"] == chuo
    assert [each for each in chuo if each != "age"] == nishi
    content = {"use": given_("often"), "why": SKIPPED, "content": given_(5), "nps": DECLINED}
    assert "more" not in [question.id for question in path(made, content, {}).asked]


def test_what_is_not_known_yet_keeps_the_rest_open() -> None:
    made = everykind.definition()
    walk = path(made, {"use": given_("often"), "nps": given_(3)}, {"ward": "chuo"})
    assert "why" == getattr(walk.next, "id", None)
    assert "photo" == walk.passed[-1].id  # whether `more` follows depends on `content`
    assert (len(made.questions) - 1,) == walk.onward
    assert (2, 13) == progress(made, {"use": given_("often")}, {"ward": "chuo"}, made.asked[1])
    assert (2, 12) == progress(made, {"use": given_("often")}, {"ward": "nishi"}, made.asked[1])
    assert (13, 12, 9) == (length(made), length(made, {}), len(made.asked) - 4)


def test_notices_are_said_with_the_question_that_follows() -> None:
    questions = [
        {"id": "hello", "type": "notice", "text": {"ja": "!"}},
        {"id": "one", "type": "text", "text": {"ja": "?"}},
        {"id": "then", "type": "notice", "text": {"ja": "!"}},
        {"id": "there", "type": "notice", "text": {"ja": "!"}, "when": {"attribute": "ward", "is": ["chuo"]}},
        {"id": "two", "type": "text", "text": {"ja": "?"}},
        {"id": "bye", "type": "notice", "text": {"ja": "!"}},
    ]
    made = Definition.model_validate({"id": "notices", "title": {"ja": "?"}, "questions": questions})

    def before(walk: Walk, question: Any) -> list[str]:
        return [notice.id for notice in walk.notices_before(question)]

    one, two = made.asked
    here, elsewhere = (path(made, {"one": given_("x")}, {"ward": ward}) for ward in ("chuo", "kita"))
    assert (["hello"], ["then", "there"], ["bye"]) == (before(here, one), before(here, two), before(here, None))
    assert ["then"] == before(elsewhere, two)
    assert (None, one) == (here.before(one), here.before(two))
    assert (2, 2) == progress(made, {"one": given_("x")}, {}, two)


def test_who_skips_or_declines_goes_on_as_the_question_says() -> None:
    options = [{"id": id, "text": {"ja": id}, "next": "end"} for id in ("a", "b")]
    question = {"id": "q", "type": "single", "text": {"ja": "?"}, "options": options, "next": "z", "decline": True}
    rest = [{"id": id, "type": "text", "text": {"ja": "?"}} for id in ("y", "z")]
    made = Definition.model_validate({"id": "skip", "title": {"ja": "?"}, "questions": [question, *rest]})
    for answer, expected in ((SKIPPED, ["q", "z"]), (DECLINED, ["q", "z"]), (given_("a"), ["q"])):
        assert expected == [each.id for each in path(made, {"q": answer}, NOBODY).passed]


def test_an_answer_taken_back_hides_what_follows_only_where_the_way_forks() -> None:
    answered = {"uses": given_("a"), "content": given_(4), "people": given_(3)}
    assert ["uses", "places", "content", "people", "born"] == asked(**answered)
    assert "places" == getattr(path(SURVEY, answered, NOBODY).next, "id", None)
    assert ["uses"] == asked(content=given_(4), people=given_(3))


def test_a_correction_does_not_change_when_it_was_finished() -> None:
    survey = definition(questions=[{"id": "q", "type": "scale", "text": {"ja": "?", "en": "?"}}])
    before = Response({"q": given_(1, first=1000)})
    after = Response({"q": Answer(Kind.GIVEN, 2, 90_000, "e", 1000)})
    assert before.finished_at(survey) == after.finished_at(survey)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ({}, True),
        ({"wards": ["chuo", "kita"]}, True),
        ({"wards": ["kita"]}, False),
        ({"wards": ["chuo"], "topics": ["refuse"]}, False),
        ({"wards": ["chuo"], "topics": ["health"], "languages": ["en"]}, True),
        ({"districts": ["sekidai"]}, False),
        ({"languages": ["ja"]}, False),
    ],
)
def test_who_is_asked(audience: dict[str, list[str]], expected: bool) -> None:
    made = Audience.model_validate(audience)
    assert expected == is_for(made, ["chuo"], [], ["health"], "en")


def test_a_survey_comes_back_from_a_pause_and_from_the_archive_and_never_from_its_end() -> None:
    ways = {(a, b) for a in State for b in State if a.may_become(b)}
    assert {
        (State.DRAFT, State.OPEN),
        (State.DRAFT, State.CLOSED),
        (State.OPEN, State.PAUSED),
        (State.OPEN, State.CLOSED),
        (State.PAUSED, State.OPEN),
        (State.PAUSED, State.CLOSED),
        (State.CLOSED, State.ARCHIVED),
        (State.ARCHIVED, State.CLOSED),
    } == ways
