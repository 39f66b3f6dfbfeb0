"""The report as JSON, for programs: the figures of the page under the same filters, as `docs/survey-report.schema.json`
describes them. No row of anybody's, and no words of residents.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tsunagu.surveys.report.count import Both, Counted, Nps, Report, both
from tsunagu.surveys.report.cross import Axis, Cell, Crossed, Layer
from tsunagu.surveys.report.curves import Curves
from tsunagu.surveys.report.filters import Filter
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.report.shares import Row
from tsunagu.surveys.take.taken import Taken, Told

FORM = "tsunagu.survey-report.1"  # what the schema describes; another number for a form that readers must learn anew


def write(path: Path, look: Look, now: datetime, told: Told) -> Taken:
    """Raises TryAgain."""
    made = document(look, now)
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8")
    told(look.report.answered, look.report.answered)
    return Taken(look.report.answered)


def document(look: Look, now: datetime) -> dict[str, Any]:
    """`now` in city time."""
    definition, survey = look.definition, look.survey
    groups = [(look.filter, look.report, look.crossed)]
    if look.view.beside is not None and look.other is not None:
        groups.append((look.view.beside, look.other, look.other_crossed))
    return {
        "form": FORM,
        "made_at": now.isoformat(timespec="seconds"),
        "address": [list(pair) for pair in look.view.write()],
        "survey": {
            "id": survey.id,
            "title": _both(both(definition.title)),
            "state": survey.state.value,
            "anonymity": definition.anonymity.value,
            "edition": survey.edition,
            "opened_at": _moment(survey.opened_at, look),
            "closed_at": _moment(survey.closed_at, look),
        },
        "intervals": {"level": 95, "of_shares": "Wilson", "of_nps": "normal"},
        "groups": [_group(look, filter, report, crossed) for filter, report, crossed in groups],
    }


def _group(look: Look, filter: Filter, report: Report, crossed: Crossed | None) -> dict[str, Any]:
    return {
        "filter": [list(pair) for pair in filter.write()],
        "filter_is": [_both(line) for line in filter.described(look.definition, look.city)],
        "answered": report.answered,
        "finished": report.finished,
        "finished_percent": report.finished_rate,
        "invited": report.invited,
        "response_percent": report.rate,
        "traits": [{"id": trait.id, "label": _both(trait.label), "rows": _rows(trait.rows)} for trait in report.traits],
        "curves": _curves(report.curves),
        "questions": [_question(counted) for counted in report.questions],
        "cross": _crossed(crossed) if crossed is not None else None,
    }


def _question(counted: Counted) -> dict[str, Any]:
    question = counted.question
    return {
        "id": question.id,
        "number": counted.number,
        "type": question.type,
        "text": _both(counted.label),
        "n": counted.n,
        "given": counted.given,
        "skipped": counted.skipped,
        "declined": counted.declined,
        "not_asked": counted.not_asked,
        "blank": counted.blank,
        "answers": counted.answers,
        "base": {"n": counted.base, "is": _both(counted.base_is)},
        "rows": _rows(counted.rows),
        "summary": asdict(counted.summary) if counted.summary is not None else None,
        "nps": _nps(counted.nps) if counted.nps is not None else None,
        "others": counted.others,
        "revised": [_both(line) for line in counted.revised],
    }


def _nps(nps: Nps) -> dict[str, Any]:
    rows = (nps.promoters, nps.passives, nps.detractors)
    return {"score": nps.score, "low": nps.low, "high": nps.high, "rows": _rows(rows)}


def _rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [_row(row) for row in rows]


def _row(row: Row) -> dict[str, Any]:
    return asdict(row) | {"label": _both(row.label)}


def _curves(curves: Curves) -> dict[str, Any]:
    return {
        "unit": curves.unit,
        "days": [{"start": day.start.isoformat(), "began": day.began, "finished": day.finished} for day in curves.days],
        "hours": list(curves.hours) if curves.hours is not None else None,
        "median_seconds": curves.median_seconds,
        "stops": [
            {
                "question": stop.question.id,
                **_row(stop.row),
                "by_language": {
                    spoken.row.code: count for spoken, count in zip(curves.languages, stop.by_language, strict=True)
                },
            }
            for stop in curves.stops
        ],
        "languages": [
            {
                **_row(spoken.row),
                "finished": spoken.finished,
                "finished_percent": spoken.finished_percent,
                "median_seconds": spoken.median_seconds,
            }
            for spoken in curves.languages
        ],
    }


def _crossed(crossed: Crossed) -> dict[str, Any]:
    return {
        "n": crossed.n,
        "rows": _axis(crossed.rows),
        "columns": _axis(crossed.columns),
        "layered": _axis(crossed.layered) if crossed.layered is not None else None,
        "layers": [_layer(layer) for layer in crossed.layers],
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "id": axis.id,
        "label": _both(axis.label),
        "several": axis.several,
        "values": [{"code": code, "label": _both(label)} for code, label in zip(axis.codes, axis.labels, strict=True)],
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "code": layer.code,
        "label": _both(layer.label),
        "n": layer.n,
        "rows": list(layer.rows),
        "columns": list(layer.columns),
        "cells": [[_cell(cell) for cell in row] for row in layer.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return asdict(cell)


def _both(words: Both) -> Mapping[str, str]:
    japanese, english = words
    return {"ja": japanese, "en": english} if english else {"ja": japanese}


def _moment(at: datetime | None, look: Look) -> str | None:
    return at.astimezone(look.zone).isoformat(timespec="seconds") if at is not None else None
