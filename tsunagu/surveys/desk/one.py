"""One survey as its staff see it: where it stands, what it asks, its editions and quotas, what was done with it."""

import re
from dataclasses import dataclass
from datetime import datetime

import flask
from google.cloud.firestore import Client
from werkzeug.exceptions import NotFound

from tsunagu.broadcasts.life.step import Declined
from tsunagu.broadcasts.rules import ITSELF
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.staff import store as staff
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.desk import wording
from tsunagu.surveys.desk.desk import Desk
from tsunagu.surveys.life import quotas
from tsunagu.surveys.outline import parts
from tsunagu.surveys.rules import length
from tsunagu.surveys.store import Survey
from tsunagu.web.filters import LANGUAGE_NAMES

ID = re.compile(r"[a-z0-9-]{3,40}")


@dataclass(frozen=True)
class Step:
    """A line of its life; the clock's are told apart."""

    at: datetime
    what: wording.Label
    more: str
    who: str


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/surveys/<id>", endpoint="one")
    def page(id: str) -> str:
        return show(desk, id)


def show(desk: Desk, id: str, refused: wording.Label | None = None) -> str:
    survey = found_or_404(desk.db, id)
    definition = survey.definition
    editions = store.editions(desk.db, survey)
    return flask.render_template(
        "surveydesk/one.html",
        survey=survey,
        state=wording.STATES[survey.state],
        by_clock=survey.moved_by == ITSELF,
        anonymity=wording.ANONYMITY[definition.anonymity],
        digest=store.digest(definition),
        parts=parts(definition),
        most=length(definition),
        quotas=[(each, _named(each)) for each in quotas.standing(desk.db, survey)],
        by=wording.BY,
        editions=list(enumerate(editions, 1)),
        whom=whom(definition),
        life=life(desk.db, id),
        done=wording.DONE.get(flask.request.args.get("done", "")),
        refused=refused,
        opens_later=definition.opens is not None and definition.opens.replace(tzinfo=desk.zone) > desk.clock(),
    )


def found_or_404(db: Client, id: str) -> Survey:
    found = store.get(db, id) if ID.fullmatch(id) else None
    if found is None:
        raise NotFound
    return found


def said(error: Rejected) -> wording.Label:
    """Why, in Japanese and in English; where it is known in one language only, in that."""
    return error.says if isinstance(error, Declined) else (error.reason, "")


def life(db: Client, id: str) -> list[Step]:
    lines = [line.to_dict() or {} for line in staff.naming(db, id)]
    order = list(wording.DEEDS)  # of one moment
    known = sorted(
        (line for line in lines if line["did"] in order), key=lambda line: (line["at"], order.index(line["did"]))
    )
    return [
        Step(
            at=line["at"],
            what=wording.DEEDS[line["did"]],
            more=line.get("why", ""),
            who="" if line["who"] == ITSELF else line["who"],
        )
        for line in known
    ]


def whom(definition: Definition) -> list[str]:
    """The groups it is for, each with names of which one is enough; empty: everyone."""
    known = city()
    names = {each.id: each.label("ja") for each in (*known.wards, *known.districts, *known.topics)} | LANGUAGE_NAMES
    audience = definition.audience
    groups = (audience.wards, audience.districts, audience.topics, audience.languages)
    return ["・".join(names.get(name, name) for name in group) for group in groups if group]


def _named(standing: quotas.Standing) -> str:
    found = city().ward(standing.name) if standing.by == "ward" else city().age_band(standing.name)
    return found.label("ja") if found else standing.name
