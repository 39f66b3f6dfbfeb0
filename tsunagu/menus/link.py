"""Showing one resident the menu of their language."""

from google.cloud.firestore import Client

import tsunagu.residents.store
from tsunagu.line import rich_menus
from tsunagu.line.client import Line, Sent
from tsunagu.menus import store
from tsunagu.menus.rules import DEFAULT, LINKED


def link(db: Client, line: Line, user: str, language: str) -> Sent | None:
    """The menu of `language` in the present mode; None where nothing is deployed, so that there was nothing to do.

    The default language's menu is everybody's who is linked to none. May be repeated.
    """
    now = store.get(db)
    while now is not None:
        if language not in LINKED:
            return rich_menus.unlink(line, user)
        menu = now.ids[now.mode].get(language)
        if menu is None:  # a language that came after the last deployment, which will link them
            return None
        sent = rich_menus.link(line, user, menu)
        # A switch or a deployment that passed in between may have moved everybody but this one.
        after = store.get(db)
        if after is None or (after.mode, after.ids) == (now.mode, now.ids):
            return sent
        now = after
    return None


def show(db: Client, line: Line, user: str) -> Sent | None:
    """`link` in the language that this user has by now; of several who do it at once the last leaves the right menu."""
    language = _language(db, user)
    while True:
        sent = link(db, line, user, language)
        after = language if sent is None else _language(db, user)
        if after == language:
            return sent
        language = after


def _language(db: Client, user: str) -> str:
    """The default one of somebody unknown, such as who erased themselves."""
    resident = tsunagu.residents.store.get(db, user)
    return resident.language if resident is not None else DEFAULT
