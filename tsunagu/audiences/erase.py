"""Erasing somebody from uploaded lists."""

from datetime import datetime

from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.audiences.store import ID_BYTES, ID_LISTS, list_reference, parts_with, place_of
from tsunagu.cloud.firestore import in_transaction
from tsunagu.residents.store import key_of


def erase(db: Client, user: str, now: datetime) -> None:
    """Also from uploads that do not hold, or not yet; repeating it changes nothing."""
    # Listing the documents finds a list whose own document is still to come, too.
    for reference in db.collection(ID_LISTS).list_documents():
        take_out(db, reference.id, key_of(user))


def take_out(db: Client, name: str, key: bytes) -> None:
    for part in parts_with(db, name, key):
        _take_out(db, name, part.reference, key)


def _take_out(db: Client, name: str, part: DocumentReference, key: bytes) -> None:
    def body(transaction: Transaction) -> None:
        there, whole = part.get(transaction=transaction), list_reference(db, name).get(transaction=transaction)
        ids = there.get("ids") if there.exists else b""
        place = place_of(ids, key)
        if place is None:
            return
        without = ids[:place] + ids[place + ID_BYTES :]
        transaction.update(part, {"ids": without, "n": len(without) // ID_BYTES})
        if whole.exists and part.id.startswith(f"{whole.get('upload')}-"):
            # With it changes the list's update time, by which a roster sees that its list is another.
            transaction.update(whole.reference, {"count": whole.get("count") - 1})

    in_transaction(db, body)
