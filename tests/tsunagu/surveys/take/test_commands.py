"""`tsunagu survey download` as an analyst types it."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from typer.testing import CliRunner, Result

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import put
from tests.tsunagu.surveys.take.looked import looked
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import AUDIT
from tsunagu.surveys.commands import app
from tsunagu.surveys.take import jobs

SURVEY = definition()
BY = "analyst@city.example"


@pytest.fixture(autouse=True)
def _answers(db: firestore.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(db, SURVEY, rows(SURVEY, 60))
    monkeypatch.chdir(tmp_path)


def typed(*words: str) -> Result:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["download", SURVEY.id, "--by", BY, *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def audited(db: firestore.Client) -> list[tuple[Any, Any]]:
    lines = [line.to_dict() or {} for line in db.collection(AUDIT).stream()]
    return [(line["who"], line["what"]) for line in lines if line["did"] == "survey.download"]


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("csv", b"\xef\xbb\xbf"),
        ("csv-cp932", "回答者".encode("cp932")),
        ("xlsx", b"PK"),
        ("pdf", b"%PDF-"),
        ("json", b"{"),
    ],
)
def test_every_form_is_a_file_and_a_line_in_audit_and_history(db: firestore.Client, form: str, begins: bytes) -> None:
    said = typed("--as", form, "--out", "taken", "--filter", "ward=chuo&ward=kita", "--filter", "language=ja").stdout
    answered = looked(db, SURVEY.id, [("ward", "chuo"), ("ward", "kita"), ("language", "ja")]).report.answered
    content = Path("taken").read_bytes()
    assert content.startswith(begins)
    assert f"taken: {answered} responses, {len(content):,} bytes." in said
    what = f"{SURVEY.id}: {form}, ward=chuo&ward=kita&language=ja, {answered} responses"
    assert [(BY, what)] == audited(db)
    assert [(BY, form, answered)] == [(job.by, job.kind, job.responses) for job in jobs.of_survey(db, SURVEY.id)]
    assert ["taken"] == [path.name for path in Path().iterdir()]


def test_the_file_is_filtered_as_the_page_is(db: firestore.Client) -> None:
    typed("--as", "json", "--out", "taken.json", "--filter", "ward=chuo&vs=everyone&cross=use&cross=ward")
    found = json.loads(Path("taken.json").read_text("utf-8"))
    look = looked(db, SURVEY.id, [("ward", "chuo"), ("vs", "everyone")])
    assert look.other is not None
    assert [look.report.answered, look.other.answered] == [group["answered"] for group in found["groups"]]
    assert found["groups"][0]["cross"] is not None


def test_what_cp932_could_not_hold_is_said() -> None:
    assert "文字を〓に置き換えました" in typed("--as", "csv-cp932", "--out", "taken.csv").stdout
    assert "〓" not in typed("--as", "csv", "--out", "other.csv").stdout


def test_a_file_that_is_there_is_not_overwritten_unless_it_shall_be(db: firestore.Client) -> None:
    Path("taken.csv").write_text("precious")
    with pytest.raises(Rejected, match="--force"):
        typed("--out", "taken.csv")
    assert ("precious", []) == (Path("taken.csv").read_text(), audited(db))
    typed("--out", "taken.csv", "--force")
    assert "precious" not in Path("taken.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(("name", "begins"), [("x.xlsx", b"PK"), ("x.pdf", b"%PDF-"), ("x.json", b"{"), ("x", b"\xef")])
def test_the_name_says_which_form_it_is(db: firestore.Client, name: str, begins: bytes) -> None:
    typed("--out", name)
    assert Path(name).read_bytes().startswith(begins)


def test_a_name_may_be_as_long_as_names_can_be(db: firestore.Client) -> None:
    typed("--out", f"{'あ' * 83}.csv")
    assert [f"{'あ' * 83}.csv"] == [path.name for path in Path().iterdir()]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--out", "x", "--as", "docx"], "choose one of csv, csv-cp932, xlsx, pdf, json"),
        (["--out", "x", "--filter", "ward"], "NAME=VALUE"),
        (["--out", "x", "--filter", "ward=mars"], "mars"),
        (["--out", "x", "--filter", "a.nothing=1"], "nothing"),
        (["--out", "nowhere/x"], "no folder nowhere"),
        (["--out", "."], "is a folder"),
        (["--out", "x.xlsx", "--as", "csv"], "would be a csv with the name of a xlsx"),
        (["--out", "x" * 300], "cannot be written: File name too long"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(db: firestore.Client, words: list[str], says: str) -> None:
    with pytest.raises(Rejected, match=says):
        typed(*words)
    assert ([], []) == (list(Path().iterdir()), audited(db))


def test_a_survey_that_is_not_there_is_said() -> None:
    result = CliRunner().invoke(app, ["download", "nothing", "--out", "x"])
    assert isinstance(result.exception, Rejected) and "nothing" in str(result.exception)


def test_what_breaks_off_leaves_no_half_file_and_no_line(db: firestore.Client) -> None:
    """There is no room for more than a thousand bytes."""
    line = [sys.executable, "-m", "tsunagu", "survey", "download", SURVEY.id, "--out", "taken.csv"]
    done = subprocess.run(line, capture_output=True, text=True, preexec_fn=no_room, check=False)
    assert (True, True) == (done.returncode != 0, "File too large" in done.stderr)
    assert ([], []) == (list(Path().iterdir()), audited(db))


def no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
