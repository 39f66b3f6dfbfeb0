"""A survey revised while it is answered and folded: the report reads every answer under the edition it was given in."""

import random
from collections.abc import Generator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.asking import BEGAN, SECRET, begin, survey_of
from tests.tsunagu.surveys.kosodate import PLACES, definition
from tsunagu.broadcasts.life.step import Declined
from tsunagu.chat.turn import Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.line.events import Event
from tsunagu.packs.fold import Fold
from tsunagu.packs.read import read
from tsunagu.residents.city import city as city_of_residents
from tsunagu.surveys import store
from tsunagu.surveys.checks.definition import editions_problems
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.editions import not_asked
from tsunagu.surveys.erase import erase
from tsunagu.surveys.fold import fold
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.report.look import look
from tsunagu.surveys.rows import pack_schema, packed_row
from tsunagu.surveys.rules import Response, State, path

ZONE = ZoneInfo("Asia/Tokyo")
numbers = count(1)


def words(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja, "en": en}


USES = {
    "id": "uses",
    "type": "single",
    "text": words("使いますか", "Use?"),
    "options": [{"id": "a", "text": words("はい", "Yes")}, {"id": "b", "text": words("いいえ", "No")}],
}
OTHER = {"id": "o", "text": words("その他", "Other"), "other": True}
WHICH = {"id": "which", "type": "multiple", "text": words("どれ", "Which?"), "options": PLACES}
WHY = {"id": "why", "type": "text", "text": words("なぜ", "Why?"), "required": False}
WHERE = {"id": "where", "type": "location", "text": words("どこ", "Where?")}
BORN = {"id": "born", "type": "date", "text": words("いつ", "Born?")}
AGE = {"id": "age", "type": "number", "text": words("何歳", "Age?")}


def editions(id: str) -> list[Definition]:
    """Questions come and go, and one that was gone comes again; a choice gets an option with words of one's own."""
    asked: list[list[dict[str, Any]]] = [
        [USES, WHICH, WHY],
        [{**USES, "options": [*USES["options"], OTHER]}, WHERE, WHY],
        [USES, {**WHICH, "options": PLACES[:2]}, WHERE, BORN],
        [AGE, WHY, USES],
    ]
    return [definition(id, questions=questions) for questions in asked]


class City:
    """People who answer a survey that is revised again and again. Every event is one transaction, as in the chat."""

    def __init__(self, db: firestore.Client) -> None:
        self.db = db
        self.editions = editions(f"revised-{next(numbers)}")
        self.now = BEGAN
        self.chance = random.Random(1)
        begin(db, self.editions[0])

    @property
    def id(self) -> str:
        return self.editions[0].id

    def answer(self, who: int, seed: int) -> None:
        """One more question of the edition that was begun, or the first of the newest; or another answer to it."""
        self.now += timedelta(seconds=1)
        self.chance.seed(seed)
        user = f"U{who:032x}"
        at = int(self.now.timestamp() * 1000)

        def body(transaction: firestore.Transaction) -> None:
            turn = Turn(self.db, transaction, Event(f"event-{at}", "postback", at, user=user), user, self.now)
            survey = store.read(turn, self.id)
            assert survey is not None and survey.salt is not None
            respondent = store.pseudonym(SECRET, survey.salt, user)
            before = store.read_response(turn, survey, respondent)
            fresh = Response(started_at=self.now, edition=survey.edition, ward="chuo")
            response = before or fresh
            asked = store.definition_of(turn, survey, response.edition)
            question = path(asked, response.answers, response.attributes).next or self.chance.choice(asked.asked)
            given = everykind.answer(question, self.chance, at)
            answers = {**response.answers, question.id: given}
            store.keep(turn, survey, respondent, before, replace(response, answers=answers))
            turn.finish()

        in_transaction(self.db, body)

    def erase(self, who: int) -> None:
        self.now += timedelta(seconds=1)
        erase(self.db, SECRET, f"U{who:032x}", self.now)

    def revise(self) -> None:
        survey = survey_of(self.db, self.editions[0])
        after = self.editions[survey.edition]
        assert [] == list(editions_problems(store.readable(self.db, survey), after))
        assert survey.edition + 1 == revise(self.db, after, survey.edition, "an editor", self.now, ZONE)

    def begin_fold(self) -> Generator[str, None, None]:
        """As the entry does: it looks at the survey first, and then goes on with what it has seen."""
        survey = survey_of(self.db, self.editions[0])
        shelf = store.responses_shelf(self.db, survey, store.readable(self.db, survey))
        return Fold(shelf, nearly_full=4_000, notes_at_once=2).steps()

    def read(self) -> list[dict[str, Any]]:
        survey = survey_of(self.db, self.editions[0])
        rows = read(store.responses_shelf(self.db, survey, store.readable(self.db, survey)))
        return self.complete(rows)

    def recounted(self) -> list[dict[str, Any]]:
        """From the truth, each response under its own edition."""
        survey = survey_of(self.db, self.editions[0])
        made = [
            packed_row(self.editions[response.edition - 1], name, response)
            for name, response in store.responses(self.db, survey)
        ]
        schema = pack_schema(store.readable(self.db, survey))
        rows = [dict.fromkeys(schema) | row for row in made if row]
        return self.complete(pl.DataFrame(rows, schema=schema))

    def complete(self, rows: pl.DataFrame) -> list[dict[str, Any]]:
        survey = survey_of(self.db, self.editions[0])
        known = store.editions(self.db, survey)
        assert self.editions[: survey.edition] == known
        return rows.with_columns(not_asked(known)).sort("key").to_dicts()


