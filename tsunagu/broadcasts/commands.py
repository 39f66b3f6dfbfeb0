"""`tsunagu broadcast check|draft|schedule|submit|approve|send-back|pause|resume|withdraw|test`."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from google.cloud.firestore import Client
from rich.table import Table

from tsunagu.audiences import store as audiences
from tsunagu.audiences.roster import RosterKeeper, Size
from tsunagu.audiences.rules import Audience
from tsunagu.audiences.words import described
from tsunagu.broadcasts import show_commands, tester_commands
from tsunagu.broadcasts.definition import Definition, Today, read
from tsunagu.broadcasts.invited import Finished, to_remind
from tsunagu.broadcasts.life import approve as approving
from tsunagu.broadcasts.life import pause as pausing
from tsunagu.broadcasts.life.house import held_until, through_at
from tsunagu.broadcasts.life.series import rule_of
from tsunagu.broadcasts.life.submit import submit as submit_it
from tsunagu.broadcasts.life.tell import tell_run_due_work
from tsunagu.broadcasts.life.withdraw import withdraw as withdraw_it
from tsunagu.broadcasts.life.write import write
from tsunagu.broadcasts.repeat import Repeat
from tsunagu.broadcasts.rules import Kind, State
from tsunagu.broadcasts.show_commands import By, Id, clock, counted, database, existing, house, project, said, whom
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud import settings, terminal
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.pubsub import Publisher
from tsunagu.residents.city import city
from tsunagu.staff.access import require
from tsunagu.staff.rules import Deed

PUBLISH_TIMEOUT = 10.0  # seconds; a person waits for it

File = Annotated[Path, typer.Argument(help="The broadcast as YAML.")]
Version = Annotated[
    int, typer.Option(help="Write a draft anew that has the id in the file: the version you have seen.")
]
Why = Annotated[str, typer.Option(help="In a few words, for the audit and for whoever looks at it.")]
Emergency = Annotated[
    str, typer.Option(metavar="WHY", help="You may approve, and there is no time for somebody else: why. Stands out.")
]


@dataclass(frozen=True)
class Perhaps:
    """Checking needs no project; with one it also counts."""

    google_cloud_project: str = ""


def commands(finished: Finished) -> typer.Typer:
    """`finished`: how many have finished a survey, which only the top of the house can find out."""
    app = typer.Typer(help="Messages to those who want them, or, for lives' sake, to everyone.", no_args_is_help=True)

    @app.command()
    def check(file: File) -> None:
        """Check a file: every fault with its line, or what would be sent to whom, and to how many."""
        there = settings.read(Perhaps, os.environ).google_cloud_project
        db = database() if there else None
        definition = read(file, _today(db))
        table = Table("language", "message", "what")
        versions, version_for = definition.versions()
        for version, messages in versions.items():
            languages = ", ".join(language for language, name in version_for.items() if name == version)
            for number, message in enumerate(messages, 1):
                what = message.get("text") or message.get("altText") or message.get("originalContentUrl")
                table.add_row(languages if number == 1 else "", f"{number} {message['type']}", str(what))
        terminal.show(table)
        urgent, titles = definition.kind is Kind.LIFE_SAFETY, audiences.titles(db) if db else {}
        to = whom(described(definition.audience, urgent, "ja", titles), definition.reminds_of())
        over = f", over {terminal.counted(definition.over_minutes, 'minute')}" if definition.over_minutes else ""
        terminal.say(f"{definition.title}: {_when(definition)}{over}, to {to}.")
        if db is not None:
            size, done = _size(db, definition.audience, definition.kind, definition.reminds_of(), finished)
            people = counted(size.total, size.by_language, size.by_ward, size.no_ward)
            who = "person" if size.total == 1 else "people"
            but = f", at most: without those who have finished ({done:,} until now)" if definition.remind else ""
            terminal.say(f"{people} {who} now{but}.")
            if size.total == 0 and not isinstance(definition.when, Repeat):
                raise Rejected("as it stands it cannot be sent: nobody is in its audience")

    @app.command()
    def schedule(file: File, by: By, version: Version = 0, emergency: Emergency = "") -> None:
        """Write and submit what a file describes; `when: now` begins as soon as nobody has to do anything more."""
        db, now = database(), datetime.now(UTC)
        member = require(db, by, Deed.APPROVE_BROADCASTS if emergency else Deed.WRITE_BROADCASTS)
        found = _write(db, file, by, version, now)
        try:
            found = _submit(db, found, member.email, now, finished)
            if emergency and found.state is State.WAITING:
                found = approving.approve(db, found.id, member.email, now, house(), emergency)
        except Rejected as error:
            raise Rejected(f"{error.reason}. {_what_now(found)}") from error
        _say_when(found, now)

    @app.command()
    def submit(broadcast: Id, by: By) -> None:
        """Submit a draft: it is scheduled, or waits for somebody's approval."""
        db, now = database(), datetime.now(UTC)
        member = require(db, by, Deed.WRITE_BROADCASTS)
        _say_when(_submit(db, existing(db, broadcast), member.email, now, finished), now)

    for command in (draft, approve, send_back, pause, resume, withdraw):
        app.command(command.__name__.replace("_", "-"))(command)
    app.command("test")(tester_commands.send)
    app.add_typer(tester_commands.app, name="tester")
    show_commands.add_to(app)
    return app


def draft(file: File, by: By, version: Version = 0) -> None:
    """Write a draft, or write one anew; nothing is scheduled."""
    found = _write(database(), file, by, version, datetime.now(UTC))
    terminal.say(f"{found.id}: draft, version {found.version}")


