"""`tsunagu residents count|show|forget`."""

import getpass
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import polars as pl
import typer
from google.cloud import firestore
from rich.console import Console
from rich.table import Table

from tsunagu.cloud import settings
from tsunagu.cloud.firestore import connect
from tsunagu.line.events import is_user_id
from tsunagu.packs.read import read
from tsunagu.residents import store
from tsunagu.residents.city import city
from tsunagu.staff.store import audit

User = Annotated[str, typer.Argument(metavar="USER", help="A LINE user id: U and 32 hexadecimal digits.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str


def commands(forget_everywhere: Callable[[firestore.Client, str, datetime], None]) -> typer.Typer:
    """`forget_everywhere` erases one user in every subject; only the top of the house knows them all."""
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
        Console().print(table)
        quiet = reached.filter("quiet").height
        gone = roster.height - reached.height
        Console().print(
            f"{reached.height:,} follow, {quiet:,} of them want only what saves lives; {gone:,} blocked us.",
            highlight=False,
        )

    @app.command()
    def show(user: User) -> None:
        """Show the profile of one person."""
        resident = store.get(_db(), _checked(user))
        if resident is None:
            _end(f"{user} is not known: nothing is held about them as a resident.")
        table = Table("field", "value", show_header=False)
        for name, value in asdict(resident).items():
            table.add_row(name, ", ".join(value) if isinstance(value, tuple) else str(value))
        Console().print(table)

    @app.command()
    def forget(
        user: User,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        by: Annotated[str, typer.Option(help="Your own address, for the audit.")] = "",
    ) -> None:
        """Erase everything about one person, as if they had sent 消去."""
        _checked(user)
        if not yes:
            typer.confirm(f"Erase everything about {user}? It cannot be undone", abort=True)
        db, now = _db(), datetime.now(UTC)
        audit(db, by or getpass.getuser(), "residents.forget", store.stop_id(user), now)
        forget_everywhere(db, user, now)
        Console().print("Erased.")

    return app


def _db() -> firestore.Client:
    return connect(settings.read(Settings, os.environ).google_cloud_project)


def _checked(user: str) -> str:
    if not is_user_id(user):
        raise typer.BadParameter("a LINE user id is U and 32 hexadecimal digits", param_hint="USER")
    return user


def _end(sentence: str) -> NoReturn:
    Console(stderr=True).print(sentence, highlight=False)
    raise typer.Exit(1)
