"""A quota closes when enough have finished, opens again when somebody is erased, and whoever began may finish."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from tests.tsunagu.surveys.asking import BEGAN, SECRET, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tests.tsunagu.surveys.publishing import with_topic
from tsunagu.cloud.pubsub import Publisher
from tsunagu.packs.fold import fold as fold_packs
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.erase import erase
from tsunagu.surveys.fold import fold
from tsunagu.surveys.life import quotas
from tsunagu.surveys.life.due import due
from tsunagu.surveys.life.quotas import Standing
from tsunagu.surveys.life.revise import revise
from tsunagu.surveys.rules import Response

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ONE = [{"id": "more", "type": "text", "text": {"ja": "ご意見", "en": "Anything?"}}]
BY: list[dict[str, Any]] = [{"by": "ward", "most": {"chuo": 2, "kita": 1}}, {"by": "age_band", "most": {"20s": 3}}]


@pytest.fixture
def publisher(pubsub_host: str, project: str) -> Publisher:
    return with_topic(project)


def asking(quotas: list[dict[str, Any]] | None = None) -> Definition:
    return definition("quotas", questions=ONE, quotas=BY if quotas is None else quotas)


def answer(db: firestore.Client, who: int, ward: str | None, age_band: str | None = None, finish: bool = True) -> None:
    survey = survey_of(db, asking())
    assert survey.salt is not None
    name = store.pseudonym(SECRET, survey.salt, f"U{who:032x}")
    more = Answer(Kind.GIVEN if finish else Kind.OPEN, "はい", who, f"e{who}", who)
    response = Response({"more": more}, ward, age_band=age_band, started_at=BEGAN, version=who, edition=survey.edition)
    for reference, content in store.documents_of(db, survey, name, response):
        reference.set(content)


def full(db: firestore.Client) -> tuple[str, ...]:
    fold(db, "quotas", NOW)
    return survey_of(db, asking()).full


def test_a_quota_is_full_when_so_many_have_finished_and_not_before(db: firestore.Client) -> None:
    begin(db, asking())
    assert () == full(db)
    answer(db, 1, "chuo")
    answer(db, 2, "chuo", finish=False)
    answer(db, 3, None)
    answer(db, 4, "higashi")
    assert () == full(db)
    answer(db, 2, "chuo", "20s")
    assert ("ward:chuo",) == full(db)
    answer(db, 5, "kita", "20s")
    assert ("ward:chuo", "ward:kita") == full(db)
    answer(db, 6, None, "20s")
    assert ("age_band:20s", "ward:chuo", "ward:kita") == full(db)


def test_it_opens_again_when_somebody_is_erased(db: firestore.Client) -> None:
    begin(db, asking())
    answer(db, 1, "chuo")
    answer(db, 2, "chuo")
    assert ("ward:chuo",) == full(db)
    erase(db, SECRET, f"U{1:032x}", NOW)
    assert () == full(db)


def test_how_far_each_is_is_counted_in_notes_and_packs_and_may_be_more_than_wanted(db: firestore.Client) -> None:
    begin(db, asking())
    answer(db, 1, "chuo")
    answer(db, 2, "chuo", "20s")
    fold_packs(store.responses_shelf(db, survey_of(db, asking())))
    answer(db, 3, "chuo")
    assert [
        Standing("ward", "chuo", 3, 2),
        Standing("ward", "kita", 0, 1),
        Standing("age_band", "20s", 1, 3),
    ] == quotas.standing(db, survey_of(db, asking()))


def test_other_quotas_are_counted_without_another_answer(db: firestore.Client, publisher: Publisher) -> None:
    begin(db, asking())
    answer(db, 1, "chuo")
    assert () == full(db)
    assert 0 == due(db, publisher, NOW)
    revise(db, asking([{"by": "ward", "most": {"chuo": 1}}]), 1, "an editor", NOW, TOKYO)
    assert 1 == due(db, publisher, NOW)
    assert ("ward:chuo",) == full(db)
    assert 0 == due(db, publisher, NOW)
    revise(db, asking([]), 2, "an editor", NOW, TOKYO)
    assert 1 == due(db, publisher, NOW)
    assert () == full(db)


def test_a_survey_is_written_only_where_something_changes(db: firestore.Client) -> None:
    begin(db, asking())
    answer(db, 1, "chuo")
    fold(db, "quotas", NOW)
    before = store.reference(db, "quotas").get().update_time
    answer(db, 3, "higashi")
    fold(db, "quotas", NOW)
    assert before == store.reference(db, "quotas").get().update_time


@pytest.mark.parametrize("opens_again", [True, False])
def test_of_two_counts_at_once_the_newer_stands(db: firestore.Client, opens_again: bool) -> None:
    """The one counts, is overtaken by a change and by the other's whole count, and only then writes what it counted."""
    begin(db, asking())
    answer(db, 1, "chuo")
    if opens_again:
        answer(db, 2, "chuo")
        assert ("ward:chuo",) == full(db)
        answer(db, 2, "chuo", finish=False)
    overtaken = quotas.steps(db, survey_of(db, asking()))
    assert "counted" == next(overtaken)
    answer(db, 2, "chuo")
    quotas.settle(db, survey_of(db, asking()))
    for _ in overtaken:
        pass
    assert ("ward:chuo",) == survey_of(db, asking()).full
