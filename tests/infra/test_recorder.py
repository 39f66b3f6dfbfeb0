"""The recorder of queries and the rules of indexes are tested themselves: what they miss, nobody would see."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from local.functions import surroundings
from tests.conftest import LISTEN
from tests.infra.indexes import Composite, Indexes, Query, read
from tests.recording import ran, recorder

NOTHING = Indexes(frozenset(), {})
ASK = """
    import sys
    assert "google.cloud.firestore" not in sys.modules, "listening must not import what is listened to"
    from google.cloud import firestore
    from google.cloud.firestore import FieldFilter, Or, Query
    notes = firestore.Client(project={project!r}).collection("notes")
    for query in ({queries}):
        list(query.get())
"""


def asked(queries: str, folder: Path, firestore_host: str, project: str) -> set[Query]:
    """What is noted of another process that makes these queries."""
    listening = folder / "sitecustomize.py"
    listening.write_text(LISTEN.format(recorder=recorder.__file__, folder=str(folder)), "utf-8")
    env = {**surroundings(), "PYTHONPATH": str(folder), "FIRESTORE_EMULATOR_HOST": firestore_host}
    code = dedent(ASK).format(project=project, queries=queries)
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=120)
    return read(*folder.glob("*.jsonl"))


def test_a_query_of_another_process_is_noted_with_all_that_matters(
    tmp_path: Path, firestore_host: str, project: str
) -> None:
    queries = """
        notes.where(filter=FieldFilter("ward", "==", "a")).order_by("at", direction=Query.DESCENDING).limit(1),
        notes.where(filter=FieldFilter("owed.at", "<", 3)).where(filter=FieldFilter("gone", "==", None)).count(),
    """
    assert {
        Query("notes", False, (("ward", "EQUAL"),), (("at", "DESCENDING"),)),
        Query("notes", False, (("owed.at", "LESS_THAN"), ("gone", "IS_NULL")), ()),
    } == asked(queries, tmp_path, firestore_host, project)


def test_a_query_that_needs_a_composite_index_is_reported_until_there_is_one(
    tmp_path: Path, firestore_host: str, project: str
) -> None:
    query = 'notes.where(filter=FieldFilter("ward", "==", "a")).order_by("at"),'
    (noted,) = asked(query, tmp_path, firestore_host, project)
    index = Composite("notes", False, (("ward", "ASCENDING"), ("at", "DESCENDING")))
    assert "notes: ward EQUAL, at ASCENDING (a test): needs a composite index on ward, at ASCENDING" == NOTHING.lacking(
        noted
    )
    assert None is Indexes({index}, {}).lacking(noted)
    elsewhere = Composite("others", False, index.fields)
    assert None is not Indexes({elsewhere}, {}).lacking(noted)


def test_a_query_on_an_exempt_field_is_reported(tmp_path: Path, firestore_host: str, project: str) -> None:
    (noted,) = asked('notes.where(filter=FieldFilter("owed.at", ">", 1)),', tmp_path, firestore_host, project)
    assert None is NOTHING.lacking(noted)
    for exempt in ("owed.at", "owed"):
        said = Indexes(frozenset(), {"notes": [exempt]}).lacking(noted)
        assert "notes: owed.at GREATER_THAN (a test): owed.at is exempt from indexing" == said
    assert None is Indexes(frozenset(), {"notes": ["owed.by", "ow"], "others": ["owed"]}).lacking(noted)


def test_the_processes_of_the_city_are_listened_to(recordings: Path, firestore_host: str, project: str) -> None:
    env = {**surroundings(), "FIRESTORE_EMULATOR_HOST": firestore_host}
    field = project.replace("-", "_")
    code = dedent(ASK).format(project=project, queries=f'notes.order_by("{field}"),')
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=120)
    assert True is (Query("notes", False, (), ((field, "ASCENDING"),)) in read(*recordings.glob("*.jsonl")))


def test_what_comes_last_waits_for_what_other_processes_are_still_at(tmp_path: Path) -> None:
    ran.note(tmp_path, "here")
    with pytest.raises(AssertionError, match="1 tests did not come to an end, such as there"):
        ran.wait_for(tmp_path, {"here", "there"}, patience=0.1)
    later = "import sys, pathlib, tests.recording.ran as ran; ran.note(pathlib.Path(sys.argv[1]), 'there')"
    with subprocess.Popen([sys.executable, "-c", later, str(tmp_path)], env=surroundings()) as other:
        ran.wait_for(tmp_path, {"here", "there"})
    assert {os.getpid(), other.pid} == ran.runners(tmp_path)


AUTOMATIC = [
    ((), ()),
    ((("ward", "EQUAL"),), ()),
    ((("ward", "EQUAL"), ("language", "IN")), ()),
    ((("ward", "EQUAL"),), (("ward", "DESCENDING"),)),
    ((("at", "LESS_THAN"), ("at", "GREATER_THAN")), (("at", "DESCENDING"),)),
    ((("tags", "ARRAY_CONTAINS"),), ()),
    ((), (("at", "DESCENDING"), ("__name__", "DESCENDING"))),
    ((("ward", "EQUAL"), ("__name__", "GREATER_THAN")), (("__name__", "ASCENDING"),)),
]
COMPOSITE = [
    ((("ward", "EQUAL"), ("at", "LESS_THAN")), ()),
    ((("at", "LESS_THAN"), ("by", "GREATER_THAN")), ()),
    ((("ward", "NOT_EQUAL"),), (("at", "ASCENDING"),)),
    ((("tags", "ARRAY_CONTAINS"), ("ward", "EQUAL")), ()),
    ((("tags", "ARRAY_CONTAINS"),), (("at", "ASCENDING"),)),
    ((), (("at", "DESCENDING"), ("by", "ASCENDING"))),
    ((), (("at", "DESCENDING"), ("__name__", "ASCENDING"))),
    ((), (("__name__", "DESCENDING"),)),
    ((("", "OR"), ("ward", "EQUAL"), ("at", "EQUAL")), ()),
]


@pytest.mark.parametrize(("filters", "orders"), AUTOMATIC)
def test_what_the_automatic_indexes_serve_needs_nothing(
    filters: tuple[tuple[str, str], ...], orders: tuple[tuple[str, str], ...]
) -> None:
    assert None is NOTHING.lacking(Query("notes", False, filters, orders))


@pytest.mark.parametrize(("filters", "orders"), COMPOSITE)
def test_what_they_do_not_serve_is_reported(
    filters: tuple[tuple[str, str], ...], orders: tuple[tuple[str, str], ...]
) -> None:
    assert None is not NOTHING.lacking(Query("notes", False, filters, orders))


def test_a_collection_group_has_no_automatic_index() -> None:
    filters = (("ward", "EQUAL"),)
    assert None is not NOTHING.lacking(Query("notes", True, filters, ()))
    index = Composite("notes", True, (("ward", "ASCENDING"),))
    assert None is Indexes({index}, {}).lacking(Query("notes", True, filters, ()))
