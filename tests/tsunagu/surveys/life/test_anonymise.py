"""Closing an anonymous survey leaves the same counts, and nothing that leads back to anybody."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from google.cloud import firestore

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.asking import BEGAN, SECRET, Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.chat.handle import Chat
from tsunagu.chat.pay import Payer
from tsunagu.chat.turn import CLAIMS, CONVERSATIONS
from tsunagu.line.client import Line
from tsunagu.packs.fold import fold as fold_packs
from tsunagu.packs.read import read
from tsunagu.surveys import store, tags
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.chat import SurveyChat
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.erase import NOWHERE, erase, photos_of
from tsunagu.surveys.fold import LEASE, fold
from tsunagu.surveys.life import anonymise
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.rules import Response, State

TOKYO = ZoneInfo("Asia/Tokyo")
SURVEY = definition(anonymity="anonymous")
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


def figures(db: firestore.Client, survey: Definition = SURVEY) -> list[Any]:
    """All that is known of the answers, without the names: of times the day only."""
    known = survey_of(db, survey)
    rows = read(store.responses_shelf(db, known, store.readable(db, known))).drop("key", "version")
    days = [pl.col(moment).dt.convert_time_zone("Asia/Tokyo").dt.date() for moment in ("started_at", "finished_at")]
    return sorted(rows.with_columns(days).rows(), key=str)


def everything(db: firestore.Client) -> str:
    """Every document there is about the survey, and every conversation."""
    of = store.reference(db, SURVEY.id)
    collections = [of.collection(name) for name in ("responses", "changes", "packs", tags.TAGS)]
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
    assert before == figures(db)
    survey = survey_of(db, SURVEY)
    assert survey.salt is None and survey.settled and survey.anonymised_at is not None
    left = everything(db)
    assert not any(name in left for name in old_names)
    assert not any(name in str(read(store.responses_shelf(db, survey)).to_dicts()) for name in old_names)
    assert f"surveys/{SURVEY.id}/" not in left
    assert not store.has_notes(db, survey)


def whys(db: firestore.Client) -> dict[str, str]:
    """Response → what it says to `why`."""
    found = store.responses(db, survey_of(db, SURVEY))
    return {name: str(each.answers["why"].value) for name, each in found if "why" in each.answers}


def test_tags_follow_the_words_that_they_are_about(db: firestore.Client) -> None:
    answered(db)
    survey = survey_of(db, SURVEY)
    of_why = {
        name: str(each.answers["why"].value) for name, each in store.responses(db, survey) if "why" in each.answers
    }
    for name, words in of_why.items():
        assert tags.tag(db, survey, name, "why", f"札{words}", "hanako@city.example", CLOSED)
    fold(db, SURVEY.id, CLOSED)
    survey = survey_of(db, SURVEY)
    found = tags.everything(db, survey)
    assert not set(of_why) & set(found)
    now = whys(db)
    assert {name: {"why": (f"札{words}",)} for name, words in now.items()} == {name: dict(found[name]) for name in now}


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
        assert before == figures(db)
        assert len(before) + 1 == len(names(db))
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
    assert len(figures(db)) in (swapped, swapped - 1)


def test_an_erasure_between_reading_and_swapping_wins(db: firestore.Client) -> None:
    users = answered(db)
    survey = survey_of(db, SURVEY)
    found = list(store.reference(db, SURVEY.id).collection("responses").stream())
    erase(db, SECRET, users[1].user, CLOSED)
    anonymise._Swap(db, survey, TOKYO, NOWHERE).some(found)
    assert not any(name.startswith(anonymise.MARK) for name in names(db))
    fold(db, SURVEY.id, CLOSED)
    assert RESIDENTS - 1 == len(names(db))


def test_two_at_once_do_not_double_anybody(db: firestore.Client) -> None:
    answered(db)
    before = figures(db)
    runs = [anonymise.steps(db, survey_of(db, SURVEY), TOKYO, at_once=2) for _ in range(2)]
    while any([next(run, None) is not None for run in runs]):
        pass
    assert before == figures(db)
    assert RESIDENTS == len(names(db))


def test_a_lease_keeps_others_away_until_it_ends(db: firestore.Client) -> None:
    answered(db)
    store.reference(db, SURVEY.id).update({"leased_until": CLOSED + LEASE})
    assert "being anonymised already" == fold(db, SURVEY.id, CLOSED + LEASE - timedelta(seconds=1))
    assert "anonymised" == fold(db, SURVEY.id, CLOSED + LEASE)


def test_an_answer_that_waits_for_line_is_not_given_any_more(db: firestore.Client) -> None:
    """At the end of a survey it shows all that was answered."""
    chat = SurveyChat(SECRET)
    hearings = [chat.take_back, chat.words_and_buttons, chat.answer]
    line = Line("", "http://127.0.0.1:9")
    kernel = Chat(db, line, hearings, in_groups=[], erasers=[])
    ask = [{"id": "ill", "type": "text", "text": {"ja": "ご病気は", "en": "?"}}]
    surveys = [definition(id, anonymity="anonymous", questions=ask) for id in ("closes", "goes-on")]
    for number, survey in enumerate(surveys):
        begin(db, survey)
        asked = Asked(db, survey, number)
        asked.tap("start")
        assert "answer waits" in kernel.handle(asked.words(f"病気{number}"), asked.clock, asked.clock)
    said = [str(claim.to_dict()) for claim in db.collection(CLAIMS).stream()]
    assert all(f"病気{number}" in words for number, words in enumerate(said))
    store.become(db, "closes", State.CLOSED, CLOSED)
    assert "anonymised" == fold(db, "closes", CLOSED)
    silenced, goes_on = [claim.to_dict() or {} for claim in db.collection(CLAIMS).stream()]
    assert "病気" not in str(silenced) and "closes" not in str(silenced)
    assert "病気1" in goes_on["owed"]["messages"]
    Payer(db, line).pay_what_waits(CLOSED + timedelta(days=1))
    assert [False, True] == ["owed" in (claim.to_dict() or {}) for claim in db.collection(CLAIMS).stream()]


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


class Shoebox:
    """A private bucket: the names of its photos, and which were written anew."""

    def __init__(self, names: Sequence[str]) -> None:
        self.there, self.renewed = set(names), set[str]()

    def delete(self, names: Sequence[str], /) -> None:
        self.there -= set(names)

    def renew(self, names: Sequence[str], /) -> None:
        self.renewed |= set(names) & self.there


def give(db: firestore.Client, first: Definition, second: Definition, number: int) -> list[Response]:
    """Random answers to a survey with two editions, both as they are stored; half of them to each."""
    begin(db, first)
    revise(db, second, 1, "an editor", BEGAN, TOKYO)
    survey, chance = survey_of(db, first), random.Random(5)
    given = []
    for each in range(number):
        edition = each % 2 + 1
        response = replace(everykind.response((first, second)[edition - 1], chance), edition=edition)
        given.append(response)
        definition = (first, second)[edition - 1]
        for reference, content in store.documents_of(db, survey, everykind.name(chance), response, definition):
            reference.set(content)
    return given


def two_editions() -> tuple[Definition, Definition]:
    """Of a survey with every kind of question: the second has one less, and one more."""
    first = everykind.definition("kinds", anonymity="anonymous")
    new = {"id": "again", "type": "scale", "section": "s2", "text": {"ja": "もう一度", "en": "Again?"}}
    questions = [question for question in first.written()["questions"] if question["id"] != "visit"]
    return first, Definition.model_validate({**first.written(), "questions": [*questions, new]})


def test_answers_of_every_kind_and_edition_stay_as_they_are(db: firestore.Client) -> None:
    first, second = two_editions()
    given = give(db, first, second, 40)
    photos = {name for response in given for name in photos_of(first, response)}
    box = Shoebox(sorted(photos))
    before = figures(db, first)
    fold(db, first.id, CLOSED)
    store.become(db, first.id, State.CLOSED, CLOSED)
    assert "anonymised" == fold(db, first.id, CLOSED, photos=box)
    assert before == figures(db, first)
    assert photos == box.there == box.renewed
    others = [answer.other for response in given for answer in response.answers.values() if answer.other]
    kept = dict(store.responses(db, survey_of(db, first)))
    assert sorted(others) == sorted(a.other for each in kept.values() for a in each.answers.values() if a.other)
    assert {1: 20, 2: 20} == {number: sum(each.edition == number for each in kept.values()) for number in (1, 2)}


def test_a_photo_that_nobody_counts_goes_before_nobody_could_find_it(db: firestore.Client) -> None:
    first, _ = two_editions()
    begin(db, first)
    answers = {
        "use": Answer(Kind.GONE, None, 3, "e3", 1),  # taken back, so that the path ends before the photo
        "photo": Answer(Kind.GIVEN, "surveys/kinds/p.jpg", 2, "e2", 2),
    }
    response = Response(answers=answers, started_at=BEGAN, version=1)
    for reference, content in store.documents_of(db, survey_of(db, first), "a" * 26, response):
        reference.set(content)
    store.become(db, first.id, State.CLOSED, CLOSED)
    box = Shoebox(["surveys/kinds/p.jpg", "surveys/other/q.jpg"])
    fold(db, first.id, CLOSED, photos=box)
    [(_, left)] = store.responses(db, survey_of(db, first))
    assert {} == left.answers
    assert {"surveys/other/q.jpg"} == box.there


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
