"""The command as an operator types it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.cloud import firestore
from PIL import Image
from typer.testing import CliRunner

from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.settings import SettingsMissing
from tsunagu.media.commands import app
from tsunagu.staff import store
from tsunagu.staff.rules import Role

BY_EDITOR = ("--by", "editor@city.example")


def add(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["add", *map(str, arguments)], env={"COLUMNS": "60"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.output


@pytest.fixture(autouse=True)
def city(db: firestore.Client, storage_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_BUCKET", "media")
    for role in (Role.EDITOR, Role.ANALYST):
        store.add(db, f"{role.value}@city.example", role.value, [role], "test", datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.new("RGB", (60, 40), "navy").save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_it_prints_what_to_paste_into_a_broadcast(photo: Path, db: firestore.Client) -> None:
    says, address = add(photo, *BY_EDITOR), r"https://storage\.googleapis\.com/media/([0-9a-f]{32})"
    pasted = rf"  - image:\n      url: {address}\.jpg\n      preview: {address}-preview\.jpg\n"
    found = re.fullmatch(pasted, says)
    assert found is not None, says
    lines = [line.to_dict() or {} for line in db.collection(store.AUDIT).stream()]
    added = [(line["who"], line["what"]) for line in lines if line["did"] == "media.add"]
    assert [("editor@city.example", f"{found[1]}.jpg")] == added


def test_only_who_may_write_broadcasts_adds_pictures(photo: Path) -> None:
    with pytest.raises(Rejected, match=r"'analyst@city\.example' has no such role"):
        add(photo, "--by", "analyst@city.example")


def test_what_cannot_be_had_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "letter.jpg").write_text("これは写真ではありません", "utf-8")
    with pytest.raises(Rejected, match="This file is not a picture"):
        add(tmp_path / "letter.jpg", *BY_EDITOR)
    with pytest.raises(Rejected, match=r"none\.jpg cannot be read: No such file or directory"):
        add(tmp_path / "none.jpg", *BY_EDITOR)
    monkeypatch.delenv("MEDIA_BUCKET")
    with pytest.raises(SettingsMissing, match="MEDIA_BUCKET"):
        add("any.jpg", *BY_EDITOR)
