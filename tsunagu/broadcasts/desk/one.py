"""One broadcast as staff see it: what it says, to whom, when, its life, how far it has come, what became of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask
from werkzeug.exceptions import NotFound

from tsunagu.audiences import store as audiences
from tsunagu.audiences.counted import by_ward
from tsunagu.audiences.words import described
from tsunagu.broadcasts import statistics, store, testers
from tsunagu.broadcasts.delivery import cost, finish, ledger
from tsunagu.broadcasts.delivery.spread import Spread
from tsunagu.broadcasts.desk import wording
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.broadcasts.desk.size import of_audience
from tsunagu.broadcasts.life.house import held_until, through_at
from tsunagu.broadcasts.life.step import Declined
from tsunagu.broadcasts.rules import ITSELF, Kind, State, Totals
from tsunagu.broadcasts.store import Broadcast
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.messages import Message
from tsunagu.staff import store as staff
from tsunagu.web.app import member
from tsunagu.web.filters import LANGUAGE_NAMES

ID = re.compile(r"(?!__)[A-Za-z0-9_-]{1,100}")
BEFORE = (State.DRAFT, State.WAITING, State.SCHEDULED)
GOING = (State.FREEZING, State.SENDING, State.PAUSED)
Version = tuple[str, str, list[Message]]


@dataclass(frozen=True)
class Step:
    """A line of its life; `look` is how it stands out."""

    at: datetime
    what: wording.Label
    who: str = ""
    why: str = ""
    look: str = ""


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/broadcasts/<id>")
    def one(id: str) -> str:
        return show(desk, id)

    @blueprint.get("/broadcasts/<id>/progress")
    def progress(id: str) -> flask.Response:
        found = found_or_404(desk, id)
        page = flask.render_template(
            "broadcasts/progress.html", broadcast=found, far=how_far(desk, found), **names(found)
        )
        answer = flask.make_response(page)
        seen = flask.request.args.get("state", found.state.value)
        if seen != found.state.value or not goes_on(found):
            answer.headers["HX-Refresh"] = "true"  # what may be done has changed, too
        return answer

    @blueprint.get("/broadcasts/<id>/ledger.csv")
    def ledger_csv(id: str) -> flask.Response:
        found = found_or_404(desk, id)
        content = ledger.csv(desk.db, found.id)
        staff.audit(desk.db, member().email, "broadcast.download", found.id, desk.clock())
        answer = flask.Response(content, content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{found.id}-ledger.csv"'
        return answer


def show(desk: Desk, id: str, refused: tuple[str, str, str] | None = None) -> str:
    """`refused`: which deed was, and why, in Japanese and in English; what was typed for it stays."""
    found = found_or_404(desk, id)
    before = flask.request.args.get("refused", "")
    if before in wording.REFUSED and refused is None:
        refused = (before, *wording.REFUSED[before])
    far = how_far(desk, found) if goes_on(found) else None
    asked = (desk, found.to, found.kind, found.reminds_of)
    size, why = of_audience(*asked) if found.state in BEFORE else (None, "")
    held = held_until(found, max(found.due_at or found.when, desk.clock()), desk.house)
    reached = found.totals or (far.totals if far else Totals())
    return flask.render_template(
        "broadcasts/one.html",
        broadcast=found,
        refused=refused,
        typed=flask.request.form if refused else {},
        done=wording.DONE.get(flask.request.args.get("done", "")),
        size=size,
        why=why,
        versions=versions_of(found.messages, found.version_for),
        pictures=desk.media.begins,
        life=life(found, staff.naming(desk.db, found.id)),
        far=far,
        reached=reached.accepted,
        held=held,
        through=through_at(found, held or max(found.due_at or found.when, desk.clock()), desk.house),
        own=member().email in (*found.writers, found.submitted_by),
        testers=testers.every(desk.db) if found.state in BEFORE else [],
        me=member().email,
        tested=[(language, LANGUAGE_NAMES[language]) for language in LANGUAGES],
        to=_whom(desk, found),
        **names(found),
        **what_became(found),
    )


def names(found: Broadcast) -> dict[str, Any]:
    """How everything about it is called."""
    by_language = found.audience_by_language
    return {
        "state": wording.STATES[found.state],
        "kind": wording.KINDS[found.kind],
        "repeats": wording.repeats(found.repeat["rule"]) if found.repeat else "",
        "languages": [(LANGUAGE_NAMES[name], by_language[name]) for name in LANGUAGES if name in by_language],
        "wards": by_ward(found.audience_by_ward) if found.audience_by_ward else [],
        "waits": wording.WAITS,
        "spread": Spread.of_document(found.spread) if found.spread else None,
    }


def what_became(found: Broadcast) -> dict[str, Any]:
    """Its end in people, its statistics, and what it cost."""
    first, last = statistics.click_to_first(found), statistics.click_to_last(found)
    spent = cost.cost_of(cost.Spent.of_document(found.spent)) if found.spent else None
    return {
        "ends": [(label, getattr(found.totals, name)) for name, label in wording.ENDS.items()] if found.totals else [],
        "figures": statistics.Statistics.of(found),
        "seconds": [(label, value) for label, value in zip(wording.CLICKS, (first, last), strict=True)],
        "cost": [(line.of, line.amount, cost.said(line.dollars)) for line in spent.lines] if spent else [],
        "cost_total": cost.said(spent) if spent else "",
        "offered": wording.OFFERED,
    }


def life(found: Broadcast, audited: Iterable[store.Snapshot]) -> list[Step]:
    """What people did, from the audit, and what the city did by itself, in the order of time."""
    steps = []
    for line in audited:
        data: Mapping[str, Any] = line.to_dict() or {}
        ja, en, look = wording.DEEDS.get(data["did"], (data["did"], "", ""))
        itself = data["who"] == ITSELF
        who, look = ("", look or "machine") if itself else (data["who"], look)
        steps.append(Step(data["at"], (ja, en), who, data.get("why", ""), look))
    moments = ((label, getattr(found, name)) for name, label in wording.MOMENTS.items())
    steps += [Step(at, label, look="machine") for label, at in moments if at is not None]
    order = [label[:2] for label in [*wording.DEEDS.values(), *wording.MOMENTS.values()]]  # of one moment
    return sorted(steps, key=lambda step: (step.at, order.index(step.what) if step.what in order else -1))


def versions_of(messages: Mapping[str, list[Message]], version_for: Mapping[str, str]) -> list[Version]:
    """By version: the languages that read it, the language it is in, its messages."""
    read_by: dict[str, list[str]] = {}
    for language in LANGUAGES:
        if language in version_for:
            read_by.setdefault(version_for[language], []).append(LANGUAGE_NAMES[language])
    return [("・".join(readers), version.split("-")[0], messages[version]) for version, readers in read_by.items()]


def how_far(desk: Desk, found: Broadcast) -> finish.Progress:
    return finish.progress(desk.db, found)


def found_or_404(desk: Desk, id: str) -> Broadcast:
    found = store.get(desk.db, id) if ID.fullmatch(id) else None
    if found is None:
        raise NotFound
    return found


def _whom(desk: Desk, found: Broadcast) -> wording.Label:
    titles, urgent = audiences.titles(desk.db), found.kind is Kind.LIFE_SAFETY
    whom = described(found.to, urgent, "ja", titles), described(found.to, urgent, "en", titles)
    if found.reminds_of is None:
        return whom
    survey = dict(desk.surveys()).get(found.reminds_of, found.reminds_of)
    return (
        f"アンケート「{survey}」に招待され、まだ回答を終えていない人（催促）。{whom[0]}のうち",
        f"those invited to “{survey}” who have not finished it (a reminder), of: {whom[1]}",
    )


def goes_on(found: Broadcast) -> bool:
    """Somebody may still be sent to, or a slice of it is still to be settled."""
    return found.state in GOING or (found.open and found.attempt is not None)


def said(error: Rejected) -> wording.Label:
    """Why, in Japanese and in English; where it is known in one language only, in that."""
    return error.says if isinstance(error, Declined) else (error.reason, "")
