"""The report as a PDF for people, also for those who listen to it: PDF/UA-1, typeset by typst from `report.typ`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys.definition import Multiple, Single
from tsunagu.surveys.report.count import Both, Counted, both
from tsunagu.surveys.report.cross import Crossed, Layer
from tsunagu.surveys.report.curves import Curves, Spoken
from tsunagu.surveys.report.look import Look, Text
from tsunagu.surveys.report.shares import Row
from tsunagu.surveys.report.wording import KINDS, duration
from tsunagu.surveys.take import about
from tsunagu.surveys.take.about import Group
from tsunagu.surveys.take.columns import short
from tsunagu.surveys.take.taken import Taken, Told
from tsunagu.typeset.glyphs import all_shown
from tsunagu.typeset.render import NotTypeset, pdf
from tsunagu.web.filters import NONE, number, percent

TEMPLATE = Path(__file__).with_name("report.typ")
EXAMPLES = 12  # of what people wrote in answer to one question
LONGEST = 240  # characters of one
FAULT = "PDFを作れませんでした。担当者にお知らせください。 The PDF cannot be made; please tell whoever runs the system."
WIDEST = 9  # columns of a cross-tab that fit across a page: what is wider is on several tables


def write(path: Path, look: Look, now: datetime, told: Told) -> Taken:
    """`now` in city time. Raises Rejected, TryAgain."""
    made, replaced = all_shown(data(look, now))
    made["notes"] = [list(note) for note in about.notes(replaced)]
    told(0, look.report.answered)
    try:
        path.write_bytes(pdf(TEMPLATE, made, now))
    except NotTypeset as fault:
        raise Rejected(f"{FAULT} ({fault})") from fault
    told(look.report.answered, look.report.answered)
    return Taken(look.report.answered, replaced)


def data(look: Look, now: datetime) -> dict[str, Any]:
    """What the template is given, without the notes on method."""
    groups = about.groups(look)
    title = both(look.definition.title)
    counted = list(zip(*(group.report.questions for group in groups), strict=True))
    texts = look.examples(EXAMPLES)
    return {
        "city": look.city.name["ja"],
        "title": title,
        "short": short(title[0]),
        "made": f"{about.day(now)} {now:%H:%M} 現在",
        "facts": about.facts(look, now),
        "groups": [_group(group) for group in groups],
        "questions": [_question(each, texts.get(each[0].question.id)) for each in counted],
        "traits": [
            {"label": traits[0].label, "rows": _rows([trait.rows for trait in traits])}
            for traits in zip(*(group.report.traits for group in groups), strict=True)
        ],
        "stops": _stops(groups),
        "cross": [
            {"group": group.name, "note": _crossed_note(group.crossed), "tables": _tables(group.crossed)}
            for group in groups
            if group.crossed is not None
        ],
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "lines": group.lines,
        "figures": about.reached(group.report),
        **_curves(group.report.curves),
    }


def _stops(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The questions at which anybody stopped."""
    lines = about.lines([[stop.row for stop in group.report.curves.stops] for group in groups])
    return [
        {"label": (short(label[0]), short(label[1])), "of": [_share(row) for row in of]}
        for label, of in lines
        if any(row is not None and row.count for row in of)
    ]


def _curves(curves: Curves) -> dict[str, Any]:
    most = max((day.began for day in curves.days), default=0)
    busiest = max(curves.hours or (0,))
    return {
        "days": [
            {
                "label": day.label[0],
                "began": number(day.began),
                "finished": number(day.finished),
                "share": day.began / most if most else 0,
                "done": day.finished / most if most else 0,
            }
            for day in curves.days
        ],
        "unit": {"day": "日", "week": "週", "month": "月"}[curves.unit],
        "most": number(most),
        "hours": [{"count": number(began), "share": began / busiest if busiest else 0} for began in curves.hours or ()],
        "languages": [_spoken(spoken) for spoken in curves.languages],
    }


def _spoken(spoken: Spoken) -> dict[str, Any]:
    return {
        "label": spoken.row.label,
        "cells": [
            number(spoken.row.count),
            percent(spoken.row.percent),
            percent(spoken.finished_percent),
            duration(spoken.median_seconds)[0],
        ],
    }


def _question(counted: Sequence[Counted], texts: Sequence[Text] | None) -> dict[str, Any]:
    first = counted[0]
    return {
        "id": first.question.id,
        "name": (about.flat(first.label[0]), about.flat(first.label[1])),
        "short": short(first.label[0], 44),
        "kind": KINDS[first.question.type],
        "states": ["・".join(f"{label[0]} {number(count)}" for label, count in about.states(each)) for each in counted],
        "rows": _rows([each.rows for each in counted]),
        "nps": _rows([_steps(each) for each in counted]),
        "measures": [
            {"label": label, "values": [number(value if value is None else round(value, 1)) for value in values]}
            for label, values in about.measures(counted)
        ],
        "bases": [*dict.fromkeys(about.base(each) for each in counted), *first.revised],
        "texts": _texts(first, texts) if texts is not None else None,
    }


def _steps(counted: Counted) -> tuple[Row, ...]:
    return (counted.nps.promoters, counted.nps.passives, counted.nps.detractors) if counted.nps else ()


def _texts(counted: Counted, texts: Sequence[Text]) -> dict[str, Any]:
    """Some of what the group wrote."""
    of = counted.others if isinstance(counted.question, Single | Multiple) else counted.given
    words = [text.words if len(text.words) <= LONGEST else text.words[:LONGEST] + "…" for text in texts]
    return {"of": number(of), "words": words, "shown": number(len(words))}


def _rows(rows: Sequence[Sequence[Row]]) -> list[dict[str, Any]]:
    return [{"label": label, "of": [_share(row) for row in of]} for label, of in about.lines(rows)]


def _share(row: Row | None) -> Mapping[str, Any]:
    if row is None or row.percent is None or row.low is None or row.high is None:
        return {"share": 0, "percent": NONE, "count": NONE if row is None else number(row.count), "interval": NONE}
    return {
        "share": row.percent / 100,
        "percent": percent(row.percent),
        "count": number(row.count),
        "interval": f"{row.low:.1f}–{row.high:.1f}",
    }


def _crossed_note(crossed: Crossed) -> Both:
    axes = [axis.label for axis in (crossed.rows, crossed.columns, crossed.layered) if axis is not None]
    return (
        " × ".join(about.flat(label[0]) for label in axes) + f"　n = {crossed.n:,}（すべてに答えた人）",
        " × ".join(about.flat(label[1] or label[0]) for label in axes) + "; who answered all of them",
    )


def _tables(crossed: Crossed) -> list[dict[str, Any]]:
    """One for each value of the third question, and for so many columns as fit across a page."""
    return [
        _table(crossed, layer, slice(start, start + WIDEST))
        for layer in crossed.layers
        for start in range(0, len(crossed.columns.codes), WIDEST)
    ]


def _table(crossed: Crossed, layer: Layer, columns: slice) -> dict[str, Any]:
    rows = zip(crossed.rows.labels, layer.rows, layer.cells, strict=True)
    of = crossed.layered.label if crossed.layered is not None else ("", "")
    return {
        "label": tuple(
            f"{name}：{value}" if name and value else "" for name, value in zip(of, layer.label, strict=True)
        ),
        "columns": crossed.columns.labels[columns],
        "rows": [
            {
                "label": label,
                "cells": [(number(cell.count), percent(cell.of_row.percent)) for cell in cells[columns]],
                "all": number(total),
            }
            for label, total, cells in rows
        ],
        "all": [number(total) for total in layer.columns[columns]],
        "n": number(layer.n),
    }
