"""An import is there whole or not at all, each response once, and its packs say what its documents say."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from google.cloud import firestore

from tests.tsunagu.surveys.bring.test_read import row
from tests.tsunagu.surveys.bring.written import TOKYO, opened, write
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.read import read as read_shelf
from tsunagu.residents.city import city
from tsunagu.surveys import store
from tsunagu.surveys.bring import keep
from tsunagu.surveys.bring.read import read
from tsunagu.surveys.rows import pack_schema, packed_row
from tsunagu.surveys.rules import State

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "AT_ONCE", 3)


def brought(folder: Path, number: int, **book: Any) -> keep.Import:
    file, codebook = write(folder, [row(番号=str(n), Q5=str(n % 80)) for n in range(number)], **book)
    found, csv = opened(file, codebook)
    got = read(found, csv, city(), TOKYO)
    return keep.Import(found.definition(), got.rows, "answers.csv", f"digest of {number}", 2, "hanako@city.example")


def run(db: firestore.Client, what: keep.Import, again: bool = False) -> None:
    for _ in keep.steps(db, what, NOW, again):
        pass


def packs_of(db: firestore.Client) -> pl.DataFrame:
    survey = store.get(db, "earlier")
    assert survey is not None
    return read_shelf(store.responses_shelf(db, survey)).sort("key")


def recounted(db: firestore.Client) -> pl.DataFrame:
    survey = store.get(db, "earlier")
    assert survey is not None
    rows = [packed_row(survey.definition, name, response) for name, response in store.responses(db, survey)]
    assert None not in rows
    return pl.DataFrame(rows, schema=pack_schema(survey.definition)).sort("key")


def test_a_survey_is_there_closed_with_all_its_responses(db: firestore.Client, tmp_path: Path) -> None:
    run(db, brought(tmp_path, 8))
    survey = store.get(db, "earlier")
    assert survey is not None
    assert (State.CLOSED, True, None) == (survey.state, survey.settled, survey.salt)
    assert (NOW, "answers.csv", 2) == (survey.imported_at, survey.imported_from, survey.left_out)
    assert survey.opened_at == survey.closed_at == datetime(2019, 6, 3, 1, 0, tzinfo=UTC)
    assert [float(n) for n in range(8)] == sorted(packs_of(db)["a_age"].to_list())
    assert packs_of(db).equals(recounted(db))
    assert [] == list(store.reference(db, "earlier").collection("imports").stream())


def test_nobody_can_tell_from_a_name_which_row_it_is(db: firestore.Client, tmp_path: Path) -> None:
    names: list[set[str]] = []
    for _ in range(2):
        run(db, brought(tmp_path, 3), again=bool(names))
        names.append(set(packs_of(db)["key"]))
    assert set() == names[0] & names[1]


def test_what_was_not_asked_or_left_blank_is_so_in_the_documents_too(db: firestore.Client, tmp_path: Path) -> None:
    what = brought(tmp_path, 1)
    rows = [
        row(番号="a", Q3="-7", Q4="", Q5="-9", Q6="-8", 完了=""),
        row(番号="b", Q3="bus", Q4="-6", 区="", 完了="2019-06-03"),
    ]
    book, csv = opened(*write(tmp_path, rows))
    run(db, replace(what, rows=read(book, csv, city(), TOKYO).rows))
    assert packs_of(db).equals(recounted(db))
    shown = (
        packs_of(db).sort("a_how", nulls_last=True).select("s_how", "s_content", "s_age", "s_more", "waits_at").rows()
    )
    assert [(0, None, None, 0, None), (3, None, 1, 2, "born")] == shown


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_killed_anywhere_it_goes_on_and_nothing_is_seen_before_the_end(
    db: firestore.Client, tmp_path: Path, after: int
) -> None:
    what = brought(tmp_path, 8)
    steps = keep.steps(db, what, NOW)
    assert [(3, 8), (6, 8), (8, 8), (8, 8)][:after] == [next(steps) for _ in range(after)]
    steps.close()
    assert [] == store.everything(db)
    goes_on = list(keep.steps(db, what, NOW))
    assert min(3 * (after + 1), 8) == goes_on[0][0]
    assert packs_of(db).equals(recounted(db))
    assert [float(n) for n in range(8)] == sorted(recounted(db)["a_age"].to_list())


def test_what_another_file_left_behind_is_thrown_away(db: firestore.Client, tmp_path: Path) -> None:
    steps = keep.steps(db, brought(tmp_path, 8), NOW)
    next(steps), next(steps)
    steps.close()
    run(db, brought(tmp_path, 5))
    assert 5 == recounted(db).height
    assert packs_of(db).equals(recounted(db))


def test_of_two_runs_at_once_the_earlier_one_stops(db: firestore.Client, tmp_path: Path) -> None:
    what = brought(tmp_path, 8)
    first, second = keep.steps(db, what, NOW), keep.steps(db, what, NOW)
    assert (3, 8) == next(first)
    assert (6, 8) == next(second)
    with pytest.raises(Rejected, match="another import of earlier has begun meanwhile"):
        next(first)
    assert [(8, 8)] * 3 == list(second)
    assert packs_of(db).equals(recounted(db))
    assert 8 == recounted(db).height


def test_what_was_imported_is_replaced_only_if_asked(db: firestore.Client, tmp_path: Path) -> None:
    run(db, brought(tmp_path, 8))
    with pytest.raises(Rejected, match="was imported already: --replace"):
        run(db, brought(tmp_path, 5))
    assert 8 == packs_of(db).height
    run(db, brought(tmp_path, 5), again=True)
    assert 5 == packs_of(db).height
    assert packs_of(db).equals(recounted(db))


def test_an_import_that_broke_off_is_no_ground_for_another_survey(db: firestore.Client, tmp_path: Path) -> None:
    """Its responses would be counted as answers to that one."""
    what = brought(tmp_path, 8)
    steps = keep.steps(db, what, NOW)
    next(steps), next(steps)
    steps.close()
    with pytest.raises(Rejected, match="an import of earlier has not come to its end: run it again"):
        store.put(db, what.definition)
    run(db, what)
    assert 8 == packs_of(db).height


def test_what_was_published_of_it_is_known_of_its_replacement_too(db: firestore.Client, tmp_path: Path) -> None:
    run(db, brought(tmp_path, 8))
    published = {"digest": "of the numbers", "made_on": "2026-11-27"}
    store.reference(db, "earlier").update({"published": published})
    steps = keep.steps(db, brought(tmp_path, 7), NOW, again=True)
    next(steps)
    steps.close()
    run(db, brought(tmp_path, 5))
    assert published == (store.reference(db, "earlier").get().to_dict() or {})["published"]


def test_a_replacement_that_broke_off_leaves_nothing_old(db: firestore.Client, tmp_path: Path) -> None:
    run(db, brought(tmp_path, 8))
    steps = keep.steps(db, brought(tmp_path, 5), NOW, again=True)
    next(steps)
    steps.close()
    assert [] == store.everything(db)
    run(db, brought(tmp_path, 5))
    assert 5 == recounted(db).height
    assert packs_of(db).equals(recounted(db))


def test_a_survey_held_here_is_never_overwritten(db: firestore.Client, tmp_path: Path) -> None:
    what = brought(tmp_path, 2)
    store.reference(db, "earlier").create({"definition": what.definition.written(), "state": "draft", "edition": 1})
    for again in (False, True):
        with pytest.raises(Rejected, match="give this one another id"):
            run(db, what, again=again)
    assert [] == list(store.reference(db, "earlier").collection(store.RESPONSES).stream())


def test_an_anonymous_one_counts_as_anonymised(db: firestore.Client, tmp_path: Path) -> None:
    run(db, brought(tmp_path, 2, anonymity="anonymous"))
    survey = store.get(db, "earlier")
    assert survey is not None
    assert (NOW, False) == (survey.anonymised_at, survey.is_to_be_anonymised)


def test_heavy_responses_go_in_smaller_commits(
    db: firestore.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "HEAVY", 150)
    what = brought(tmp_path, 1)
    book, csv = opened(*write(tmp_path, [row(番号=str(n), Q6="長" * 90) for n in range(3)]))
    done = [written for written, _ in keep.steps(db, replace(what, rows=read(book, csv, city(), TOKYO).rows), NOW)]
    assert [1, 2, 3, 3, 3] == done
