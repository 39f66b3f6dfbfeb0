"""`tsunagu residents count|show|import|export|forget`."""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import polars as pl
import typer
from google.cloud import firestore
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tsunagu.cloud import settings, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.line.client import Line
from tsunagu.line.events import is_user_id
from tsunagu.packs.read import read
from tsunagu.residents import store
from tsunagu.residents.city import city
from tsunagu.residents.followers import THREADS, Fate, bring_in
from tsunagu.residents.walk import Counts
from tsunagu.staff.disclose import Section, file_of, holds_nothing
from tsunagu.staff.store import audit

User = Annotated[str, typer.Argument(metavar="USER", help="A LINE user id: U and 32 hexadecimal digits.")]
By = Annotated[str, typer.Option(help="Your own address, for the audit; your login name if not given.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str


@dataclass(frozen=True)
class ForImporting:
    google_cloud_project: str
    line_channel_access_token: str
    line_api_url: str = "https://api.line.me"


@dataclass(frozen=True)
class Clock:
    city_timezone: str = "Asia/Tokyo"


def commands(
    forget_everywhere: Callable[[firestore.Client, str, datetime], None],
    held_everywhere: Callable[[firestore.Client, str], Mapping[str, Section]],
) -> typer.Typer:
    """These erase, and show, one user in every subject; only the top of the house knows them all."""
    app = typer.Typer(help="Who can be reached, and what is held about one person.", no_args_is_help=True)

    @app.command()
    def count() -> None:
        """Count who can be reached, by ward and language."""
        roster = read(store.residents_shelf(_db()))
        reached = roster.filter("following")
        table = Table("ward", "residents", "日本語", "やさしい日本語", "English")
        for ward in [*city().wards, None]:
            inside = pl.col("wards").list.contains(ward.id) if ward else pl.col("wards").list.len() == 0
            there = reached.filter(inside)
            spoken = [there.filter(pl.col("language") == language).height for language in ("ja", "ja-easy", "en")]
            table.add_row(ward.label("ja") if ward else "named no ward", *(f"{n:,}" for n in [there.height, *spoken]))
        terminal.show(table)
        quiet = reached.filter("quiet").height
        gone = roster.height - reached.height
        terminal.say(f"{reached.height:,} follow, {quiet:,} of them want only what saves lives; {gone:,} blocked us.")

    @app.command()
    def show(user: User) -> None:
        """Show the profile of one person."""
        resident = store.get(_db(), _checked(user))
        if resident is None:
            _end(f"{user} is not known: nothing is held about them as a resident.")
        table = Table("field", "value", show_header=False)
        for name, value in asdict(resident).items():
            table.add_row(name, ", ".join(value) if isinstance(value, tuple) else str(value))
        terminal.show(table)

    @app.command("import")
    def import_(by: By = "") -> None:
        """Make residents of LINE's friends whom no event told of: from before launch, or missed. Sends nothing.

        Killed or interrupted, run it again: it goes on where it stopped, and what is done twice does no harm.
        """
        wanted = settings.read(ForImporting, os.environ)
        db = connect(wanted.google_cloud_project)
        line = Line(wanted.line_channel_access_token, wanted.line_api_url, connections=THREADS)
        audit(db, by or getpass.getuser(), "residents.import", "friends on LINE", datetime.now(UTC))
        counts = Counts()
        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        try:
            with Progress(*columns, console=terminal.console(error=True)) as progress:
                task = progress.add_task(_looked_at(counts), total=None)

                def tell(so_far: Counts) -> None:
                    nonlocal counts
                    counts = so_far
                    progress.update(task, description=_looked_at(counts))

                bring_in(db, line, tell)
        except KeyboardInterrupt:
            _end(f"Stopped: {_looked_at(counts)}. `tsunagu residents import` goes on from there.", status=130)
        except TryAgain as error:
            raise TryAgain(f"{error}; {_looked_at(counts)}: run it again, it goes on from there") from error
        terminal.say(f"Done: {_looked_at(counts)}.")

    @app.command()
    def export(
        mine: Annotated[str, typer.Option(metavar="USER", help="The LINE user id of the person who asks.")],
        out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it; else it is printed.")] = None,
        by: By = "",
    ) -> None:
        """Give one person all that is held about them, as JSON with an explanation in Japanese and English."""
        _checked(mine, "--mine")
        zone = ZoneInfo(settings.read(Clock, os.environ).city_timezone)
        db, now = _db(), datetime.now(UTC)
        sections = held_everywhere(db, mine)
        audit(db, by or getpass.getuser(), "residents.export", store.stop_id(mine), now)
        whole = file_of(mine, sections, now, zone)
        if out is None:
            typer.get_binary_stream("stdout").write(whole)
            return
        try:
            _for_its_owner_only(out, whole)
        except OSError as error:
            _end(f"{out} cannot be written: {error.strerror}")
        says = "nothing is held about them" if holds_nothing(sections) else "hand it to nobody else"
        terminal.say(f"{out}: {says}.")

    @app.command()
    def forget(
        user: User,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        by: By = "",
    ) -> None:
        """Erase everything about one person, as if they had sent 消去."""
        _checked(user)
        if not yes:
            typer.confirm(f"Erase everything about {user}? It cannot be undone", abort=True)
        db, now = _db(), datetime.now(UTC)
        audit(db, by or getpass.getuser(), "residents.forget", store.stop_id(user), now)
        forget_everywhere(db, user, now)
        terminal.say("Erased.")

    return app


def _db() -> firestore.Client:
    return connect(settings.read(Settings, os.environ).google_cloud_project)


def _checked(user: str, named: str = "USER") -> str:
    if not is_user_id(user):
        raise typer.BadParameter("a LINE user id is U and 32 hexadecimal digits", param_hint=named)
    return user


def _looked_at(counts: Counts) -> str:
    parts = {
        Fate.NEW: "new",
        Fate.BACK: "came back",
        Fate.KNOWN: "known already",
        Fate.ERASED: "had erased themselves and stay forgotten",
        Fate.GONE: "without a profile: blocked us meanwhile",
    }
    told = [f"{counts[fate]:,} {words}" for fate, words in parts.items() if counts[fate] or fate is Fate.NEW]
    return f"{terminal.counted(counts.total(), 'friend')} found, {', '.join(told)}"


def _for_its_owner_only(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
        os.fchmod(written.fileno(), 0o600)
        written.write(content)


def _end(sentence: str, status: int = 1) -> NoReturn:
    terminal.say(sentence, error=True)
    raise typer.Exit(status)
