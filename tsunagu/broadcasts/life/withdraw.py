"""Withdrawing a broadcast: nobody is sent to who was not yet; a slice that was tried is settled first."""

from datetime import datetime
from typing import Any

from google.cloud.firestore import Client

from tsunagu.broadcasts.life.step import Change, step
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.broadcasts.store import Broadcast


def withdraw(db: Client, broadcast: str, by: str, now: datetime) -> Broadcast:
    """Gives it as it was before; raises Declined when it is over, withdrawn, or unknown. A series ends with it."""

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        return "broadcast.withdraw", State.WITHDRAWN, {"withdrawn_at": now, "withdrawn_by": by, **stopped(found, now)}

    return step(db, broadcast, deed, by, now)[0]


def stopped(found: Broadcast, now: datetime) -> dict[str, Any]:
    """What changes besides its state in a broadcast that nobody else is to be sent."""
    change: dict[str, Any] = {"freezing": None, "paused": None}
    if found.attempt is None:
        # Nothing was announced, so nobody was sent to; a freeze under way will find that it lost.
        return change | {"open": False, "ended_at": now, "audience": 0, "totals": Totals().to_document()}
    # While it is paused nobody is at its chunks, which have to be settled.
    return change | ({"announced_at": None} if found.state is State.PAUSED else {})
