"""Bringing the menus to LINE: made, drawn, named, shown to everybody, and the old ones taken away last.

Every step may be repeated, so a run that broke off anywhere is mended by the next. A menu is known to be whole by its
alias, which it gets only after its picture.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from google.cloud.firestore import Client

from tsunagu.line import rich_menus
from tsunagu.line.client import Line
from tsunagu.line.outcomes import Outcome
from tsunagu.menus import store
from tsunagu.menus.ask import ask
from tsunagu.menus.draw import Drawn
from tsunagu.menus.relink import relink
from tsunagu.menus.rules import DEFAULT, OURS

Tell = Callable[[str, int, int], None]
"""Hears what is under way, and how much of how much of it is done."""


def deploy(db: Client, line: Line, data: Line, drawn: Sequence[Drawn], by: str, at: datetime, tell: Tell) -> store.Now:
    """`data` is LINE's data host. Raises Rejected, TryAgain."""
    for menu in drawn:
        ask(partial(rich_menus.validate, line, menu.about), f"checking the menu {menu.alias}")
    there = _there(line)
    aliases = ask(partial(rich_menus.aliases, line), "reading the aliases").answer.get("aliases", [])
    named = {alias["richMenuAliasId"]: alias["richMenuId"] for alias in aliases}
    ids: dict[str, dict[str, str]] = {}
    for done, menu in enumerate(drawn, 1):
        found = named.get(menu.alias)
        if found is None or there.get(found) != menu.name:
            found = _make(line, data, menu, known=menu.alias in named)
        ids.setdefault(menu.mode.value, {})[menu.language] = found
        tell("menus", done, len(drawn))
    now = store.prepare(db, ids, at, by)
    while True:
        show_default(line, now)
        relink(db, line, now.ids[now.mode], partial(tell, "residents"))
        after = store.get(db)
        if after is None or after.shows_as(now):
            break
        now = after  # somebody switched meanwhile
    _clean(line, {found for languages in now.ids.values() for found in languages.values()}, tell)
    return now


def show_default(line: Line, now: store.Now) -> None:
    ask(partial(rich_menus.set_default, line, now.ids[now.mode][DEFAULT]), "showing everybody the menu")


def _there(line: Line) -> dict[str, str]:
    """Our menus at LINE: id → name."""
    found = ask(partial(rich_menus.every, line), "reading the menus").answer.get("richmenus", [])
    return {menu["richMenuId"]: menu["name"] for menu in found if str(menu.get("name")).startswith(OURS)}


def _make(line: Line, data: Line, menu: Drawn, known: bool) -> str:
    created = ask(partial(rich_menus.create, line, menu.about), f"making the menu {menu.alias} (100 an hour at most)")
    found = str(created.answer["richMenuId"])
    ask(partial(rich_menus.upload, data, found, menu.picture), f"sending the picture of {menu.alias}")
    name = rich_menus.update_alias if known else rich_menus.create_alias
    ask(partial(name, line, menu.alias, found), f"naming the menu {menu.alias}")
    return found


def _clean(line: Line, kept: set[str], tell: Tell) -> None:
    """What LINE does not delete now, the next run does."""
    old = [found for found in _there(line) if found not in kept]
    for done, found in enumerate(old, 1):
        if rich_menus.delete(line, found).outcome not in (Outcome.ACCEPTED, Outcome.REFUSED):
            return
        tell("old menus", done, len(old))
