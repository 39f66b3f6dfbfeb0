"""An import that is killed, interrupted, doubled or late: it goes on where it stopped, and ends alike."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore
from typer.testing import CliRunner

from local.phones import Phones
from local.stand_in import StandIn
from local.topology import ROOT
from tests.tsunagu.broadcasts.world import Killed, Mortal
from tests.tsunagu.residents.friends import Pages, a_minute_passes, asked_of_line, progress, resident, walked
from tsunagu.__main__ import app
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.read import read
from tsunagu.residents import store
from tsunagu.residents.rules import Resident
from tsunagu.residents.walk import Walk


@pytest.fixture
def line(platform: StandIn) -> Pages:
    return Pages(platform)


def test_of_two_imports_at_once_the_second_says_so(phones: Phones, db: firestore.Client, line: Pages) -> None:
    phones.add(1, following=True)
    first = Walk(db)
    with pytest.raises(Rejected, match="under way"):
        walked(db, line)
    a_minute_passes(db)
    assert {"new": 1} == walked(db, line)
    with pytest.raises(Rejected, match="taken over"):
        first.came_to(None, first.counts)


@pytest.mark.parametrize("too_old", ["for us", "for LINE"])
def test_a_walk_whose_token_is_too_old_begins_again(
    phones: Phones, db: firestore.Client, line: Pages, too_old: str
) -> None:
    friends = phones.add(5, following=True)

    def breaks() -> None:
        if len(line.starts) == 2:
            raise KeyboardInterrupt

    line.then = breaks
    with pytest.raises(KeyboardInterrupt):
        walked(db, line)
    line.then = lambda: None
    begun = progress(db)["begun_at"]
    if too_old == "for us":
        db.collection("imports").document("followers").update({"next_at": datetime.now(UTC) - timedelta(hours=24)})
        assert {"new": 3, "known": 2} == walked(db, line)
        assert [None, None] == [line.starts[0], line.starts[2]]
    else:
        phones.control("POST", "/clock", {"ahead": 90_000})
        assert {"new": 3, "known": 2} == walked(db, line)
        assert [line.starts[1], None] == line.starts[2:4]
    assert begun < progress(db)["begun_at"]
    assert all(resident(db, friend).following for friend in friends)


@pytest.fixture
def environment(db: firestore.Client, platform: StandIn, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the command reads; the test's own project and emulator are in it already."""
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", platform.channel_access_token)
    monkeypatch.setenv("LINE_API_URL", platform.url)
    return dict(os.environ)


def started(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tsunagu", "residents", "import", "--by", "taro@city.example"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )


def wait_until(true: Callable[[], bool], within: float = 60.0) -> None:
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_killed_import_goes_on_with_the_page_it_was_at(
    phones: Phones, db: firestore.Client, environment: dict[str, str]
) -> None:
    phones.add(1_800, following=True)
    process = started(environment)
    wait_until(lambda: progress(db).get("next") is not None)
    phones.control("POST", "/faults", {"endpoint": "profile", "kind": "slow", "seconds": 1})
    wait_until(lambda: asked_of_line(phones)["profile"] > 1_000)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    phones.control("DELETE", "/faults")
    assert {"new": 1_000} == progress(db)["counts"]
    refused = CliRunner().invoke(app, ["residents", "import"])
    assert "was killed less than a minute ago" in str(refused.exception)
    a_minute_passes(db)
    done = CliRunner().invoke(app, ["residents", "import", "--by", "taro@city.example"])
    assert (0, "Done: 1,800 friends found, 1,800 new.\n") == (done.exit_code, done.stdout), done.output
    assert {"new": 1_800} == progress(db)["counts"]
    roster = read(store.residents_shelf(db))
    assert (1_800, 1_800) == (roster.height, roster["key"].n_unique())
    calls = asked_of_line(phones)
    assert ({"followers", "profile"}, 3) == (set(calls), calls["followers"])  # the second page twice
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    assert 2 == [(line["who"], line["did"]) for line in lines].count(("taro@city.example", "residents.import"))


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_dead_at_any_write_and_run_again_the_import_ends_alike(
    phones: Phones, firestore_host: str, project: str, line: Pages, after: bool
) -> None:
    friends = phones.add(5, following=True)
    dead = 0
    for dies_at in range(1, 100):
        mortal = Mortal(f"{project}-{dies_at}", dies_at, after)
        db = firestore.Client(project=f"{project}-{dies_at}")
        back = Resident(following=False, version=1, changed={"following": 1, "language": 1}, language="en")
        for reference, content in store.documents_of(db, friends[3].user, back):
            reference.set(content)
        try:
            walked(mortal, line)
        except Killed:
            dead += 1
        else:
            break
        if progress(db):
            a_minute_passes(db)
        had_ended = progress(db).get("ended_at") is not None
        assert ({"known": 5} if had_ended else {"new": 4, "back": 1}) == walked(db, line), dies_at
        following = [found for found in db.collection(store.RESIDENTS).stream() if found.get("following")]
        languages = {friend.user: "ja" for friend in friends} | {friends[3].user: "en"}
        assert languages == {found.id: found.get("language") for found in following}
        assert 5 == read(store.residents_shelf(db)).height
    assert 7 <= dead  # the walk's beginning, and for each of three pages its people and its end


def test_interrupted_it_says_how_to_go_on_and_lets_go(
    phones: Phones, db: firestore.Client, environment: dict[str, str]
) -> None:
    phones.add(60, following=True)
    phones.control("POST", "/faults", {"endpoint": "profile", "kind": "slow", "seconds": 0.5})
    process = started(environment)
    wait_until(lambda: "profile" in asked_of_line(phones))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert 130 == process.returncode, (out, err)
    assert "`tsunagu residents import` goes on from there." in err
    assert "Traceback" not in err
    assert progress(db)["lease"] is None
    phones.control("DELETE", "/faults")
    assert 0 == CliRunner().invoke(app, ["residents", "import"]).exit_code
