"""The console's pages of broadcasts: the list, and the rooms behind it."""

from collections import Counter

import flask
from google.cloud.firestore import Client

from tsunagu.broadcasts import store
from tsunagu.broadcasts.desk import compose as pages_compose
from tsunagu.broadcasts.desk import life as pages_life
from tsunagu.broadcasts.desk import one as pages_one
from tsunagu.broadcasts.desk import testers as pages_testers
from tsunagu.broadcasts.desk import wording
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.staff.rules import Deed
from tsunagu.web.app import Pages, can
from tsunagu.web.home import Task

SHOWN = 50  # broadcasts on a page of the list


def pages(desk: Desk) -> Pages:
    blueprint = flask.Blueprint("broadcasts", __name__, template_folder="templates")

    @blueprint.get("/broadcasts")
    def everything() -> str:
        found = store.every(desk.db)
        state, series = flask.request.args.get("state", ""), flask.request.args.get("series", "")
        counts = Counter(broadcast.state.value for broadcast in found)
        chosen = [each for each in found if state in ("", each.state.value) and series in ("", each.series)]
        first = max(0, flask.request.args.get("from", 0, type=int))
        shown = chosen[first : first + SHOWN]
        return flask.render_template(
            "broadcasts/list.html",
            broadcasts=shown,
            accepted={each.id: _accepted(desk, each) for each in shown},
            waiting=_to_approve(found) if not state and not series and not first else [],
            first=first,
            shown=SHOWN,
            total=len(chosen),
            state=state,
            series=series,
            counts=counts,
            states=wording.STATES,
            kinds=wording.KINDS,
        )

    for rooms in (pages_one, pages_compose, pages_life, pages_testers):
        rooms.add(blueprint, desk)
    menu = ("配信", "Broadcasts"), "broadcasts.everything"
    return Pages(blueprint, Deed.SEE_BROADCASTS, menu, Deed.WRITE_BROADCASTS, pages_life.ASKS | pages_compose.ASKS)


def to_approve(db: Client) -> Task | None:
    """What the home page tells those who approve."""
    waiting = _to_approve(store.with_work(db))
    if not waiting:
        return None
    only = waiting[0].id if len(waiting) == 1 else None
    everything = flask.url_for("broadcasts.everything", state=State.WAITING.value)
    return Task(
        (f"承認を待っている配信があります（{len(waiting)}件）", f"Broadcasts that wait for approval: {len(waiting)}"),
        flask.url_for("broadcasts.one", id=only) if only else everything,
    )


def _accepted(desk: Desk, broadcast: Broadcast) -> int | None:
    """So far, of one that goes on: its chunks are read only then."""
    if broadcast.totals is None and broadcast.attempt is not None and pages_one.goes_on(broadcast):
        return pages_one.how_far(desk, broadcast).totals.accepted
    return broadcast.totals.accepted if broadcast.totals else None


def _to_approve(found: list[Broadcast]) -> list[Broadcast]:
    """What waits for somebody like the member who asks, the longest first."""
    if not can(Deed.APPROVE_BROADCASTS.name):
        return []
    waiting = [each for each in found if each.state is State.WAITING]
    return sorted(waiting, key=lambda each: each.submitted_at or each.when)
