"""The report as JSON: what its schema says, and the figures of the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from jsonschema import Draft202012Validator

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import invite
from tests.tsunagu.surveys.take.looked import NOW, looked, seeded
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.filters import Pairs
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take.json import FORM, write
from tsunagu.surveys.take.taken import Taken, nobody

SURVEY = definition()
SCHEMA = json.loads((Path(__file__).parents[4] / "docs/survey-report.schema.json").read_text("utf-8"))


def written(look: Look, folder: Path) -> dict[str, Any]:
    """Whatever is written keeps to the schema."""
    path = folder / "report.json"
    assert Taken(look.report.answered) == write(path, look, NOW, nobody)
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    checker = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [] == [f"{fault.json_path}: {fault.message}" for fault in checker.iter_errors(found)]
    return found


def test_the_schema_is_a_schema_and_names_the_form() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert FORM == SCHEMA["properties"]["form"]["const"]


def test_the_schema_lets_nothing_else_in(db: firestore.Client, tmp_path: Path) -> None:
    """So that a field more is a field in the schema, too."""
    found = written(seeded(db, SURVEY, rows(SURVEY, 20)), tmp_path)
    found["groups"][0]["questions"][0]["more"] = 1
    assert not Draft202012Validator(SCHEMA).is_valid(found)


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("ward", "chuo"), ("a.use", "often")],
        [("ward", "chuo"), ("vs.ward", "kita"), ("cross", "use"), ("cross", "ward")],
        [("cross", "why"), ("cross", "content"), ("cross", "age_band"), ("vs", "everyone")],
        [("ward", "chuo"), ("edition", "7")],
    ],
)
def test_every_figure_of_the_page_is_in_it(db: firestore.Client, tmp_path: Path, pairs: Pairs) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 200), pairs)
    invite(db, SURVEY.id, 900)
    look = looked(db, SURVEY.id, pairs)
    found = written(look, tmp_path)
    assert [list(pair) for pair in look.view.write()] == found["address"]
    reports = [report for report in (look.report, look.other) if report is not None]
    crossed = [look.crossed, look.other_crossed]
    for group, report, cross in zip(found["groups"], reports, crossed, strict=False):
        assert (report.answered, report.finished, report.invited) == (
            group["answered"],
            group["finished"],
            group["invited"],
        )
        assert (report.rate, report.finished_rate) == (group["response_percent"], group["finished_percent"])
        for counted, question in zip(report.questions, group["questions"], strict=True):
            assert (counted.question.id, counted.base) == (question["id"], question["base"]["n"])
            states = ("given", "skipped", "declined", "not_asked", "blank")
            assert counted.n == sum(question[state] for state in states)
            assert [getattr(counted, state) for state in states] == [question[state] for state in states]
            assert [(row.code, row.count, row.percent, row.low, row.high, row.of_answers) for row in counted.rows] == [
                tuple(row[name] for name in ("code", "count", "percent", "low", "high", "of_answers"))
                for row in question["rows"]
            ]
        assert [day.began for day in report.curves.days] == [day["began"] for day in group["curves"]["days"]]
        assert (cross is None) == (group["cross"] is None)
        if cross is not None:
            counts = [[[cell.count for cell in row] for row in layer.cells] for layer in cross.layers]
            assert counts == [
                [[cell["count"] for cell in row] for row in each["cells"]] for each in group["cross"]["layers"]
            ]
    assert len(reports) == len(found["groups"])


def test_it_holds_no_words_of_residents_and_no_pseudonyms(db: firestore.Client, tmp_path: Path) -> None:
    frame = rows(SURVEY, 100)
    text = json.dumps(written(seeded(db, SURVEY, frame), tmp_path), ensure_ascii=False)
    assert not [word for word in [*frame["a_more"].drop_nulls(), *frame["key"]] if len(word) > 4 and word in text]


@pytest.mark.parametrize("anonymity", ["anonymous", "confidential", "named"])
def test_a_survey_without_answers_keeps_to_the_schema_too(db: firestore.Client, tmp_path: Path, anonymity: str) -> None:
    survey = Definition.model_validate(SURVEY.written() | {"anonymity": anonymity})
    look = seeded(db, survey, rows(survey, 0), [("cross", "use"), ("cross", "ward")])
    assert 0 == written(look, tmp_path)["groups"][0]["answered"]
