"""`tsunagu menu` as the city's operator types it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.stand_in import StandIn
from tests.tsunagu.menus.conftest import Account
from tsunagu.menus.commands import app
from tsunagu.staff.store import AUDIT

BY = ("--by", "hanako@city.example")


@pytest.fixture(autouse=True)
def environment(platform: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", platform.channel_access_token)
    monkeypatch.setenv("LINE_API_URL", platform.url)
    monkeypatch.setenv("LINE_DATA_API_URL", platform.url)


def run(*words: str) -> str:
    result = invoked(*words)
    assert 0 == result.exit_code, result.output
    return result.output


def invoked(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "250"})


def test_the_menus_are_deployed_switched_and_shown(account: Account) -> None:
    assert "No menu is deployed yet" in run("show")
    assert "6 menus are deployed; the ordinary ones are shown." in run("deploy", *BY)
    assert account.all_see("ordinary")
    assert "The disaster menus are shown" in run("switch", "disaster", *BY)
    assert account.all_see("disaster")
    told = run("show")
    assert "disaster (shown)" in told and "by hanako@city.example" in told
    assert "Moving those who chose another language: succeeded." in told


def test_who_deployed_and_switched_is_in_the_audit(account: Account) -> None:
    run("deploy", *BY)
    run("switch", "disaster", *BY)
    lines = [line.to_dict() or {} for line in account.db.collection(AUDIT).stream()]
    assert [("hanako@city.example", "menu.deploy"), ("hanako@city.example", "menu.switch")] == sorted(
        (line["who"], line["did"]) for line in lines
    )
    assert ["disaster"] == [line["what"] for line in lines if line["did"] == "menu.switch"]


def test_where_line_refuses_the_one_request_it_is_said_what_was_done_instead(account: Account) -> None:
    run("deploy", *BY)
    account.fault(endpoint="menu_batch", kind="status", status=429)
    told = run("switch", "disaster", *BY)
    assert "LINE did not move the other languages in one request (429" in told
    assert "their 4 residents were linked one by one" in told
    assert account.all_see("disaster")


def test_the_pictures_may_be_looked_at_without_any_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINE_CHANNEL_ACCESS_TOKEN")
    run("draw", "--out", str(tmp_path / "menus"))
    modes, languages = ("disaster", "ordinary"), ("en", "ja-easy", "ja")
    assert [f"{mode}-{language}.png" for mode in modes for language in languages] == sorted(
        file.name for file in (tmp_path / "menus").iterdir()
    )


def test_a_mode_that_is_none_is_refused_in_words() -> None:
    result = invoked("switch", "earthquake", *BY)
    assert 2 == result.exit_code
    assert "earthquake" in result.output
