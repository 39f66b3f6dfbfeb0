"""What is packed of a response says of every question what became of it, and fits the schema it is packed by."""

from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys import anysurvey, everykind
from tests.tsunagu.surveys.kosodate import definition
from tests.tsunagu.surveys.test_rules import DECLINED, SKIPPED, given_, half_answered
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.editions import merged
from tsunagu.surveys.rows import Said, pack_schema, packed_row
from tsunagu.surveys.rules import Response

SURVEY = definition()
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def row_of(made: Definition, answers: dict[str, Answer], **more: Any) -> dict[str, Any]:
    row = packed_row(made, "r", Response(answers, **more))
    assert row is not None
    return row


def code(answer: Answer) -> Said:
    return {Kind.GIVEN: Said.GIVEN, Kind.SKIPPED: Said.SKIPPED, Kind.DECLINED: Said.DECLINED}[answer.kind]


@SLOW
@given(half_answered())
def test_each_question_has_the_code_of_what_became_of_it(
    half: tuple[Definition, anysurvey.Who, dict[str, Answer]],
) -> None:
    made, who, answers = half
    row = packed_row(made, "r", Response(answers, ward=who["ward"], language=who["language"] or "ja"))
    found = list(anysurvey.ways(made, who, answers))
    ways = [{*way} for way, _ in found]
    always, ever = set.intersection(*ways), set.union(*ways)
    if row is None:
        first = {next((place for place in way if made.questions[place] in made.asked), None) for way, _ in found}
        assert not any(answers.get(made.questions[place].id, Answer()).holds() for place in first if place is not None)
        return
    for place, question in enumerate(made.questions):
        if question not in made.asked:
            assert f"s_{question.id}" not in row
            continue
        answer = answers.get(question.id, Answer())
        said = row[f"s_{question.id}"]
        if said == Said.NOT_ASKED:
            assert place not in ever
        elif said is not None:
            assert (place in always, code(answer)) == (True, said)
        if said != Said.GIVEN:
            assert row[f"a_{question.id}"] is None
        if row["waits_at"] is None:
            assert (Said.NOT_ASKED if place not in ever else code(answer)) == said


@SLOW
@given(st.data())
def test_of_one_who_has_come_to_the_end_every_answer_is_there_and_nothing_else(data: st.DataObject) -> None:
    made = data.draw(anysurvey.definitions())
    who = data.draw(st.sampled_from(anysurvey.residents(made)))
    answers = {question.id: data.draw(st.sampled_from(anysurvey.choices(question))) for question in made.asked}
    ((_, given),) = anysurvey.ways(made, who, answers)
    row = packed_row(made, "r", Response(answers, ward=who["ward"], language=who["language"] or "ja"))
    if not given:
        assert row is None
        return
    assert row is not None and row["waits_at"] is None and row["finished_at"] is not None
    for question in made.asked:
        answer = given.get(question.id)
        expected = (Said.NOT_ASKED, None) if answer is None else (code(answer), answer.value)
        assert expected == (row[f"s_{question.id}"], row[f"a_{question.id}"])
    assert [row] == pl.DataFrame([row], schema=pack_schema(made)).to_dicts()


def test_the_branch_that_was_not_taken_is_not_counted() -> None:
    answers = {
        "uses": given_("a"),
        "places": given_(["park"]),
        "content": given_(4),
        "why": given_("遠いから"),
        "people": given_(3),
        "born": SKIPPED,
    }
    row = row_of(SURVEY, answers)
    assert (None, Said.NOT_ASKED, 3.0, Said.GIVEN, None, Said.SKIPPED) == tuple(
        row[name] for name in ("a_why", "s_why", "a_people", "s_people", "a_born", "s_born")
    )
    row = row_of(SURVEY, {**answers, "uses": given_("b")})
    assert (None, None, "遠いから") == (row["a_places"], row["a_content"], row["a_why"])
    assert (Said.NOT_ASKED, Said.NOT_ASKED) == (row["s_places"], row["s_content"])


def test_what_is_still_to_come_is_blank_and_what_is_passed_over_is_not() -> None:
    row = row_of(SURVEY, {"uses": given_("b")})
    assert (Said.NOT_ASKED, Said.NOT_ASKED, None, None, None) == tuple(
        row[f"s_{id}"] for id in ("places", "content", "why", "people", "born")
    )
    assert "why" == row["waits_at"]
    row = row_of(SURVEY, {"uses": Answer(), "people": given_(2), "places": given_(["park"])} | {"uses": given_("a")})
    assert ("content", Said.GIVEN, Said.NOT_ASKED, Said.GIVEN) == (
        row["waits_at"],
        row["s_places"],
        row["s_why"],
        row["s_people"],
    )


