"""Expiring a broadcast whose "not after" has passed, or whose audience was frozen too long ago: who was not sent to by
then is not sent to."""

from datetime import datetime

from google.cloud.firestore import Client

from tsunagu.broadcasts.life.step import Change, Declined, step
from tsunagu.broadcasts.life.withdraw import stopped
from tsunagu.broadcasts.rules import ITSELF, State
from tsunagu.broadcasts.store import Broadcast


def expire_due(db: Client, broadcast: Broadcast, now: datetime) -> bool:
    """Whether it has expired by this. What was paused stays open until its chunks are settled; of what is going out
    its senders see that the time is over, and only its end shows whether anybody was left."""

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        if not _is_due(found, now):
            raise Declined("期限切れではありません。", f"'{found.id}' has not expired")
        return "broadcast.expire", State.EXPIRED, stopped(found, now)

    if not _is_due(broadcast, now):
        return False
    try:
        step(db, broadcast.id, deed, ITSELF, now)
    except Declined:
        return False  # it went on meanwhile
    return True


def _is_due(found: Broadcast, now: datetime) -> bool:
    past = found.sent_until is not None and found.sent_until <= now
    return past and found.state not in (State.DRAFT, State.SENDING) and found.state.may_become(State.EXPIRED)
