"""LINE's rich menus: made, given a picture, named by aliases, and shown to everybody or to somebody.

What somebody is linked to outranks the default menu. Nothing here takes a retry key, and all of it may be repeated,
except that a repeated `create` may make a second menu.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tsunagu.line.client import Line, Sent

LINKED_AT_ONCE = 500  # user ids LINE takes in one bulk request
PICTURE_LIMIT = 1024 * 1024  # bytes of a menu's picture


def validate(line: Line, menu: Mapping[str, Any]) -> Sent:
    return line.call("POST", "/v2/bot/richmenu/validate", menu)


def create(line: Line, menu: Mapping[str, Any]) -> Sent:
    """`answer["richMenuId"]`. LINE takes 100 of these an hour."""
    return line.call("POST", "/v2/bot/richmenu", menu)


def upload(data: Line, menu: str, png: bytes) -> Sent:
    """`data` is LINE's data host. A picture cannot be replaced."""
    return data.call("POST", f"/v2/bot/richmenu/{quote(menu)}/content", png, kind="image/png")


def delete(line: Line, menu: str) -> Sent:
    return line.call("DELETE", f"/v2/bot/richmenu/{quote(menu)}")


def every(line: Line) -> Sent:
    """`answer["richmenus"]`: all that were made through the API."""
    return line.call("GET", "/v2/bot/richmenu/list")


def aliases(line: Line) -> Sent:
    """`answer["aliases"]`, each with `richMenuAliasId` and `richMenuId`."""
    return line.call("GET", "/v2/bot/richmenu/alias/list")


def create_alias(line: Line, alias: str, menu: str) -> Sent:
    return line.call("POST", "/v2/bot/richmenu/alias", {"richMenuAliasId": alias, "richMenuId": menu})


def update_alias(line: Line, alias: str, menu: str) -> Sent:
    return line.call("POST", f"/v2/bot/richmenu/alias/{quote(alias)}", {"richMenuId": menu})


def set_default(line: Line, menu: str) -> Sent:
    """One request for everybody who is linked to no menu of their own."""
    return line.call("POST", f"/v2/bot/user/all/richmenu/{quote(menu)}")


def link(line: Line, user: str, menu: str) -> Sent:
    return line.call("POST", f"/v2/bot/user/{quote(user)}/richmenu/{quote(menu)}")


def unlink(line: Line, user: str) -> Sent:
    """The default menu holds again."""
    return line.call("DELETE", f"/v2/bot/user/{quote(user)}/richmenu")


def link_many(line: Line, users: Sequence[str], menu: str) -> Sent:
    """Up to 500 at once; LINE does it a little later."""
    return line.call("POST", "/v2/bot/richmenu/bulk/link", {"richMenuId": menu, "userIds": list(users)})


def move(line: Line, moves: Mapping[str, str]) -> Sent:
    """Everybody linked to a menu, to another one: one request, of which LINE takes 3 an hour. Its `request_id` is what
    `progress` asks for."""
    operations = [{"type": "link", "from": before, "to": after} for before, after in moves.items()]
    return line.call("POST", "/v2/bot/richmenu/batch", {"operations": operations})


def progress(line: Line, request_id: str) -> Sent:
    """`answer["phase"]`: ongoing, succeeded or failed."""
    return line.call("GET", f"/v2/bot/richmenu/progress/batch?requestId={quote(request_id)}")
