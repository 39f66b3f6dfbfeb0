"""Sending one chunk: slice after slice, each under a retry key of its own, until all of them are settled.

Just before a slice is tried first, who must be left out is found and written down: every later try has the same body,
and LINE takes it once. What has to wait (LINE is down, too fast, or out of messages) is written into the chunk as
`next_try`; run_due_work takes it up again.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from google.cloud.firestore import Client

from tsunagu.broadcasts.chunk import Chunk, Lost, Refusal, slices_as_fields, take_chunk
from tsunagu.broadcasts.finish import finish
from tsunagu.broadcasts.rules import State, ends_hearing
from tsunagu.broadcasts.slices import ERASED_ID, End, Slice, id_at, retry_key, zeroed
from tsunagu.broadcasts.store import Broadcast, chunks_of, get, reference
from tsunagu.cloud.logs import logger
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome
from tsunagu.residents.store import stop_id, stopped_since

TOO_FAST = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # seconds before the next try after a rate's 429
UNANSWERED = (0.5, 2.0)  # seconds before the next try after a 500 or a time-out
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=5)
QUOTA_WAIT = timedelta(minutes=5)
STOPS_OVERLAP = timedelta(minutes=5)  # a stop carries the time at which its handling began, on another machine's clock


@dataclass
class Sender:
    """Sends chunks; `clock` gives aware UTC, `sleep` takes seconds."""

    db: Client
    line: Line
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    def send(self, broadcast: str, attempt: str, n: int) -> str:
        """Do what can be done of one chunk now; gives a word for the log. Raises TryAgain."""
        found = get(self.db, broadcast)
        if found is None or found.attempt != attempt:
            return Refusal.GONE.value
        ref = chunks_of(self.db, broadcast, attempt).document(str(n))
        chunk = take_chunk(self.db, ref, uuid4().hex, self.clock)
        if isinstance(chunk, Refusal):
            if chunk is Refusal.DONE:
                finish(self.db, broadcast, self.clock())
            return chunk.value
        try:
            while (index := chunk.next_slice()) is not None:
                waits_for = self._slice(found, n, chunk, index)
                if waits_for is not None:
                    return f"waits for {waits_for}"
            chunk.done()
        except Lost:
            return "lost to another"
        finish(self.db, broadcast, self.clock())
        return "done"

    def _slice(self, broadcast: Broadcast, n: int, chunk: Chunk, index: int) -> str | None:
        """Settle one slice, or say what it has to wait for."""
        if index not in chunk.slices:
            if self._is_withdrawn(broadcast.id):
                self._leave(broadcast, chunk)
                return None
            self._begin(broadcast, chunk, [index])
        one = chunk.slices[index]
        if one.end is not None:
            return None
        if self.clock() >= one.expires():
            chunk.settle({index: replace(one, end=End.EXPIRED)})
            return None
        if not one.sent:
            chunk.settle({index: replace(one, end=End.ACCEPTED)})
            return None
        sent = self._try(broadcast, n, chunk, index)
        if sent.outcome.is_final:
            end = End.ACCEPTED if sent.outcome is Outcome.ACCEPTED else End.REFUSED
            settled = replace(one, end=end, last_try=self.clock(), request_id=sent.request_id)
            if end is End.REFUSED:
                settled = replace(settled, detail=sent.detail[:300])
                logger().error("LINE refused a slice", broadcast=broadcast.id, chunk=n, slice=index, status=sent.status)
            chunk.settle({index: settled})
            return None
        return self._wait(chunk, sent)

    def _try(self, broadcast: Broadcast, n: int, chunk: Chunk, index: int) -> Sent:
        assert broadcast.attempt is not None
        key = retry_key(broadcast.id, broadcast.attempt, n, index)
        users, messages = chunk.users(index), broadcast.messages[chunk.version]
        pauses = {Outcome.SLOW_DOWN: iter(TOO_FAST), Outcome.UNKNOWN: iter(UNANSWERED)}
        while True:
            chunk.hold()
            sent = self.line.multicast(users, messages, key)
            pause = next(pauses.get(sent.outcome, iter(())), None)
            if pause is None:
                return sent
            # Workers that were refused together must not come back together.
            self.sleep(pause * random.uniform(0.5, 1.5))

    def _wait(self, chunk: Chunk, sent: Sent) -> str:
        """A rate that never lets go may be the month's quota in other words, so LINE is asked."""
        slow = sent.outcome is Outcome.SLOW_DOWN
        if sent.outcome is Outcome.OVER_QUOTA or (slow and self.line.quota_is_used_up()):
            logger().error("the month's messages are used up", outcome="waits")
            chunk.wait(self.clock() + QUOTA_WAIT, "quota")
            return "quota"
        chunk.wait(self.clock() + min(FIRST_WAIT * 2 ** min(chunk.waits, 10), LONGEST_WAIT), "line")
        return "LINE"

    def _begin(self, broadcast: Broadcast, chunk: Chunk, indices: list[int], end: End | None = None) -> None:
        """Fix who is in the bodies of these slices, and write it down before anything is sent."""
        assert broadcast.frozen_at is not None
        stops = {
            stop: why
            for stop, why in stopped_since(self.db, broadcast.frozen_at - STOPS_OVERLAP).items()
            if ends_hearing(broadcast.kind, why)
        }

        def fixed(chunk: Chunk) -> dict[str, object]:
            begun, gone = {}, []
            for index in indices:
                left_out = _left_out(chunk, index, stops)
                gone += [int(at) for at, why in left_out.items() if why == "erased"]
                sent = len(chunk.ranges()[index]) - len(left_out)
                begun[index] = Slice(sent, self.clock(), left_out, end)
            fields = slices_as_fields(begun)
            # Somebody may have erased themselves while the chunk was being frozen.
            return fields | {"ids": zeroed(chunk.ids, gone)} if gone else fields

        chunk.change(fixed)

    def _leave(self, broadcast: Broadcast, chunk: Chunk) -> None:
        self._begin(broadcast, chunk, chunk.untried(), End.WITHDRAWN)

    def _is_withdrawn(self, broadcast: str) -> bool:
        state = reference(self.db, broadcast).get(["state"])
        return not state.exists or state.get("state") == State.WITHDRAWN.value


def _left_out(chunk: Chunk, index: int, stops: dict[str, str]) -> dict[str, str]:
    left_out = {}
    for at in chunk.ranges()[index]:
        key = id_at(chunk.ids, at)
        if key == ERASED_ID:
            left_out[str(at)] = "erased"
        elif stops and (why := stops.get(stop_id(f"U{key.hex()}"))):
            # Who blocked the account stopped it too.
            left_out[str(at)] = "erased" if why == "erased" else "stopped"
    return left_out
