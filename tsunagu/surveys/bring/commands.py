"""`tsunagu survey import|publish`: bring in a survey that was held elsewhere; bring figures to the public."""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from google.cloud import firestore
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tsunagu.chat.catalogue import in_language
from tsunagu.cloud import definitions, terminal
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.outfile import whole
from tsunagu.packs.read import read as read_shelf
from tsunagu.residents.city import city
from tsunagu.staff.store import audit
from tsunagu.surveys import store
from tsunagu.surveys.bring import codebook_checks, keep, published
from tsunagu.surveys.bring import publish as publishing
from tsunagu.surveys.bring.codebook import Codebook
from tsunagu.surveys.bring.file import AUTO, CP932, UTF8, File, look_at
from tsunagu.surveys.bring.publish import Publication
from tsunagu.surveys.bring.read import BadRow, Read, read
from tsunagu.surveys.bring.tables import Plan, everything
from tsunagu.surveys.bring.tables import problems as plan_problems
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.editions import merged, not_asked
from tsunagu.surveys.show_commands import By, Id, database, existing, who, zone

app = typer.Typer()

WRITERS = {".csv": publishing.csv_of, ".json": publishing.json_of}
SHOWN = 20  # kinds of bad rows on the screen
LINES = 8  # of each


class Encoding(StrEnum):
    AUTO = AUTO
    UTF8 = UTF8
    CP932 = CP932


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Responses as CSV, a row each.")],
    codebook: Annotated[Path, typer.Option(metavar="FILE", help="Which columns make which question, as YAML.")],
    encoding: Annotated[Encoding, typer.Option(help="How the file is written.")] = Encoding.AUTO,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to list all bad rows, as CSV.")] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out, instead of importing none.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Throw away what was imported under this id.")] = False,
    by: By = "",
) -> None:
    """Make a survey that was held elsewhere readable here: closed, with its responses and its report.

    Broken off, run it again: it goes on where it stopped.
    """
    if skip_bad and report is None:
        raise Rejected("--skip-bad needs --report FILE, which will say what was left out and why")
    db, now, here = database(), datetime.now(UTC), zone()
    book, found = _opened(file, codebook, encoding)
    with _progress() as progress:
        task = progress.add_task("reading", total=None)
        got = read(book, found, city(), here, lambda rows: progress.update(task, completed=rows))
    if report is not None:
        _list(report, got.bad)
    _judge(got, report, skip_bad)
    what = keep.Import(
        definition=book.definition(),
        rows=got.rows,
        source=file.name,
        digest=_digest(file, codebook, f"{found.encoding} {skip_bad} {here}"),
        left_out=len(got.bad),
        by=who(by),
    )
    _keep(db, what, now, replace)
    terminal.say(
        f"{book.id} is here ({in_language(book.title, 'ja')}, closed): {_counted(got)}."
        f" `tsunagu survey report {book.id}` counts it."
    )


@app.command()
def publish(
    id: Id,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write: a name that ends in .csv or .json.")
    ] = None,
    tables: Annotated[Path | None, typer.Option(metavar="FILE", help="The list of tables, as YAML; else all.")] = None,
    few: Annotated[int | None, typer.Option("--k", help="Hide numbers below this; 5 if nothing else is said.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Although others have been published before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be hidden; publish nothing.")] = False,
    by: By = "",
) -> None:
    """Write the tables of a closed survey that may be published: small numbers, and what would tell them, are hidden.

    All tables belong to one publication, for who has two of them can take one from the other.
    """
    into = None if dry_run else _into(out)
    db, now = database(), datetime.now(UTC)
    survey = existing(db, id)
    published.check_over(survey)
    editions = store.editions(db, survey)
    definition = merged(editions)
    plan = _plan(tables, few, definition)
    frame = read_shelf(store.responses_shelf(db, survey, definition))
    frame = frame.with_columns(not_asked(editions))
    today = now.astimezone(zone()).date()
    publication = publishing.publish(editions, frame, plan, city(), today, spare=tables is None)
    if into is None:
        shown = Table("table", "hidden")
        for line in publishing.lines(publication):
            shown.add_row(*line)
        terminal.show(shown)
        terminal.say(f"{id}: {publishing.summary(publication)}. Nothing is published.")
        return
    published.check(db, survey, publication, again)
    file, write = into
    with whole(file, force=True) as beside:
        beside.write_bytes(write(publication))
        audit(db, who(by), "survey.publish", id, now, f"{len(publication.tables)} tables")
        published.note(db, survey, publication, now)
    terminal.say(f"{file}: {publishing.summary(publication)}")


