"""What a tick finds to do: freezes that are due or died, chunks nobody was told of, and those whose wait is over."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from google.cloud.firestore import Client, FieldFilter

from tsunagu.broadcasts.chunk import why_not
from tsunagu.broadcasts.finish import finish, purge
from tsunagu.broadcasts.freeze import Clock, freeze, is_due
from tsunagu.broadcasts.rules import IDS_KEPT, Kind, State
from tsunagu.broadcasts.store import Broadcast, Snapshot, chunks_of, holding_ids, reference, with_work
from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.cloud.pubsub import CHUNKS_NORMAL, CHUNKS_URGENT, NotPublished, Publisher

PATIENCE = timedelta(minutes=2)  # before a chunk is announced again that nobody has begun


def due(db: Client, publisher: Publisher, clock: Clock) -> None:
    """Go on with every broadcast that has work left; trouble with one does not hold up the next. Raises TryAgain."""
    trouble: Exception | None = None
    for broadcast in with_work(db):
        try:
            _go_on(db, publisher, broadcast, clock)
        except Exception as error:
            logger().error("a broadcast could not go on", broadcast=broadcast.id, error=error)
            trouble = trouble or error
    for broadcast in holding_ids(db):
        if broadcast.ended_at is not None and broadcast.ended_at + IDS_KEPT <= clock():
            purge(db, broadcast.id)
    if trouble is not None:
        raise trouble


def _go_on(db: Client, publisher: Publisher, broadcast: Broadcast, clock: Clock) -> None:
    if broadcast.state in (State.SCHEDULED, State.FREEZING):
        frozen = freeze(db, broadcast.id, clock) if is_due(broadcast, clock()) else None
        if frozen is None:
            return
        broadcast = frozen
    if broadcast.announced_at is None:
        _announce(publisher, broadcast, range(broadcast.chunks))
        reference(db, broadcast.id).update({"announced_at": clock()})
    else:
        assert broadcast.attempt is not None
        unfinished = chunks_of(db, broadcast.id, broadcast.attempt).where(filter=FieldFilter("open", "==", True))
        chunks = unfinished.select(["open", "lease", "next_try"]).stream()
        numbers = [int(chunk.id) for chunk in chunks if _is_due(chunk, broadcast.announced_at, clock())]
        _announce(publisher, broadcast, numbers)
    finish(db, broadcast.id, clock())


def _is_due(chunk: Snapshot, announced_at: datetime, now: datetime) -> bool:
    if chunk.get("lease") is None and chunk.get("next_try") is None:
        return announced_at + PATIENCE <= now
    return why_not(chunk, now) is None


def _announce(publisher: Publisher, broadcast: Broadcast, chunks: Iterable[int]) -> None:
    """Told twice does no harm: of two who come for a chunk one gets its lease."""
    topic = CHUNKS_URGENT if broadcast.kind is Kind.LIFE_SAFETY else CHUNKS_NORMAL
    messages = [
        json.dumps({"broadcast": broadcast.id, "attempt": broadcast.attempt, "chunk": chunk}).encode()
        for chunk in chunks
    ]
    try:
        publisher.publish_all(topic, [(message, {"kind": "chunk"}) for message in messages])
    except NotPublished as error:
        raise TryAgain("Pub/Sub did not take the chunks") from error
