"""The `tsunagu` command: each subject's commands, and what only the top of the house can do."""

import os
import sys
from dataclasses import dataclass
from datetime import datetime

import typer
from google.cloud import firestore
from rich.console import Console

import tsunagu.broadcasts.commands
import tsunagu.chat.handle
import tsunagu.residents.commands
import tsunagu.residents.store
import tsunagu.staff.commands
import tsunagu.surveys.commands
from tsunagu.broadcasts.erase import erase as erase_from_broadcasts
from tsunagu.cloud import settings
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import TsunaguError
from tsunagu.surveys.erase import erase as erase_from_surveys


@dataclass(frozen=True)
class ForErasing:
    respondent_secret: str


def forget_everywhere(db: firestore.Client, user: str, now: datetime) -> None:
    secret = settings.read(ForErasing, os.environ).respondent_secret
    tsunagu.residents.store.erase(db, user, now)
    erase_from_broadcasts(db, user, now)
    erase_from_surveys(db, secret, user, now)
    tsunagu.chat.handle.erase(db, user, now)


app = typer.Typer(
    help="Tsunagu: a city that talks with its residents over LINE.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(tsunagu.residents.commands.commands(forget_everywhere), name="residents")
app.add_typer(tsunagu.broadcasts.commands.app, name="broadcast")
app.add_typer(tsunagu.surveys.commands.app, name="survey")
app.add_typer(tsunagu.staff.commands.app, name="staff")


def main() -> None:
    """Bad input is a sentence and exit status 1, never a traceback."""
    try:
        app()
    except (WrongFile, settings.SettingsMissing, TsunaguError) as error:
        Console(stderr=True).print(str(error), style="red", highlight=False, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
