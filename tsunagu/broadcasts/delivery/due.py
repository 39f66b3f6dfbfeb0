"""What a tick finds to do: series and freezes that are due or died, chunks nobody was told of, waits that are over."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.cloud.firestore import Client, FieldFilter, Transaction

from tsunagu.audiences.roster import RosterKeeper
from tsunagu.broadcasts.delivery.chunk import message_of, why_not
from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.finish import finish, purge
from tsunagu.broadcasts.delivery.freeze import Clock, freeze, may_begin
from tsunagu.broadcasts.delivery.spread import let_go
from tsunagu.broadcasts.invited import Unfinished, nobody_knows
from tsunagu.broadcasts.life.expire import expire_due
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.pause import resume
from tsunagu.broadcasts.life.series import due_series
from tsunagu.broadcasts.life.step import Declined
from tsunagu.broadcasts.rules import BY_LINE, IDS_KEPT, QUOTA, Kind, State
from tsunagu.broadcasts.store import Broadcast, Snapshot, chunks_of, get, holding_ids, of_snapshot, reference, with_work
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.cloud.pubsub import CHUNKS_NORMAL, CHUNKS_URGENT, NotPublished, Publisher
from tsunagu.line.client import Line

PATIENCE = timedelta(minutes=2)  # before a chunk is announced again that nobody has begun
QUOTA_WAIT = timedelta(minutes=5)  # before LINE is asked again whether there are messages left


@dataclass(frozen=True)
class Due:
    """One a process."""

    db: Client
    publisher: Publisher
    line: Line
    clock: Clock
    keeper: RosterKeeper
    house: House
    unfinished: Unfinished = nobody_knows

    def work(self) -> None:
        """Go on with all that have work left; trouble with one does not hold up the next. Raises TryAgain."""
        trouble: Exception | None = None
        try:
            due_series(self.db, self.clock(), self.house)
        except Exception as error:
            trouble = error
        for broadcast in with_work(self.db):
            try:
                self._go_on(broadcast)
            except Exception as error:
                logger().error("a broadcast could not go on", broadcast=broadcast.id, error=error)
                trouble = trouble or error
        for broadcast in holding_ids(self.db):
            try:
                if broadcast.ended_at is not None and broadcast.ended_at + IDS_KEPT <= self.clock():
                    purge(self.db, broadcast.id)
            except Exception as error:
                logger().error("frozen ids could not be deleted", broadcast=broadcast.id, error=error)
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _go_on(self, broadcast: Broadcast) -> None:
        expire_due(self.db, broadcast, self.clock())
        found = get(self.db, broadcast.id)
        if found is not None and may_begin(found, self.clock(), self.house):
            found = freeze(self.db, broadcast.id, self.clock, self.keeper, self.house, unfinished=self.unfinished)
        if found is None or not found.open or found.attempt is None:
            return
        if found.state is State.PAUSED:
            self._ask_for_quota(found)
        elif found.announced_at is None and found.spread is None:
            size = self._announce(found, range(found.chunks))
            self._announced(found, size)
        else:
            opened = let_go(self.db, found, self.clock(), self.house) if found.spread is not None else []
            unfinished = chunks_of(self.db, found.id, found.attempt).where(filter=FieldFilter("open", "==", True))
            chunks = unfinished.select(["open", "lease", "next_try"]).stream()
            due = {int(chunk.id) for chunk in chunks if self._is_due(chunk, found.announced_at)}
            self._announce(found, sorted(due.union(opened)))
        finish(self.db, found.id, self.clock())

    def _announced(self, broadcast: Broadcast, size: int) -> None:
        def body(transaction: Transaction) -> None:
            # As it is now: what was announced may have been sent already, and its end counted.
            latest = of_snapshot(reference(self.db, broadcast.id).get(transaction=transaction))
            if latest is not None:
                spent = Spent.of_document(latest.spent) + Spent(writes=1, published_bytes=size)
                change = {"announced_at": self.clock(), "spent": spent.to_document()}
                transaction.update(reference(self.db, broadcast.id), change)

        in_transaction(self.db, body)

    def _is_due(self, chunk: Snapshot, announced_at: datetime | None) -> bool:
        if announced_at is not None and chunk.get("lease") is None and chunk.get("next_try") is None:
            return announced_at + PATIENCE <= self.clock()
        return why_not(chunk, self.clock()) is None

    def _ask_for_quota(self, broadcast: Broadcast) -> None:
        """What LINE paused goes on by itself once there are messages again."""
        paused = broadcast.paused or {}
        asked = paused.get("by") == BY_LINE and paused.get("why") == QUOTA
        if asked and paused["at"] + QUOTA_WAIT <= self.clock() and not self.line.quota_is_used_up():
            with suppress(Declined):  # a person was faster
                resume(self.db, broadcast.id, BY_LINE, self.clock())

    def _announce(self, broadcast: Broadcast, chunks: Iterable[int]) -> int:
        """Told twice does no harm: of two who come for a chunk one gets its lease. Gives the bytes published."""
        topic = CHUNKS_URGENT if broadcast.kind is Kind.LIFE_SAFETY else CHUNKS_NORMAL
        messages = [message_of(broadcast.id, str(broadcast.attempt), chunk) for chunk in chunks]
        try:
            self.publisher.publish_all(topic, [(message, {"kind": "chunk"}) for message in messages])
        except NotPublished as error:
            raise TryAgain("Pub/Sub did not take the chunks") from error
        return sum(map(len, messages))
