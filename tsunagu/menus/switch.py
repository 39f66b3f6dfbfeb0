"""From the ordinary menus to those for a disaster, and back: nothing is drawn or made, only shown.

The intent is written first. A run that broke off after it is mended by running it again, and who chooses a language in
between is shown the new menu already. Then one request shows everybody the new default, and one moves those who are
linked to the menu of another language. LINE moves them a little later: a move that is still under way is waited for,
or it would undo the next one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from google.cloud.firestore import Client

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.line import rich_menus
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome
from tsunagu.menus import store
from tsunagu.menus.deploy import show_default
from tsunagu.menus.relink import Linked, relink
from tsunagu.menus.rules import Mode

WAITED = 60  # seconds for LINE to end a move
LOOKS = 2  # seconds between two questions


@dataclass(frozen=True)
class Switched:
    """`refused`: LINE's answer where it did not take the one request that moves everybody; then `relinked` residents
    were linked anew, 500 a request."""

    now: store.Now
    refused: Sent | None = None
    relinked: int = 0


def switch(
    db: Client,
    line: Line,
    mode: Mode,
    by: str,
    at: datetime,
    linked: Linked,
    sleep: Callable[[float], None] = time.sleep,
) -> Switched:
    """Raises Rejected, TryAgain."""
    before = store.get(db)
    now = store.switch(db, mode, at, by)
    while True:
        show_default(line, now)
        if before is not None and before.batch is not None:
            _wait_for(db, line, before.batch, sleep)
        switched = _move(db, line, now, linked)
        after = store.get(db)
        if after is None or after.shows_as(now):
            return switched
        now = after  # somebody deployed or switched meanwhile


def _wait_for(db: Client, line: Line, batch: str, sleep: Callable[[float], None]) -> None:
    for _ in range(0, WAITED, LOOKS):
        if rich_menus.progress(line, batch).answer.get("phase") != "ongoing":
            return
        sleep(LOOKS)
    store.moved(db, batch)  # so that the next run asks for it, too
    raise TryAgain(
        "the default menu is switched; those who chose another language are not yet, because LINE is still busy with"
        " the switch before: run the command again in a minute"
    )


def _move(db: Client, line: Line, now: store.Now, linked: Linked) -> Switched:
    before, here = now.ids[now.mode.other], now.ids[now.mode]
    sent = rich_menus.move(line, {before[language]: here[language] for language in here})
    if sent.outcome is Outcome.ACCEPTED:
        store.moved(db, sent.request_id)
        return Switched(now)
    return Switched(now, sent, relink(db, line, here, linked))
