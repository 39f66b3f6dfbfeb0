"""A condition speaks of what there is: each fault is told at the part of it that is wrong."""

from typing import Any

import pytest

from tests.tsunagu.surveys.checks.test_definition import faults
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.surveys.checks import conditions
from tsunagu.surveys.conditions import MOST_DEEP
from tsunagu.surveys.definition import Definition

BOTH = {"ja": "?", "en": "?"}


def question(kind: str, id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": kind, "text": dict(BOTH), **more}


def options() -> list[dict[str, Any]]:
    return [{"id": id, "text": {"ja": id, "en": id}} for id in ("a", "b")]


def asked_when(condition: Any) -> dict[str, Any]:
    """Before and after a question under this condition stands one of every kind."""
    questions = [
        question("notice", "hello"),
        question("single", "one", options=options(), required=False),
        question("multiple", "many", options=options(), decline=True),
        question("scale", "scale"),
        question("number", "number", min=0, max=10),
        question("text", "words"),
        question("date", "day", min="2026-01-01"),
        question("time", "time", max="17:00"),
        question("datetime", "moment"),
        question("ward", "ward"),
        question("location", "place"),
        question("text", "asked", when=condition),
        question("text", "later"),
    ]
    return {"id": "conditions", "title": dict(BOTH), "questions": questions}


@pytest.mark.parametrize(
    "condition",
    [
        {"answer": "one", "is": ["a"]},
        {"answer": "one", "was": ["skipped", "not_asked"]},
        {"answer": "many", "is": ["a", "b"]},
        {"answer": "many", "was": ["declined"]},
        {"answer": "scale", "is": [1, 5]},
        {"answer": "scale", "from": 4},
        {"answer": "number", "from": 0.5, "to": 0.5},
        {"answer": "words", "was": ["given"]},
        {"answer": "day", "from": "2026-11-01", "to": "2026-11-01"},
        {"answer": "time", "to": "09:00"},
        {"answer": "moment", "from": "2026-11-01T09:00"},
        {"answer": "ward", "is": ["chuo"]},
        {"answer": "place", "was": ["given"]},
        {"attribute": "age_band", "is": ["20s"]},
        {"all": [{"any": [{"not": {"answer": "one", "is": ["a"]}}]}, {"attribute": "language", "is": ["en"]}]},
    ],
)
def test_a_sound_condition_has_no_faults(condition: dict[str, Any]) -> None:
    assert [] == list(faults(asked_when(condition)))


NESTED: dict[str, Any] = {"answer": "one", "is": ["a"]}
for _ in range(5):
    NESTED = {"not": NESTED}
DEEPER: dict[str, Any] = {"answer": "one", "is": ["a"]}
for _ in range(150):
    DEEPER = {"not": DEEPER}


@pytest.mark.parametrize(
    ("condition", "place", "says"),
    [
        ({}, "", "must be a condition with one of `answer:`, `attribute:`, `all:`, `any:`, `not:`"),
        ("one", "", "must be a condition with one of `answer:`"),
        ([], "", "must be a condition with one of `answer:`"),
        ({"all": []}, ".all", "at least 1"),
        ({"all": {"answer": "one", "is": ["a"]}}, ".all", "must be a list"),
        ({"all": [{"anser": "one"}]}, ".all[0]", "must be a condition with one of"),
        ({"not": {"answer": "one", "iss": ["a"]}}, ".not.iss", "did you mean `is`?"),
        ({"answer": "one"}, "", "needs exactly one of `is: […]`, `from:`/`to:` and `was: […]`"),
        ({"answer": "scale", "is": [1], "from": 1}, "", "needs exactly one of"),
        ({"answer": "one", "is": []}, ".is", "at least 1"),
        ({"answer": "one", "is": "a"}, ".is", "must be a list"),
        ({"answer": "scale", "is": [True]}, ".is[0]", "must be the id of an option, a step of a scale"),
        ({"answer": "scale", "from": True}, ".from", "must be a number, a date such as"),
        ({"answer": "scale", "is": [10**30]}, ".is[0]", "must be the id of an option, a step of a scale"),
        (
            {"attribute": "topic", "is": ["refuse"]},
            ".attribute",
            "must be 'ward', 'district', 'age_band' or 'language'",
        ),
        ({"attribute": "language", "is": ["ja", "fr"]}, ".is[1]", "`fr` is not one of the city's languages"),
        ({"answer": "nobody", "is": ["a"]}, ".answer", "`nobody` is no question's id"),
        ({"answer": "later", "was": ["given"]}, ".answer", "`later` does not come earlier"),
        ({"answer": "asked", "was": ["given"]}, ".answer", "`asked` does not come earlier"),
        ({"answer": "hello", "was": ["given"]}, ".answer", "`hello` is a notice: nothing is answered there"),
        ({"answer": "one", "is": ["a", "c"]}, ".is[1]", "`c` is no option of `one` (known: a, b)"),
        ({"answer": "many", "is": [1]}, ".is[0]", "put it in quotes, '1'"),
        ({"answer": "ward", "is": [1]}, ".is[0]", "put it in quotes, '1'"),
        ({"answer": "one", "from": 1}, "", "`one` has no `from` and `to`: say `is: […]` or `was: […]`"),
        ({"answer": "place", "from": 1}, "", "`place` has no `from` and `to`: say `was: […]`"),
        ({"answer": "words", "is": ["yes"]}, ".is", "goes with options, steps, wards and districts only"),
        ({"answer": "number", "is": [1]}, ".is", "say `from:` and `to:`"),
        ({"answer": "scale", "is": [6]}, ".is[0]", "must be a step of `scale`, 1 to 5, not 6"),
        ({"answer": "scale", "is": ["1"]}, ".is[0]", "must be a step of `scale`, 1 to 5, not '1'"),
        ({"answer": "scale", "from": 6}, ".from", "no answer to `scale` is so great: the greatest is 5"),
        ({"answer": "scale", "to": 0}, ".to", "no answer to `scale` is so small: the least is 1"),
        ({"answer": "number", "from": "5"}, ".from", "must be a number, not '5'"),
        ({"answer": "number", "from": 5, "to": 4}, ".to", "must not be below `from`"),
        ({"answer": "day", "from": 2026}, ".from", "must be a date such as '2026-11-01', not 2026"),
        ({"answer": "day", "from": "20261101"}, ".from", "must be a date such as '2026-11-01', not '20261101'"),
        ({"answer": "day", "to": "2025-12-31"}, ".to", "so small: the least is 2026-01-01"),
        ({"answer": "time", "from": "9:00"}, ".from", "must be a time of day such as '09:30'"),
        ({"answer": "time", "from": "17:01"}, ".from", "so great: the greatest is 17:00"),
        ({"answer": "moment", "from": "2026-11-01"}, ".from", "must be a date and time such as"),
        ({"answer": "moment", "from": "2101-01-01T00:00"}, ".from", "so great"),
        ({"answer": "words", "was": ["skipped"]}, ".was[0]", "`words` cannot be skipped: it has no `required: false`"),
        ({"answer": "one", "was": ["declined"]}, ".was[0]", "`one` cannot be declined: it has no `decline: true`"),
        ({"answer": "one", "was": ["seen"]}, ".was[0]", "must be 'given', 'skipped', 'declined' or 'not_asked'"),
        (NESTED, "", "has conditions inside one another, 6 deep; at most 5 are taken"),
        (DEEPER, "", "151 deep; at most 5 are taken"),
    ],
)
def test_each_fault_of_a_condition_is_named_with_its_place(condition: Any, place: str, says: str) -> None:
    found = list(faults(asked_when(condition)))
    assert 1 == len(found), found
    assert found[0].startswith(f"questions[11].when{place}: ") and says in found[0], found


@pytest.mark.parametrize("deep", [5, 6, 300, 800, 5000])
def test_conditions_in_one_another_are_read_five_deep_and_refused_beyond(deep: int) -> None:
    condition = "{not: " * (deep - 1) + "{answer: q, was: [given]}" + "}" * (deep - 1)
    words = "text: {ja: '?'}"
    text = f"""
id: deep
title: {{ja: "?"}}
questions:
  - {{id: q, type: text, {words}}}
  - {{id: asked, type: text, {words}, when: {condition}}}
"""
    try:
        loads(text, Definition, check=conditions.problems)
    except WrongFile:
        assert deep > MOST_DEEP
    else:
        assert deep <= MOST_DEEP
