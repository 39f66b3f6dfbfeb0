"""`tsunagu broadcast check|schedule|list|show|withdraw`."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Column, Table

from tsunagu.broadcasts import store
from tsunagu.broadcasts.audience import Audience
from tsunagu.broadcasts.definition import Definition, Today, read
from tsunagu.broadcasts.rules import Kind, State
from tsunagu.broadcasts.schedule import schedule as schedule_it
from tsunagu.broadcasts.withdraw import withdraw as withdraw_it
from tsunagu.cloud import settings
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.pubsub import TICKS, NotPublished, Publisher
from tsunagu.residents.city import city

app = typer.Typer(help="Messages to those who want them, or, for lives' sake, to everyone.", no_args_is_help=True)

PUBLISH_TIMEOUT = 10.0  # seconds; a person waits for it

File = Annotated[Path, typer.Argument(help="The broadcast as YAML.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a broadcast, as `list` shows it.")]
By = Annotated[str, typer.Option(help="Your own address, for the audit.")]


@dataclass(frozen=True)
class Clock:
    city_timezone: str = "Asia/Tokyo"


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str


@app.command()
def check(file: File) -> None:
    """Check a file: every fault with its line, or what would be sent to whom."""
    definition = read(file, _today())
    table = Table("language", "message", "what")
    versions, version_for = definition.versions()
    for version, messages in versions.items():
        languages = ", ".join(language for language, name in version_for.items() if name == version)
        for number, message in enumerate(messages, 1):
            what = message.get("text") or message.get("altText") or message.get("originalContentUrl")
            table.add_row(languages if number == 1 else "", f"{number} {message['type']}", str(what))
    console = Console()
    console.print(table)
    console.print(f"{definition.title}: {_when(definition)}, to {described(definition.audience, definition.kind)}.")


@app.command()
def schedule(file: File, by: By) -> None:
    """Schedule what a file describes; `when: now` begins at once."""
    now, project = datetime.now(UTC), _project()
    definition = read(file, _today(now))
    broadcast = schedule_it(connect(project), definition, by, now)
    told = definition.when != "now" or _tick(project, now)
    later = "" if told else " (it begins with the next tick of the clock)"
    Console().print(f"{broadcast}: {_when(definition)}{later}", highlight=False)


@app.command("list")
def list_() -> None:
    """List the broadcasts, the latest first."""
    table = Table(Column("id", no_wrap=True), "title", "kind", "state", "when", "audience", "accepted", "not accepted")
    for broadcast in store.every(connect(_project())):
        totals = broadcast.totals
        table.add_row(
            broadcast.id,
            broadcast.title,
            broadcast.kind.value,
            broadcast.state.value,
            _clock(broadcast.when),
            "" if broadcast.audience is None else f"{broadcast.audience:,}",
            f"{totals.accepted:,}" if totals else "",
            f"{totals.everyone() - totals.accepted:,}" if totals else "",
        )
    Console().print(table)


@app.command()
def show(broadcast: Id) -> None:
    """Show one broadcast: for whom, how far it has come, and its totals."""
    db = connect(_project())
    found = store.get(db, broadcast)
    if found is None:
        raise Rejected(f"there is no broadcast '{broadcast}'")
    table = Table("field", "value", show_header=False)
    table.add_row("title", found.title)
    table.add_row("kind", found.kind.value)
    table.add_row("state", found.state.value)
    table.add_row("when", _clock(found.when))
    table.add_row("scheduled by", found.by)
    table.add_row("to", described(found.to, found.kind))
    if found.audience is not None:
        by_language = ", ".join(f"{language} {n:,}" for language, n in sorted(found.audience_by_language.items()))
        table.add_row("audience", f"{found.audience:,}" + (f" ({by_language})" if by_language else ""))
    if found.attempt is not None and found.state in (State.SENDING, State.WITHDRAWN) and found.open:
        chunks = store.chunks_of(db, found.id, found.attempt).select(["open", "waits_for", "next_try"]).stream()
        data = [chunk.to_dict() or {} for chunk in chunks]
        waiting = {chunk.get("waits_for") for chunk in data if chunk["open"] and chunk.get("next_try")}
        table.add_row("chunks done", f"{sum(not chunk['open'] for chunk in data)} of {found.chunks}")
        if waiting:
            table.add_row("waits for", ", ".join(sorted(map(str, waiting))))
    if found.totals is not None:
        table.add_row("accepted by LINE", f"{found.totals.accepted:,}")
        table.add_row("refused by LINE", f"{found.totals.refused:,}")
        not_sent = found.totals.to_document()["not_sent"]
        table.add_row("not sent", ", ".join(f"{why} {n:,}" for why, n in not_sent.items() if n) or "0")
    if found.ended_at is not None:
        table.add_row("ended", _clock(found.ended_at))
    Console().print(table)


@app.command()
def withdraw(broadcast: Id, by: By) -> None:
    """Send it to nobody who has not been sent to yet."""
    now, project = datetime.now(UTC), _project()
    before = withdraw_it(connect(project), broadcast, by, now)
    if before.attempt is None:
        says = "withdrawn; nobody was sent to."
    else:
        _tick(project, now)
        says = f"withdrawn; `tsunagu broadcast show {broadcast}` says who was sent to already."
    Console().print(f"{broadcast}: {says}", highlight=False)


def described(to: Audience, kind: Kind) -> str:
    """The audience in words."""
    groups = [f"{name}: {', '.join(group)}" for name, group in to if group]
    urgent = " (whatever their topics, and whoever named no ward)" if kind is Kind.LIFE_SAFETY else ""
    return ("; ".join(groups) or "everyone") + urgent


def _tick(project: str, now: datetime) -> bool:
    """Whether run_due_work was told not to wait for the clock."""
    try:
        Publisher(project, PUBLISH_TIMEOUT).publish(TICKS, json.dumps({"at": now.isoformat()}).encode(), kind="tick")
    except NotPublished:
        return False
    return True


def _today(now: datetime | None = None) -> Today:
    return Today(city(), now or datetime.now(UTC), _zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.read(Clock, os.environ).city_timezone)


def _project() -> str:
    return settings.read(Settings, os.environ).google_cloud_project


def _clock(when: datetime) -> str:
    return f"{when.astimezone(_zone()):%Y-%m-%d %H:%M}"


def _when(definition: Definition) -> str:
    return "now" if definition.when == "now" else _clock(definition.when)
