from datetime import UTC, datetime

import pytest
from google.cloud import firestore
from typer.testing import CliRunner

from tsunagu.staff import store
from tsunagu.staff.commands import app
from tsunagu.staff.rules import Role


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert 0 == result.exit_code, result.output
    return result.output


def test_a_member_added_is_listed_and_in_the_audit(db: firestore.Client) -> None:
    run(
        "add",
        "Hanako@city.example",
        "--role",
        "editor",
        "--role",
        "analyst",
        "--name",
        "花子",
        "--by",
        "boss@city.example",
    )
    member = store.read(db, "HANAKO@city.example")
    assert member is not None
    assert ("hanako@city.example", "花子", frozenset({Role.EDITOR, Role.ANALYST})) == (
        member.email,
        member.name,
        member.roles,
    )
    assert "analyst, editor" in run("list")
    lines = [line.to_dict() or {} for line in db.collection(store.AUDIT).stream()]
    assert [("boss@city.example", "staff.add", "hanako@city.example: analyst, editor")] == [
        (line["who"], line["did"], line["what"]) for line in lines
    ]


def test_the_list_has_the_citys_time_whole_addresses_and_names_as_they_were_written(db: firestore.Client) -> None:
    email, at = "a.rather.long.name.of.somebody@office.of.the.city.example", datetime(2026, 11, 1, 18, tzinfo=UTC)
    store.add(db, email, "[/x] 花子", [Role.EDITOR], "boss@city.example", at)
    listed = run("list")
    for words in ("2026-11-02 03:00", "[/x] 花子"):
        assert words in listed
    narrow = CliRunner().invoke(app, ["list"], env={"COLUMNS": "80"})
    assert email in narrow.output
    assert "…" not in narrow.output


def test_adding_again_replaces_the_roles(db: firestore.Client) -> None:
    run("add", "hanako@city.example", "--role", "admin")
    run("add", "hanako@city.example", "--role", "analyst")
    member = store.read(db, "hanako@city.example")
    assert member is not None
    assert frozenset({Role.ANALYST}) == member.roles
    assert 2 == len(list(db.collection(store.AUDIT).stream()))


@pytest.mark.parametrize(
    "words", [("add", "hanako", "--role", "admin"), ("add", "a@b", "--role", "mayor"), ("add", "a@b")]
)
def test_what_is_no_address_or_no_role_is_refused_in_words(db: firestore.Client, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, list(words))
    assert 2 == result.exit_code
    assert [] == store.everyone(db)
