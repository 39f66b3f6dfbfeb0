"""`tsunagu menu draw|deploy|switch|show`."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer
from google.cloud.firestore import Client
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud import settings
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line import rich_menus
from tsunagu.line.client import Line
from tsunagu.menus import store
from tsunagu.menus.definition import menus
from tsunagu.menus.deploy import Tell
from tsunagu.menus.deploy import deploy as deploy_them
from tsunagu.menus.draw import Drawn
from tsunagu.menus.draw import draw as draw_one
from tsunagu.menus.rules import Mode
from tsunagu.menus.switch import switch as switch_them
from tsunagu.residents.city import city
from tsunagu.staff.store import audit

app = typer.Typer(help="The rich menu: in every language, for ordinary days and for disasters.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="Your own address, for the audit; your login name if not given.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    line_channel_access_token: str
    line_api_url: str = "https://api.line.me"
    line_data_api_url: str = "https://api-data.line.me"


@dataclass(frozen=True)
class Clock:
    city_timezone: str = "Asia/Tokyo"


@app.command()
def draw(out: Annotated[Path, typer.Option(help="The folder for the pictures.")] = Path("build/menus")) -> None:
    """Draw the pictures, to look at them; nothing is sent."""
    out.mkdir(parents=True, exist_ok=True)
    for menu in _drawn():
        file = out / f"{menu.alias}.png"
        file.write_bytes(menu.picture)
        Console().print(f"{file} ({len(menu.picture):,} bytes)", highlight=False, soft_wrap=True)


@app.command()
def deploy(by: By = "") -> None:
    """Bring the menus to LINE and show them. May be repeated: what is there already is kept."""
    drawn, (db, line, data) = _drawn(), _city()
    _no_example()
    by, now = by or getpass.getuser(), datetime.now(UTC)
    audit(db, by, "menu.deploy", ", ".join(menu.name for menu in drawn), now)
    with _progress() as tell:
        shown = deploy_them(db, line, data, drawn, by, now, tell)
    Console().print(f"{len(drawn)} menus are deployed; the {shown.mode.value} ones are shown.", highlight=False)


@app.command()
def switch(mode: Mode, by: By = "") -> None:
    """Show the menus for disasters, or the ordinary ones again. Running it again does no harm."""
    db, line, _ = _city()
    by, now = by or getpass.getuser(), datetime.now(UTC)
    audit(db, by, "menu.switch", mode.value, now)
    with _progress() as tell:
        done = switch_them(db, line, mode, by, now, lambda n, of: tell("residents", n, of))
    says = f"The {done.now.mode.value} menus are shown; phones take them up within a minute or when the chat is opened."
    if done.refused is not None:
        says += f"\nLINE did not move the other languages in one request ({done.refused.status or 'no answer'}"
        says += f" {done.refused.detail[:100]}); their {done.relinked:,} residents were linked one by one."
    Console().print(says, highlight=False, markup=False, soft_wrap=True)


@app.command()
def show() -> None:
    """Show which menus are prepared, and which are shown."""
    db, line, _ = _city()
    now = store.get(db)
    if now is None:
        Console().print("No menu is deployed yet: `tsunagu menu deploy`.")
        return
    zone = ZoneInfo(settings.read(Clock, os.environ).city_timezone)
    table = Table("menu", *LANGUAGES)
    for mode in Mode:
        here = " (shown)" if mode is now.mode else ""
        table.add_row(f"{mode.value}{here}", *(now.ids[mode][language] for language in LANGUAGES))
    Console().print(table)
    Console().print(f"Since {now.at.astimezone(zone):%Y-%m-%d %H:%M}, by {now.by}.", highlight=False, markup=False)
    if now.batch is not None:
        phase = rich_menus.progress(line, now.batch).answer.get("phase", "not known any more")
        Console().print(f"Moving those who chose another language: {phase}.", highlight=False)


def _no_example() -> None:
    """The page that people open in a disaster must not be the one that this repository came with. Raises Rejected."""
    api = settings.read(Settings, os.environ).line_api_url
    made_up = [page for page in city().disaster_page.values() if (urlsplit(page).hostname or "").endswith(".example")]
    if made_up and api == Settings.line_api_url:
        raise Rejected(f"{made_up[0]} is an example: write the city's own page into tsunagu/residents/city.yaml")


def _drawn() -> list[Drawn]:
    return [draw_one(menus(), mode, language, city()) for mode in Mode for language in LANGUAGES]


def _city() -> tuple[Client, Line, Line]:
    """Firestore, LINE and LINE's data host."""
    given = settings.read(Settings, os.environ)
    token = given.line_channel_access_token
    return connect(given.google_cloud_project), Line(token, given.line_api_url), Line(token, given.line_data_api_url)


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar for each thing that is under way."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars: dict[str, TaskID] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=of)
            progress.update(bars[what], completed=done, total=of)

        yield tell
