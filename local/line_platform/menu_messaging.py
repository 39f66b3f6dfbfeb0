"""LINE's rich-menu requests under LINE's own paths. The two hosts of LINE's are one here."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import linebot.v3.messaging.models as sdk
from flask import Blueprint, Response, request
from pydantic.v1 import BaseModel

from local.line_platform import limits, rich_menus, sending
from local.line_platform.check import USER
from local.line_platform.messaging import answer
from local.line_platform.platform import Platform
from local.line_platform.record import Call
from local.line_platform.rich_menus import ALIAS, Menu, RichMenus
from local.line_platform.sending import Answer, refuse
from local.line_platform.walk import Complaint, Place, walk

menu_api = Blueprint("rich_menus", __name__, url_prefix="/v2/bot")

DONE = Answer(200, {})
NO_PICTURE = "must upload richmenu image before applying it to user"
Body = dict[str, Any]


def _do(endpoint: str, deed: Callable[[Platform, Call], Answer]) -> Response:
    """A request without a body."""

    def locked(line: Platform, call: Call, raw: bytes) -> Answer:
        if request.headers.get("x-line-retry-key"):
            return refuse(400, "The retry key is not supported by this endpoint")
        with line.lock:
            line.menus.catch_up(line.clock.now())
            made = deed(line, call)
            line.chats.touch()
            return made

    return answer(endpoint, locked)


def _take(endpoint: str, deed: Callable[[Platform, Call, Body], Answer], shape: type[BaseModel]) -> Response:
    """A request with a body of this shape."""

    def read(line: Platform, call: Call) -> Answer:
        try:
            body = json.loads(request.get_data())
        except ValueError:
            body = None
        if request.mimetype != "application/json" or not isinstance(body, dict):
            return refuse(400, "The request body must be an object in JSON")
        found = [*walk(shape, body, Place(""), rich_menus.RULES)]
        return _wrong(found) if found else deed(line, call, body)

    return _do(endpoint, read)


def _wrong(found: list[Complaint]) -> Answer:
    return refuse(400, f"The request body has {len(found)} error(s)", found)


def _there(menus: RichMenus, menu: str, drawn: bool = True) -> Menu | Answer:
    found = menus.menus.get(menu)
    if found is None:
        return refuse(404, "Not found")
    return refuse(400, NO_PICTURE) if drawn and not found.picture else found


@menu_api.post("/richmenu/validate")
def validate() -> Response:
    return _take("menu_validate", lambda line, call, body: DONE, sdk.RichMenuRequest)


@menu_api.post("/richmenu")
def create() -> Response:
    def deed(line: Platform, call: Call, body: Body) -> Answer:
        if len(line.menus.menus) >= limits.MENUS:
            return refuse(400, "too many rich menus")
        if not line.menus.changes.take(line.clock.now()):
            return refuse(429, sending.RATE_LIMIT)
        return Answer(200, {"richMenuId": line.menus.make(body).id})

    return _take("menu_create", deed, sdk.RichMenuRequest)


@menu_api.get("/richmenu/<menu>")
def get(menu: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        found = _there(line.menus, menu, drawn=False)
        return found if isinstance(found, Answer) else Answer(200, found.as_json())

    return _do("menu_get", deed)


@menu_api.delete("/richmenu/<menu>")
def delete(menu: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        found = _there(line.menus, menu, drawn=False)
        if isinstance(found, Answer):
            return found
        if not line.menus.changes.take(line.clock.now()):
            return refuse(429, sending.RATE_LIMIT)
        line.menus.delete(menu)
        return DONE

    return _do("menu_delete", deed)


@menu_api.get("/richmenu/list")
def every() -> Response:
    return _do(
        "menu_list", lambda line, call: Answer(200, {"richmenus": [m.as_json() for m in line.menus.menus.values()]})
    )


@menu_api.post("/richmenu/<menu>/content")
def upload(menu: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        found = _there(line.menus, menu, drawn=False)
        if isinstance(found, Answer):
            return found
        if found.picture:
            return refuse(400, "An image has already been uploaded to the richmenu")
        raw, kind = request.get_data(), request.mimetype
        wrong = rich_menus.picture_complaints(raw, kind)
        if wrong:
            return _wrong(wrong)
        found.picture, found.kind = raw, kind
        return DONE

    return _do("menu_upload", deed)


@menu_api.get("/richmenu/<menu>/content")
def picture(menu: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        found = line.menus.menus.get(menu)
        if found is None or not found.picture:
            return refuse(404, "Not found")
        return Answer(200, {}, {"content-type": found.kind}, found.picture)

    return _do("menu_picture", deed)


@menu_api.post("/richmenu/alias")
def create_alias() -> Response:
    def deed(line: Platform, call: Call, body: Body) -> Answer:
        alias = body["richMenuAliasId"]
        if not ALIAS.match(alias):
            return refuse(400, "The richMenuAliasId must be 1 to 32 of a-z, 0-9, _ and -")
        if alias in line.menus.aliases:
            return refuse(400, "conflict richmenu alias id")
        if len(line.menus.aliases) >= limits.MENU_ALIASES:
            return refuse(400, "too many rich menu aliases")
        return _name(line.menus, alias, body["richMenuId"])

    return _take("menu_alias", deed, sdk.CreateRichMenuAliasRequest)


@menu_api.post("/richmenu/alias/<alias>")
def update_alias(alias: str) -> Response:
    def deed(line: Platform, call: Call, body: Body) -> Answer:
        if alias not in line.menus.aliases:
            return refuse(404, "richmenu alias not found")
        return _name(line.menus, alias, body["richMenuId"])

    return _take("menu_alias", deed, sdk.UpdateRichMenuAliasRequest)


def _name(menus: RichMenus, alias: str, menu: str) -> Answer:
    found = _there(menus, menu)
    if isinstance(found, Answer):
        return refuse(400, "richmenu not found") if found.status == 404 else found
    menus.aliases[alias] = menu
    return DONE


@menu_api.delete("/richmenu/alias/<alias>")
def delete_alias(alias: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        gone = line.menus.aliases.pop(alias, None)
        return refuse(404, "richmenu alias not found") if gone is None else DONE

    return _do("menu_alias", deed)


@menu_api.get("/richmenu/alias/<alias>")
def one_alias(alias: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        menu = line.menus.aliases.get(alias)
        if menu is None:
            return refuse(404, "richmenu alias not found")
        return Answer(200, {"richMenuAliasId": alias, "richMenuId": menu})

    return _do("menu_alias", deed)


@menu_api.get("/richmenu/alias/list")
def aliases() -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        named = [{"richMenuAliasId": alias, "richMenuId": menu} for alias, menu in line.menus.aliases.items()]
        return Answer(200, {"aliases": named})

    return _do("menu_alias", deed)


@menu_api.post("/user/all/richmenu/<menu>")
def set_default(menu: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        found = _there(line.menus, menu)
        if isinstance(found, Answer):
            return found
        line.menus.default = menu
        return DONE

    return _do("menu_default", deed)


@menu_api.get("/user/all/richmenu")
def get_default() -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        default = line.menus.default
        return refuse(404, "no default richmenu") if default is None else Answer(200, {"richMenuId": default})

    return _do("menu_default", deed)


@menu_api.delete("/user/all/richmenu")
def cancel_default() -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        line.menus.default = None
        return DONE

    return _do("menu_default", deed)


@menu_api.get("/user/<user>/richmenu")
def of_user(user: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        linked = line.menus.links.get(user)
        return refuse(404, "the user has no richmenu") if linked is None else Answer(200, {"richMenuId": linked})

    return _do("menu_of_user", deed)


@menu_api.post("/user/<user>/richmenu/<menu>")
def link(user: str, menu: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        call.to = [user]
        found = _there(line.menus, menu)
        if isinstance(found, Answer):
            return found
        if line.friends.number(user) is None:
            return refuse(404, "Not found")
        line.menus.links[user] = menu
        return DONE

    return _do("menu_link", deed)


@menu_api.delete("/user/<user>/richmenu")
def unlink(user: str) -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        call.to = [user]
        line.menus.links.pop(user, None)
        return DONE

    return _do("menu_unlink", deed)


@menu_api.post("/richmenu/bulk/link")
def link_many() -> Response:
    def deed(line: Platform, call: Call, body: Body) -> Answer:
        found = _there(line.menus, body["richMenuId"])
        if isinstance(found, Answer):
            return found
        return _many(line, call, body["userIds"], found)

    return _take("menu_bulk_link", deed, sdk.RichMenuBulkLinkRequest)


@menu_api.post("/richmenu/bulk/unlink")
def unlink_many() -> Response:
    return _take(
        "menu_bulk_unlink",
        lambda line, call, body: _many(line, call, body["userIds"], None),
        sdk.RichMenuBulkUnlinkRequest,
    )


def _many(line: Platform, call: Call, users: list[str], menu: Menu | None) -> Answer:
    """Whom the platform does not know is passed over, as at LINE."""
    call.ids = len(users)
    if wrong := [Complaint(f"userIds[{n}]", "invalid user id") for n, user in enumerate(users) if not USER.match(user)]:
        return _wrong(wrong)
    for user in users:
        if menu is None:
            line.menus.links.pop(user, None)
        elif line.friends.number(user) is not None:
            line.menus.links[user] = menu.id
    return Answer(202, {})


@menu_api.post("/richmenu/batch")
def batch() -> Response:
    def deed(line: Platform, call: Call, body: Body) -> Answer:
        for operation in body["operations"]:
            found = _there(line.menus, operation["to"]) if operation["type"] == "link" else None
            if isinstance(found, Answer):
                return refuse(400, f"{operation['to']}: {found.body['message']}")
        if not line.menus.relinks.take(line.clock.now()):
            return refuse(429, sending.RATE_LIMIT)
        done_at = line.clock.now() + int(line.settings.menu_moves_after * 1000)
        line.menus.moving.append((done_at, body["operations"]))
        line.menus.batches[call.request_id] = done_at
        line.menus.catch_up(line.clock.now())
        return Answer(202, {})

    return _take("menu_batch", deed, sdk.RichMenuBatchRequest)


@menu_api.get("/richmenu/progress/batch")
def progress() -> Response:
    def deed(line: Platform, call: Call) -> Answer:
        done_at = line.menus.batches.get(request.args.get("requestId", ""))
        if done_at is None:
            return refuse(404, "Not found")
        at = datetime.fromtimestamp(done_at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if done_at > line.clock.now():
            return Answer(200, {"phase": "ongoing", "acceptedTime": at})
        return Answer(200, {"phase": "succeeded", "acceptedTime": at, "completedTime": at})

    return _do("menu_progress", deed)
