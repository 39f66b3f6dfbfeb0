"""Withdrawing a broadcast: nobody is sent to who was not yet; a slice that was tried is settled first."""

from datetime import datetime

from google.cloud.firestore import Client, Transaction

from tsunagu.broadcasts.rules import State, Totals
from tsunagu.broadcasts.store import Broadcast, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import audit


def withdraw(db: Client, broadcast: str, by: str, now: datetime) -> Broadcast:
    """Gives it as it was before; raises Rejected when it is over, withdrawn, or unknown."""
    audit(db, by, "broadcast.withdraw", broadcast, now)

    def body(transaction: Transaction) -> Broadcast:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None:
            raise Rejected(f"there is no broadcast '{broadcast}'")
        if not found.state.may_become(State.WITHDRAWN):
            raise Rejected(f"'{broadcast}' is {found.state.value} already")
        change = {"state": State.WITHDRAWN.value, "withdrawn_at": now, "withdrawn_by": by, "freezing": None}
        if found.attempt is None:
            # Nothing was announced, so nobody was sent to; a freeze under way will find that it lost.
            change |= {"open": False, "ended_at": now, "audience": 0, "totals": Totals().to_document()}
        transaction.update(reference(db, broadcast), change)
        return found

    return in_transaction(db, body)
