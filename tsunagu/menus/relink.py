"""Linking everybody who chose another language than the default one to the menu of that language, 500 a request."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl
from google.cloud.firestore import Client

from tsunagu.line import rich_menus
from tsunagu.line.client import Line
from tsunagu.line.rich_menus import LINKED_AT_ONCE
from tsunagu.menus.ask import ask
from tsunagu.menus.link import show
from tsunagu.menus.rules import LINKED
from tsunagu.packs.read import read
from tsunagu.residents.store import residents_shelf

Linked = Callable[[int, int], None]
"""Hears how many of how many are linked."""


def relink(db: Client, line: Line, menus: Mapping[str, str], linked: Linked) -> int:
    """`menus`: language → LINE's id. Returns how many residents it concerned. May be repeated. Raises Rejected,
    TryAgain."""
    before = _languages(db)
    done = 0
    for language in LINKED:
        users = before.filter(pl.col("language") == language)["key"].to_list()
        for start in range(0, len(users), LINKED_AT_ONCE):
            part = [_user(key) for key in users[start : start + LINKED_AT_ONCE]]
            ask(partial(rich_menus.link_many, line, part, menus[language]), "linking residents to their menus")
            done += len(part)
            linked(done, before.height)
    # Who changed their language meanwhile was shown the right menu, and may have lost it to a request after that.
    for user in _changed(before, _languages(db)):
        show(db, line, user)
    return before.height


def _languages(db: Client) -> pl.DataFrame:
    roster = read(residents_shelf(db))
    return roster.filter("following", pl.col("language").is_in(LINKED)).select("key", "language")


def _changed(before: pl.DataFrame, after: pl.DataFrame) -> Sequence[str]:
    return [_user(key) for key in before.join(after, on=["key", "language"], how="anti")["key"]]


def _user(key: bytes) -> str:
    return f"U{key.hex()}"
