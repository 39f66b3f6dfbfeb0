"""`tsunagu survey check|open|close|list|report`."""

import getpass
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from google.cloud import firestore
from rich.bar import Bar
from rich.table import Column, Table

from tsunagu.chat.catalogue import in_language
from tsunagu.cloud import settings, terminal
from tsunagu.cloud.definitions import Problem, load
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.read import read
from tsunagu.residents.city import city
from tsunagu.staff.store import audit
from tsunagu.surveys import store
from tsunagu.surveys.count import Counted, report
from tsunagu.surveys.definition import Definition, problems, strangers
from tsunagu.surveys.invited import invited
from tsunagu.surveys.rules import State, length
from tsunagu.surveys.store import Survey

app = typer.Typer(help="Ask residents, and see what they said.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A definition in YAML.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id in the definition, such as kosodate-2026.")]
By = Annotated[str, typer.Option(help="Your own address, for the audit; your login name if not given.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    city_timezone: str = "Asia/Tokyo"


@app.command()
def check(file: File) -> None:
    """Say what is wrong with a definition, by line and field, or what it will ask."""
    definition = load(file, Definition, check=_problems)
    terminal.say(f"{file} is sound: {_described(definition)}")


@app.command("open")
def open_survey(file: File, by: By = "") -> None:
    """Store a definition and open the survey, or leave it to open by itself where `opens` lies ahead.

    Until a survey is open, this may be repeated with a better definition.
    """
    definition = load(file, Definition, check=_problems)
    db, now = _db(), datetime.now(UTC)
    zone = _zone()
    closes, opens = definition.closes_at(zone), definition.opens_at(zone)
    if closes is not None and closes <= now:
        raise Rejected(f"closes ({definition.closes:%Y-%m-%d %H:%M}) is past: nobody could answer")
    audit(db, by or getpass.getuser(), "survey.open", definition.id, now)
    store.put(db, definition)
    if opens is not None and opens > now:
        terminal.say(f"{definition.id} opens by itself on {definition.opens:%Y-%m-%d %H:%M}: {_described(definition)}")
        return
    store.become(db, definition.id, State.OPEN, now)
    terminal.say(f"{definition.id} is open: {_described(definition)}")


@app.command()
def close(id: Id, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, by: By = "") -> None:
    """Close a survey for good; an anonymous one is then anonymised, within a minute or so."""
    db, now = _db(), datetime.now(UTC)
    survey = _found(db, id)
    if not yes:
        after = " and make its answers anonymous for ever" if survey.definition.anonymous else ""
        typer.confirm(f"Close {id}{after}? It cannot be opened again", abort=True)
    audit(db, by or getpass.getuser(), "survey.close", id, now)
    closed = store.become(db, id, State.CLOSED, now)
    terminal.say(f"{id} is closed." if closed else f"{id} was closed already.")


@app.command("list")
def show() -> None:
    """List all surveys."""
    db = _db()
    table = Table(Column("survey", no_wrap=True), "title", "state", "answers", "opens", "closes", "anonymous")
    for survey in store.everything(db):
        definition = survey.definition
        table.add_row(
            survey.id,
            in_language(definition.title, "ja"),
            survey.state.value,
            f"{read(store.responses_shelf(db, survey)).height:,}",
            *(f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in (definition.opens, definition.closes)),
            _anonymity(survey),
        )
    terminal.show(table)


@app.command("report")
def show_report(id: Id) -> None:
    """Count what was answered, question by question."""
    db = _db()
    survey = _found(db, id)
    frame = read(store.responses_shelf(db, survey))
    figures = report(survey.definition, frame, invited(db, id))
    terminal.say(f"{in_language(survey.definition.title, 'ja')} ({survey.state.value})", style="bold")
    rate = f" ({figures.rate:.1f} %)" if figures.rate is not None else ""
    of = f" of {figures.invited:,} invited{rate}" if figures.invited is not None else ""
    terminal.say(f"{figures.answered:,} answered{of}; {figures.finished:,} to the end.")
    for counted in figures.questions:
        terminal.show(_table(counted))


def _problems(definition: Definition) -> Iterator[Problem]:
    yield from problems(definition)
    known = city()
    yield from strangers(
        definition.audience,
        wards=[ward.id for ward in known.wards],
        districts=[district.id for district in known.districts],
        topics=[topic.id for topic in known.topics],
    )


def _table(counted: Counted) -> Table:
    title = f"{counted.number}. {counted.label[0]}"
    caption = f"n = {counted.base:,} ({counted.base_is[1]}); {counted.skipped:,} skipped, {counted.unasked:,} not asked"
    table = Table("answer", "count", "%", "", title=title, caption=caption, title_justify="left", min_width=60)
    table.columns[1].justify = table.columns[2].justify = "right"
    for row in counted.rows:
        share = row.percent or 0.0
        percent = f"{share:.1f}" if row.percent is not None else ""
        table.add_row(row.label[0], f"{row.count:,}", percent, Bar(100, 0, share, width=20))
    if counted.summary is not None:
        summary = counted.summary
        table.add_row(f"mean {summary.mean:.2f}, median {summary.median:g}", "", "", "")
    return table


def _described(definition: Definition) -> str:
    most = length(definition)
    return f"{len(definition.questions)} questions, at most {most} for one person" + (
        ", anonymous after closing" if definition.anonymous else ""
    )


def _anonymity(survey: Survey) -> str:
    if not survey.definition.anonymous:
        return "no"
    return "done" if survey.anonymised_at else "after closing"


def _found(db: firestore.Client, id: str) -> Survey:
    survey = store.get(db, id) if id and "/" not in id else None
    if survey is None:
        raise Rejected(f"there is no survey {id}: `tsunagu survey list` shows all")
    return survey


def _db() -> firestore.Client:
    return connect(settings.read(Settings, os.environ).google_cloud_project)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.read(Settings, os.environ).city_timezone)
