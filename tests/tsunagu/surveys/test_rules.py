"""Every path ends, goes only forward, and depends on the answers alone."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Audience, Definition, Multiple, Single, problems
from tsunagu.surveys.rules import (
    Response,
    State,
    is_for,
    length,
    pack_schema,
    packed_row,
    path,
    progress,
)

SURVEY = definition()


def given_(value: Any, first: int = 1000) -> Answer:
    return Answer(Kind.GIVEN, value, first, "e", first)


SKIPPED = Answer(Kind.SKIPPED, None, 1000, "e", 1000)


def asked(**answers: Answer) -> list[str]:
    return [question.id for question in path(SURVEY, answers).passed]


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Surveys of up to eight questions that jump forward as they like; those with unreachable ones are left out."""
    count = draw(st.integers(1, 8))
    questions = []
    for index in range(count):
        ahead = [*(f"q{later}" for later in range(index + 1, count)), "end"]
        jump = st.none() | st.sampled_from(ahead)
        question: dict[str, Any] = {"id": f"q{index}", "text": {"ja": "?"}, "next": draw(jump)}
        question |= {"required": draw(st.booleans()), "type": draw(st.sampled_from(["single", "multiple", "text"]))}
        if question["type"] != "text":
            question["options"] = [{"id": id, "text": {"ja": id}} for id in "abc"]
        if question["type"] == "single":
            for option in question["options"]:
                option["next"] = draw(jump)
        questions.append(question)
    return Definition.model_validate({"id": "law", "title": {"ja": "法"}, "questions": questions})


def answers_to(made: Definition) -> st.SearchStrategy[dict[str, Answer]]:
    def one(question: Any) -> st.SearchStrategy[Answer]:
        values: list[Any] = ["a", "b", "c"]
        if isinstance(question, Multiple):
            values = [["a"], ["b", "c"], []]
        return st.sampled_from([Answer(), SKIPPED, *map(given_, values)])

    return st.fixed_dictionaries({}, optional={question.id: one(question) for question in made.questions})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_path_goes_forward_and_ends_and_its_first_open_question_is_asked(data: st.DataObject) -> None:
    made = data.draw(definitions().filter(lambda made: not list(problems(made))))
    answers = data.draw(answers_to(made))
    walk = path(made, answers)
    places = [made.questions.index(question) for question in walk.passed]
    assert sorted(set(places)) == places
    assert 0 == places[0]
    unanswered = [question for question in walk.passed if not answers.get(question.id, Answer()).holds()]
    assert (unanswered[0] if unanswered else None) == walk.next
    assert len(walk.passed) <= length(made)
    for number, question in enumerate(walk.passed, 1):
        here, of = progress(made, answers, question)
        assert number == here <= of <= len(made.questions)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_answering_what_is_asked_leads_to_the_end_within_the_longest_path(data: st.DataObject) -> None:
    made = data.draw(definitions().filter(lambda made: not list(problems(made))))
    answers: dict[str, Answer] = {}
    reached = 0
    while (question := path(made, answers).next) is not None:
        of = progress(made, answers, question)[1]
        assert reached + 1 <= of
        choice = data.draw(st.sampled_from("abc"))
        skips = not question.required and data.draw(st.booleans())
        answers[question.id] = SKIPPED if skips else given_([choice] if isinstance(question, Multiple) else choice)
        reached += 1
    assert reached <= length(made)
    assert path(made, answers).passed[-1].id in answers


@settings(max_examples=40, deadline=None)
@given(definitions())
def test_a_question_is_called_unreachable_exactly_when_no_answers_lead_to_it(made: Definition) -> None:
    told = {place[1] for place, says in problems(made) if "never be reached" in says}
    reached = {0}
    waiting: list[dict[str, Answer]] = [{}]
    seen = 0
    while waiting and seen < 3000:
        answers = waiting.pop()
        seen += 1
        question = path(made, answers).next
        if question is None:
            continue
        reached.add(made.questions.index(question))
        choices = [given_(id) for id in "abc"] if isinstance(question, Single) else [given_(["a"])]
        waiting += [{**answers, question.id: each} for each in [*choices, *([] if question.required else [SKIPPED])]]
    assert set(range(len(made.questions))) - reached == told or seen == 3000


def test_the_branch_that_was_not_taken_is_not_counted() -> None:
    answers = {
        "uses": given_("a"),
        "places": given_(["park"]),
        "content": given_(4),
        "why": given_("遠いから"),
        "people": given_(3),
        "born": SKIPPED,
    }
    assert ["uses", "places", "content", "people", "born"] == asked(**answers)
    row = packed_row(SURVEY, "r", Response(answers))
    assert row is not None
    assert (None, None, 3.0, None, True, False) == (
        row["a_why"],
        row["s_why"],
        row["a_people"],
        row["a_born"],
        row["s_born"],
        row["s_people"],
    )
    row = packed_row(SURVEY, "r", Response({**answers, "uses": given_("b")}))
    assert row is not None
    assert (None, None, "遠いから") == (row["a_places"], row["a_content"], row["a_why"])


def test_an_answer_taken_back_hides_what_follows_only_where_the_way_forks() -> None:
    answered = {"uses": given_("a"), "content": given_(4), "people": given_(3)}
    assert ["uses", "places", "content", "people", "born"] == asked(**answered)
    assert "places" == getattr(path(SURVEY, answered).next, "id", None)
    assert ["uses"] == asked(content=given_(4), people=given_(3))


def test_nothing_answered_makes_no_row() -> None:
    assert packed_row(SURVEY, "r", Response()) is None
    assert packed_row(SURVEY, "r", Response({"places": Answer()})) is None
    assert packed_row(SURVEY, "r", Response({"uses": given_("a")})) is not None


def test_a_row_fits_the_schema() -> None:
    answers = {"uses": given_("a"), "places": given_(["park", "pool"]), "content": given_(4), "people": given_(2.5)}
    row = packed_row(SURVEY, "r", Response({**answers, "born": given_("2026-11-03", first=9000)}, version=7))
    frame = pl.DataFrame([row], schema=pack_schema(SURVEY))
    assert ["key", "version"] == frame.columns[:2]
    assert 9 == frame["finished_at"][0].timestamp()


def test_a_correction_does_not_change_when_it_was_finished() -> None:
    survey = definition(questions=[{"id": "q", "type": "scale", "text": {"ja": "?"}}])
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


def test_a_survey_only_goes_forward_in_its_life() -> None:
    ways = {(a, b) for a in State for b in State if a.may_become(b)}
    assert {(State.DRAFT, State.OPEN), (State.OPEN, State.CLOSED), (State.DRAFT, State.CLOSED)} == ways
