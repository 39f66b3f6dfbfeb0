"""The commands as an operator types them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud.firestore import Client
from typer.testing import CliRunner

from tests.tsunagu.audiences.people import NOON, key
from tsunagu.audiences.commands import app
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.shelf import note
from tsunagu.residents.store import residents_shelf
from tsunagu.staff import store as staff
from tsunagu.staff.rules import Role

EDITOR, ANALYST = "editor@city.example", "analyst@city.example"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audience.yaml"
    path.write_text("{wards: [chuo], not: {age_bands: [20s]}}", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def city_with_people(db: Client) -> None:
    for email, role in ((EDITOR, Role.EDITOR), (ANALYST, Role.ANALYST)):
        staff.add(db, email, email, [role], "admin@city.example", datetime.now(UTC))
    person: dict[str, Any] = {
        "following": True,
        "quiet": False,
        "districts": [],
        "topics": [],
        "tags": [],
        "since": NOON,
    }
    changes: tuple[dict[str, Any], ...] = (
        {"wards": ["chuo"], "language": "ja", "age_band": None},
        {"wards": ["chuo"], "language": "en", "age_band": "70s"},
        {"wards": ["chuo"], "language": "ja", "age_band": "20s"},
        {"wards": [], "language": "ja", "age_band": "30s"},
    )
    for number, change in enumerate(changes):
        reference, content = note(residents_shelf(db), key(number), 1, person | change)
        reference.set(content)


def rows(output: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in output.splitlines() if "│" in line]


def test_the_size_of_a_file_is_counted_by_language_and_ward_without_sending(file: Path) -> None:
    news = run("size", file)
    assert "中央区にお住まいの方（20代の方を除く）" in news
    assert [["ja", "1"], ["en", "1"], ["中央区", "2"], ["named no ward", "0"], ["all", "2"]] == [
        row for row in rows(news) if row[0] in ("ja", "en", "中央区", "named no ward", "all")
    ]
    urgent = run("size", file, "--urgent")
    assert [["named no ward", "1"], ["all", "3"]] == [row for row in rows(urgent) if row[0] in ("named no ward", "all")]
    assert "1 of them only because they named no ward." in urgent


def test_what_is_saved_is_listed_shown_used_and_deleted(file: Path) -> None:
    saved = run("save", file, "--name", "older", "--title", "中央区の20代以外", "--by", EDITOR)
    assert "older: saved, version 1.\n" == saved
    assert [["older", "中央区の20代以外", "中央区にお住まいの方（20代の方を除く）"]] == [
        row[:3] for row in rows(run("list"))
    ]
    shown = run("show", "older")
    for words in ("people who live in Chuo Ward (except people who are aged 20–29)", f"by {EDITOR}, version 1"):
        assert words in shown
    assert ["all", "2"] in rows(shown)
    file.write_text("{saved: older, languages: [en]}", encoding="utf-8")
    assert ["all", "1"] in rows(run("size", file))
    assert "older: deleted.\n" == run("delete", "older", "--by", EDITOR)
    with pytest.raises(Rejected):
        run("show", "older")
    with pytest.raises(WrongFile) as wrong:
        run("size", file)
    assert "there is no saved audience 'older'" in str(wrong.value)


def test_a_title_with_brackets_is_shown_as_it_was_written(file: Path) -> None:
    run("save", file, "--name", "older", "--title", "[/x] [red]中央区[/red] :fire:", "--by", EDITOR)
    for command in (("list",), ("show", "older")):
        assert "[/x] [red]中央区[/red] :fire:" in run(*command)


def test_what_cannot_be_a_name_is_not_there(file: Path) -> None:
    for name in ("a/b", "", ".."):
        for command in (("show", name), ("delete", name, "--by", EDITOR), ("delete", name, "--list", "--by", EDITOR)):
            with pytest.raises(Rejected, match="there is no"):
                run(*command)


def test_junk_lines_of_an_upload_are_listed_and_the_others_count(file: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join([f"U{key(1).hex()}", f"U{key(1).hex()}", "user", *["x"] * 120]))
    said = run("upload", ids, "--name", "pilot", "--title", "試行", "--by", EDITOR, "--days", 7)
    assert said.startswith("pilot: 1 person until ")
    for words in (
        "1 line named somebody again",
        "121 lines are no user id",
        "line 3 has 4 characters",
        "… and 21 more",
    ):
        assert words in said
    assert [["pilot", "試行", "1"]] == [row[:3] for row in rows(run("lists"))]
    file.write_text("{lists: [pilot]}", encoding="utf-8")
    assert ["all", "1"] in rows(run("size", file))
    run("delete", "pilot", "--list", "--by", EDITOR)
    assert [] == rows(run("lists"))
    ids.write_text(f"U{key(1).hex()}\nuser")
    assert "1 line is no user id, and was left out:" in run("upload", ids, "--name", "pilot", "--by", EDITOR)
    for missing in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(Rejected) as error:
            run("upload", missing, "--name", "pilot", "--by", EDITOR)
        assert "cannot be read" in error.value.reason


@pytest.mark.parametrize("by", [ANALYST, "stranger@city.example", ""])
def test_who_may_not_write_broadcasts_changes_nothing(db: Client, file: Path, by: str) -> None:
    before = len(list(db.collection("audit").stream()))
    for command in (("save", file, "--name", "a"), ("upload", file, "--name", "a"), ("delete", "a")):
        with pytest.raises(Rejected):
            run(*command, "--by", by)
    assert before == len(list(db.collection("audit").stream()))
