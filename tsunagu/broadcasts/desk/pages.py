"""The console's pages of broadcasts: the list, and the rooms behind it."""

from collections import Counter

import flask

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
        return flask.render_template(
            "broadcasts/list.html",
            broadcasts=chosen[first : first + SHOWN],
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


def _to_approve(found: list[Broadcast]) -> list[Broadcast]:
    """What waits for somebody like the member who asks, the longest first."""
    if not can(Deed.APPROVE_BROADCASTS.name):
        return []
    waiting = [each for each in found if each.state is State.WAITING]
    return sorted(waiting, key=lambda each: each.submitted_at or each.when)
