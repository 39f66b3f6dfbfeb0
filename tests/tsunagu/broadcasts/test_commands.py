"""The commands as an operator types them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from google.cloud import pubsub_v1
from google.cloud.firestore import Client
from typer.testing import CliRunner

from local.staff import hire
from tests.tsunagu.broadcasts.test_invited import INVITATION, REMINDER
from tests.tsunagu.broadcasts.world import BEGIN, NEWS, World
from tsunagu.broadcasts.commands import commands
from tsunagu.broadcasts.delivery.ledger import digest_of, seal_ledger
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast, get, reference
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.fill import fill
from tsunagu.residents.store import ROSTER_SCHEMA, residents_shelf

app = commands(lambda survey: 2)
EDITOR, APPROVER = ("--by", "editor@city.example"), ("--by", "approver@city.example")
LATER = "2099-01-01T09:00"
SERIES = '{at: "09:00", every: month, on: [2nd tue], holidays: skip}'


GOES_OUT_NOW = "news-1: goes out now; `tsunagu broadcast show news-1` says how far it is.\n"
GOES_OUT_LATER = "news-1: goes out at 2099-01-01 09:00; `tsunagu broadcast withdraw news-1 --by …` stops it.\n"


def run(*arguments: object, columns: int | None = 200) -> str:
    env = {"COLUMNS": str(columns) if columns else None}
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.output


@pytest.fixture(autouse=True)
def small_town(db: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its staff, and three residents of chuo."""
    for name, value in (("QUIET_HOURS", "none"), ("APPROVAL_ABOVE", "1000")):
        monkeypatch.setenv(name, value)
    hire(db, BEGIN)
    row = {
        "version": 1,
        "following": True,
        "quiet": False,
        "wards": ["chuo"],
        "districts": [],
        "topics": [],
        "tags": [],
    }
    row |= {"language": "ja", "age_band": None, "since": BEGIN}
    rows = [row | {"key": bytes([n] * 16)} for n in range(3)]
    fill(residents_shelf(db), pl.DataFrame(rows, schema=ROSTER_SCHEMA))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "news.yaml"
    path.write_text(NEWS.format(id="news-1"), encoding="utf-8")
    return path


def rewritten(file: Path, when: str = "now", id: str = "news-1", more: str = "", to: str = "chuo") -> Path:
    file.write_text(NEWS.format(id=id).replace("now", when).replace("chuo", to) + more, encoding="utf-8")
    return file


def found(db: Client, id: str = "news-1") -> Broadcast:
    broadcast = get(db, id)
    assert broadcast is not None
    return broadcast


def did(db: Client, what: str = "news-1") -> set[tuple[str, str]]:
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    return {(line["who"].partition("@")[0], line["did"]) for line in lines if line["what"] == what}


@pytest.fixture
def ticks(pubsub_host: str, project: str) -> Iterator[pubsub_v1.SubscriberClient]:
    """What `subscription` of the project hears of the topic of ticks."""
    pubsub_v1.PublisherClient().create_topic(name=f"projects/{project}/topics/ticks")
    with pubsub_v1.SubscriberClient() as subscriber:
        name = f"projects/{project}/subscriptions/heard"
        subscriber.create_subscription(name=name, topic=f"projects/{project}/topics/ticks")
        yield subscriber


def test_check_shows_what_would_be_sent_to_whom_and_to_how_many(file: Path) -> None:
    shown = run("check", file)
    for words in ("ja, ja-easy", "こんにちは", "Hello", "お知らせ: now, to 中央区", "3 (ja 3; chuo 3) people now."):
        assert words in shown
    assert "every month on 2nd tue at 09:00, not on holidays" in run("check", rewritten(file, SERIES))


