"""The survey reports: a list, a page a survey, and its downloads."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import quote
from zoneinfo import ZoneInfo

import flask
import polars as pl
from google.cloud import firestore
from werkzeug.exceptions import NotFound

from tsunagu.packs.read import read
from tsunagu.residents.city import city
from tsunagu.staff.rules import Deed
from tsunagu.staff.store import audit
from tsunagu.surveys import charts, columns, export_csv, export_xlsx, store
from tsunagu.surveys.count import Counted, both, report
from tsunagu.surveys.invited import invited
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import Survey
from tsunagu.web.app import Pages, member
from tsunagu.web.filters import number, percent

ID = re.compile(r"[a-z0-9-]{3,40}")
TEXTS_SHOWN = 200
PIECE = 64 * 1024  # bytes of a file sent at a time
STATES = {
    State.DRAFT: ("下書き", "Draft", ""),
    State.OPEN: ("受付中", "Open", "good"),
    State.CLOSED: ("終了", "Closed", ""),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Listed:
    survey: Survey
    title: tuple[str, str]
    state: tuple[str, str, str]
    answered: int
    closes: datetime | None


def pages(db: firestore.Client, zone: ZoneInfo) -> Pages:
    blueprint = flask.Blueprint("surveys", __name__, template_folder="templates")

    @blueprint.get("/")
    def everything() -> str:
        listed = [
            Listed(survey, both(survey.definition.title), STATES[survey.state], answers, survey.definition.closes)
            for survey in store.everything(db)
            for answers in [read(store.responses_shelf(db, survey)).height]
        ]
        return flask.render_template("surveys/list.html", surveys=listed)

    @blueprint.get("/surveys/<id>")
    def one(id: str) -> str:
        survey, frame = _found(db, id)
        return flask.render_template(
            "surveys/report.html",
            survey=survey,
            title=both(survey.definition.title),
            state=STATES[survey.state],
            report=report(survey.definition, frame, invited(db, id)),
            kinds=export_xlsx.KINDS,
            draw=_draw,
            describe=describe,
            now=datetime.now(UTC),
            texts_shown=TEXTS_SHOWN,
        )

    @blueprint.get("/surveys/<id>/answers.csv")
    def answers_csv(id: str) -> flask.Response:
        survey, frame = _found(db, id)
        wanted = columns.columns(survey.definition, city(), zone)
        _note(db, survey, "CSV", frame)
        pieces = export_csv.pieces(columns.table(frame, wanted), wanted)
        return _download(pieces, "text/csv; charset=utf-8", survey, "回答", "csv", zone)

    @blueprint.get("/surveys/<id>/report.xlsx")
    def report_xlsx(id: str) -> flask.Response:
        survey, frame = _found(db, id)
        export_xlsx.check(frame.height)
        wanted = columns.columns(survey.definition, city(), zone)
        figures = report(survey.definition, frame, invited(db, id))
        _note(db, survey, "XLSX", frame)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.xlsx"
            export_xlsx.write(path, figures, wanted, columns.table(frame, wanted), datetime.now(zone))
            file = path.open("rb")  # an open file outlives its name
        return _download(_sent(file), XLSX, survey, "集計", "xlsx", zone)

    return Pages(blueprint, Deed.SEE_REPORTS)


def describe(counted: Counted) -> str:
    """The chart in words, for those who do not see it."""
    return "、".join(f"{row.label[0]} {number(row.count)}件 {percent(row.percent)}" for row in counted.rows)


def _draw(counted: Counted) -> list[charts.Chart]:
    return [charts.chart(counted, shape) for shape in (charts.WIDE, charts.NARROW)]


def _found(db: firestore.Client, id: str) -> tuple[Survey, pl.DataFrame]:
    survey = store.get(db, id) if ID.fullmatch(id) else None
    if survey is None:
        raise NotFound
    return survey, read(store.responses_shelf(db, survey))


def _note(db: firestore.Client, survey: Survey, kind: str, frame: pl.DataFrame) -> None:
    audit(db, member().email, "survey.download", f"{survey.id}: {kind}, {frame.height} responses", datetime.now(UTC))


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _download(
    content: Iterator[bytes], kind: str, survey: Survey, what: str, ending: str, zone: ZoneInfo
) -> flask.Response:
    day = f"{datetime.now(zone):%Y%m%d}"
    plain = f"{survey.id}-{day}.{ending}"
    japanese = quote(f"{survey.id}_{what}_{day}.{ending}")
    response = flask.Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{japanese}"
    return response
