"""The commands as an operator types them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.cloud import pubsub_v1
from google.cloud.firestore import Client
from typer.testing import CliRunner

from tests.tsunagu.broadcasts.world import BEGIN, NEWS
from tsunagu.broadcasts.commands import app
from tsunagu.broadcasts.freeze import freeze
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import get, reference
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import Rejected


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "news.yaml"
    path.write_text(NEWS.format(id="news-1"), encoding="utf-8")
    return path


@pytest.fixture
def ticks(pubsub_host: str, project: str) -> Iterator[pubsub_v1.SubscriberClient]:
    """What `subscription` of the project hears of the topic of ticks."""
    pubsub_v1.PublisherClient().create_topic(name=f"projects/{project}/topics/ticks")
    with pubsub_v1.SubscriberClient() as subscriber:
        name = f"projects/{project}/subscriptions/heard"
        subscriber.create_subscription(name=name, topic=f"projects/{project}/topics/ticks")
        yield subscriber


def test_check_shows_what_would_be_sent_to_whom(file: Path) -> None:
    shown = run("check", file)
    for words in ("ja, ja-easy", "こんにちは", "Hello", "お知らせ: now, to wards: chuo."):
        assert words in shown


def test_check_of_a_wrong_file_raises_what_the_command_line_prints(file: Path) -> None:
    file.write_text(NEWS.format(id="x").replace("now", "2020-01-01T00:00"), encoding="utf-8")
    with pytest.raises(WrongFile) as wrong:
        run("check", file)
    assert [("id", 2), ("when", 4)] == [(fault.field, fault.line) for fault in wrong.value.faults]


def test_now_does_not_wait_for_the_tick_and_the_audit_knows_who(
    db: Client, project: str, file: Path, ticks: pubsub_v1.SubscriberClient
) -> None:
    assert "news-1: now\n" == run("schedule", file, "--by", "editor@city.example")
    heard = ticks.pull(subscription=f"projects/{project}/subscriptions/heard", max_messages=10, timeout=10)
    assert ["at"] == [name for message in heard.received_messages for name in json.loads(message.message.data)]
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    assert [("editor@city.example", "broadcast.schedule", "news-1")] == [
        (line["who"], line["did"], line["what"]) for line in lines
    ]
    with pytest.raises(Rejected):
        run("schedule", file, "--by", "editor@city.example")


def test_list_and_show_say_how_it_stands(db: Client, file: Path) -> None:
    file.write_text(NEWS.format(id="news-1").replace("now", "2099-01-01T09:00"), encoding="utf-8")
    assert "news-1: 2099-01-01 09:00\n" == run("schedule", file, "--by", "editor@city.example")
    listed = run("list")
    for words in ("news-1", "お知らせ", "scheduled", "2099-01-01 09:00"):
        assert words in listed
    assert "editor@city.example" in run("show", "news-1")
    with pytest.raises(Rejected):
        run("show", "unknown")


def test_withdraw_before_and_after_it_began(
    db: Client, project: str, file: Path, ticks: pubsub_v1.SubscriberClient
) -> None:
    run("schedule", file, "--by", "editor@city.example")
    assert "nobody was sent to" in run("withdraw", "news-1", "--by", "editor@city.example")
    found = get(db, "news-1")
    assert found is not None and found.state is State.WITHDRAWN
    with pytest.raises(Rejected):
        run("withdraw", "news-1", "--by", "editor@city.example")
    file.write_text(NEWS.format(id="news-2"), encoding="utf-8")
    run("schedule", file, "--by", "editor@city.example")
    freeze(db, "news-2", lambda: datetime.now(UTC))
    assert "chunks done" in run("show", "news-2")
    assert "who was sent to already" in run("withdraw", "news-2", "--by", "editor@city.example")


def test_a_broadcast_that_has_ended_shows_its_totals(db: Client, file: Path) -> None:
    file.write_text(NEWS.format(id="news-1").replace("now", "2099-01-01T09:00"), encoding="utf-8")
    run("schedule", file, "--by", "editor@city.example")
    totals = {"accepted": 700, "refused": 1, "not_sent": {"withdrawn": 0, "expired": 0, "stopped": 2, "erased": 3}}
    reference(db, "news-1").update(
        {"state": "sent", "open": False, "audience": 706, "totals": totals, "ended_at": BEGIN, "attempt": "a"}
    )
    shown = run("show", "news-1")
    for words in ("706", "700", "stopped 2, erased 3", "2026-11-01 09:00"):
        assert words in shown
