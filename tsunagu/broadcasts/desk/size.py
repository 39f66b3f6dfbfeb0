"""How many people a broadcast would reach at this moment, told while it is being written."""

import json
import re
from dataclasses import dataclass
from typing import Any

import flask

from tsunagu.audiences import store as audiences
from tsunagu.audiences.counted import Counted, counted
from tsunagu.audiences.form import audience
from tsunagu.audiences.rules import Audience
from tsunagu.broadcasts.definition import EVERYONE, Definition, Today, reads
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.broadcasts.invited import to_remind
from tsunagu.broadcasts.rules import Kind
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.web.forms import Form, typed

WATCHED = "#to, #kinds, .survey"  # what it depends on in the form
SURVEY = re.compile(r"messages\.\d{1,3}\.card\.buttons\.\d{1,3}\.survey")


@dataclass(frozen=True)
class Reminded(Counted):
    """`total` were invited and can be reached; of all invited or not, so many have `finished`. It goes to `likely`, or,
    where only a part of those invited is asked for, to so many `at_most`."""

    finished: int
    at_most: bool

    @property
    def likely(self) -> int:
        return self.total if self.at_most else max(0, self.total - self.finished)


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.post("/broadcasts/size")
    def size() -> str:
        found, why = of_form(desk, typed(flask.request.form.lists()))
        address = flask.url_for("broadcasts.size")
        return flask.render_template("audiences/size.html", size=found, why=why, live=WATCHED, size_address=address)


def of_form(desk: Desk, form: Form) -> tuple[Counted | None, str]:
    """Of what is ticked so far, whatever the rest of the form is like; or why it cannot be told."""
    least: dict[str, Any] = {"title": "-", "when": "now", "messages": [{"text": {"ja": "-"}}]}
    if form.value("remind"):
        least |= {"remind": True, "messages": [{"card": {"title": {"ja": "-"}, "buttons": surveys_of(form)}}]}
    asked = {**least, "kind": form.value("kind") or Kind.NEWS.value, "audience": audience(form)}
    try:
        return of_definition(desk, reads(json.dumps(asked, ensure_ascii=False), today(desk)))
    except WrongFile as wrong:
        return None, wrong.faults[0].says


def surveys_of(form: Form) -> list[dict[str, Any]]:
    """The buttons that begin a survey, with nothing on them."""
    named = [value for name in form.typed if SURVEY.fullmatch(name) and (value := form.value(name).strip())]
    return [{"label": {"ja": "-"}, "survey": survey} for survey in named]


def of_definition(desk: Desk, definition: Definition) -> tuple[Counted | None, str]:
    return of_audience(desk, definition.audience, definition.kind, definition.reminds_of())


def of_audience(desk: Desk, to: Audience, kind: Kind, reminds_of: str | None) -> tuple[Counted | None, str]:
    """Or why it cannot be told."""
    try:
        among, finished = to_remind(desk.db, reminds_of, desk.finished, desk.clock())
    except Rejected as error:
        return None, error.reason
    found, why = counted(desk.roster, to, kind is Kind.LIFE_SAFETY, among)
    if found is None or reminds_of is None:
        return found, why
    return Reminded(**vars(found), finished=finished, at_most=to != EVERYONE), why


def today(desk: Desk) -> Today:
    """What a definition is held against at this moment."""
    lists = [one.name for one in audiences.lists(desk.db)]
    return Today(city(), desk.clock(), desk.house.zone, audiences.by_name(desk.db), lists)
