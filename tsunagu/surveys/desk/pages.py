"""The console's pages of surveys: the list, and the rooms behind it."""

from collections import Counter

import flask

from tsunagu.staff.rules import Deed
from tsunagu.surveys import store
from tsunagu.surveys.desk import acts, compose, one, wording
from tsunagu.surveys.desk.desk import Desk
from tsunagu.surveys.rules import State
from tsunagu.web.app import Pages


def pages(desk: Desk) -> Pages:
    blueprint = flask.Blueprint("surveydesk", __name__, template_folder="templates")

    @blueprint.get("/surveys")
    def everything() -> str:
        found = store.everything(desk.db)
        state = flask.request.args.get("state", "")
        wanted = {state} if state else {each.value for each in State if each != State.ARCHIVED}
        return flask.render_template(
            "surveydesk/list.html",
            surveys=[survey for survey in found if survey.state.value in wanted],
            state=state,
            counts=Counter(survey.state for survey in found),
            states=wording.STATES,
        )

    for room in (one, compose, acts):
        room.add(blueprint, desk)
    menu = ("アンケート", "Surveys"), "surveydesk.everything"
    return Pages(blueprint, Deed.SEE_SURVEYS, menu, Deed.WRITE_SURVEYS, compose.ASKS | acts.ASKS)
