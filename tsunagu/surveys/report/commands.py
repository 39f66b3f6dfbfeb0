"""`tsunagu survey report|search|tag|untag`: what the report's page shows, without a browser."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Annotated
from urllib.parse import parse_qsl

import typer
from rich.bar import Bar
from rich.table import Column, Table

from tsunagu.chat.catalogue import in_language
from tsunagu.cloud import terminal
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.surveys import tags
from tsunagu.surveys.definition import Asking
from tsunagu.surveys.report.charts import pairs
from tsunagu.surveys.report.count import Counted, Report
from tsunagu.surveys.report.cross import Crossed, Layer
from tsunagu.surveys.report.filters import BESIDE, CROSS, Filter, Pairs
from tsunagu.surveys.report.look import Look, look
from tsunagu.surveys.report.shares import Row
from tsunagu.surveys.report.wording import duration
from tsunagu.surveys.report.words import in_context, terms
from tsunagu.surveys.rows import has_words
from tsunagu.surveys.show_commands import By, Id, database, existing, who, zone

app = typer.Typer()

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="Its id in the definition.")]
Respondent = Annotated[str, typer.Argument(metavar="RESPONDENT", help="As `tsunagu survey search` shows it.")]
Tag = Annotated[str, typer.Argument(metavar="TAG", help="A word or a few.")]
Some = Annotated[list[str] | None, typer.Option(help="May be repeated: any of them.")]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="NAME=VALUE", help="As in the address of the report's page; may be repeated."),
]


@app.command("report")
def show_report(
    id: Id,
    ward: Some = None,
    age_band: Some = None,
    language: Some = None,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="Begun on this day or later.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Begun on this day or earlier.")] = "",
    filter: Conditions = None,
    beside: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A second group; `everyone`: all respondents.")
    ] = None,
    cross: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION", help="Two or three; also ward, district, age_band or language."),
    ] = None,
) -> None:
    """Count what was answered, question by question, by anybody or under filters."""
    named = {"ward": ward, "age_band": age_band, "language": language, "from": [from_], "to": [to], CROSS: cross}
    pairs = [(name, value) for name, values in named.items() for value in values or ()]
    pairs += [pair for each in filter or () for pair in _pairs(each)]
    for each in beside or ():
        everyone = each == "everyone"
        pairs += [(BESIDE, each)] if everyone else [(f"{BESIDE}.{name}", value) for name, value in _pairs(each)]
    found = _look(id, pairs)
    terminal.say(f"{in_language(found.survey.definition.title, 'ja')} ({found.survey.state.value})", style="bold")
    _say(found, found.report, found.view.group, "A: " if found.other else "")
    if found.other is not None and found.view.beside is not None:
        _say(found, found.other, found.view.beside, "B: ")
    for crossed, group in ((found.crossed, ""), (found.other_crossed, " (B)")):
        if crossed is not None:
            _show_crossed(crossed, group)
    others = found.other.questions if found.other else ()
    for counted, other in zip_longest(found.report.questions, others):
        terminal.show(_table(counted, other))


@app.command()
def search(
    id: Id,
    question: Question,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="All of them; in any width and case.")] = "",
    filter: Conditions = None,
    most: Annotated[int, typer.Option(min=1, help="So many at most.")] = 50,
) -> None:
    """Show what residents wrote in answer to a question, with the tags it has."""
    found = _look(id, [pair for each in filter or () for pair in _pairs(each)])
    sought = terms(words)
    total, texts = found.search(_asked(found, question), sought, 0, most)
    table = Table(Column("respondent", no_wrap=True), "text", "tags")
    for text in texts:
        pieces = in_context(text.words, sought)
        table.add_row(text.respondent, "".join(piece.words for piece in pieces), ", ".join(text.tags))
    if texts:
        terminal.show(table)
    terminal.say(f"{terminal.counted(total, 'text')}{f', {len(texts):,} shown' if total > len(texts) else ''}.")


@app.command()
def tag(id: Id, question: Question, respondent: Respondent, tag: Tag, by: By = "") -> None:
    """Tag what somebody wrote."""
    db = database()
    done = tags.tag(db, existing(db, id), respondent, question, tag, who(by), datetime.now(UTC))
    terminal.say("Tagged." if done else "It has that tag already.")


@app.command()
def untag(id: Id, question: Question, respondent: Respondent, tag: Tag, by: By = "") -> None:
    """Take a tag away."""
    db = database()
    done = tags.untag(db, existing(db, id), respondent, question, tag, who(by), datetime.now(UTC))
    terminal.say("Taken away." if done else "It had no such tag.")


def _look(id: str, pairs: Pairs) -> Look:
    db = database()
    existing(db, id)
    found = look(db, id, pairs, city(), zone(), datetime.now(UTC))
    assert found is not None
    return found


def _pairs(typed: str) -> list[tuple[str, str]]:
    found = parse_qsl(typed, keep_blank_values=True)
    if not found or not all(name and value for name, value in found):
        raise Rejected(f'"{typed}" must read NAME=VALUE, such as "ward=chuo"')
    return found


def _asked(found: Look, id: str) -> Asking:
    question = found.definition.question(id)
    if question is None or not has_words(question):
        written = [each.id for each in found.definition.asked if has_words(each)]
        there = f"choose one of {', '.join(written)}" if written else "no question has any"
        raise Rejected(f"there are no words in answer to {id}: {there}")
    return question


def _say(found: Look, report: Report, group: Filter, letter: str) -> None:
    rate = f" ({report.rate:.1f} %)" if report.rate is not None else ""
    of = f" of {report.invited:,} invited{rate}" if report.invited is not None else ""
    took = duration(report.curves.median_seconds)[1]
    median = f", in {took} by the median" if took else ""
    terminal.say(f"{letter}{report.answered:,} answered{of}; {report.finished:,} to the end{median}.")
    for _, english in group.described(found.definition, found.city):
        terminal.say(f"  {english}")


def _table(counted: Counted, other: Counted | None) -> Table:
    title = f"{counted.number}. {counted.label[0]} ({counted.question.id})"
    both = (("A: ", counted), ("B: ", other)) if other else (("", counted),)
    bases = f"{counted.base:,}{f' (A) and {other.base:,} (B)' if other else ''}"
    states = [f"{letter}{', '.join(found)}" for letter, each in both if (found := list(_states(each)))]
    caption = "; ".join([f"percent of {bases}: {counted.base_is[1]}", *states])
    heads = [f"{group}{head}" for group in (("A ", "B ") if other else ("",)) for head in ("count", "%", "95 %")]
    table = Table("answer", *heads, "", title=title, caption=caption, title_justify="left", min_width=60)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for ours, theirs in pairs(counted.rows, other.rows if other else None):
        cells = [*_cells(ours), *(_cells(theirs) if other else ())]
        label = (ours or theirs).label[0]  # type: ignore[union-attr]
        table.add_row(label, *cells, Bar(100, 0, (ours and ours.percent) or 0.0, width=20))
    for letter, each in both:
        for line in _measures(each):
            table.add_row(f"{letter}{line}")
    for _, english in counted.revised:
        table.add_row(english)
    return table


def _states(counted: Counted) -> Iterator[str]:
    for name, number in (
        ("skipped", counted.skipped),
        ("prefer not to say", counted.declined),
        ("not asked", counted.not_asked),
        ("no answer", counted.blank),
    ):
        if number:
            yield f"{number:,} {name}"


def _measures(counted: Counted) -> Iterator[str]:
    if counted.summary is not None:
        yield f"mean {counted.summary.mean:.2f}, median {counted.summary.median:g}"
    if counted.nps is not None and counted.nps.score is not None:
        nps = counted.nps
        sure = f" (95 %: {nps.low:+.1f} to {nps.high:+.1f})" if nps.low is not None and nps.high is not None else ""
        yield f"NPS {nps.score:+.1f}{sure}"


def _cells(row: Row | None) -> list[str]:
    """None: nobody of the group gave that answer, nor could be expected to."""
    if row is None:
        return ["", "", ""]
    if row.percent is None or row.low is None or row.high is None:
        return [f"{row.count:,}", "", ""]
    return [f"{row.count:,}", f"{row.percent:.1f}", f"{row.low:.1f}–{row.high:.1f}"]


def _show_crossed(crossed: Crossed, group: str) -> None:
    for layer in crossed.layers:
        terminal.show(_crossed_table(crossed, layer, group))


def _crossed_table(crossed: Crossed, layer: Layer, group: str) -> Table:
    of = f"; {crossed.layered.label[0]}: {layer.label[0]}" if crossed.layered else ""
    title = f"{crossed.rows.label[0]} × {crossed.columns.label[0]}{of}{group}"
    caption = f"n = {layer.n:,}; in each cell the count, and percent of its row"
    table = Table("", *_labels(crossed.columns.labels), "total", title=title, caption=caption, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for (label, _), line, whole in zip(crossed.rows.labels, layer.cells, layer.rows, strict=True):
        shares = ("—" if cell.of_row.percent is None else f"{cell.of_row.percent:.1f}" for cell in line)
        cells = (f"{cell.count:,} ({share})" for cell, share in zip(line, shares, strict=True))
        table.add_row(label, *cells, f"{whole:,}")
    table.add_row("total", *(f"{whole:,}" for whole in layer.columns), f"{layer.n:,}")
    return table


def _labels(labels: Sequence[tuple[str, str]]) -> list[str]:
    return [japanese for japanese, _ in labels]
