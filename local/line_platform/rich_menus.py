"""Rich menus: what was made, its pictures and aliases, and who sees which. Guarded by the platform's lock."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import linebot.v3.messaging.models as sdk

from local.line_platform import limits
from local.line_platform.action_rules import RULES as ACTIONS
from local.line_platform.action_rules import label, length
from local.line_platform.buckets import Hourly
from local.line_platform.walk import Complaint, Place, walk

ALIAS = re.compile(r"[a-z0-9_-]{1,32}\Z")


@dataclass
class Menu:
    """`about` is what the city sent; without a picture a menu can be shown to nobody."""

    id: str
    about: dict[str, Any]
    picture: bytes = b""
    kind: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"richMenuId": self.id, **self.about}


@dataclass
class RichMenus:
    """`links`: user → the menu of their own, which outranks the default. `batches`: request id → when it was, or will
    be done; `moving`: what is still to be done, and when."""

    menus: dict[str, Menu] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    links: dict[str, str] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    moving: list[tuple[int, list[dict[str, Any]]]] = field(default_factory=list)
    changes: Hourly = field(default_factory=lambda: Hourly(limits.MENU_CHANGES_AN_HOUR))
    relinks: Hourly = field(default_factory=lambda: Hourly(limits.MENU_BATCHES_AN_HOUR))

    def make(self, about: dict[str, Any]) -> Menu:
        menu = Menu(f"richmenu-{secrets.token_hex(16)}", about)
        self.menus[menu.id] = menu
        return menu

    def shown_to(self, user: str) -> Menu | None:
        own = self.menus.get(self.links.get(user, ""))
        return own or self.menus.get(self.default or "")

    def delete(self, menu: str) -> None:
        """Who was linked to it sees the default again; its aliases stay and lead nowhere."""
        del self.menus[menu]
        self.links = {user: linked for user, linked in self.links.items() if linked != menu}
        if self.default == menu:
            self.default = None

    def catch_up(self, now: int) -> None:
        """Do what is due by now."""
        for _, operations in [due for due in self.moving if due[0] <= now]:
            self.relink(operations)
        self.moving = [due for due in self.moving if due[0] > now]

    def relink(self, operations: list[dict[str, Any]]) -> None:
        """All operations at once: nobody is moved twice."""
        to: dict[str, str | None] = {}
        for operation in operations:
            match operation["type"]:
                case "link":
                    to[operation["from"]] = operation["to"]
                case "unlink":
                    to[operation["from"]] = None
                case _:
                    to = dict.fromkeys(self.menus)
        moved = ((user, to.get(linked, linked)) for user, linked in self.links.items())
        self.links = {user: linked for user, linked in moved if linked is not None}

    def switch(self, user: str, alias: str) -> str:
        """What a richmenuswitch action does: the status that its postback tells."""
        if alias not in self.aliases:
            return "RICHMENU_ALIAS_ID_NOTFOUND"
        if self.aliases[alias] not in self.menus:
            return "RICHMENU_NOTFOUND"
        self.links[user] = self.aliases[alias]
        return "SUCCESS"


def complaints(about: dict[str, Any]) -> list[Complaint]:
    """All that is wrong with a menu that the city would make."""
    return list(walk(sdk.RichMenuRequest, about, Place(""), RULES))


def _menu(about: dict[str, Any], place: Place) -> Iterator[Complaint]:
    missing = [name for name in ("size", "selected", "name", "chatBarText", "areas") if about.get(name) is None]
    yield from (Complaint(name, "must be specified") for name in missing)
    if missing:
        return
    yield from length("name", about["name"], 1, limits.MENU_NAME)
    yield from length("chatBarText", about["chatBarText"], 1, limits.CHAT_BAR_TEXT)
    width, height = about["size"].get("width", 0), about["size"].get("height", 0)
    yield from _size("size", width, height)
    if len(about["areas"]) > limits.MENU_AREAS:
        yield Complaint("areas", f"Size must be between 0 and {limits.MENU_AREAS}")
    for number, area in enumerate(about["areas"]):
        bounds, at = area.get("bounds") or {}, f"areas[{number}]"
        if area.get("action") is None or len(bounds) != 4:
            yield Complaint(at, "bounds and action must be specified")
        elif bounds["x"] + bounds["width"] > width or bounds["y"] + bounds["height"] > height:
            yield Complaint(f"{at}.bounds", "must be inside the rich menu")


def _switch(action: dict[str, Any], place: Place) -> Iterator[Complaint]:
    yield from label(action, place)
    yield from length(place.child("data"), action.get("data") or "", 0, limits.POSTBACK_DATA)
    if not ALIAS.match(action.get("richMenuAliasId") or ""):
        yield Complaint(place.child("richMenuAliasId"), "must be 1 to 32 of a-z, 0-9, _ and -")


RULES = {**ACTIONS, "RichMenuRequest": _menu, "RichMenuSwitchAction": _switch}


def picture_complaints(raw: bytes, kind: str) -> list[Complaint]:
    """All that is wrong with a picture for a menu."""
    size = _png(raw) if kind == "image/png" else _jpeg(raw) if kind == "image/jpeg" else None
    if size is None:
        return [Complaint("image", "must be a PNG or a JPEG, as its content type says")]
    if len(raw) > limits.MENU_PICTURE_BYTES:
        return [Complaint("image", "must be no larger than 1 MB")]
    return list(_size("image", *size))


def _size(place: str, width: int, height: int) -> Iterator[Complaint]:
    if not limits.MENU_WIDTH[0] <= width <= limits.MENU_WIDTH[1]:
        yield Complaint(f"{place}.width", "must be between {} and {}".format(*limits.MENU_WIDTH))
    elif height < limits.MENU_HEIGHT or width / height < limits.MENU_RATIO:
        yield Complaint(f"{place}.height", f"must be at least 250, and the ratio at least {limits.MENU_RATIO}")


def _png(raw: bytes) -> tuple[int, int] | None:
    if raw[:8] != b"\x89PNG\r\n\x1a\n" or raw[12:16] != b"IHDR" or len(raw) < 24:
        return None
    return int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")


def _jpeg(raw: bytes) -> tuple[int, int] | None:
    """The size stands in the frame header, after segments that each tell their length."""
    at = 2
    while raw[:2] == b"\xff\xd8" and at + 9 <= len(raw) and raw[at] == 0xFF:
        if raw[at + 1] in (0xC0, 0xC1, 0xC2):
            return int.from_bytes(raw[at + 7 : at + 9], "big"), int.from_bytes(raw[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return None
