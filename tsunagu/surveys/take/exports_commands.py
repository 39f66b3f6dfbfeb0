"""`tsunagu survey exports`: who took what from a survey, and which files are being made or still there."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import typer
from rich.table import Column, Table

from tsunagu.cloud import terminal
from tsunagu.surveys.show_commands import Id, database, existing, zone
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Job, State

app = typer.Typer()


@app.command()
def exports(id: Id) -> None:
    """List who took what from a survey, the newest first, and which files are being made or still there."""
    db, city = database(), zone()
    table = Table(Column("asked at", no_wrap=True), "by", "form", "filter", "state", "responses", "taken by")
    for job in jobs.of_survey(db, existing(db, id).id):
        number = "" if job.responses is None else f"{job.responses:,}"
        table.add_row(
            _written(job.asked_at, city), job.by, job.kind, job.filter, _standing(job, city), number, _taken(job, city)
        )
    terminal.show(table)


def _standing(job: Job, city: ZoneInfo) -> str:
    if job.state is State.WRITING and job.of:
        return f"writing, {job.done:,} of {job.of:,}"
    if job.may_be_fetched(datetime.now(UTC)):
        return f"ready until {_written(job.until, city)}"
    return State.EXPIRED.value if job.state is State.READY else f"{job.state.value}: {job.why}".removesuffix(": ")


def _taken(job: Job, city: ZoneInfo) -> str:
    return "\n".join(f"{each['who']}, {_written(each['at'], city)}" for each in job.taken)


def _written(moment: datetime, city: ZoneInfo) -> str:
    return f"{moment.astimezone(city):%Y-%m-%d %H:%M}"
