"""How many were invited to a survey: the audiences of the broadcasts that name it, reminders aside."""

from collections.abc import Mapping
from typing import Any

from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import BROADCASTS

CUT_SHORT = (State.WITHDRAWN.value, State.EXPIRED.value, State.FAILED.value)


def invited(db: firestore.Client, survey: str) -> int | None:
    """None when no broadcast with a frozen audience has invited anybody."""
    found = db.collection(BROADCASTS).where(filter=FieldFilter("survey", "==", survey))
    wanted = found.select(["audience", "remind", "state", "totals"])
    invitations = (each for snapshot in wanted.stream() if not (each := snapshot.to_dict() or {}).get("remind"))
    return sum(map(_reached, invitations)) or None


def _reached(broadcast: Mapping[str, Any]) -> int:
    """Of one that was cut short only those whom it still went to: it may have been sent again to all."""
    if broadcast.get("state") in CUT_SHORT:
        return int((broadcast.get("totals") or {}).get("accepted", 0))
    return int(broadcast.get("audience") or 0)
