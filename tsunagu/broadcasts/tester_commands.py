"""`tsunagu broadcast tester list|code|remove|send`."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from google.cloud.firestore import Client
from rich.table import Column, Table

from tsunagu.broadcasts import store, testers
from tsunagu.broadcasts.show_commands import an_id
from tsunagu.broadcasts.testers import Tester
from tsunagu.broadcasts.try_out import try_out
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud import settings, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line
from tsunagu.staff.access import require
from tsunagu.staff.rules import Deed

app = typer.Typer(help="Staff whose own phones get a broadcast first, as a test.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The address that the tester signs in with.")]
By = Annotated[str, typer.Option(help="Your own address, for the audit.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    city_timezone: str = "Asia/Tokyo"


@dataclass(frozen=True)
class Messenger:
    line_channel_access_token: str
    line_api_url: str = "https://api.line.me"


@app.command("list")
def show() -> None:
    """List the testers, a line for each phone."""
    settled = settings.read(Settings, os.environ)
    table = Table("name", Column("address", no_wrap=True), "since", "by")
    for tester in testers.every(connect(settled.google_cloud_project)):
        since = tester.at.astimezone(ZoneInfo(settled.city_timezone))
        table.add_row(tester.name, tester.email, f"{since:%Y-%m-%d %H:%M}", tester.by)
    terminal.show(table)


@app.command()
def code(email: Email, by: By) -> None:
    """Six digits for a member of staff to send from their own phone within ten minutes: 「テスト登録 123456」."""
    db, now = _db(), datetime.now(UTC)
    require(db, by, Deed.WRITE_BROADCASTS)
    member = require(db, email, Deed.SEE_BROADCASTS)
    made = testers.new_code(db, member.email, member.name, now, by)
    terminal.say(f"テスト登録 {made}")


@app.command()
def remove(email: Email, by: By) -> None:
    """Send no tests any more to any phone of theirs."""
    db, now = _db(), datetime.now(UTC)
    require(db, by, Deed.WRITE_BROADCASTS)
    phones = _phones(db, [email])
    for tester in phones:
        testers.remove(db, tester.user, by, now)
    terminal.say(f"{email}: {terminal.counted(len(phones), 'phone')} removed.")


@app.command()
def send(
    broadcast: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a broadcast, in whatever state.", callback=an_id)
    ],
    to: Annotated[list[str], typer.Option(help="The address of a tester; repeat it for several.")],
    by: By,
    language: Annotated[str, typer.Option(help=f"{', '.join(LANGUAGES)}; each tester's own if not given.")] = "",
) -> None:
    """Send a broadcast to testers alone, marked as a test."""
    messenger = settings.read(Messenger, os.environ)
    db, now = _db(), datetime.now(UTC)
    require(db, by, Deed.WRITE_BROADCASTS)
    if language and language not in LANGUAGES:
        raise Rejected(f"there is no language '{language}': {', '.join(LANGUAGES)}")
    found = store.get(db, broadcast)
    if found is None:
        raise Rejected(f"there is no broadcast '{broadcast}'")
    line = Line(messenger.line_channel_access_token, messenger.line_api_url)
    users = [tester.user for tester in _phones(db, to)]
    for name, what in try_out(db, line, found, users, language or None, by, now):
        terminal.say(f"{name}: {what}")


def _phones(db: Client, emails: list[str]) -> list[Tester]:
    known = testers.every(db)
    for email in emails:
        if email.lower() not in {tester.email for tester in known}:
            raise Rejected(f"'{email}' is not a tester: `tsunagu broadcast tester list` lists them")
    return [tester for tester in known if tester.email in {email.lower() for email in emails}]


def _db() -> Client:
    return connect(settings.read(Settings, os.environ).google_cloud_project)
