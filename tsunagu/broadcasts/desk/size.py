"""How many people a broadcast would reach at this moment, told while it is being written."""

import json

import flask

from tsunagu.audiences import store as audiences
from tsunagu.audiences.counted import Counted, counted
from tsunagu.audiences.form import audience
from tsunagu.broadcasts.definition import Definition, Today, reads
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.broadcasts.rules import Kind
from tsunagu.cloud.definitions import WrongFile
from tsunagu.residents.city import city
from tsunagu.web.forms import Form, typed

WATCHED = "#to, #kinds"  # what it depends on in the form


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.post("/broadcasts/size")
    def size() -> str:
        found, why = of_form(desk, typed(flask.request.form.lists()))
        address = flask.url_for("broadcasts.size")
        return flask.render_template("audiences/size.html", size=found, why=why, live=WATCHED, size_address=address)


def of_form(desk: Desk, form: Form) -> tuple[Counted | None, str]:
    """Of what is ticked so far, whatever the rest of the form is like; or why it cannot be told."""
    least = {"title": "-", "when": "now", "messages": [{"text": {"ja": "-"}}]}
    asked = {**least, "kind": form.value("kind") or Kind.NEWS.value, "audience": audience(form)}
    try:
        return of_definition(desk, reads(json.dumps(asked, ensure_ascii=False), today(desk)))
    except WrongFile as wrong:
        return None, wrong.faults[0].says


def of_definition(desk: Desk, definition: Definition) -> tuple[Counted | None, str]:
    return counted(desk.roster, definition.audience, definition.kind is Kind.LIFE_SAFETY)


def today(desk: Desk) -> Today:
    """What a definition is held against at this moment."""
    lists = [one.name for one in audiences.lists(desk.db)]
    return Today(city(), desk.clock(), desk.house.zone, audiences.by_name(desk.db), lists)
