"""Erasing somebody from frozen audiences and from those invited to surveys, as long as these are kept."""

from datetime import datetime

from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.broadcasts import invited, testers
from tsunagu.broadcasts.delivery.slices import Slice, positions_in, positions_of, zeroed
from tsunagu.broadcasts.delivery.spread import sought_at
from tsunagu.broadcasts.store import chunks_of, freezes_of, holding_ids
from tsunagu.cloud.firestore import in_transaction
from tsunagu.residents.store import key_of


def erase(db: Client, user: str, now: datetime) -> None:
    """Their id becomes zeros, which nobody is sent to; repeating it changes nothing.

    In a slice that was tried and is not settled the body must stay as it was: there it is marked, and becomes zeros
    when the slice is settled. A freeze under way may write the id after this has looked for it: it is left out, and
    made zeros, when its slice begins, by the stop that an erasure leaves.
    """
    testers.erase(db, user, now)
    key = key_of(user)
    invited.erase(db, key)
    for broadcast in holding_ids(db):
        for attempt in freezes_of(db, broadcast.id):
            sought = sought_at(broadcast, attempt, key)
            for chunk in chunks_of(db, broadcast.id, attempt).select(["from", "to"]).stream():
                if chunk.get("from") <= sought <= chunk.get("to"):
                    _erase_from(db, chunk.reference, key)


def _erase_from(db: Client, ref: DocumentReference, key: bytes) -> None:
    def body(transaction: Transaction) -> None:
        data = ref.get(transaction=transaction).to_dict()
        if data is None:
            return
        found = set(positions_of(data["ids"], key))
        slices = {name: Slice.of_document(one) for name, one in data["slices"].items()}
        unsettled = [positions_in(name) for name, one in slices.items() if one.end is None]
        later = {at for at in found if any(at in positions for positions in unsettled)}
        if found:
            ids = zeroed(data["ids"], found - later)
            transaction.update(ref, {"ids": ids, "forget": sorted(later.union(data["forget"]))})

    in_transaction(db, body)
