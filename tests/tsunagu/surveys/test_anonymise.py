"""Closing an anonymous survey leaves the same counts, and nothing that leads back to anybody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from tests.tsunagu.surveys.asking import SECRET, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.chat.turn import CONVERSATIONS
from tsunagu.packs.fold import fold as fold_packs
from tsunagu.packs.read import read
from tsunagu.surveys import anonymise, store
from tsunagu.surveys.count import Report, report
from tsunagu.surveys.erase import erase
from tsunagu.surveys.fold import LEASE, fold
from tsunagu.surveys.rules import State

TOKYO = ZoneInfo("Asia/Tokyo")
SURVEY = definition(anonymous=True)
CLOSED = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
RESIDENTS = 7


def answered(db: firestore.Client, close: bool = True) -> list[Asked]:
    """Seven residents on both branches, one who only began; half of the answers packed, half in notes."""
    begin(db, SURVEY)
    users = [Asked(db, SURVEY, number) for number in range(1, RESIDENTS + 1)]
    for user in users:
        user.tap("start")
        if user.number == RESIDENTS:
            continue
        if user.number % 2:
            user.tap("answer", q="uses", v="b")
            user.say(f"理由{user.number}")
        else:
            user.tap("answer", q="uses", v="a")
            user.tap("switch", q="places", o="park", on="1")
            user.tap("decide", q="places")
            user.tap("answer", q="content", v=str(user.number % 5 + 1))
        user.say(f"{user.number}人")
        user.tap("skip", q="born")
        if user.number == 3:
            fold_packs(store.responses_shelf(db, survey_of(db, SURVEY)))
    users[0].tap("answer", q="uses", v="a")  # leaves an answer off the path
    if close:
        store.become(db, SURVEY.id, State.CLOSED, CLOSED)
    return users


def figures(db: firestore.Client) -> Report:
    return report(SURVEY, read(store.responses_shelf(db, survey_of(db, SURVEY))), None)


def counted(made: Report) -> Any:
    """A report without the order of its texts, which follows the names."""
    return (made.answered, made.finished, [(each.rows, each.summary, sorted(each.texts)) for each in made.questions])


def everything(db: firestore.Client) -> str:
    """Every document there is about the survey, and every conversation."""
    of = store.reference(db, SURVEY.id)
    collections = [of.collection(name) for name in ("responses", "changes", "packs")]
    found = [db.collection(CONVERSATIONS), *collections]
    return str([(each.id, [(doc.id, doc.to_dict()) for doc in each.stream()]) for each in found])


def names(db: firestore.Client) -> set[str]:
    return {name for name, _ in store.responses(db, survey_of(db, SURVEY))}


def test_the_counts_are_the_same_and_nothing_leads_back(db: firestore.Client) -> None:
    users = answered(db)
    before, old_names = figures(db), names(db)
    salt = survey_of(db, SURVEY).salt
    assert salt is not None
    assert {store.pseudonym(SECRET, salt, user.user) for user in users} == old_names
    assert "anonymised" == fold(db, SURVEY.id, CLOSED)
    assert counted(before) == counted(figures(db))
    survey = survey_of(db, SURVEY)
    assert survey.salt is None and survey.settled and survey.anonymised_at is not None
    left = everything(db)
    assert not any(name in left for name in old_names)
    assert not any(name in str(read(store.responses_shelf(db, survey)).to_dicts()) for name in old_names)
    assert f"surveys/{SURVEY.id}/" not in left
    assert not store.has_notes(db, survey)


def test_only_days_are_left_and_nothing_off_the_path(db: firestore.Client) -> None:
    answered(db)
    fold(db, SURVEY.id, CLOSED)
    for _, response in store.responses(db, survey_of(db, SURVEY)):
        for moment in (response.started_at, response.finished_at(SURVEY)):
            assert moment is None or (0, 0, 0, 0) == (
                (city := moment.astimezone(TOKYO)).hour,
                city.minute,
                city.second,
                city.microsecond,
            )
        assert 1 == response.version
        for answer in response.answers.values():
            assert (0, "", None, {}) == (answer.at, answer.event, answer.message, answer.options)
        assert not {"why", "places"} <= set(response.answers)


def test_killed_at_any_step_and_taken_up_again(db: firestore.Client) -> None:
    answered(db)
    before = figures(db)
    steps = 0
    while (survey := survey_of(db, SURVEY)).anonymised_at is None:
        run = anonymise.steps(db, survey, TOKYO, at_once=2, page=3)
        for _ in range(steps + 1):
            if next(run, None) is None:
                break
        run.close()
        assert counted(before) == counted(figures(db))
        assert before.answered + 1 == len(names(db))
        steps += 1
        assert steps < 40
    assert steps > 3
    assert all(name.startswith(anonymise.MARK) for name in names(db))


@pytest.mark.parametrize("when", [0, 1, 2])
def test_somebody_erased_while_it_runs_is_gone(db: firestore.Client, when: int) -> None:
    users = answered(db)
    run = anonymise.steps(db, survey_of(db, SURVEY), TOKYO, at_once=3)
    for _ in range(when):
        next(run)
    swapped = sum(name.startswith(anonymise.MARK) for name in names(db))
    for user in users:
        erase(db, SECRET, user.user, CLOSED)
    assert swapped == len(names(db))
    for _ in run:
        pass
    assert swapped == len(names(db))
    assert figures(db).answered in (swapped, swapped - 1)


def test_an_erasure_between_reading_and_swapping_wins(db: firestore.Client) -> None:
    users = answered(db)
    survey = survey_of(db, SURVEY)
    found = list(store.reference(db, SURVEY.id).collection("responses").stream())
    erase(db, SECRET, users[1].user, CLOSED)
    anonymise._swap_some(db, survey, found, TOKYO)
    assert not any(name.startswith(anonymise.MARK) for name in names(db))
    fold(db, SURVEY.id, CLOSED)
    assert RESIDENTS - 1 == len(names(db))


def test_two_at_once_do_not_double_anybody(db: firestore.Client) -> None:
    answered(db)
    before = figures(db)
    runs = [anonymise.steps(db, survey_of(db, SURVEY), TOKYO, at_once=2) for _ in range(2)]
    while any([next(run, None) is not None for run in runs]):
        pass
    assert counted(before) == counted(figures(db))
    assert RESIDENTS == len(names(db))


def test_a_lease_keeps_others_away_until_it_ends(db: firestore.Client) -> None:
    answered(db)
    store.reference(db, SURVEY.id).update({"leased_until": CLOSED + LEASE})
    assert "being anonymised already" == fold(db, SURVEY.id, CLOSED + LEASE - timedelta(seconds=1))
    assert "anonymised" == fold(db, SURVEY.id, CLOSED + LEASE)


def test_conversations_keep_what_is_not_of_this_survey(db: firestore.Client) -> None:
    answered(db)
    other = {"asked": [{"at": 1, "question": "surveys/kosodate-2/q"}, {"at": 2, "question": "residents/ward"}]}
    other |= {"texts": [{"message": "m", "question": "surveys/kosodate-2/q"}]}
    db.collection(CONVERSATIONS).document("U-other").set(other)
    for _ in anonymise.steps(db, survey_of(db, SURVEY), TOKYO, page=2):
        pass
    assert other == db.collection(CONVERSATIONS).document("U-other").get().to_dict()
    mine = db.collection(CONVERSATIONS).document(f"U{1:032x}").get().to_dict() or {}
    assert {None} == {entry["question"] for entry in mine["asked"]}
    assert [] == mine["texts"]


@pytest.mark.parametrize(
    "prepare",
    [
        lambda db: store.become(db, "named", State.CLOSED, CLOSED),
        lambda db: None,
    ],
)
def test_a_survey_that_is_named_or_open_keeps_its_names(
    db: firestore.Client, prepare: Callable[[firestore.Client], object]
) -> None:
    named = definition("named")
    begin(db, named)
    user = Asked(db, named)
    user.tap("answer", q="uses", v="a")
    prepare(db)
    assert "folded 1 answers" == fold(db, "named", CLOSED)
    assert {"uses": "a"} == user.values()
