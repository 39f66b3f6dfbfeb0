"""`tsunagu survey download`: what the report's page lets staff take away, without a browser."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tsunagu.cloud import terminal
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.outfile import whole
from tsunagu.residents.city import city
from tsunagu.surveys.report.look import look
from tsunagu.surveys.show_commands import By, Id, database, existing, who, zone
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Wish
from tsunagu.surveys.take.kinds import KINDS, Kind

app = typer.Typer()

FORMS = "|".join(KINDS)


@app.command()
def download(
    id: Id,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to put it.")],
    form: Annotated[
        str, typer.Option("--as", metavar=FORMS, help="In which form; else as the file's name ends, or csv.")
    ] = "",
    filter: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="NAME=VALUE", help="As in the address of the report's page; may be repeated."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")] = False,
    by: By = "",
) -> None:
    """Take a survey's answers, its figures or its report away, under the same filters as on the report's page."""
    kind, pairs = _kind(form, out), [pair for each in filter or () for pair in _pairs(each)]
    db, now = database(), datetime.now(UTC)
    existing(db, id)
    found = look(db, id, pairs, city(), zone(), now)
    assert found is not None
    with whole(out, force) as beside, _progress() as progress:
        task = progress.add_task(f"{id} as {kind.id}", total=None)
        taken = kind.write(
            beside, found, now.astimezone(zone()), lambda done, of: progress.update(task, completed=done, total=of)
        )
        wish = Wish(id, kind.id, urlencode(found.view.write()), who(by))
        jobs.noted(db, wish, taken.responses, taken.replaced, now)
    terminal.say(f"{out}: {terminal.counted(taken.responses, 'response')}, {out.stat().st_size:,} bytes.")
    if taken.replaced:
        terminal.say(" ".join(taken.says()))


def _kind(form: str, out: Path) -> Kind:
    of_name = next((kind for kind in KINDS.values() if out.suffix == f".{kind.ending}"), None)
    if not form:
        return of_name or KINDS["csv"]
    if form not in KINDS:
        raise Rejected(f"--as {form}: there is no such form; choose one of {', '.join(KINDS)}")
    if of_name is not None and of_name.ending != KINDS[form].ending:
        raise Rejected(f"{out} would be a {form} with the name of a {of_name.ending}: give it another name")
    return KINDS[form]


def _pairs(filter: str) -> list[tuple[str, str]]:
    found = parse_qsl(filter, keep_blank_values=True)
    if not found or not all(name and value for name, value in found) or "=" not in filter:
        raise Rejected(f'--filter "{filter}" must read NAME=VALUE, such as "ward=chuo"')
    return found


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=terminal.console(error=True), transient=True)