def _into(out: Path | None) -> tuple[Path, Callable[[Publication], bytes]]:
    if out is None:
        raise Rejected("--out FILE is needed: where to write; or --dry-run, to look first")
    write = WRITERS.get(out.suffix)
    if write is None:
        raise Rejected(f"{out} must end in {' or '.join(WRITERS)}")
    return out, write


def _plan(tables: Path | None, few: int | None, definition: Definition) -> Plan:
    if tables is None:
        wishes = everything(definition)
        if not wishes:
            raise Rejected(f"{definition.id} has no question of choices or steps: there is nothing to publish")
        plan = Plan(tables=wishes)
    else:
        plan = definitions.load(tables, Plan, check=lambda plan: plan_problems(plan, definition))
    if few is None:
        return plan
    if few < 2:
        raise Rejected("--k must be 2 or more: else nothing is hidden")
    return plan.model_copy(update={"few": few})


def _opened(file: Path, codebook: Path, encoding: str) -> tuple[Codebook, File]:
    """Raises WrongFile with every fault of the codebook, by itself and beside the file; Rejected for the file."""
    looked: list[File] = []

    def problems(book: Codebook) -> list[definitions.Problem]:
        looked.append(look_at(file, encoding, {column for _, column in book.uses()}))
        return list(codebook_checks.problems(book, looked[-1], city()))

    book = definitions.load(codebook, Codebook, check=problems)
    return book, looked[-1]


def _judge(got: Read, report: Path | None, skip_bad: bool) -> None:
    if not got.bad:
        return
    _show(got.bad)
    all_in = f"; all are in {report}" if report is not None else ""
    if not skip_bad or got.rows.is_empty():
        how = "" if got.rows.is_empty() else ", or leave them out with --skip-bad"
        listed = all_in or "; --report FILE lists all"
        raise Rejected(f"{_counted(got)}{listed}. Nothing is imported: mend the codebook or the file{how}")


def _counted(got: Read) -> str:
    good, bad = terminal.counted(got.rows.height, "response"), terminal.counted(len(got.bad), "row")
    return f"{good} good, {bad} bad" if got.bad else good


def _show(bad: Sequence[BadRow]) -> None:
    """By reasons, the one first met first."""
    lines: dict[str, list[int]] = defaultdict(list)
    for row in bad:
        lines[row.reason].append(row.line)
    for reason, where in list(lines.items())[:SHOWN]:
        more = f" and {len(where) - LINES:,} more" if len(where) > LINES else ""
        named = ", ".join(map(str, where[:LINES]))
        terminal.say(f"line{'s' if len(where) > 1 else ''} {named}{more}: {reason}", error=True)
    if len(lines) > SHOWN:
        terminal.say(f"… and {len(lines) - SHOWN:,} other reasons", error=True)


def _list(report: Path, bad: Sequence[BadRow]) -> None:
    try:
        with report.open("w", encoding="utf-8-sig", newline="") as written:
            lines = csv.writer(written)
            lines.writerow(["line", "reason"])
            lines.writerows((row.line, row.reason) for row in bad)
    except OSError as error:
        raise Rejected(f"{report} cannot be written: {error.strerror}") from error


def _digest(file: Path, codebook: Path, how: str) -> str:
    digest = sha256(how.encode())
    for path in (codebook, file):
        with path.open("rb") as content:
            while piece := content.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def _keep(db: firestore.Client, what: keep.Import, now: datetime, replace: bool) -> None:
    with _progress() as progress:
        task = progress.add_task("keeping", total=what.rows.height)
        for done, of in keep.steps(db, what, now, replace):
            progress.update(task, completed=done, total=of)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=terminal.console(error=True))
