"""From the ordinary menus to those for a disaster, and back: nothing is drawn or made, only shown.

The intent is written first. A run that broke off after it is mended by running it again, and who chooses a language in
between is shown the new menu already. Then one request shows everybody the new default, and one moves those who are
linked to the menu of another language.
"""

from dataclasses import dataclass
from datetime import datetime

from google.cloud.firestore import Client

from tsunagu.line import rich_menus
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome
from tsunagu.menus import store
from tsunagu.menus.deploy import show_default
from tsunagu.menus.relink import Linked, relink
from tsunagu.menus.rules import Mode


@dataclass(frozen=True)
class Switched:
    """`refused`: LINE's answer where it did not take the one request that moves everybody; then `relinked` residents
    were linked anew, 500 a request."""

    now: store.Now
    refused: Sent | None = None
    relinked: int = 0


def switch(db: Client, line: Line, mode: Mode, by: str, at: datetime, linked: Linked) -> Switched:
    """Raises Rejected, TryAgain."""
    now = store.switch(db, mode, at, by)
    while True:
        show_default(line, now)
        switched = _move(db, line, now, linked)
        after = store.get(db)
        if after is None or after.shows_as(now):
            return switched
        now = after  # somebody deployed or switched meanwhile


def _move(db: Client, line: Line, now: store.Now, linked: Linked) -> Switched:
    before, here = now.ids[now.mode.other], now.ids[now.mode]
    sent = rich_menus.move(line, {before[language]: here[language] for language in here})
    if sent.outcome is Outcome.ACCEPTED:
        store.moved(db, sent.request_id)
        return Switched(now)
    return Switched(now, sent, relink(db, line, here, linked))
