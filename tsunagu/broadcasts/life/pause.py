"""Pausing a broadcast that is going out, between two slices, and letting it go on."""

from datetime import datetime

from google.cloud.firestore import Client

from tsunagu.broadcasts.life.step import Change, Declined, step
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast


def pause(db: Client, broadcast: str, by: str, now: datetime, why: str = "") -> Broadcast:
    """Raises Declined."""

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        return "broadcast.pause", State.PAUSED, {"paused": {"by": by, "at": now, "why": why}}

    return step(db, broadcast, deed, by, now, why)[1]


def resume(db: Client, broadcast: str, by: str, now: datetime) -> Broadcast:
    """Raises Declined."""

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        if found.state is not State.PAUSED:
            japanese, english = found.state.label
            raise Declined(f"「{found.title}」は{japanese}です。", f"'{broadcast}' is {english}, not paused")
        if found.sent_until is not None and found.sent_until <= now:
            raise Declined(
                f"「{found.title}」は配信期限を過ぎています。",
                f"the time after which '{broadcast}' must not go out is past",
            )
        # Announced again, so that run_due_work does not wait for chunks that others may still be at.
        return "broadcast.resume", State.SENDING, {"paused": None, "announced_at": None}

    return step(db, broadcast, deed, by, now)[1]