def approve(broadcast: Id, by: By, emergency: Emergency = "") -> None:
    """Approve what somebody else wrote, or in an emergency what you wrote yourself."""
    db, now = database(), datetime.now(UTC)
    member = require(db, by, Deed.APPROVE_BROADCASTS)
    _say_when(approving.approve(db, broadcast, member.email, now, house(), emergency), now)


def send_back(broadcast: Id, by: By, why: Why) -> None:
    """Give a broadcast that waits for approval back to its writer."""
    db, now = database(), datetime.now(UTC)
    member = require(db, by, Deed.APPROVE_BROADCASTS)
    approving.send_back(db, broadcast, member.email, now, why)
    terminal.say(f"{broadcast}: a draft again.")


def pause(broadcast: Id, by: By, why: Why = "") -> None:
    """Stop a broadcast between two slices, until it is resumed."""
    db, now = database(), datetime.now(UTC)
    member = require(db, by, Deed.WRITE_BROADCASTS)
    pausing.pause(db, broadcast, member.email, now, why)
    terminal.say(f"{broadcast}: paused; {_look(broadcast)}")


def resume(broadcast: Id, by: By) -> None:
    """Let a paused broadcast go on."""
    db, now = database(), datetime.now(UTC)
    member = require(db, by, Deed.WRITE_BROADCASTS)
    pausing.resume(db, broadcast, member.email, now)
    terminal.say(f"{broadcast}: goes on{_told(now)}.")


def withdraw(broadcast: Id, by: By) -> None:
    """Send it to nobody who has not been sent to yet; of a series, nothing more goes out."""
    db, now = database(), datetime.now(UTC)
    member = require(db, by, Deed.WRITE_BROADCASTS)
    before = withdraw_it(db, broadcast, member.email, now)
    if before.attempt is None:
        says = "withdrawn; nobody was sent to."
    else:
        _told(now)
        says = f"withdrawn; {_look(broadcast)}"
    terminal.say(f"{broadcast}: {says}")


def _write(db: Client, file: Path, by: str, version: int, now: datetime) -> Broadcast:
    member = require(db, by, Deed.WRITE_BROADCASTS)
    definition = read(file, _today(db, now))
    if not version:
        return write(db, definition, member.email, now)
    if definition.id is None:
        raise Rejected("to write a draft anew, put its `id` into the file")
    return write(db, definition, member.email, now, definition.id, version)


def _submit(db: Client, found: Broadcast, by: str, now: datetime, finished: Finished) -> Broadcast:
    size, _ = _size(db, found.to, found.kind, found.reminds_of, finished)
    return submit_it(db, found.id, by, now, size.total, house(), found.version)


def _size(db: Client, to: Audience, kind: Kind, reminds_of: str | None, finished: Finished) -> tuple[Size, int]:
    """Of a reminder at most, and how many have finished. Raises Rejected."""
    among, done = to_remind(db, reminds_of, finished, datetime.now(UTC))
    return RosterKeeper(db, house().zone).now().size(to, kind is Kind.LIFE_SAFETY, among), done


def _say_when(found: Broadcast, now: datetime) -> None:
    terminal.say(f"{found.id}: {_comes(found, now)}.")


def _comes(found: Broadcast, now: datetime) -> str:
    """When it goes out, or whom it waits for; what is due now is told to run_due_work."""
    if found.state is State.WAITING:
        why, how = found.needs_approval, f"`tsunagu broadcast approve {found.id} --by …`"
        return f"waits for the approval of somebody else, who has the role of approver: {why} ({how})"
    if found.repeat is not None:
        return f"goes out {said(rule_of(found))}; next {clock(found.when)}"
    due = found.due_at or found.when
    held = held_until(found, max(due, now), house())
    over = _over(found, held or max(due, now))
    if held is not None:
        return f"goes out at {clock(held)}{over}: quiet hours hold it until then"
    if due > now:
        return f"goes out at {clock(due)}{over}; `tsunagu broadcast withdraw {found.id} --by …` stops it"
    return f"goes out now{_told(now)}{over}; `tsunagu broadcast show {found.id}` says how far it is"


def _over(found: Broadcast, begins: datetime) -> str:
    if not found.over_minutes:
        return ""
    minutes = terminal.counted(found.over_minutes, "minute")
    return f", spread over {minutes} until about {clock(through_at(found, begins, house()))}"


def _what_now(found: Broadcast) -> str:
    """Where a broadcast was left that could not be scheduled, and how its writer goes on."""
    if found.state is State.WAITING:
        return f"'{found.id}' waits for approval: `tsunagu broadcast approve {found.id} --by …`"
    again = f"`tsunagu broadcast submit {found.id} --by …` tries again"
    change = f"`tsunagu broadcast schedule FILE --version {found.version} --by …`, with `id: {found.id}` in the file"
    return f"'{found.id}' stays a draft: {again}; to change it first, {change}"


def _told(now: datetime) -> str:
    told = tell_run_due_work(Publisher(project(), PUBLISH_TIMEOUT), now)
    return "" if told else " (with the next tick of the clock)"


def _look(broadcast: str) -> str:
    return f"`tsunagu broadcast show {broadcast}` says who was sent to already."


def _today(db: Client | None, now: datetime | None = None) -> Today:
    """With a project, saved audiences and uploaded lists are looked up, too."""
    saved = audiences.by_name(db) if db else None
    lists = [one.name for one in audiences.lists(db)] if db else None
    return Today(city(), now or datetime.now(UTC), house().zone, saved, lists)


def _when(definition: Definition) -> str:
    if isinstance(definition.when, Repeat):
        return said(definition.when)
    return "now" if definition.when == "now" else clock(definition.when)