def test_nothing_answered_makes_no_row() -> None:
    assert packed_row(SURVEY, "r", Response()) is None
    assert packed_row(SURVEY, "r", Response({"places": Answer()})) is None
    assert packed_row(SURVEY, "r", Response({"uses": given_("a")})) is not None
    assert packed_row(SURVEY, "r", Response({"places": given_(["park"])})) is None  # nobody knows if it is asked


def test_declining_is_an_answer() -> None:
    assert Said.DECLINED == row_of(everykind.definition(), {"use": DECLINED})["s_use"]


def test_every_kind_is_packed_as_what_it_is() -> None:
    made = everykind.definition()
    answers = {
        "use": Answer(Kind.GIVEN, "other", 1, "e", 1, other="ときどき"),
        "why": Answer(Kind.GIVEN, ["near", "other"], 1, "e", 1),
        "content": given_(5),
        "nps": given_(10),
        "born": given_("1990-02-03"),
        "when": given_("09:30"),
        "visit": given_("2026-11-03T09:30"),
        "age": given_(36.5),
        "ward": given_("chuo"),
        "district": given_("sekidai"),
        "place": given_({"words": "熊本市役所", "lat": 32.8, "lon": 130}),
        "photo": given_("surveys/x.jpg", first=9000),
    }
    row = row_of(made, answers, version=7, ward="chuo", edition=2)
    frame = pl.DataFrame([row], schema=pack_schema(made))
    assert ["key", "version", "edition"] == frame.columns[:3]
    assert 9 == frame["finished_at"][0].timestamp()
    assert ("ときどき", None, 32.8, 130.0, "熊本市役所") == tuple(
        row[name] for name in ("o_use", "o_why", "lat_place", "lon_place", "a_place")
    )
    assert [] == [
        name for name in frame.columns if name.startswith("a_") and frame[name][0] is None and name != "a_more"
    ]


def test_whose_a_response_is_stands_in_a_named_survey_only() -> None:
    for anonymity, expected in (("named", "U1"), ("confidential", ...), ("anonymous", ...)):
        row = row_of(definition(anonymity=anonymity), {"uses": given_("a")}, user="U1")
        assert expected == row.get("user", ...)


@SLOW
@given(st.data())
def test_the_answers_to_every_edition_can_be_read_by_all_of_them_together(data: st.DataObject) -> None:
    """Questions and options come and go from edition to edition; a question keeps its kind, as the ids here do."""
    kinds = {f"q{number}": kind for number, kind in enumerate(["single", "multiple", "scale", "text", "number"])}
    editions = []
    for _ in range(data.draw(st.integers(2, 3))):
        questions = []
        for id in data.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, unique=True)):
            question: dict[str, Any] = {"id": id, "type": kinds[id], "text": {"ja": "?"}}
            if kinds[id] in ("single", "multiple"):
                names = data.draw(st.lists(st.sampled_from("abcd"), min_size=2, unique=True))
                other = data.draw(st.sampled_from([None, *names]))
                question["options"] = [{"id": each, "text": {"ja": each}, "other": each == other} for each in names]
            if kinds[id] == "scale":
                question |= data.draw(st.sampled_from([{"min": 1, "max": 5}, {"min": 0, "max": 10}]))
            questions.append(question)
        editions.append(Definition.model_validate({"id": "law", "title": {"ja": "?"}, "questions": questions}))
    readable = merged(editions)
    for edition in editions:
        answers = {question.id: data.draw(st.sampled_from(anysurvey.choices(question))) for question in edition.asked}
        row = row_of(edition, answers)
        whole = {name: None for name in pack_schema(readable)} | row
        assert [whole] == pl.DataFrame([row], schema=pack_schema(readable)).to_dicts()
        for asked in edition.asked:
            known = readable.question(asked.id)
            assert known is not None and known.type == asked.type
            assert {*map(str, _values(asked))} <= {*map(str, _values(known))}


def _values(question: Any) -> list[Any]:
    return [one for answer in anysurvey.choices(question) for one in [answer.value] if not isinstance(one, list)]
