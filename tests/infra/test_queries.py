"""Every query that the session's tests made through the code is held against infra/. Comes last: tests/conftest.py."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from tests.infra import data_model, terraform
from tests.infra.indexes import Composite, Indexes, Query, read
from tests.recording import ran
from tsunagu.broadcasts import invited
from tsunagu.broadcasts.statistics import due_statistics
from tsunagu.broadcasts.store import holding_ids, with_work
from tsunagu.chat.pay import Payer
from tsunagu.line.client import Line
from tsunagu.packs.fold import fold
from tsunagu.residents.store import residents_shelf
from tsunagu.staff import store as staff
from tsunagu.surveys import store as surveys
from tsunagu.surveys.rules import State
from tsunagu.surveys.take import jobs

TESTS = Path(__file__).parents[1]
INVENTED = re.compile(r"[0-9a-f]{32}-")  # the shelves that tests/tsunagu/packs makes for itself are no part of the city

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("all_others_ran")]


@pytest.fixture
def made(recordings: Path) -> set[Query]:
    """The queries of what is deployed, made by this process or another."""
    queries = (query for query in read(*recordings.glob("*.jsonl")) if query.asked_by)
    return {query for query in queries if not INVENTED.match(query.collection)}


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether every test that there is runs in this session."""
    files = {path for path in TESTS.rglob("test_*.py") if path.parent != Path(__file__).parent}
    chosen = any(request.config.getoption(name, None) for name in ("keyword", "markexpr", "deselect", "lf"))
    here = {item.path for item in request.session.items}
    return files <= here and not chosen


def indexes() -> Indexes:
    composites = set()
    for one in terraform.resources("google_firestore_index"):
        fields = tuple((field["field_path"], field.get("order", "CONTAINS")) for field in one.body["fields"])
        group = one.body.get("query_scope") == "COLLECTION_GROUP"
        composites.add(Composite(one.body["collection"], group, fields))
    return Indexes(composites, terraform.local("exempt"))


def documented() -> Iterator[tuple[str, str]]:
    for collection, fields in data_model.fields("queried").items():
        yield from ((collection, field) for field in fields)


def test_the_queries_of_a_tick_are_recorded(db: firestore.Client, recordings: Path) -> None:
    list(with_work(db))
    list(holding_ids(db))
    list(invited.holding(db))
    jobs.open_ones(db)
    jobs.of_survey(db, "kosodate")
    surveys.unsettled(db)
    surveys.in_state(db, State.OPEN)
    staff.everyone(db)
    fold(residents_shelf(db))
    due_statistics(db, Line("a token", "http://127.0.0.1:9"), datetime.now(UTC), [], ZoneInfo("Asia/Tokyo"))
    Payer(db, Line("a token", "http://127.0.0.1:9")).pay_what_waits(datetime.now(UTC))
    asked = {
        (query.collection, field)
        for query in read(*recordings.glob("*.jsonl"))
        if query.asked_by
        for field in query.fields
    }
    assert (
        set()
        == {
            ("broadcasts", "open"),
            ("broadcasts", "holds_ids"),
            ("broadcasts", "look_at"),
            ("surveys", "settled"),
            ("surveys", "state"),
            ("handled_events", "owed.next_try"),
        }
        - asked
    )


def test_firestore_serves_every_query_with_the_indexes_of_infra(made: set[Query]) -> None:
    assert [] == sorted(filter(None, map(indexes().lacking, made)))


def test_every_field_that_is_queried_is_called_so_in_the_data_model(made: set[Query]) -> None:
    asked = {(query.collection, field): str(query) for query in made for field in query.fields}
    assert {} == {place: query for place, query in asked.items() if place not in set(documented())}


def test_every_field_called_queried_was_queried_by_the_whole_suite(made: set[Query], whole: bool) -> None:
    asked = {(query.collection, field) for query in made for field in query.fields}
    # Part of the suite makes part of the queries; then the tests above say what they can.
    assert set() == (set(documented()) - asked if whole else set())


def test_the_functions_of_the_city_were_recorded_too(recordings: Path, whole: bool) -> None:
    tests = {f"queries-{runner}" for runner in ran.runners(recordings)}
    others = [file for file in recordings.glob("*.jsonl") if file.stem not in tests]
    assert not whole or any(query.asked_by for query in read(*others))
