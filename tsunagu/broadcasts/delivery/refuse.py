"""LINE refused a slice with a 400: is it the message, or somebody's id?

While nothing of this version was taken, that is not known, and every other slice would be refused for the same reason.
So LINE is asked about the message alone; and where its words do not name the ids, `DIFFERENT` slices refused in a row
are taken for an answer too. Only what was taken somewhere else proves that the ids are to blame: then the slice is
halved until they are found.
"""

from datetime import datetime
from enum import Enum

from google.cloud.firestore import ArrayUnion, Client, FieldFilter, Transaction

from tsunagu.broadcasts.delivery.spread import Spread
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast, chunks_of, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome

DIFFERENT = 3  # slices refused, none taken
WORDS = 300  # characters of LINE's that are kept
IDS = "to"  # how LINE names the ids in its words
NOT_ALLOWED = (401, 403)  # the channel's access token is wrong: nothing about this message or these ids


class Verdict(Enum):
    IDS = "the message was taken elsewhere"
    UNKNOWN = "nothing of it was taken yet"
    MESSAGE = "LINE will not take the message"


def is_valid(line: Line, broadcast: Broadcast, version: str) -> bool:
    """Whether LINE has nothing against the message itself, or cannot say."""
    asked = line.validate(broadcast.messages[version])
    return asked.outcome is not Outcome.REFUSED or asked.status in NOT_ALLOWED


def judge(db: Client, broadcast: Broadcast, version: str, slice_id: str, sent: Sent) -> Verdict:
    """What the refusal of a slice, or of a part of one, means; `slice_id` is the same at every try of it."""
    names_ids = {name.partition("[")[0] for name in sent.properties.split()} == {IDS}

    def body(transaction: Transaction) -> Verdict:
        snapshot = reference(db, broadcast.id).get(transaction=transaction)
        found = of_snapshot(snapshot)
        if found is None or version in found.proved:
            return Verdict.IDS
        refused = {*(snapshot.to_dict() or {}).get("refused", {}).get(version, []), slice_id}
        if not names_ids and len(refused) >= DIFFERENT:
            return Verdict.MESSAGE
        # Where LINE names the ids, its words are not about the message, however often they come.
        if not names_ids:
            transaction.update(reference(db, broadcast.id), {f"refused.`{version}`": sorted(refused)})
        return Verdict.UNKNOWN

    return in_transaction(db, body)


def prove(db: Client, broadcast: str, version: str) -> None:
    """LINE has taken a slice of this version."""
    reference(db, broadcast).update({"proved": ArrayUnion([version])})


def others_try(db: Client, broadcast: Broadcast, version: str, chunk: str) -> bool:
    """Whether another chunk of this version still has work, and may prove it."""
    assert broadcast.attempt is not None
    if broadcast.spread is not None and not Spread.of_document(broadcast.spread).is_through:
        return True
    unfinished = chunks_of(db, broadcast.id, broadcast.attempt).where(filter=FieldFilter("open", "==", True))
    found = unfinished.select(["version", "waits_for"]).stream()
    return any(
        one.id != chunk and one.get("version") == version and (one.to_dict() or {}).get("waits_for") != "proof"
        for one in found
    )


def fail(db: Client, broadcast: str, words: str, now: datetime) -> None:
    """LINE took it for nobody and will not: it is over, and says why in LINE's words."""

    def body(transaction: Transaction) -> bool:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None or not found.state.may_become(State.FAILED):
            return False
        change = {"state": State.FAILED.value, "failed_with": words[:WORDS], "failed_at": now}
        transaction.update(reference(db, broadcast), change)
        return True

    if in_transaction(db, body):
        logger().error("LINE refuses the message of a broadcast", broadcast=broadcast, outcome="failed")
