"""The survey reports: a list, a page a survey, and what residents wrote, to be searched and tagged."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import flask
from google.cloud import firestore
from werkzeug.exceptions import BadRequest, NotFound

from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.staff.rules import Deed
from tsunagu.surveys import store, tags
from tsunagu.surveys.definition import Photo
from tsunagu.surveys.desk.wording import ANONYMITY, STATES
from tsunagu.surveys.report import charts, drawings, form
from tsunagu.surveys.report.count import both
from tsunagu.surveys.report.filters import Pairs
from tsunagu.surveys.report.look import Look, Text, look
from tsunagu.surveys.report.shares import Both
from tsunagu.surveys.report.sheets import Sheets
from tsunagu.surveys.report.wording import KINDS, UNITS, duration
from tsunagu.surveys.report.words import Piece, in_context, terms
from tsunagu.surveys.rows import has_words
from tsunagu.surveys.store import Survey
from tsunagu.web import compiled
from tsunagu.web.app import Pages, member

ID = re.compile(r"[a-z0-9-]{3,40}")
TEXTS_SHOWN = 50
PHOTOS_SHOWN = 120
TEMPLATES = ("report", "parts", "filters", "question", "flow", "cross")
DOWNLOADS, PHOTO = "take.downloads", "take.photo"  # pages of another room, where the service has them
FIND, START = "find", "start"  # what the words' page has in its address beside the filters


@dataclass(frozen=True)
class Listed:
    survey: Survey
    title: Both
    state: tuple[str, str, str]
    answered: int


@dataclass(frozen=True)
class Found:
    text: Text
    pieces: list[Piece]
    cut: bool


@dataclass(frozen=True)
class Desk:
    db: firestore.Client
    zone: ZoneInfo
    sheets: Sheets

    def look(self, id: str, pairs: Pairs) -> Look:
        """Raises NotFound, Unreadable, TryAgain."""
        found = None
        with _readable():
            if ID.fullmatch(id):
                found = look(self.db, id, pairs, city(), self.zone, datetime.now(UTC), sheets=self.sheets)
        if found is None:
            raise NotFound
        return found


class Unreadable(BadRequest):
    """An address whose filters cannot be read."""


def compile_ahead() -> None:
    """What the report is written with, when its process starts."""
    compiled.compile_ahead(_blueprint(), (f"surveys/{name}.html" for name in TEMPLATES))


def _blueprint() -> flask.Blueprint:
    return flask.Blueprint("surveys", __name__, template_folder="templates")


def pages(db: firestore.Client, zone: ZoneInfo) -> Pages:
    blueprint = _blueprint()
    desk = Desk(db, zone, Sheets())
    _reports(blueprint, desk)
    _words(blueprint, desk)

    @blueprint.errorhandler(Unreadable)
    def unreadable(error: Unreadable) -> tuple[str, int]:
        says, id = str(error.description), str((flask.request.view_args or {}).get("id", ""))
        return flask.render_template("surveys/unreadable.html", says=says, id=id), 400

    return Pages(blueprint, Deed.SEE_REPORTS)


def _reports(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/")
    def everything() -> str:
        listed = [
            Listed(survey, both(survey.definition.title), STATES[survey.state], store.answered(desk.db, survey))
            for survey in store.everything(desk.db)
        ]
        return flask.render_template("surveys/list.html", surveys=listed)

    @blueprint.get("/surveys/<id>")
    def one(id: str) -> flask.typing.ResponseReturnValue:
        pairs = _pairs()
        found = desk.look(id, pairs)
        if (written := found.view.write()) != pairs:
            # The address that can be shared, without the form's empty fields.
            return flask.redirect(_address("surveys.one", id, written))
        found.begin(TEXTS_SHOWN)
        with _readable():
            _ = found.crossed, found.other_crossed
        ours, theirs = form.chips(found.view, found.city)
        return flask.render_template(
            "surveys/report.html",
            look=found,
            **_head(found),
            anonymity=ANONYMITY[found.definition.anonymity],
            groups=form.groups(found.view, found.definition, found.city, found.survey.edition, list(found.tagged)),
            crossable=form.crossable(found.definition, found.view),
            chips=ours,
            chips_beside=theirs,
            pairs=written,
            swapped=found.view.swapped().write(),
            query=urlencode(written),
            downloads=_page(DOWNLOADS),
            examples=found.examples(TEXTS_SHOWN),
            kinds=KINDS,
            units=UNITS,
            **_DRAWN,
        )


def _words(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/surveys/<id>/words/<question>")
    def words(id: str, question: str) -> str:
        own = {FIND, START}
        found = desk.look(id, [pair for pair in _pairs() if pair[0] not in own])
        asked = found.definition.question(question)
        if asked is None or not has_words(asked):
            raise NotFound
        typed = flask.request.args.get(FIND, "").strip()[:200]
        start = max(flask.request.args.get(START, 0, int), 0)
        sought = terms(typed)
        total, texts = found.search(asked, sought, start, TEXTS_SHOWN)
        return flask.render_template(
            "surveys/words.html",
            look=found,
            **_head(found),
            asked=asked,
            label=both(asked.text),
            typed=typed,
            total=total,
            start=start,
            shown=TEXTS_SHOWN,
            texts=[_in_context(text, sought) for text in texts],
            chips=form.chips(found.view, found.city)[0],
            pairs=found.view.write(),
            query=urlencode(found.view.write()),
            there=urlencode([*found.view.write(), (FIND, typed), (START, str(start))]),
        )

    @blueprint.get("/surveys/<id>/pictures/<question>")
    def pictures(id: str, question: str) -> str:
        found = desk.look(id, [pair for pair in _pairs() if pair[0] != START])
        asked = found.definition.question(question)
        if not isinstance(asked, Photo):
            raise NotFound
        start = max(flask.request.args.get(START, 0, int), 0)
        total, photos = found.search(asked, (), start, PHOTOS_SHOWN)
        return flask.render_template(
            "surveys/pictures.html",
            **_head(found),
            asked=asked,
            label=both(asked.text),
            total=total,
            start=start,
            shown=PHOTOS_SHOWN,
            photos=[_photo(id, photo.words) for photo in photos],
            pairs=found.view.write(),
            query=urlencode(found.view.write()),
        )

    @blueprint.post("/surveys/<id>/words/<question>/tags")
    def give(id: str, question: str) -> flask.typing.ResponseReturnValue:
        survey = store.get(desk.db, id) if ID.fullmatch(id) else None
        if survey is None:
            raise NotFound
        sent, now = flask.request.form, datetime.now(UTC)
        respondent, back = sent.get("respondent", ""), sent.get("back", "")
        if remove := sent.get("remove"):
            tags.untag(desk.db, survey, respondent, question, remove, member().email, now)
        else:
            tags.tag(desk.db, survey, respondent, question, sent.get("tag", ""), member().email, now)
        there = f"{flask.url_for('surveys.words', id=id, question=question)}?{back}#t-{respondent}"
        return flask.redirect(there, 303)


def _head(found: Look) -> dict[str, object]:
    return {
        "survey": found.survey,
        "title": both(found.survey.definition.title),
        "state": STATES[found.survey.state],
        "now": found.now,
    }


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise Unreadable(error.reason) from error


def _pairs() -> list[tuple[str, str]]:
    return list(flask.request.args.items(multi=True))


def _address(endpoint: str, id: str, pairs: Pairs) -> str:
    return f"{flask.url_for(endpoint, id=id)}?{urlencode(pairs)}".removesuffix("?")


def _in_context(text: Text, sought: Sequence[str]) -> Found:
    pieces = in_context(text.words, sought)
    return Found(text, pieces, "".join(piece.words for piece in pieces) != text.words)


def _page(endpoint: str) -> str:
    return endpoint if endpoint in flask.current_app.view_functions else ""


def _photo(id: str, name: str) -> str:
    return flask.url_for(PHOTO, id=id, file=name.rpartition("/")[2]) if _page(PHOTO) else ""


_DRAWN = {
    "charts": drawings.charts_of,
    "days": drawings.days_of,
    "hours": drawings.hours_of,
    "bars": drawings.bars_of,
    "pair": charts.pairs,
    "duration": duration,
    "both": both,
    "has_words": has_words,
}
