"""What nobody can come to is told, by jumps and conditions alike, and nothing else is."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys import anysurvey
from tsunagu.surveys.checks.definition import problems
from tsunagu.surveys.definition import Definition, Notice

YES_NO = [{"id": "yes", "text": {"ja": "はい"}}, {"id": "no", "text": {"ja": "いいえ"}}]


def single(id: str, *jumps: str | None, **more: Any) -> dict[str, Any]:
    options = [{**option, "next": jump} for option, jump in zip(YES_NO, jumps or (None, None), strict=True)]
    return {"id": id, "type": "single", "text": {"ja": "?"}, "options": options, **more}


def asks(kind: str, id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": kind, "text": {"ja": "?"}, **more}


def made(*questions: dict[str, Any]) -> Definition:
    return Definition.model_validate({"id": "reach", "title": {"ja": "法"}, "questions": questions})


def told(*questions: dict[str, Any]) -> list[tuple[Any, str]]:
    return [(place[1:], says) for place, says in problems(made(*questions))]


def when(*claims: dict[str, Any]) -> dict[str, Any]:
    return {"when": {"all": list(claims)} if len(claims) > 1 else claims[0]}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(anysurvey.definitions().filter(lambda made: anysurvey.size(made) <= 2000))
def test_exactly_those_questions_that_no_answers_lead_to_are_told(definition: Definition) -> None:
    passed: set[int] = set()
    third: set[int] = set()  # notices in front of which two have come
    for who in anysurvey.residents(definition):
        for way, _ in anysurvey.ways(definition, who, {}):
            passed |= {*way}
            third |= {
                here
                for one, two, here in zip(way, way[1:], way[2:], strict=False)
                if all(isinstance(definition.questions[at], Notice) for at in (one, two, here))
            }
    found = list(problems(definition))
    assert {*range(len(definition.questions))} - passed == {place[1] for place, says in found if "never" in says}
    assert third == {place[1] for place, says in found if "notices in a row" in says}


@pytest.mark.parametrize(
    ("questions", "place", "says"),
    [
        (
            [single("a", "c", "c"), asks("text", "b"), asks("text", "c")],
            (1,),
            "`b` can never be reached: every way before leads past it",
        ),
        (
            [
                single("a", "c", None),
                asks("text", "b", next="end"),
                asks("text", "c", **when({"answer": "b", "was": ["given"]})),
            ],
            (2, "when"),
            "can never hold on any way to `c`, which is therefore never asked",
        ),
        (
            [
                single("a"),
                asks("text", "b", **when({"answer": "a", "is": ["yes"]}, {"answer": "a", "is": ["no"]})),
            ],
            (1, "when"),
            "can never hold all at once on any way to `b`",
        ),
        (
            [
                single("a"),
                asks("text", "b", **when({"answer": "a", "is": ["yes"]})),
                asks("text", "c", **when({"answer": "b", "was": ["given"]}, {"answer": "a", "is": ["no"]})),
            ],
            (2, "when"),
            "can never hold all at once",
        ),
        (
            [
                single("a", "c", None),
                asks("text", "b", next="end"),
                asks("text", "c", **when({"attribute": "ward", "is": ["chuo"]}, {"answer": "a", "is": ["no"]})),
            ],
            (2, "when", "all", 1),
            "can never hold on any way to `c`",
        ),
        (
            [
                asks("text", "a"),
                asks("text", "b", **when({"not": {"attribute": "language", "is": ["ja", "ja-easy", "en"]}})),
            ],
            (1, "when"),
            "can never hold",
        ),
        (
            [
                asks("text", "a"),
                asks("text", "b", **when({"attribute": "ward", "is": ["chuo"]}, {"attribute": "ward", "is": ["kita"]})),
            ],
            (1, "when"),
            "can never hold all at once",
        ),
        (
            [
                asks("number", "a", min=0, max=10),
                asks("text", "b", **when({"answer": "a", "from": 5}, {"not": {"answer": "a", "from": 4}})),
            ],
            (1, "when"),
            "can never hold all at once",
        ),
        (
            [
                asks("date", "a", min="2026-01-01", max="2026-12-31"),
                asks(
                    "text",
                    "b",
                    **when(
                        {"not": {"answer": "a", "to": "2026-06-30"}},
                        {"not": {"answer": "a", "from": "2026-07-01"}},
                        {"answer": "a", "was": ["given"]},
                    ),
                ),
            ],
            (1, "when"),
            "can never hold all at once",
        ),
        (
            [
                asks("multiple", "a", options=[*YES_NO, {"id": "x", "text": {"ja": "x"}}], most=2),
                asks("text", "b", **when(*({"answer": "a", "is": [id]} for id in ("yes", "no", "x")))),
            ],
            (1, "when"),
            "can never hold all at once",
        ),
        (
            [
                asks("multiple", "a", options=[*YES_NO, {"id": "x", "text": {"ja": "x"}, "exclusive": True}]),
                asks("text", "b", **when(*({"answer": "a", "is": [id]} for id in ("yes", "x")))),
            ],
            (1, "when"),
            "can never hold all at once",
        ),
        (
            [asks("notice", "a"), asks("notice", "b"), asks("notice", "c"), asks("text", "d")],
            (2,),
            "is one of more than 2 notices in a row",
        ),
    ],
)
def test_what_is_never_asked_is_told_by_what_keeps_it_from_being_asked(
    questions: list[dict[str, Any]], place: tuple[Any, ...], says: str
) -> None:
    found = told(*questions)
    assert [place] == [where for where, _ in found]
    assert says in found[0][1]


@pytest.mark.parametrize(
    "questions",
    [
        [
            asks("multiple", "a", options=[*YES_NO, {"id": "x", "text": {"ja": "x"}}], most=2),
            asks("text", "b", **when(*({"answer": "a", "is": [id]} for id in ("yes", "x")))),
        ],
        [
            asks("datetime", "a", min="2026-11-01T09:00", max="2026-11-01T17:00"),
            asks(
                "text",
                "b",
                **when(
                    {"not": {"answer": "a", "from": "2026-11-01T09:02"}},
                    {"answer": "a", "from": "2026-11-01T09:01"},
                ),
            ),
        ],
        [
            asks("time", "a"),
            asks("text", "b", **when({"answer": "a", "from": "00:00", "to": "00:00"})),
            asks("text", "c", **when({"answer": "a", "from": "23:59"})),
        ],
        [  # a notice for each ward, of which nobody sees more than one
            *(asks("notice", ward, **when({"attribute": "ward", "is": [ward]})) for ward in ("chuo", "kita", "nishi")),
            asks("text", "q"),
        ],
        [
            asks("notice", "a"),
            asks("notice", "b"),
            asks("text", "q", required=False),
            asks("notice", "c"),
            asks("notice", "d"),
        ],
        [
            single("a", "c", None),
            asks("text", "b"),
            asks("text", "c", **when({"answer": "b", "was": ["not_asked"]}, {"answer": "a", "is": ["yes"]})),
        ],
        [
            asks("text", "a", required=False, decline=True),
            asks("text", "b", **when({"answer": "a", "was": ["skipped"]})),
            asks("text", "c", **when({"answer": "a", "was": ["declined"]}, {"answer": "b", "was": ["not_asked"]})),
        ],
    ],
)
def test_what_somebody_may_come_to_is_no_fault(questions: list[dict[str, Any]]) -> None:
    assert [] == told(*questions)


def test_twenty_details_under_conditions_of_their_own_are_all_judged() -> None:
    first = [single(f"q{number}") for number in range(20)]
    details = [asks("text", f"d{number}", **when({"answer": f"q{number}", "is": ["yes"]})) for number in range(20)]
    never = asks("text", "x", **when({"answer": "d19", "was": ["given"]}, {"answer": "q19", "is": ["no"]}))
    assert [(40, "when")] == [place for place, _ in told(*first, *details, never)]


def test_of_what_would_take_too_long_to_find_out_nothing_is_claimed() -> None:
    first = [single(f"q{number}") for number in range(30)]
    each = [{"answer": f"q{number}", "is": ["yes"]} for number in range(30)]
    assert [] == told(*first, asks("text", "x", **when(*each, {"not": each[0]})))
    options = [{"id": f"o{number}", "text": {"ja": f"{number}"}} for number in range(13)]
    every = [{"answer": "a", "is": [option["id"]]} for option in options]
    assert [] == told(asks("multiple", "a", options=options), asks("text", "x", **when(*every, {"not": every[0]})))


def test_a_multiple_question_of_which_every_option_counts_is_judged() -> None:
    options = [{"id": f"o{number}", "text": {"ja": f"{number}"}} for number in range(10)]
    claims = [{"answer": "a", "is": [option["id"]]} for option in options]
    asked = asks("multiple", "a", options=options, most=9)
    assert [] == told(asked, asks("text", "x", **when(*claims[:9])))
    assert 1 == len(told(asked, asks("text", "x", **when(*claims))))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_nobody_who_answers_at_random_comes_to_what_is_called_unreachable(data: st.DataObject) -> None:
    definition = data.draw(anysurvey.definitions(most=14))
    never = {place[1] for place, says in problems(definition) if "never" in says}
    who = data.draw(st.sampled_from(anysurvey.residents(definition)))
    said = {question.id: data.draw(st.sampled_from(anysurvey.choices(question))) for question in definition.asked}
    ((way, _),) = anysurvey.ways(definition, who, said)
    assert set() == never & {*way}
