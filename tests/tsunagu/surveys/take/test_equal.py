"""Law: a download equals the page under the same filters. What is taken away is counted again, by hand."""

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.tsunagu.surveys.everykind import WARDS, WORDS, definition, rows
from tests.tsunagu.surveys.invented import put
from tests.tsunagu.surveys.take.looked import NOW, looked
from tsunagu.surveys import store
from tsunagu.surveys.definition import Multiple, Scale, Single
from tsunagu.surveys.report.count import Counted
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take import pdf
from tsunagu.surveys.take.kinds import KINDS
from tsunagu.surveys.take.taken import nobody

SURVEY = definition()
Cells = Mapping[str, str]  # by what stands before the words in the name of a column

some = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
terms = st.one_of(
    st.tuples(st.just("ward"), st.sampled_from([*WARDS, "-"])),
    st.tuples(st.just("district"), st.sampled_from(["sekidai", "shirakawa"])),
    st.tuples(st.just("age_band"), st.sampled_from(["20s", "30s", "-"])),
    st.tuples(st.just("language"), st.sampled_from(["ja", "ja-easy", "en"])),
    st.tuples(st.just("a.use"), st.sampled_from(["often", "never", "other"])),
    st.tuples(st.just("a.why"), st.sampled_from(["near", "cheap", "none"])),
    st.tuples(st.just("s.nps"), st.sampled_from(["given", "declined", "not_asked", "blank"])),
    st.tuples(st.just("s.more"), st.sampled_from(["given", "skipped", "not_asked"])),
    st.tuples(st.just("min.content"), st.sampled_from(["2", "4"])),
    st.tuples(st.just("max.age"), st.sampled_from(["50"])),
    st.tuples(st.just("from"), st.just("2026-11-05")),
    st.tuples(st.just("to"), st.just("2026-11-15")),
    st.tuples(st.just("has.more"), st.sampled_from(["公園", "please"])),
)


@pytest.fixture
def db_with_answers(db: firestore.Client) -> firestore.Client:
    put(db, SURVEY, rows(SURVEY, 250))
    return db


