"""What rich menu a resident sees, and taps on it."""

from typing import Any

from flask import Blueprint, Response, abort
from pydantic import Field

from local.line_platform import doings
from local.line_platform.control.asked import Doing, body, platform
from local.line_platform.friends import FOLLOWING
from local.line_platform.platform import Platform
from local.line_platform.rich_menus import Menu

control = Blueprint("control_menus", __name__, url_prefix="/control")


class TapArea(Doing):
    area: int = Field(ge=0)
    params: dict[str, str] | None = None


def _seen(line: Platform, user: str) -> Menu | None:
    """Under the lock: their own menu before everybody's, and none for those who do not follow."""
    if line.friends.number(user) is None:
        abort(404)
    return line.menus.shown_to(user) if line.friends.state(user) == FOLLOWING else None


@control.get("/residents/<user>/menu")
def menu(user: str) -> Response | dict[str, Any]:
    """→ {richMenuId, chatBarText, selected, size: {width, height}, areas: [{bounds, action}], name, image}, or null.
    `image` is the address of the picture on this platform."""
    line = platform()
    with line.lock:
        seen = _seen(line, user)
        if seen is None:
            return Response("null", content_type="application/json")
        return {**seen.as_json(), "image": f"/control/menus/{seen.id}/image"}


@control.get("/menus/<menu>/image")
def image(menu: str) -> Response:
    """→ the picture."""
    line = platform()
    with line.lock:
        found = line.menus.menus.get(menu)
        if found is None or not found.picture:
            abort(404)
        return Response(found.picture, content_type=found.kind, headers={"x-content-type-options": "nosniff"})


@control.post("/residents/<user>/menu/tap")
def tap(user: str) -> dict[str, Any]:
    """{area: n, params: null} : taps the nth area, from 0; `params` is what a date picker picked. A richmenuswitch
    shows the resident the alias's menu and tells the city. → as of every doing; for a link {event: null, …, opens:
    address}."""
    asked = body(TapArea)
    line = platform()
    with line.lock:
        seen = _seen(line, user)
        if seen is None or asked.area >= len(seen.about["areas"]):
            raise doings.Impossible("the resident sees no such area")
        action = seen.about["areas"][asked.area]["action"]
        params = asked.params
        if action["type"] == "richmenuswitch":
            alias = action["richMenuAliasId"]
            params = {"newRichMenuAliasId": alias, "status": line.menus.switch(user, alias)}
        if action["type"] == "message":
            done = doings.say(line, user, action["text"], asked.how())
        elif action.get("data"):
            done = doings.tap(line, user, action["data"], params, action.get("displayText"), asked.how())
        else:
            return dict.fromkeys(("event", "message_id", "status", "error", "took_ms")) | {"opens": action.get("uri")}
    return asked.answer(done)
