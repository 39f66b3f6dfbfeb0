"""The page, its lean rows, the downloads and a recount of the packed rows all say the same, at any moment."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import put
from tests.tsunagu.surveys.report import naive
from tests.tsunagu.surveys.report.test_report import addresses
from tsunagu.packs.fold import Fold, fold
from tsunagu.packs.shelf import note
from tsunagu.residents.city import city
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.count import report
from tsunagu.surveys.report.look import Look, look
from tsunagu.surveys.report.sheets import Sheets
from tsunagu.surveys.store import Survey

ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SURVEY = definition()
MANY = rows(SURVEY, 120)
NAMES = [*MANY["key"].to_list()[:4], "new-one", "new-two"]


def looked(db: firestore.Client, pairs: Any = (), sheets: Sheets | None = None, id: str = SURVEY.id) -> Look:
    found = look(db, id, list(pairs), city(), ZONE, NOW, sheets=sheets)
    assert found is not None
    return found


def survey_of(db: firestore.Client, id: str = SURVEY.id) -> Survey:
    found = store.get(db, id)
    assert found is not None
    return found


def answer(db: firestore.Client, name: str, seed: int) -> None:
    """Somebody answers anew; an odd seed: is erased."""
    survey = survey_of(db)
    reference, content = note(
        store.responses_shelf(db, survey),
        name,
        store.next_version(seed, datetime.now(UTC)),
        None if seed % 5 == 4 else rows(SURVEY, 1, seed).row(0, named=True),
    )
    reference.set(content)


def recounted(found: Look) -> list[Any]:
    plain = report(found.definition, found.frame, None)
    return [plain.questions, plain.traits, plain.curves, plain.answered, plain.finished]


def shown(found: Look) -> list[Any]:
    """The figures; what earlier editions asked in other words is told beside them."""
    ours = found.report
    questions = tuple(replace(each, revised=()) for each in ours.questions)
    return [questions, ours.traits, ours.curves, ours.answered, ours.finished]


moves = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(NAMES), st.integers(0, 50)),
    st.tuples(st.just("begin"), st.integers(0, 1), st.none()),
    st.tuples(st.just("step"), st.integers(0, 1), st.integers(1, 5)),
    st.tuples(st.just("look"), st.none(), st.none()),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=12))
def test_any_answers_and_folds_stopped_anywhere_are_counted_as_they_stand(db: firestore.Client, history: Any) -> None:
    db.recursive_delete(db.collection(store.SURVEYS))
    put(db, SURVEY, MANY)
    sheets = Sheets()
    shelf = store.responses_shelf(db, survey_of(db))
    folds: dict[int, Generator[str, None, None]] = {}
    for move, what, value in [*history, ("look", None, None)]:
        match move:
            case "answer":
                answer(db, what, value)
            case "begin":
                folds[what] = Fold(shelf, notes_at_once=2).steps()
            case "step" if what in folds:
                for _ in range(value):
                    next(folds[what], None)
            case "look":
                found = looked(db, sheets=sheets)
                assert recounted(found) == shown(found)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(addresses())
def test_the_rows_of_a_filter_are_those_that_are_counted(db: firestore.Client, pairs: list[tuple[str, str]]) -> None:
    if store.get(db, SURVEY.id) is None:
        put(db, SURVEY, MANY)
        for seed, name in enumerate(NAMES):
            answer(db, name, seed)
    found = looked(db, pairs)
    everybody = looked(db).frame
    meant = {row["key"] for row in naive.meant(everybody.to_dicts(), pairs, SURVEY)}
    assert meant == {*found.frame["key"]}
    assert len(meant) == found.report.answered == pl.concat(found.pieces()).height
    plain = report(SURVEY, found.frame, None)
    for ours, theirs in zip(found.report.questions, plain.questions, strict=True):
        assert ours.given == theirs.given
        if ours.question.type not in ("number", "date", "time", "datetime"):  # whose bins are everybody's
            assert ours == theirs


def test_a_look_is_of_one_moment_also_for_what_is_read_later(db: firestore.Client) -> None:
    put(db, SURVEY, MANY)
    found = looked(db)
    answer(db, "new-one", 1)
    fold(store.responses_shelf(db, survey_of(db)))
    assert (MANY.height, MANY.height) == (found.report.answered, found.frame.height)
    assert MANY.height + 1 == looked(db).report.answered


def test_examples_are_of_the_group_and_never_of_who_is_erased(db: firestore.Client) -> None:
    put(db, SURVEY, MANY)
    wrote = MANY.filter(pl.col("a_more").is_not_null())
    gone = wrote["key"][0]
    answer(db, gone, 4)
    texts = looked(db).examples(1_000)["more"]
    assert {*wrote["key"]} - {gone} == {text.respondent for text in texts}
    some = looked(db, [("ward", "chuo")]).examples(1_000)["more"]
    assert {*wrote.filter(ward="chuo")["key"]} - {gone} == {text.respondent for text in some}
    assert 3 == len(looked(db).examples(3)["more"])


def revised() -> Definition:
    written = SURVEY.written()
    written["questions"][1]["options"].append({"id": "rarely", "text": {"ja": "たまに", "en": "Rarely"}})
    extra = {"id": "extra", "type": "multiple", "text": {"ja": "追加", "en": "Extra"}}
    options = [{"id": id, "text": {"ja": id}} for id in "xy"]
    questions = [each for each in written["questions"] if each["id"] != "photo"]
    return Definition.model_validate({**written, "questions": [*questions, {**extra, "options": options}]})


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("answers", [0, 6])
def test_a_question_that_came_later_was_not_asked_before(db: firestore.Client, folded: bool, answers: int) -> None:
    put(db, SURVEY, MANY)
    sheets = Sheets()
    assert MANY.height == looked(db, sheets=sheets).report.answered
    reference = store.reference(db, SURVEY.id)
    reference.collection(store.EDITIONS).document("1").set({"definition": SURVEY.written(), "until": NOW})
    reference.update({"definition": revised().written(), "edition": 2})
    shelf = store.responses_shelf(db, survey_of(db), store.readable(db, survey_of(db)))
    made = [row for row in rows(revised(), 40, seed=9).to_dicts() if row["finished_at"]][:answers]
    for row in made:
        document, content = note(shelf, row["key"], row["version"], {**row, "edition": 2})
        document.set(content)
    if folded:
        fold(shelf)
    found = looked(db, sheets=sheets)
    questions = {counted.question.id: counted for counted in found.report.questions}
    assert MANY.height == questions["extra"].not_asked and answers == questions["extra"].given
    assert ["x", "y"] == [row.code for row in questions["extra"].rows]
    assert ["often", "never", "other", "rarely"] == [row.code for row in questions["use"].rows]
    assert answers == questions["photo"].not_asked - MANY["s_photo"].eq(3).sum()
    assert recounted(found) == shown(found)
    told = {counted.question.id: [ja for ja, _ in counted.revised] for counted in found.report.questions}
    assert ["第2版から選択肢を追加（rarely）：「たまに」。前の版で答えた人は選べませんでした"] == told.pop("use")
    assert not any(told.values())
    crossed = looked(db, [("cross", "use"), ("cross", "extra")]).crossed
    assert crossed is not None and ("often", "never", "other", "rarely") == crossed.rows.codes
    assert answers >= crossed.n


def test_what_was_read_is_read_again_only_when_it_has_changed(db: firestore.Client) -> None:
    put(db, SURVEY, MANY)
    sheets = Sheets()
    first = looked(db, sheets=sheets)
    _ = first.report
    kept = sheets.last(first.definition)
    assert kept is not None
    assert looked(db, [("ward", "chuo")], sheets).report.answered < MANY.height
    assert kept is sheets.last(first.definition)
    answer(db, "new-one", 1)
    assert MANY.height + 1 == looked(db, sheets=sheets).report.answered
    assert kept is not sheets.last(first.definition)


def test_many_surveys_do_not_pile_up(db: firestore.Client) -> None:
    sheets = Sheets()
    for number in range(6):
        put(db, definition(id=f"survey-{number}"), rows(SURVEY, number + 1))
        assert number + 1 == looked(db, sheets=sheets, id=f"survey-{number}").report.answered
    assert sheets.last(definition(id="survey-0")) is None
    assert sheets.last(definition(id="survey-5")) is not None
    assert 1 == looked(db, sheets=sheets, id="survey-0").report.answered


@pytest.mark.parametrize("id", ["", "nothing", "a/b", "../x"])
def test_there_is_nothing_to_look_at_where_there_is_no_survey(db: firestore.Client, id: str) -> None:
    assert look(db, id, [], city(), ZONE, NOW) is None
