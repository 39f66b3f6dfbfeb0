"""The `tsunagu` command: each subject's commands, and what only the top of the house can do."""

import os
import sys
from dataclasses import dataclass
from datetime import datetime

import typer
from google.api_core.exceptions import DeadlineExceeded, RetryError, ServiceUnavailable
from google.cloud import firestore

import tsunagu.audiences.commands
import tsunagu.broadcasts.commands
import tsunagu.chat.handle
import tsunagu.media.commands
import tsunagu.menus.commands
import tsunagu.residents.commands
import tsunagu.residents.store
import tsunagu.staff.commands
import tsunagu.surveys.commands
from tsunagu.audiences.erase import erase as erase_from_lists
from tsunagu.audiences.held import held as held_by_audiences
from tsunagu.broadcasts.erase import erase as erase_from_broadcasts
from tsunagu.broadcasts.held import held as held_by_broadcasts
from tsunagu.broadcasts.show_commands import database
from tsunagu.chat.held import held as held_by_chat
from tsunagu.cloud import logs, settings, terminal
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import TsunaguError
from tsunagu.cloud.storage import Bucket, connect
from tsunagu.residents.held import held as held_by_residents
from tsunagu.staff.disclose import Section
from tsunagu.surveys.erase import NOWHERE
from tsunagu.surveys.erase import erase as erase_from_surveys
from tsunagu.surveys.held import held as held_by_surveys
from tsunagu.surveys.unfinished import Finished


@dataclass(frozen=True)
class ForErasing:
    respondent_secret: str
    private_bucket: str = ""


def forget_everywhere(db: firestore.Client, user: str, now: datetime) -> None:
    given = settings.read(ForErasing, os.environ)
    photos = Bucket(lambda: connect(db.project), given.private_bucket) if given.private_bucket else NOWHERE
    tsunagu.residents.store.erase(db, user, now)
    erase_from_lists(db, user, now)
    erase_from_broadcasts(db, user, now)
    erase_from_surveys(db, given.respondent_secret, user, now, photos)
    tsunagu.chat.handle.erase(db, user, now)


def held_everywhere(db: firestore.Client, user: str) -> dict[str, Section]:
    """All that `forget_everywhere` would reach, and what the audit says of the person."""
    secret = settings.read(ForErasing, os.environ).respondent_secret
    return {
        **held_by_residents(db, user),
        **held_by_chat(db, user),
        **held_by_audiences(db, user),
        **held_by_broadcasts(db, user),
        **held_by_surveys(db, secret, user),
    }


def finished(survey: str) -> int:
    """How many have finished it. Raises Rejected where nobody can be reminded of it."""
    return Finished(database())(survey)


app = typer.Typer(
    help="Tsunagu: a city that talks with its residents over LINE.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(tsunagu.residents.commands.commands(forget_everywhere, held_everywhere), name="residents")
app.add_typer(tsunagu.audiences.commands.app, name="audience")
app.add_typer(tsunagu.broadcasts.commands.commands(finished), name="broadcast")
app.add_typer(tsunagu.surveys.commands.app, name="survey")
app.add_typer(tsunagu.menus.commands.app, name="menu")
app.add_typer(tsunagu.media.commands.app, name="media")
app.add_typer(tsunagu.staff.commands.app, name="staff")


def main() -> None:
    """Bad input is a sentence and exit status 1, never a traceback."""
    logs.everything(sys.stderr)
    try:
        app()
    except (WrongFile, settings.SettingsMissing, TsunaguError) as error:
        terminal.say(str(error), error=True, style="red")
        sys.exit(1)
    except (RetryError, ServiceUnavailable, DeadlineExceeded):
        terminal.say("Firestore does not answer: is there a network? Then try again", error=True, style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
