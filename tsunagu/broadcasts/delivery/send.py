"""Sending one chunk of a broadcast, as far as that can be done now.

Just before a slice is tried first, who must be left out is found and written down: every later try has the same body,
and LINE takes it once. What has to wait (LINE is down, too fast, or out of messages; somebody paused it) is written
into the chunk; run_due_work takes it up again.
"""

from uuid import uuid4

from tsunagu.broadcasts.delivery.chunk import Lost, Refusal, take_chunk
from tsunagu.broadcasts.delivery.finish import finish
from tsunagu.broadcasts.delivery.waves import Means, Waves
from tsunagu.broadcasts.store import chunks_of, get

PARALLEL = 40  # requests of one process in flight


def send(means: Means, broadcast: str, attempt: str, n: int) -> str:
    """Gives a word for the log. Raises TryAgain."""
    found = get(means.db, broadcast)
    if found is None or found.attempt != attempt:
        return Refusal.GONE.value
    ref = chunks_of(means.db, broadcast, attempt).document(str(n))
    chunk = take_chunk(means.db, ref, uuid4().hex, means.clock)
    if isinstance(chunk, Refusal):
        if chunk is Refusal.DONE:
            finish(means.db, broadcast, means.clock())
        return chunk.value
    try:
        word = Waves(means, found, n, chunk).go()
    except Lost:
        return "lost to another"
    if word == "done":
        finish(means.db, broadcast, means.clock())
    return word