def test_check_needs_no_project(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    assert "people now" not in run("check", file)


def test_check_of_a_wrong_file_raises_what_the_command_line_prints(file: Path) -> None:
    file.write_text(NEWS.format(id="x").replace("now", "2020-01-01T00:00"), encoding="utf-8")
    with pytest.raises(WrongFile) as wrong:
        run("check", file)
    assert [("id", 2), ("when", 4)] == [(fault.field, fault.line) for fault in wrong.value.faults]


def test_now_does_not_wait_for_the_tick_and_the_audit_knows_who(
    db: Client, project: str, file: Path, ticks: pubsub_v1.SubscriberClient
) -> None:
    assert GOES_OUT_NOW == run("schedule", file, *EDITOR)
    heard = ticks.pull(subscription=f"projects/{project}/subscriptions/heard", max_messages=10, timeout=10)
    assert ["at"] == [name for message in heard.received_messages for name in json.loads(message.message.data)]
    assert {("editor", "broadcast.write"), ("editor", "broadcast.submit")} == did(db)
    with pytest.raises(Rejected, match="already"):
        run("schedule", file, *EDITOR)


def test_list_and_show_say_how_it_stands(db: Client, file: Path) -> None:
    assert GOES_OUT_LATER == run("schedule", rewritten(file, LATER), *EDITOR)
    listed = run("list")
    for words in ("news-1", "お知らせ", "scheduled", "2099-01-01 09:00"):
        assert words in listed
    shown = run("show", "news-1")
    for words in ("editor@city.example (version 1)", "no limit: it is sent late if need be", "中央区"):
        assert words in shown
    with pytest.raises(Rejected):
        run("show", "unknown")


def test_a_title_with_brackets_and_colons_is_shown_as_it_was_written(db: Client, file: Path) -> None:
    title = "[/x] [bold]訂正[/bold] :fire:"
    file.write_text(file.read_text("utf-8").replace("title: お知らせ", f"title: '{title}'"), "utf-8")
    assert f"{title}: now, to" in run("check", file)
    run("draft", file, *EDITOR)
    reference(db, "news-1").update({"sent_back": {"by": "approver@city.example", "at": BEGIN, "why": "[/x]"}})
    assert title in run("list")
    assert title in run("show", "news-1")
    assert "approver@city.example: [/x]" in run("show", "news-1")


def test_nothing_is_cut_in_a_narrow_terminal_and_a_pipe_has_a_line_for_each_row(db: Client, file: Path) -> None:
    id = "a-quite-long-name-of-forty-characters-40"
    run("draft", rewritten(file, LATER, id=id), *EDITOR)
    reference(db, id).update({"title": "長い題名" * 20, "state": "scheduled"})
    for columns in (80, 40):
        listed = run("list", columns=columns)
        assert id in listed
        assert "…" not in listed
        assert "長い題名" * 20 == "".join(letter for letter in listed if letter in "長い題名")
    (row,) = [line for line in run("list", columns=None).splitlines() if id in line]
    for words in ("長い題名" * 20, "scheduled", "2099-01-01 09:00"):
        assert words in row


@pytest.mark.parametrize("id", ["a/b", "", "a/b/c", ".", "../x"])
def test_what_cannot_be_an_id_is_a_broadcast_that_is_not_there(db: Client, id: str) -> None:
    before = len(list(db.collection("audit").stream()))
    for verb in ("show", "next", "cost", "verify"):
        with pytest.raises(Rejected, match="there is no broadcast"):
            run(verb, id)
    decisions = [(verb,) for verb in ("submit", "pause", "resume", "withdraw", "ledger", "approve")]
    for verb, *more in (*decisions, ("send-back", "--why", "誤字"), ("test", "--to", "editor@city.example")):
        with pytest.raises(Rejected, match="there is no broadcast"):
            run(verb, id, *more, *APPROVER)
    assert before == len(list(db.collection("audit").stream()))


def test_what_is_spread_says_until_when(db: Client, file: Path, ticks: pubsub_v1.SubscriberClient) -> None:
    rewritten(file, LATER, more="over_minutes: 30\n")
    assert "2099-01-01 09:00, over 30 minutes, to 中央区" in run("check", file)
    assert "goes out at 2099-01-01 09:00, spread over 30 minutes until about 2099-01-01 09:30; " in run(
        "schedule", file, *EDITOR
    )
    assert "over 30 minutes" in run("show", "news-1")
    going = {"ends": [1, 2, 3], "gone": 2, "next_at": BEGIN}
    reference(db, "news-1").update({"spread": going, "open": True})
    assert "over 30 minutes; 2 of 3 minutes have come" in run("show", "news-1")


def test_a_reminder_says_to_whom_and_to_how_many_at_most(db: Client, file: Path, world: World) -> None:
    file.write_text(REMINDER.format(id="reminder", ward="chuo"), encoding="utf-8")
    with pytest.raises(Rejected, match="no invitation to it has gone out"):
        run("check", file)
    with pytest.raises(Rejected, match=r"no invitation to it has gone out.*'reminder' stays a draft"):
        run("schedule", file, *EDITOR)
    world.run(world.write(INVITATION.format(id="invitation", ward="chuo")))
    checked = run("check", file)
    for words in (
        "to those invited to 'kosodate' who have not finished it, of 中央区",
        "3 (ja 3; chuo 3) people now, at most: without those who have finished (2 until now).",
    ):
        assert words in checked
    assert "those invited to 'kosodate' who have not finished it" in run("show", "reminder")


def test_check_of_an_audience_of_nobody_says_that_it_cannot_be_sent(file: Path) -> None:
    with pytest.raises(Rejected, match="as it stands it cannot be sent: nobody is in its audience"):
        run("check", rewritten(file, to="kita"))
    assert "0 people now" in run("check", rewritten(file, SERIES, to="kita"))  # there may be some by then


def test_only_staff_with_the_right_role_decide(db: Client, file: Path) -> None:
    for stranger in ("visitor@city.example", "analyst@city.example", ""):
        with pytest.raises(Rejected):
            run("draft", file, "--by", stranger)
    run("draft", file, *EDITOR)
    with pytest.raises(Rejected):
        run("approve", "news-1", *EDITOR)
    with pytest.raises(Rejected, match="approver"):
        run("schedule", rewritten(file, id="news-2"), *EDITOR, "--emergency", "fire")
    assert None is get(db, "news-2")


def test_from_a_draft_to_an_approval(db: Client, file: Path, ticks: pubsub_v1.SubscriberClient) -> None:
    assert "news-1: draft, version 1\n" == run("draft", rewritten(file, more="kind: life_safety\n"), *EDITOR)
    with pytest.raises(Rejected, match="already"):
        run("draft", file, *EDITOR)
    assert "news-1: draft, version 2\n" == run("draft", file, *APPROVER, "--version", 1)
    assert "waits for the approval of somebody else, who has the role of approver: it is about saving lives" in run(
        "submit", "news-1", *EDITOR
    )
    run("send-back", "news-1", *APPROVER, "--why", "誤字")
    assert "誤字" in run("show", "news-1")
    run("submit", "news-1", *EDITOR)
    with pytest.raises(Rejected, match="your own"):
        run("approve", "news-1", *APPROVER)
    assert GOES_OUT_NOW == run("approve", "news-1", *APPROVER, "--emergency", "川があふれました")
    shown = run("show", "news-1")
    for words in ("EMERGENCY", "川があふれました", "approver@city.example"):
        assert words in shown
    assert ("approver", "broadcast.emergency") in did(db)


def test_an_emergency_is_one_command_of_an_approver(db: Client, file: Path, ticks: pubsub_v1.SubscriberClient) -> None:
    rewritten(file, more="kind: life_safety\n")
    assert GOES_OUT_NOW == run("schedule", file, *APPROVER, "--emergency", "地震")
    assert (State.SCHEDULED, "地震") == (found(db).state, found(db).emergency)


def test_what_cannot_be_scheduled_stays_a_draft_and_the_command_says_how_to_go_on(db: Client, file: Path) -> None:
    with pytest.raises(Rejected, match=r"nobody is in its audience now.*--version 1"):
        run("schedule", rewritten(file, to="kita"), *EDITOR)
    with pytest.raises(Rejected, match=r"'news-2' stays a draft: `tsunagu broadcast submit news-2 --by …`"):
        run("schedule", rewritten(file, id="news-2", to="kita"), *EDITOR)
    assert State.DRAFT is found(db).state
    assert GOES_OUT_LATER == run("schedule", rewritten(file, LATER), *EDITOR, "--version", 1)


def test_a_series_shows_its_next_days(db: Client, file: Path) -> None:
    assert "every month on 2nd tue at 09:00" in run("schedule", rewritten(file, SERIES), *EDITOR)
    days = run("next", "news-1", "--count", 3).splitlines()
    assert 3 == len(days)
    assert all("Tue 09:00" in day for day in days)
    assert "2:00:00 after each of its times" in run("show", "news-1")
    for none in (0, -3):
        assert 2 == CliRunner().invoke(app, ["next", "news-1", "--count", str(none)]).exit_code
    run("withdraw", "news-1", *EDITOR)
    with pytest.raises(Rejected):
        run("next", "news-1")


def test_withdraw_before_and_after_it_began(db: Client, file: Path, ticks: pubsub_v1.SubscriberClient) -> None:
    run("schedule", file, *EDITOR)
    assert "nobody was sent to" in run("withdraw", "news-1", *EDITOR)
    assert State.WITHDRAWN is found(db).state
    with pytest.raises(Rejected):
        run("withdraw", "news-1", *EDITOR)
    run("schedule", rewritten(file, id="news-2"), *EDITOR)
    going_out = {"state": "sending", "attempt": "a", "audience": 3, "chunks": 0, "announced_at": datetime.now(UTC)}
    reference(db, "news-2").update(going_out)
    assert "who was sent to already" in run("pause", "news-2", *EDITOR, "--why", "誤字")
    assert "誤字" in run("show", "news-2")
    assert "goes on" in run("resume", "news-2", *EDITOR)
    assert "not settled yet" in run("show", "news-2")
    waiting = {"waits_for": "paused", "lease": None, "open": True}
    reference(db, "news-2").collection("freezes").document("a").collection("chunks").document("0").set(waiting)
    assert "3; paused" in run("show", "news-2")
    assert "who was sent to already" in run("withdraw", "news-2", *EDITOR)


def test_a_broadcast_that_has_ended_shows_its_totals_and_its_cost(db: Client, file: Path) -> None:
    run("schedule", rewritten(file, LATER), *EDITOR)
    assert "news-1: nothing was spent on it. It is scheduled and has not gone out.\n" == run("cost", "news-1")
    totals = {"accepted": 700, "refused": 1, "not_sent": {"withdrawn": 0, "expired": 0, "stopped": 2, "erased": 3}}
    reference(db, "news-1").update(
        {
            "state": "sent",
            "open": False,
            "audience": 706,
            "totals": totals,
            "ended_at": BEGIN,
            "attempt": "a",
            "spent": {"writes": 1_000_000},
        }
    )
    shown = run("show", "news-1")
    for words in ("706", "700", "stopped 2, erased 3", "2026-11-01 09:00"):
        assert words in shown
    assert "700 of 706" in run("list")
    assert "1,000,000" in run("cost", "news-1")


def test_a_ledger_is_written_and_its_taking_is_in_the_audit(db: Client, file: Path, tmp_path: Path) -> None:
    run("schedule", rewritten(file, LATER), *EDITOR)
    assert "0 slices" in run("ledger", "news-1", *EDITOR, "--out", tmp_path / "ledger.csv")
    assert run("ledger", "news-1", *EDITOR).encode() == (tmp_path / "ledger.csv").read_bytes().replace(b"\r\n", b"\n")
    assert ("editor", "broadcast.download") in did(db)
    with pytest.raises(Rejected, match="no sealed ledger"):
        run("verify", "news-1")
    with pytest.raises(Rejected, match="there is no folder"):
        run("ledger", "news-1", *EDITOR, "--out", tmp_path / "nowhere" / "x.csv")
    with pytest.raises(Rejected, match=r"missing\.csv cannot be read: No such file or directory"):
        run("verify", "news-1", "--file", tmp_path / "missing.csv")


def test_verify_says_it_in_the_number_of_what_it_looked_at_and_in_the_citys_time(
    db: Client, file: Path, tmp_path: Path
) -> None:
    run("schedule", rewritten(file, LATER), *EDITOR)
    run("ledger", "news-1", *EDITOR, "--out", tmp_path / "ledger.csv")
    digest = digest_of((tmp_path / "ledger.csv").read_bytes())
    batch = db.batch()
    seal_ledger(db, batch, "news-1", digest, BEGIN)
    batch.commit()
    assert "the ledger of 'news-1' is as sealed" in run("verify", "news-1")
    both = run("verify", "news-1", "--file", tmp_path / "ledger.csv")
    assert "the file and the ledger of 'news-1' are as sealed" in both
    reference(db, "news-1").collection("ledger").document("0").set({"rows": "news-1\r\n"})
    with pytest.raises(Rejected, match="NOT what was sealed on 2026-11-01 09:00 JST"):
        run("verify", "news-1")
