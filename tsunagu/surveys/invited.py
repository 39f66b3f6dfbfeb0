"""How many were invited to a survey: the audiences of the broadcasts that name it, reminders aside."""

from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from tsunagu.broadcasts.store import BROADCASTS


def invited(db: firestore.Client, survey: str) -> int | None:
    """None when no broadcast with a frozen audience has invited anybody."""
    found = db.collection(BROADCASTS).where(filter=FieldFilter("survey", "==", survey)).select(["audience", "remind"])
    invitations = (each for snapshot in found.stream() if not (each := snapshot.to_dict() or {}).get("remind"))
    return sum(each.get("audience") or 0 for each in invitations) or None
