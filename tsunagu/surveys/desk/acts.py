"""What staff do with a survey: each a POST, in the audit, and answered with the page as it is then."""

from collections.abc import Callable

import flask

from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.rules import Deed
from tsunagu.surveys.desk import one, wording
from tsunagu.surveys.desk.desk import Desk
from tsunagu.surveys.life.act import act, open_draft
from tsunagu.surveys.moves import Verb
from tsunagu.surveys.rules import State
from tsunagu.web.app import member

ASKS = {"surveydesk.ask_close": Deed.WRITE_SURVEYS}  # also to look
Answer = flask.typing.ResponseReturnValue


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    def decided(id: str, decide: Callable[[str], str]) -> Answer:
        """`decide` says what was done, by a key of `wording.DONE`."""
        one.found_or_404(desk.db, id)
        try:
            done = decide(member().email)
        except Rejected as error:
            return one.show(desk, id, one.said(error)), 422
        return flask.redirect(flask.url_for("surveydesk.one", id=id, done=done), 303)

    @blueprint.post("/surveys/<id>/open", endpoint="open")
    def open_(id: str) -> Answer:
        def decide(by: str) -> str:
            seen = flask.request.form.get("seen", "")
            state = open_draft(desk.db, id, by, desk.clock(), desk.zone, seen)
            return "waits" if state == State.DRAFT else Verb.OPEN.value

        return decided(id, decide)

    for verb in (Verb.PAUSE, Verb.RESUME, Verb.CLOSE, Verb.ARCHIVE, Verb.UNARCHIVE):
        _add(blueprint, desk, verb, decided)

    @blueprint.get("/surveys/<id>/close")
    def ask_close(id: str) -> str:
        survey = one.found_or_404(desk.db, id)
        return flask.render_template("surveydesk/close.html", survey=survey, state=wording.STATES[survey.state])


def _add(
    blueprint: flask.Blueprint, desk: Desk, verb: Verb, decided: Callable[[str, Callable[[str], str]], Answer]
) -> None:
    @blueprint.post(f"/surveys/<id>/{verb.value}", endpoint=verb.value)
    def view(id: str) -> Answer:
        def decide(by: str) -> str:
            act(desk.db, id, verb, by, desk.clock(), desk.zone)
            return verb.value

        return decided(id, decide)
