"""`tsunagu survey list|show`, and what every command of surveys needs."""

import getpass
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from google.cloud import firestore
from rich.table import Column, Table

from tsunagu.chat.catalogue import in_language
from tsunagu.cloud import settings, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.surveys import moves, store
from tsunagu.surveys.changes import Change
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.life import quotas
from tsunagu.surveys.moves import LABELS
from tsunagu.surveys.outline import parts
from tsunagu.surveys.rules import State, length
from tsunagu.surveys.store import Survey

app = typer.Typer()

Id = Annotated[str, typer.Argument(metavar="ID", help="The id in the definition, such as kosodate-2026.")]
By = Annotated[str, typer.Option(help="Your own address, for the audit; your login name if not given.")]
Everything = Annotated[bool, typer.Option("--all", help="With those that are archived.")]


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    city_timezone: str = "Asia/Tokyo"


@app.command("list")
def show_all(everything: Everything = False) -> None:
    """List all surveys that are not archived."""
    db = database()
    table = Table(
        Column("survey", no_wrap=True), "title", "state", "edition", "answers", "full", "opens", "closes", "answers are"
    )
    for survey in store.everything(db):
        if survey.state == State.ARCHIVED and not everything:
            continue
        definition = survey.definition
        table.add_row(
            survey.id,
            in_language(definition.title, "ja"),
            survey.state.value,
            str(survey.edition),
            f"{store.answered(db, survey):,}",
            ", ".join(survey.full),
            *map(_written, (definition.opens, definition.closes)),
            _anonymity(survey),
        )
    terminal.show(table)


@app.command()
def show(id: Id) -> None:
    """Show what a survey asks, where it stands, its editions and its quotas."""
    db = database()
    survey = existing(db, id)
    definition = survey.definition
    terminal.say(f"{in_language(definition.title, 'ja')} ({id})", style="bold")
    terminal.say(f"{standing(survey)}; edition {survey.edition}: {described(definition)}")
    moments = [("opens", definition.opens), ("closes", definition.closes), ("archives", definition.archives)]
    moments += [(f"pause {number}", pause.from_) for number, pause in enumerate(definition.pauses, 1)]
    for name, moment in moments:
        if moment is not None:
            terminal.say(f"{name}: {_written(moment)}")
    show_quotas(quotas.standing(db, survey))
    show_editions(survey, store.editions(db, survey))
    show_outline(definition)


def show_outline(definition: Definition) -> None:
    table = Table("section", "question", "kind", "asks", "only if", "then")
    for part in parts(definition):
        for number, line in enumerate(part.lines):
            options = [f"- {words}" + (f" → {leads}" if leads else "") for words, leads in line.options]
            asks = "\n".join([line.text, *options])
            table.add_row(part.title if number == 0 else "", line.id, line.kind[1], asks, line.when[1], line.leads)
    terminal.show(table)


def show_quotas(found: Iterable[quotas.Standing]) -> None:
    rows = list(found)
    if not rows:
        return
    table = Table("quota", "finished", "most", "")
    for each in rows:
        over = f"{each.finished - each.most:,} more than wanted" if each.finished > each.most else ""
        table.add_row(
            f"{each.by} {each.name}", f"{each.finished:,}", f"{each.most:,}", over or ("full" if each.is_full else "")
        )
    terminal.show(table)


def show_editions(survey: Survey, editions: list[Definition]) -> None:
    if len(editions) > 1:
        for number, edition in enumerate(editions, 1):
            newest = " (the one that is asked now)" if number == survey.edition else ""
            terminal.say(f"edition {number}: {described(edition)}{newest}")


def show_changes(found: Iterable[Change]) -> None:
    table = Table("change", "where", "before", "after")
    for change in found:
        table.add_row(change.label[1], change.where, change.before, change.after)
    terminal.show(table)


def described(definition: Definition) -> str:
    """6 questions, at most 5 for one person, anonymous after closing"""
    asked = terminal.counted(len(definition.asked), "question")
    after = ", anonymous after closing" if definition.anonymous else ""
    return f"{asked}, at most {length(definition)} for one person{after}"


def standing(survey: Survey) -> str:
    """Its state, and whose doing it is."""
    if survey.state == State.DRAFT and survey.ready and survey.definition.opens:
        return f"draft, opens by itself on {_written(survey.definition.opens)}"
    by = f" by {survey.moved_by}" if survey.moved_by else ""
    return f"{LABELS[survey.state][1]}{by}"


def existing(db: firestore.Client, id: str) -> Survey:
    survey = store.get(db, id) if id and "/" not in id else None
    if survey is None:
        raise moves.unknown(id)
    return survey


def who(by: str) -> str:
    return by or getpass.getuser()


def database() -> firestore.Client:
    return connect(settings.read(Settings, os.environ).google_cloud_project)


def zone() -> ZoneInfo:
    return ZoneInfo(settings.read(Settings, os.environ).city_timezone)


def _written(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _anonymity(survey: Survey) -> str:
    if survey.definition.anonymous:
        return "anonymous" if survey.anonymised_at else "anonymous after closing"
    return survey.definition.anonymity.value