@some
@given(st.lists(terms, max_size=3, unique_by=lambda term: term[0]))
def test_every_download_counts_what_the_page_counts(
    db_with_answers: firestore.Client, tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    look = looked(db_with_answers, SURVEY.id, pairs)
    for cells in (utf8(look, tmp_path), cp932(look, tmp_path), sheet(look, tmp_path)):
        assert look.report.answered == len(cells)
        assert look.report.finished == sum(1 for row in cells if row["完了"])
        for counted in look.report.questions:
            assert states(counted) == Counter(row[f"{counted.question.id}-code"] for row in cells)
            assert chosen(counted) == recounted(counted, cells)
    assert figures(look) == as_json(look, tmp_path)


def states(counted: Counted) -> Counter[str]:
    names = ("given", "skipped", "declined", "not_asked", "blank")
    return +Counter({name: getattr(counted, name) for name in names})


def chosen(counted: Counted) -> dict[str, int]:
    return {row.code: row.count for row in counted.rows} if is_choice(counted) else {}


def is_choice(counted: Counted) -> bool:
    return isinstance(counted.question, Single | Multiple | Scale) or counted.question.type in ("ward", "district")


def recounted(counted: Counted, cells: Sequence[Cells]) -> dict[str, int]:
    id = counted.question.id
    if not is_choice(counted):
        return {}
    if isinstance(counted.question, Multiple):
        return {row.code: sum(each[f"{id}.{row.code}"] == "1" for each in cells) for row in counted.rows}
    labels = {row.code: row.code if isinstance(counted.question, Scale) else row.label[0] for row in counted.rows}
    return {code: sum(each[id] == label for each in cells) for code, label in labels.items()}


def figures(look: Look) -> list[tuple[str, int, list[tuple[str, int]]]]:
    return [
        (each.question.id, each.base, [(row.code, row.count) for row in each.rows]) for each in look.report.questions
    ]


def as_json(look: Look, folder: Path) -> list[tuple[str, int, list[tuple[str, int]]]]:
    (group,) = json.loads(taken(look, folder, "json").read_text("utf-8"))["groups"]
    return [
        (each["id"], each["base"]["n"], [(row["code"], row["count"]) for row in each["rows"]])
        for each in group["questions"]
    ]


def utf8(look: Look, folder: Path) -> list[Cells]:
    return read_csv(taken(look, folder, "csv"), "utf-8-sig")


def cp932(look: Look, folder: Path) -> list[Cells]:
    return read_csv(taken(look, folder, "csv-cp932"), "cp932")


def read_csv(path: Path, encoding: str) -> list[Cells]:
    with path.open(encoding=encoding, newline="") as file:
        return [{name.split(" ")[0]: cell for name, cell in row.items()} for row in csv.DictReader(file)]


def sheet(look: Look, folder: Path) -> list[Cells]:
    head, *lines = load_workbook(taken(look, folder, "xlsx"), read_only=True)["回答"].iter_rows(values_only=True)
    names = [str(name).split(" ")[0] for name in head]
    return [{name: "" if cell is None else str(cell) for name, cell in zip(names, line, strict=True)} for line in lines]


def taken(look: Look, folder: Path, kind: str) -> Path:
    path = folder / f"file.{kind}"
    written = KINDS[kind].write(path, look, NOW, nobody)
    assert look.report.answered == written.responses
    return path


def test_the_forms_of_csv_differ_in_nothing_but_what_cp932_cannot_hold(
    db_with_answers: firestore.Client, tmp_path: Path
) -> None:
    look = looked(db_with_answers, SURVEY.id)
    path = tmp_path / "cp932.csv"
    written = KINDS["csv-cp932"].write(path, look, NOW, nobody)
    before, after = utf8(look, tmp_path), read_csv(path, "cp932")
    lost = sum(map(len, (cell for row in before for cell in row.values()))) - sum(
        letter == other
        for row, same in zip(before, after, strict=True)
        for name in row
        for letter, other in zip(row[name], same[name], strict=True)
    )
    assert written.replaced == lost > 0
    assert any(letter not in "".join(row["more"] for row in after) for word in WORDS for letter in word)


def test_answers_to_other_words_are_shown_with_those_words(db_with_answers: firestore.Client, tmp_path: Path) -> None:
    written = SURVEY.written()
    question = next(each for each in written["questions"] if each["type"] != "notice")
    line = f"第2版から質問の文を変更：「{question['text']['ja']}」→「減税について」"
    question["text"]["ja"] = "減税について"
    reference = store.reference(db_with_answers, SURVEY.id)
    reference.collection(store.EDITIONS).document("1").set({"definition": SURVEY.written(), "until": NOW})
    reference.update({"definition": written, "edition": 2})
    look = looked(db_with_answers, SURVEY.id)
    counted = look.report.questions[0]
    assert [line] == [ja for ja, _ in counted.revised]
    assert () == look.report.questions[1].revised
    found = json.loads(taken(look, tmp_path, "json").read_text("utf-8"))
    assert [line] == [each["ja"] for each in found["groups"][0]["questions"][0]["revised"]]
    assert line in [ja for ja, _ in pdf.data(look, NOW)["questions"][0]["bases"]]
    cells = load_workbook(taken(look, tmp_path, "xlsx"), read_only=True)["集計"].iter_rows(values_only=True)
    assert any(line in str(cell) for row in cells for cell in row)


def test_every_kind_says_what_it_is() -> None:
    assert ["csv", "csv-cp932", "xlsx", "pdf", "json"] == list(KINDS)
    for id, kind in KINDS.items():
        assert id == kind.id
        assert all(kind.name) and kind.file and kind.ending and "/" in kind.content_type


class Cancelled(Exception):
    """Nobody waits for it any more."""


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_told_may_stop_it_and_no_temporary_file_is_left(
    db_with_answers: firestore.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def stop(done: int, of: int) -> None:
        raise Cancelled

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with pytest.raises(Cancelled):
        KINDS[kind].write(tmp_path / "file", looked(db_with_answers, SURVEY.id), NOW, stop)
    assert [] == list(folder.iterdir())
