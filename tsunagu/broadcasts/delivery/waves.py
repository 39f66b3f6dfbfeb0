"""The slices of one chunk, sent many at a time.

A wave of slices is begun with one write, which also settles what was answered meanwhile; so a worker that dies leaves
at most two waves in doubt, and their retry keys settle them. While it is not known that LINE takes the message at all,
or after trouble, a wave is one slice.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event
from typing import NamedTuple

from google.cloud.firestore import Client

from tsunagu.broadcasts.delivery.chunk import Chunk
from tsunagu.broadcasts.delivery.cost import Spent
from tsunagu.broadcasts.delivery.pace import Pacer
from tsunagu.broadcasts.delivery.refuse import NOT_ALLOWED, WORDS, Verdict, fail, is_valid, judge, others_try, prove
from tsunagu.broadcasts.delivery.slices import SLICES_LIMIT, End, Slice, begun, positions_in, retry_key, slices_of
from tsunagu.broadcasts.delivery.standing import Standing, left_out_now, standing_of
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.pause import pause
from tsunagu.broadcasts.rules import BY_LINE, QUOTA, Kind
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line, Sent
from tsunagu.line.outcomes import Outcome

WAVE = 20  # slices begun together; at LINE's rate they take a tenth of a second
LOOK_EVERY = 0.5  # seconds between two looks at whether somebody paused or withdrew it
WRITE_EVERY = 1.0  # seconds that answers wait to be written down
YIELDS_FOR = 10.0  # seconds that a chunk is held while something urgent goes out
YIELDED = timedelta(seconds=5)  # after which it is taken up again
TOO_FAST = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # seconds before the next try after a rate's 429
UNANSWERED = (0.5, 2.0)  # seconds before the next try after a 500 or a time-out
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=5)
ACCESS_WAIT = timedelta(minutes=1)
GIB = 0.5  # of memory that send_chunk has, infra/topology.yaml
PROOF_WAIT = timedelta(seconds=5)


@dataclass(frozen=True)
class Means:
    """What a process has to send with. `clock` gives aware UTC, `sleep` takes seconds; the threads do nothing but call
    LINE."""

    db: Client
    line: Line
    clock: Callable[[], datetime]
    pacer: Pacer
    threads: ThreadPoolExecutor
    house: House
    sleep: Callable[[float], None] = time.sleep


class Answer(NamedTuple):
    """LINE's last word about a slice; `gave_up`: it was asked as often as is done at one go. `doubt`: one of its tries
    may have been taken all the same."""

    sent: Sent
    at: datetime
    gave_up: bool
    doubt: bool


class Waves:
    """One worker's work on one chunk. Only its own thread touches the chunk; others only call LINE."""

    def __init__(self, means: Means, broadcast: Broadcast, n: int, chunk: Chunk) -> None:
        self.means, self.broadcast, self.n, self.chunk = means, broadcast, n, chunk
        self.urgent = broadcast.kind is Kind.LIFE_SAFETY
        self.flying: dict[Future[Answer], str] = {}
        self.landed: dict[str, Slice] = {}  # not written down yet
        self.aside: dict[str, Slice] = {}  # refused, while nothing of this version was taken
        self.sure = False  # LINE takes this version, and answers
        self.doubtful: set[str] = set()  # flying, and tried before: that try may have been taken
        self.valid = False  # LINE has nothing against the message itself
        self.trouble: Sent | None = None
        self.stop = Event()  # no further tries
        self.over = Event()  # no further tries of what nobody has
        self.began = self.wrote = time.monotonic()
        self.standing = self._look()

    def go(self) -> str:
        """A word for the log. Raises Lost, TryAgain."""
        try:
            return self._go()
        finally:
            # Whatever went wrong, nothing of ours is under way when another takes over.
            self.stop.set()
            wait(self.flying)

    def _go(self) -> str:
        yielded = 0.0  # seconds
        while True:
            names = self._next()
            if names or time.monotonic() - self.looked > LOOK_EVERY:
                self.standing = self._look()
                names = self._next()
            if self.standing.pause:
                self._drain()
                return self._let_go(self.standing.until or self.means.clock(), self.standing.pause)
            if self.trouble is not None:
                return self._give_way(self.trouble)
            times = self.means.pacer.take(len(names), self.urgent) if names else []
            if times:
                yielded = 0.0
                self._launch(names, times)
            elif times is None and not self.flying:
                if yielded > YIELDS_FOR:
                    self._drain()
                    return self._let_go(self.means.clock() + YIELDED, "something urgent")
                self.means.sleep(LOOK_EVERY / 2)
                yielded += LOOK_EVERY / 2
            elif not self.flying and not self.landed and (word := self._end()):
                return word
            self._land(LOOK_EVERY if self.flying else 0)
            self._write_if_due()
            self.chunk.hold()

    def _look(self) -> Standing:
        self.looked = time.monotonic()
        self.chunk.spent += Spent(reads=1)
        means = self.means
        return standing_of(means.db, self.broadcast, self.chunk.version, means.clock(), means.house)

    # What is sent next

    def _next(self) -> list[str]:
        """The next slices to try, those in doubt first: their keys grow old, and a withdrawal waits for them."""
        standing = self.standing
        if standing.over:
            self.over.set()
        if standing.proved and self.aside and not standing.over:
            self._blame_ids()
        busy = {*self.flying.values(), *self.landed, *self.aside}
        in_doubt = [name for name in self.chunk.unsettled() if name not in busy and not self._settles_itself(name)]
        names = in_doubt + ([] if standing.over else self.chunk.untried())
        if not self.sure:
            # One slice finds out; a wave to a platform that is down would be forty requests for nothing.
            self.sure = standing.proved and not in_doubt and not standing.over
        room = WAVE if self.sure else 1
        return names[:room] if len(self.flying) <= (WAVE if self.sure else 0) else []

    def _settles_itself(self, name: str) -> bool:
        one = self.chunk.slices[name]
        if self.means.clock() >= one.expires():
            self.landed[name] = replace(one, end=End.EXPIRED)
        elif not one.sent:
            self.landed[name] = replace(one, end=End.ACCEPTED)
        elif one.spared and self.standing.over:
            self.landed[name] = replace(one, end=self.standing.over)
        return name in self.landed

    def _launch(self, names: list[str], times: list[datetime]) -> None:
        """Write down that they begin, and what was answered meanwhile; then let them go at their times."""
        new = [name for name in names if name not in self.chunk.slices]
        # Of these a try is under way from now on, which may be taken.
        known = {name: self.chunk.slices[name] for name in names if name not in new}
        again = {name: replace(one, spared=False) for name, one in known.items() if one.spared}
        self.doubtful |= known.keys() - again.keys()
        left_out = left_out_now(self.means.db, self.broadcast) if new else None
        self.chunk.spent += Spent(reads=2 if new else 1, writes=1)  # the stops, and the pace
        now = self.means.clock()

        def make(chunk: Chunk) -> dict[str, Slice]:
            first = {name: begun(chunk.ids, name, left_out(chunk, name), now) for name in new} if left_out else {}
            return self.landed | again | first

        if new or again or self.landed:
            self._write(make)
        for name, at in zip(names, times, strict=True):
            if not self._settles_itself(name):
                self.flying[self.means.threads.submit(self._try, name, at)] = name

    def _write(self, make: Callable[[Chunk], dict[str, Slice]]) -> None:
        self.chunk.record(make)
        self.landed = {}
        self.wrote = time.monotonic()

    def _write_if_due(self) -> None:
        fresh = any(one.end in (None, End.SPLIT) for one in self.landed.values())
        waited = time.monotonic() - self.wrote > WRITE_EVERY
        if self.landed and (fresh or waited or not self.flying):
            self._write(lambda _: self.landed)

    # In threads of their own

    def _try(self, name: str, at: datetime) -> Answer:
        assert self.broadcast.attempt is not None
        key = retry_key(self.broadcast.id, self.broadcast.attempt, self.n, name)
        users, messages = self.chunk.users(name), self.broadcast.messages[self.chunk.version]
        pauses = {Outcome.SLOW_DOWN: iter(TOO_FAST), Outcome.UNKNOWN: iter(UNANSWERED)}
        doubt = name in self.doubtful
        while True:
            self.means.pacer.wait_for(at)
            sent = self.means.line.multicast(users, messages, key, self.broadcast.unit)
            answered = self.means.clock()
            if sent.outcome is Outcome.SLOW_DOWN:
                self.means.pacer.slow_down()
            doubt = doubt or sent.outcome is Outcome.UNKNOWN
            pause = next(pauses.get(sent.outcome, iter(())), None)
            if pause is None:
                return Answer(sent, answered, True, doubt)
            # Workers that were refused together must not come back together.
            self.means.sleep(pause * random.uniform(0.5, 1.5))
            ends = self.stop.is_set() or (self.over.is_set() and not doubt)
            places = None if ends else self.means.pacer.take(1, self.urgent)
            if not places:
                return Answer(sent, answered, False, doubt)
            at = places[0]

    # What LINE answered

    def _land(self, patience: float) -> None:
        """Take in the answers there are, after waiting so many seconds for one."""
        done = wait(self.flying, patience, FIRST_COMPLETED).done if self.flying else set()
        for future in done:
            self._take(self.flying.pop(future), future.result())

    def _take(self, name: str, answer: Answer) -> None:
        sent, one = answer.sent, self.chunk.slices[name]
        tried = replace(one, last_try=answer.at, request_id=sent.request_id)
        self.doubtful.discard(name)
        if sent.outcome is Outcome.ACCEPTED:
            self.landed[name] = replace(tried, end=End.ACCEPTED)
            self._proved()
        elif sent.outcome is Outcome.REFUSED and sent.status not in NOT_ALLOWED:
            self._refused(name, replace(tried, detail=sent.detail[:WORDS]), sent)
        else:
            if not answer.doubt:
                self.landed[name] = replace(tried, spared=True)
            if answer.gave_up:
                self.trouble = sent
                self.stop.set()

    def _proved(self) -> None:
        if not self.sure and self.chunk.version not in self.broadcast.proved:
            prove(self.means.db, self.broadcast.id, self.chunk.version)
            self.chunk.spent += Spent(writes=1)
        self.sure = True
        self._blame_ids()

    def _refused(self, name: str, one: Slice, sent: Sent) -> None:
        self.aside[name] = one
        logger().error(
            "LINE refused a slice", broadcast=self.broadcast.id, chunk=self.n, slice=name, status=sent.status,
            properties=sent.properties,
        )  # fmt: skip
        if self.sure:
            self._blame_ids()
            return
        means, slice_id = self.means, f"{self.n}/{name}"
        self.valid = self.valid or is_valid(means.line, self.broadcast, self.chunk.version)
        verdict = judge(means.db, self.broadcast, self.chunk.version, slice_id, sent) if self.valid else Verdict.MESSAGE
        if verdict is Verdict.MESSAGE:
            fail(means.db, self.broadcast.id, sent.detail, means.clock())
            self.standing = self._look()
        elif verdict is Verdict.IDS:
            self._blame_ids()

    def _blame_ids(self) -> None:
        """What was refused is halved, until each id that LINE does not take stands alone. The halves begin like any
        other slice, once the split is written down: who left meanwhile is in none of them."""
        for name, one in self.aside.items():
            known = (self.chunk.slices | self.landed).values()
            planned = len(slices_of(self.chunk.n)) + 2 * sum(each.end is End.SPLIT for each in known)
            alone = len(positions_in(name)) == 1
            self.landed[name] = replace(one, end=End.REFUSED if alone or planned >= SLICES_LIMIT else End.SPLIT)
        self.aside = {}

    # Its end, for now or for good

    def _drain(self) -> None:
        """Let what is under way come in, and write it down."""
        self.stop.set()
        while self.flying:
            self._land(LOOK_EVERY)
            self.chunk.hold()
        if self.landed:
            self._write(lambda _: self.landed)

    def _end(self) -> str:
        """Nothing is under way and nothing to be tried; empty where that changes by what is done here."""
        over, untried = self.standing.over, self.chunk.untried()
        if self.aside and over:
            self.landed |= {name: replace(one, end=End.REFUSED) for name, one in self.aside.items()}
            self.aside = {}
            return ""
        if self.aside:
            if others_try(self.means.db, self.broadcast, self.chunk.version, str(self.n)):
                return self._let_go(self.means.clock() + PROOF_WAIT, "proof")
            # There is no other slice to be taken first, and LINE has nothing against the message itself.
            self._blame_ids()
            return ""
        if over and untried:
            left_out, now = left_out_now(self.means.db, self.broadcast), self.means.clock()
            self._write(lambda chunk: {one: begun(chunk.ids, one, left_out(chunk, one), now, over) for one in untried})
        self._count_time()
        self.chunk.done()
        return "done"

    def _give_way(self, sent: Sent) -> str:
        """A rate that never lets go may be the month's quota in other words, so LINE is asked."""
        self._drain()
        slow, now = sent.outcome is Outcome.SLOW_DOWN, self.means.clock()
        if sent.outcome is Outcome.OVER_QUOTA or (slow and self.means.line.quota_is_used_up()):
            with suppress(Rejected):  # another worker, or a person, was faster
                pause(self.means.db, self.broadcast.id, BY_LINE, now, QUOTA)
            logger().error("the month's messages are used up", broadcast=self.broadcast.id, outcome="paused")
            return self._let_go(now, QUOTA)
        if sent.status in NOT_ALLOWED:
            logger().error("LINE refuses our access token", broadcast=self.broadcast.id, outcome="waits")
            return self._let_go(now + ACCESS_WAIT, "access")
        return self._let_go(now + min(FIRST_WAIT * 2 ** min(self.chunk.waits, 10), LONGEST_WAIT), "LINE")

    def _let_go(self, until: datetime, reason: str) -> str:
        """What is paused is due again at once: it may go on already, and was announced while this still held it."""
        self._count_time()
        self.chunk.wait(until, reason)
        return f"waits for {reason}" if reason not in ("paused", "quiet hours") else reason

    def _count_time(self) -> None:
        seconds = time.monotonic() - self.began
        self.chunk.spent += Spent(requests=1, vcpu_seconds=seconds, gib_seconds=seconds * GIB)
