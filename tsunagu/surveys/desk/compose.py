"""Writing a survey as the YAML that the command takes: a draft, or a new edition of one that is being answered.

Nothing is stored before its writer has seen what it would ask, and, of a new edition, what it would change.
"""

from dataclasses import dataclass, field
from typing import Any

import flask
import yaml

from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.definitions import Fault, Problem, WrongFile, loads
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.rules import Deed
from tsunagu.surveys import store
from tsunagu.surveys.changes import Change, changes, reworded
from tsunagu.surveys.checks.sound import problems_of, problems_of_edition
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.desk import one, wording
from tsunagu.surveys.desk.desk import Desk
from tsunagu.surveys.desk.faults import japanese
from tsunagu.surveys.life.revise import revise as revise_it
from tsunagu.surveys.outline import parts
from tsunagu.surveys.rules import State, length
from tsunagu.surveys.store import Survey
from tsunagu.web.app import member

ROOMS = {"new": (), "edit": (State.DRAFT,), "revise": (State.OPEN, State.PAUSED)}  # and in which states they are open
ASKS = {f"surveydesk.{room}": Deed.WRITE_SURVEYS for room in ROOMS}  # also to look: nothing else is done there
MEMORY_LIMIT = 1024 * 1024  # bytes of what is typed, as a browser sends it
Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True)
class Sheet:
    """What is on the page: the text, and what was found in it. `survey`: None for a survey that begins."""

    room: str
    survey: Survey | None
    text: str
    faults: list[Fault] = field(default_factory=list)
    checked: Definition | None = None
    rewords: bool = False  # what is asked under an id reads otherwise than it ever did

    @property
    def changes(self) -> list[Change]:
        revises = self.room == "revise" and self.survey is not None and self.checked is not None
        return changes(self.survey.definition, self.checked) if revises else []  # type: ignore[union-attr, arg-type]


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.route("/surveys/_new", methods=["GET", "POST"])
    def new() -> Answer:
        if flask.request.method == "GET":
            return _show(Sheet("new", None, _copied(desk)))
        return _typed(desk, "new", None)

    @blueprint.route("/surveys/<id>/edit", methods=["GET", "POST"])
    def edit(id: str) -> Answer:
        return _written(desk, "edit", one.found_or_404(desk.db, id))

    @blueprint.route("/surveys/<id>/revise", methods=["GET", "POST"])
    def revise(id: str) -> Answer:
        return _written(desk, "revise", one.found_or_404(desk.db, id))


def _written(desk: Desk, room: str, survey: Survey) -> Answer:
    if flask.request.method == "GET":
        # What was typed while it changed is not lost: a POST is refused with its text.
        if survey.state not in ROOMS[room]:
            return flask.redirect(flask.url_for("surveydesk.one", id=survey.id), 303)
        return _show(Sheet(room, survey, _as_yaml(survey.definition)))
    return _typed(desk, room, survey)


def _typed(desk: Desk, room: str, survey: Survey | None) -> Answer:
    flask.request.max_form_memory_size = MEMORY_LIMIT
    form = flask.request.form
    text = form.get("yaml", "").replace("\r\n", "\n")
    file = flask.request.files.get("file")
    try:
        if file is not None and file.filename:
            text = _decoded(file.read())
        before = store.readable(desk.db, survey) if survey is not None else None
        definition = _read(room, before, text)
        rewords = before is not None and bool(reworded(before, definition))
        sheet = Sheet(room, survey, text, checked=definition, rewords=rewords)
        # A text that has changed since it was checked is checked again before it is stored.
        if form.get("do") != "save" or form.get("checked") != store.digest(definition):
            return _show(sheet)
        if room == "revise":
            revise_it(desk.db, definition, form.get("seen", 0, type=int), member().email, desk.clock(), desk.zone)
            return _to(definition.id, "revise")
        store.draft(desk.db, definition, member().email, desk.clock(), seen=form.get("seen", ""))
        return _to(definition.id, "draft")
    except WrongFile as wrong:
        return _show(Sheet(room, survey, text, wrong.faults)), 422
    except Rejected as error:
        return _show(Sheet(room, survey, text), one.said(error)), 422


def _read(room: str, before: Definition | None, text: str) -> Definition:
    """`before`: what was asked so far. Raises WrongFile."""
    if before is None:
        return loads(text, Definition, check=problems_of)

    def check(after: Definition) -> list[Problem]:
        if room == "revise":
            return list(problems_of_edition(before, after))
        other = [(("id",), f"must stay `{before.id}`: another id is another survey")] if after.id != before.id else []
        return [*other, *problems_of(after)]

    return loads(text, Definition, check=check)


def _show(sheet: Sheet, refused: wording.Label | None = None) -> str:
    survey, checked = sheet.survey, sheet.checked
    room = f"surveydesk.{sheet.room}"
    seen = flask.request.form.get("seen")
    if seen is None and survey is not None:
        seen = str(survey.edition) if sheet.room == "revise" else store.digest(survey.definition)
    return flask.render_template(
        "surveydesk/compose.html",
        sheet=sheet,
        faults=[(fault, japanese(fault.says)) for fault in sheet.faults],
        refused=refused,
        here=flask.url_for(room, id=survey.id) if survey else flask.url_for(room),
        seen=seen or "",
        digest=store.digest(checked) if checked else "",
        parts=parts(checked) if checked else [],
        most=length(checked) if checked else 0,
        nothing=sheet.room == "revise" and checked is not None and not sheet.changes,
        example=wording.EXAMPLE,
    )


def _copied(desk: Desk) -> str:
    """What `?from=` names, without its id; nothing for one that begins."""
    origin = flask.request.args.get("from", "")
    return _as_yaml(one.found_or_404(desk.db, origin).definition, copied=True) if origin else ""


def _as_yaml(definition: Definition, copied: bool = False) -> str:
    """Without what goes without saying."""
    written = definition.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    if copied:
        written.pop("id")
    text: str = yaml.safe_dump(_in_order(written), allow_unicode=True, sort_keys=False, width=100)
    return text


def _in_order(value: Any) -> Any:
    """Texts with Japanese first: Firestore keeps no order of fields."""
    if isinstance(value, list):
        return [_in_order(each) for each in value]
    if not isinstance(value, dict):
        return value
    names = [name for name in LANGUAGES if name in value]
    return {name: _in_order(value[name]) for name in (*names, *(name for name in value if name not in names))}


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise WrongFile([Fault(0, "", "the file is not UTF-8 text")]) from error


def _to(id: str, done: str) -> Answer:
    return flask.redirect(flask.url_for("surveydesk.one", id=id, done=done), 303)
