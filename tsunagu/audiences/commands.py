"""`tsunagu audience list|show|save|size|delete|upload|lists`."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from google.cloud.firestore import Client
from rich.table import Column, Table

from tsunagu.audiences import store
from tsunagu.audiences import upload as uploading
from tsunagu.audiences.definition import Known, To, read
from tsunagu.audiences.roster import NO_WARD, RosterKeeper, Size
from tsunagu.audiences.words import described
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud import settings, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.terminal import counted
from tsunagu.residents.city import city
from tsunagu.staff.access import require
from tsunagu.staff.rules import Deed

app = typer.Typer(help="Whom messages can be for: under a name, counted, by uploaded lists.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The audience as YAML, such as {wards: [chuo], topics: [childcare]}.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of a saved audience, as `list` shows it.")]
By = Annotated[str, typer.Option(help="Your own address, for the audit.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str


@dataclass(frozen=True)
class Clock:
    city_timezone: str = "Asia/Tokyo"


@app.command("list")
def list_() -> None:
    """List the saved audiences."""
    db = _db()
    titles = store.titles(db)
    table = Table(Column("name", no_wrap=True), "title", "who", "saved", "by")
    for one in store.saved(db):
        table.add_row(one.name, one.title, described(one.audience, False, "ja", titles), _clock(one.at), one.by)
    terminal.show(table)


@app.command()
def show(name: Name) -> None:
    """Show a saved audience, and how many people it is now."""
    db = _db()
    found = store.get(db, name)
    if found is None:
        raise Rejected(f"there is no saved audience '{name}'")
    titles = store.titles(db)
    table = Table("field", "value", show_header=False)
    table.add_row("title", found.title)
    table.add_row("ja", described(found.audience, False, "ja", titles))
    table.add_row("en", described(found.audience, False, "en", titles))
    table.add_row("saved", f"{_clock(found.at)} by {found.by}, version {found.version}")
    terminal.show(table)
    _print(_roster(db).now().size(found.audience, urgent=False))


@app.command()
def save(
    file: File,
    name: Annotated[str, typer.Option(help="1 to 40 of a–z, 0–9 and -; what is there by that name is replaced.")],
    by: By,
    title: Annotated[str, typer.Option(help="What people call it; the name if not given.")] = "",
) -> None:
    """Save an audience under a name, for use in others and in broadcasts as {saved: NAME}."""
    db = _db()
    require(db, by, Deed.WRITE_BROADCASTS)
    saved = store.save(db, name, title or name, _read(file, db), by, datetime.now(UTC))
    terminal.say(f"{saved.name}: saved, version {saved.version}.")


@app.command()
def size(
    file: File,
    urgent: Annotated[bool, typer.Option("--urgent", help="As for what may save a life.")] = False,
) -> None:
    """Count the people of an audience, by language and ward. Nothing is sent."""
    db = _db()
    asked = _read(file, db)
    terminal.say(described(asked, urgent, "ja", store.titles(db)))
    _print(_roster(db).now().size(asked, urgent))


@app.command()
def delete(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `list` or `lists` shows it.")],
    by: By,
    uploaded: Annotated[bool, typer.Option("--list", help="An uploaded list, not a saved audience.")] = False,
) -> None:
    """Delete a saved audience, or with --list an uploaded list."""
    db = _db()
    require(db, by, Deed.WRITE_BROADCASTS)
    (uploading.delete if uploaded else store.delete)(db, name, by, datetime.now(UTC))
    terminal.say(f"{name}: deleted.")


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(help="One LINE user id a line.")],
    name: Annotated[str, typer.Option(help="1 to 40 of a–z, 0–9 and -; a list of that name is replaced.")],
    by: By,
    title: Annotated[str, typer.Option(help="What people call it; the name if not given.")] = "",
    days: Annotated[int, typer.Option(help="After these it ends by itself.")] = uploading.KEPT.days,
) -> None:
    """Upload a list of user ids, for use in audiences as {lists: [NAME]}. Lines that are no user id are listed."""
    db = _db()
    require(db, by, Deed.WRITE_BROADCASTS)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Rejected(f"{file} cannot be read: {error.strerror}") from error
    done = uploading.upload(db, name, title or name, content, by, datetime.now(UTC), timedelta(days=days))
    again = f", {counted(done.again, 'line')} named somebody again" if done.again else ""
    terminal.say(f"{name}: {counted(done.count, 'person', 'people')} until {_clock(done.expires)}{again}.")
    if done.junk_lines:
        no_id = "line is no user id, and was" if done.junk_lines == 1 else "lines are no user id, and were"
        terminal.say(f"{done.junk_lines:,} {no_id} left out:")
        for line, why in done.junk:
            terminal.say(f"  line {line:,} {why}")
    if done.junk_lines > len(done.junk):
        terminal.say(f"  … and {done.junk_lines - len(done.junk):,} more")


@app.command()
def lists() -> None:
    """List the uploaded lists."""
    table = Table(Column("name", no_wrap=True), "title", Column("people", justify="right"), "uploaded", "by", "ends")
    for one in store.lists(_db()):
        table.add_row(one.name, one.title, f"{one.count:,}", _clock(one.at), one.by, _clock(one.expires))
    terminal.show(table)


def _print(size: Size) -> None:
    wards = {ward.id: ward.label("ja") for ward in city().wards} | {NO_WARD: "named no ward"}
    table = Table("", Column("people", justify="right"))
    for language in [*LANGUAGES, *sorted(size.by_language.keys() - set(LANGUAGES))]:
        table.add_row(language, f"{size.by_language.get(language, 0):,}")
    table.add_section()
    for ward in [*wards, *sorted(size.by_ward.keys() - wards.keys())]:
        table.add_row(wards.get(ward, ward), f"{size.by_ward.get(ward, 0):,}")
    table.add_section()
    table.add_row("all", f"{size.total:,}")
    terminal.show(table)
    if size.no_ward:
        terminal.say(f"{size.no_ward:,} of them only because they named no ward.")


def _read(file: Path, db: Client) -> To:
    return read(file, Known(city(), store.by_name(db), [one.name for one in store.lists(db)]))


def _db() -> Client:
    return connect(settings.read(Settings, os.environ).google_cloud_project)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.read(Clock, os.environ).city_timezone)


def _roster(db: Client) -> RosterKeeper:
    return RosterKeeper(db, _zone())


def _clock(when: datetime) -> str:
    return f"{when.astimezone(_zone()):%Y-%m-%d %H:%M}"