people, seeds = st.integers(0, 3), st.integers(0, 10_000)
moves = st.one_of(
    st.tuples(st.just("answer"), people, seeds),
    st.tuples(st.just("newcomer"), st.integers(2, 4), seeds),
    st.tuples(st.just("begin"), st.integers(0, 1), st.integers(0, 4)),
    st.tuples(st.just("step"), st.integers(0, 1), st.sampled_from([12, 3, 1])),
    st.tuples(st.just("erase"), people, st.none()),
)
PHASES = st.tuples(*[st.lists(moves, min_size=3, max_size=8)] * len(editions("any")))  # a revision between two


# Without shrinking, which on the emulator would take minutes.
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(PHASES)
def test_any_interleaving_of_answers_folds_and_revisions_gives_the_same_report(
    db: firestore.Client, history: Any
) -> None:
    city = City(db)
    folds: dict[int, Generator[str, None, None]] = {}
    newcomers = count(10)
    for number, phase in enumerate(history):
        if number:
            city.revise()
        for move, what, value in phase:
            match move:
                case "answer":
                    city.answer(what, value)
                case "newcomer":
                    who = next(newcomers)
                    for each in range(what):
                        city.answer(who, value + each)
                case "erase":
                    city.erase(what)
                case "begin":  # whatever was under way there is killed
                    folds[what] = city.begin_fold()
                    on(folds, what, value)
                case "step":
                    on(folds, what, value)
        assert city.recounted() == city.read()
    fold(db, city.id, city.now)
    assert not store.has_notes(db, survey_of(db, city.editions[0]))
    assert city.recounted() == city.read()


def on(folds: dict[int, Generator[str, None, None]], which: int, steps: int) -> None:
    try:
        for _ in range(steps if which in folds else 0):
            next(folds[which], None)
    except TryAgain:
        del folds[which]


@pytest.mark.parametrize("steps", range(6))
def test_a_fold_that_began_before_the_revision_loses_no_answer_to_a_new_question(
    db: firestore.Client, steps: int
) -> None:
    """Would fail if a fold wrote a pack without the columns that it does not know."""
    city = City(db)
    city.answer(1, 1)
    city.answer(2, 2)
    stale = city.begin_fold()
    for _ in range(steps):
        next(stale, None)
    city.revise()
    for seed in range(3):
        city.answer(3, seed)
    fold(db, city.id, city.now)
    city.answer(3, 9)
    try:
        for _ in stale:
            pass
    except TryAgain:
        pass
    rows = {row["edition"]: row for row in city.read()}
    assert city.recounted() == city.read()
    assert 130.7 == rows[2]["lon_where"]


def test_the_report_reads_all_editions_and_tells_what_was_not_asked_from_what_is_blank(db: firestore.Client) -> None:
    city = City(db)
    for seed in range(3):
        city.answer(1, seed)
    city.revise()
    city.answer(2, 1)
    found = look(db, city.id, [], city_of_residents(), ZONE, city.now)
    assert found is not None
    assert ["uses", "where", "why", "which"] == [counted.question.id for counted in found.report.questions]
    told = {
        each.question.id: (each.given + each.skipped, each.not_asked, each.blank) for each in found.report.questions
    }
    assert {"uses": (2, 0, 0), "where": (0, 1, 1), "why": (1, 0, 1), "which": (1, 1, 0)} == told
    assert city.recounted() == found.frame.sort("key").to_dicts()


def test_who_has_begun_goes_on_under_the_edition_it_was_begun_under(db: firestore.Client) -> None:
    city = City(db)
    city.answer(1, 1)
    city.revise()
    for seed in range(4):
        city.answer(1, seed)
        city.answer(2, seed)
    by_edition = {response.edition: response for _, response in store.responses(db, survey_of(db, city.editions[0]))}
    assert {"uses", "which", "why"} == set(by_edition[1].answers)
    assert {"uses", "where", "why"} == set(by_edition[2].answers)
    assert all(row["finished_at"] for row in city.read())


def test_a_draft_and_a_closed_survey_are_not_revised(db: firestore.Client) -> None:
    first, second, *_ = editions("not-now")
    store.put(db, first)
    with pytest.raises(Declined, match="is a draft"):
        revise(db, second, 1, "an editor", BEGAN, ZONE)
    store.become(db, "not-now", State.OPEN, BEGAN)
    store.become(db, "not-now", State.CLOSED, BEGAN)
    with pytest.raises(Declined, match="closed for good"):
        revise(db, second, 1, "an editor", BEGAN, ZONE)
    assert first == survey_of(db, first).definition


def test_of_two_who_revise_at_once_the_second_is_told(db: firestore.Client) -> None:
    first, second, third, _ = editions("at-once")
    begin(db, first)
    assert 2 == revise(db, second, 1, "an editor", BEGAN, ZONE)
    with pytest.raises(Declined, match="written anew meanwhile"):
        revise(db, third, 1, "another", BEGAN, ZONE)
    with pytest.raises(Declined, match="nothing would change"):
        revise(db, second, 2, "another", BEGAN, ZONE)
    with pytest.raises(Declined, match="is past"):
        closed = third.model_copy(update={"closes": datetime(2026, 11, 10, 12, 0)})
        revise(db, closed, 2, "another", BEGAN, ZONE)
    survey = survey_of(db, first)
    assert (2, [first, second], State.OPEN) == (survey.edition, store.editions(db, survey), survey.state)
    audit = [line.to_dict() or {} for line in db.collection("audit").stream()]
    assert [("an editor", "at-once")] == [
        (line["who"], line["what"]) for line in audit if line["did"] == "survey.revise"
    ]
