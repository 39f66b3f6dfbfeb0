"""`tsunagu survey check|draft|open|revise|pause|resume|close|archive|unarchive`, and what its rooms add."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tsunagu.cloud import terminal
from tsunagu.cloud.definitions import load
from tsunagu.surveys import moves, show_commands, store
from tsunagu.surveys.bring import commands as bring_commands
from tsunagu.surveys.changes import changes, reworded
from tsunagu.surveys.checks.sound import problems_of, problems_of_edition
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.life.act import act, not_past, open_draft
from tsunagu.surveys.life.revise import revise as revise_it
from tsunagu.surveys.moves import Verb
from tsunagu.surveys.report import commands as report_commands
from tsunagu.surveys.rules import State
from tsunagu.surveys.show_commands import By, Id, database, described, existing, show_changes, show_outline, who, zone
from tsunagu.surveys.take import commands as take_commands
from tsunagu.surveys.take import exports_commands

app = typer.Typer(help="Ask residents, and see what they said.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A definition in YAML.")]
What = Annotated[str, typer.Argument(metavar="FILE|ID", help="A definition in YAML, or the id of a draft.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def check(file: File) -> None:
    """Say what is wrong with a definition, by line and field, or what it will ask; docs/surveys.md has every field."""
    definition = load(file, Definition, check=problems_of)
    show_outline(definition)
    terminal.say(f"{file} is sound: {described(definition)}")


@app.command()
def draft(file: File, by: By = "") -> None:
    """Store a draft, or store one anew; nobody sees it until it is opened."""
    definition = load(file, Definition, check=problems_of)
    db = database()
    store.draft(db, definition, who(by), datetime.now(UTC))
    terminal.say(f"{definition.id} is a draft: {described(definition)}")


@app.command("open")
def open_survey(what: What, by: By = "") -> None:
    """Open a survey, or leave it to open by itself where `opens` lies ahead.

    Until a survey is open, this may be repeated with a better definition.
    """
    db, now = database(), datetime.now(UTC)
    if Path(what).suffix or os.path.exists(what):
        definition = load(what, Definition, check=problems_of)
        not_past(definition, now, zone())
        store.draft(db, definition, who(by), now)
    else:
        definition = existing(db, what).definition
    if open_draft(db, definition.id, who(by), now, zone()) == State.DRAFT:
        terminal.say(f"{definition.id} opens by itself on {definition.opens:%Y-%m-%d %H:%M}: {described(definition)}")
    else:
        terminal.say(f"{definition.id} is open: {described(definition)}")


@app.command()
def revise(file: File, yes: Yes = False, by: By = "") -> None:
    """Make a new edition of a survey that is open or paused: who begins from now on is asked this.

    Who has begun goes on under the edition it was begun under, and the report reads all of them.
    """
    db, now = database(), datetime.now(UTC)
    id = load(file, Definition).id
    survey = existing(db, id)
    if survey.state not in (State.OPEN, State.PAUSED):
        raise moves.not_to_revise(id, survey.state)
    before = store.readable(db, survey)
    definition = load(file, Definition, check=lambda after: problems_of_edition(before, after))
    show_changes(changes(survey.definition, definition))
    if reworded(before, definition):
        terminal.say("Answers under the same id are counted together: give what means something else another id.")
    if not yes:
        typer.confirm(f"Make this edition {survey.edition + 1} of {id}?", abort=True)
    edition = revise_it(db, definition, survey.edition, who(by), now, zone())
    terminal.say(f"{id} is asked in edition {edition} from now on: {described(definition)}")


@app.command()
def pause(id: Id, by: By = "") -> None:
    """Take no answers until the survey is resumed by hand."""
    _act(id, Verb.PAUSE, by)


@app.command()
def resume(id: Id, by: By = "") -> None:
    """Take answers again, also where the clock has paused the survey."""
    _act(id, Verb.RESUME, by)


@app.command()
def close(id: Id, yes: Yes = False, by: By = "") -> None:
    """Close a survey for good; an anonymous one is then anonymised, within a minute or so."""
    survey = existing(database(), id)
    if not yes:
        after = " and make its answers anonymous for ever" if survey.definition.anonymous else ""
        typer.confirm(f"Close {id}{after}? It cannot be opened again", abort=True)
    _act(id, Verb.CLOSE, by)


@app.command()
def archive(id: Id, by: By = "") -> None:
    """Put a closed survey away: lists leave it out, its report stays."""
    _act(id, Verb.ARCHIVE, by)


@app.command()
def unarchive(id: Id, by: By = "") -> None:
    """Take a survey out of the archive; it stays closed."""
    _act(id, Verb.UNARCHIVE, by)


def _act(id: str, verb: Verb, by: str) -> None:
    db = database()
    done = act(db, existing(db, id).id, verb, who(by), datetime.now(UTC), zone())
    state = moves.LABELS[verb.makes][1]
    terminal.say(f"{id} is {state}." if done else f"{id} was {state} already.")


for _room in (show_commands, report_commands, bring_commands, take_commands, exports_commands):
    app.registered_commands += _room.app.registered_commands
