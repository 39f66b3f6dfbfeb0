"""A broadcast to a whole city: from the click to the last acceptance, against what LINE's rate allows.

The city runs as in the cloud, four processes for each kind of sending behind a balancer, Google's emulators between
them and the stand-in LINE platform at its limits: 200 multicasts a second out of a bucket of 20. A click is what a
member of staff does last: an approval, which tells run_due_work. What is counted comes from the stand-in.

Firestore's emulator looks through all documents of a project for every query, so each size has a project that holds
the packs of its residents and not their documents. What one would write first reads documents: it is measured on a
part of them, in a project of its own, and its time is multiplied.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice, pairwise
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud import pubsub_v1
from google.cloud.firestore import Client, FieldFilter

from local.bench.figure import Figure, Tell, at_least, at_most, reported
from local.city import City, Hosts, Wish, city
from local.emulators import CITY_HEAP, emulators
from local.phones import Phones
from local.processes import listens
from local.seed import fill_city, people, roster_of
from local.supervisor import Kept
from local.topology import read as topology
from tsunagu.broadcasts import store
from tsunagu.broadcasts.definition import Today, reads
from tsunagu.broadcasts.delivery.cost import Spent, cost_of
from tsunagu.broadcasts.life.approve import approve
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.pause import pause, resume
from tsunagu.broadcasts.life.submit import submit
from tsunagu.broadcasts.life.tell import tell_run_due_work
from tsunagu.broadcasts.life.write import write
from tsunagu.broadcasts.rules import State, Totals
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.pubsub import Publisher
from tsunagu.line.client import Line
from tsunagu.packs.fill import fill
from tsunagu.residents.city import city as residents_city
from tsunagu.residents.store import RESIDENTS, residents_shelf

CITY = 730_000
RATE, BUCKET, IDS = 200.0, 20, 500  # of LINE's multicast, as the stand-in enforces them
WITHIN, FASTER, FIRST_WITHIN, STOPS_WITHIN, MEMORY = 1.25, 15, 2.0, 2.0, 256
RISES = 1.25  # what is noise
SEED = "delivery"
SENDERS = ("send_chunk_urgent", "send_chunk_normal")
EDITOR, APPROVER = "editor@city.example", "approver@city.example"
ZONE = ZoneInfo("Asia/Tokyo")

BROADCAST = """
id: {id}
title: 避難指示
kind: {kind}
when: now
audience: {audience}
messages:
  - text:
      ja: 【訓練】すぐに高い所へ逃げてください。
      ja-easy: すぐに 高（たか）い ところへ にげて ください。
      en: Go to high ground now.
"""


@dataclass(frozen=True)
class Size:
    residents: tuple[int, ...] = (7_300, 73_000, CITY)
    part: int = 20_000  # residents to whom it is sent as one would write it first
    workers: int = 4
    kill_every: float = 2.0  # seconds
    patience: float = 600.0
    heap: str = CITY_HEAP


def floor(audience: int) -> float:
    """Seconds that LINE's rate takes: what the bucket holds goes at once."""
    return max(0.0, (ceil(audience / IDS) - BUCKET) / RATE)


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    whole = size.residents[-1]
    took: dict[int, float] = {}
    with ExitStack() as stack:
        running = stack.enter_context(emulators(size.heap))
        hosts = Hosts(running.firestore.host, running.pubsub.host)
        for residents in size.residents:
            with town(hosts, residents, size, tell) as there:
                tell(f"everyone of {residents:,} is sent to, once to warm up")
                there.everyone("warm-up")
                tell(f"everyone of {residents:,} is sent to")
                sent = there.everyone("everyone")
                took[residents] = sent.last
                yield from figures(residents, sent)
                if residents == whole:
                    yield at_most("memory of a sending process", there.memory(), "MiB", MEMORY)
                    naive = as_first_written(hosts, size, tell)
                    yield reported(f"as one would write it first, of {size.part:,} residents", naive, "s")
                    times = naive * whole / size.part / sent.last
                    yield at_least("that, multiplied to all, against ours", times, "times", FASTER)
                    yield from paused(there, tell)
                    yield from urgent_first(there, tell)
                    yield from worst_day(there, tell)
    for few, many in pairwise(size.residents):
        yield at_most(f"time a resident, {few:,} → {many:,}", took[many] / many * few / took[few], "ratio", RISES)


def figures(residents: int, sent: "Sent") -> Iterator[Figure]:
    least = floor(sent.audience)
    yield reported(f"click to first acceptance, {residents:,}", sent.first, "s")
    yield reported(f"click to last acceptance, {residents:,}", sent.last, "s")
    yield reported(f"floor by LINE's rate, {residents:,}", least, "s")
    if residents == CITY:
        yield at_most("click to last acceptance / floor", sent.last / least, "ratio", WITHIN)
    yield at_most(f"missed or sent to twice, {residents:,}", sent.missed + sent.twice, "people", 0)
    yield reported(f"cost on Google Cloud, {residents:,}", sent.cents, "US cents")
    yield reported(f"requests refused for their rate, {residents:,}", sent.too_fast, "requests")


def paused(there: "Town", tell: Tell) -> Iterator[Figure]:
    tell("everyone is sent to; two seconds later it is paused, and goes on")
    there.quiet()
    broadcast = there.prepare("paused", "life_safety", "{}")
    clicked = there.click(broadcast)
    time.sleep(2)
    at = time.time()
    pause(there.db, broadcast, EDITOR, datetime.now(UTC))
    time.sleep(4)
    stood_still = there.sent(broadcast, at)
    yield at_most("pause: click to last acceptance", stood_still.last, "s", STOPS_WITHIN)
    resume(there.db, broadcast, EDITOR, datetime.now(UTC))
    tell_run_due_work(there.publisher, datetime.now(UTC))
    there.ended(broadcast)
    sent = there.sent(broadcast, clicked)
    wrong = sent.missed + sent.twice + sent.unaccounted
    yield at_most("paused and resumed: missed, twice or not accounted for", wrong, "people", 0)


def urgent_first(there: "Town", tell: Tell) -> Iterator[Figure]:
    tell("a newsletter to everyone, and two seconds later something urgent to one ward")
    there.quiet()
    letter = there.prepare("newsletter", "news", "{}")
    began = there.click(letter)
    time.sleep(2)
    alert = there.prepare("alert", "life_safety", "{wards: [nishi]}")
    clicked = there.click(alert)
    urgent, news = there.ended(alert), there.ended(letter)
    assert urgent.first_accepted_at is not None and urgent.last_accepted_at is not None
    assert news.last_accepted_at is not None
    first = urgent.first_accepted_at.timestamp() - clicked
    yield at_most("urgent beside a newsletter: click to first acceptance", first, "s", FIRST_WITHIN)
    last = urgent.last_accepted_at.timestamp() - clicked
    yield reported(f"urgent beside a newsletter: click to last acceptance, {urgent.audience:,}", last, "s")
    totals = news.totals or Totals()
    left = (news.audience or 0) - totals.accepted
    yield at_most("the newsletter: people it did not reach", left + (news.state is not State.SENT), "people", 0)
    yield reported("the newsletter: click to last acceptance", news.last_accepted_at.timestamp() - began, "s")


def worst_day(there: "Town", tell: Tell) -> Iterator[Figure]:
    tell("3 % fail before and 3 % after acceptance, 1 % time out, workers are killed, every message comes twice")
    there.quiet()
    for fault in (
        {"kind": "before", "probability": 0.03, "status": 500},
        {"kind": "after", "probability": 0.03, "status": 500},
        {"kind": "hang", "probability": 0.01, "seconds": 12, "accepted": True},
    ):
        there.phones.control("POST", "/faults", {"endpoint": "multicast", **fault})
    broadcast = there.prepare("worst-day", "life_safety", "{}")
    with there.doubled(), there.killing() as killed, there.ticking():
        clicked = there.click(broadcast)
        there.ended(broadcast)
    there.phones.control("DELETE", "/faults")
    sent = there.sent(broadcast, clicked)
    yield reported("worst day: workers killed", len(killed), "processes")
    yield reported("worst day: click to last acceptance", sent.last, "s")
    yield at_most("worst day: missed", sent.missed, "people", 0)
    yield at_most("worst day: sent to twice", sent.twice, "people", 0)
    yield at_most("worst day: not accounted for in the totals", sent.unaccounted, "people", 0)


@dataclass(frozen=True)
class Sent:
    """What became of a broadcast, times in seconds after the click, people and requests as the stand-in counts them."""

    audience: int
    first: float
    last: float
    missed: int
    twice: int
    too_fast: int
    unaccounted: int
    cents: float


@dataclass(frozen=True)
class Town:
    """A city with residents in its packs and on LINE."""

    running: City
    residents: int
    db: Client
    phones: Phones
    publisher: Publisher
    size: Size

    def everyone(self, name: str) -> Sent:
        self.quiet()
        broadcast = self.prepare(name, "life_safety", "{}")
        clicked = self.click(broadcast)
        self.ended(broadcast)
        return self.sent(broadcast, clicked)

    def quiet(self) -> None:
        """LINE begins anew: nothing was delivered, its bucket is full."""
        self.phones.control("POST", "/reset")
        self.move_in()

    def move_in(self) -> None:
        self.phones.control("POST", "/residents", {"count": self.residents, "seed": SEED, "following": True})

    def prepare(self, name: str, kind: str, audience: str) -> str:
        """Written and submitted; what it waits for is the click."""
        now = datetime.now(UTC)
        today = Today(residents_city(), now, ZONE)
        definition = reads(BROADCAST.format(id=name, kind=kind, audience=audience), today)
        broadcast = write(self.db, definition, EDITOR, now).id
        submit(self.db, broadcast, EDITOR, now, self.residents, House(ZONE))
        return broadcast

    def click(self, broadcast: str) -> float:
        """When; seconds since 1970."""
        clicked = time.time()
        approve(self.db, broadcast, APPROVER, datetime.now(UTC), House(ZONE))
        tell_run_due_work(self.publisher, datetime.now(UTC))
        return clicked

    def ended(self, broadcast: str) -> Broadcast:
        until = time.monotonic() + self.size.patience
        while time.monotonic() < until:
            found = store.get(self.db, broadcast)
            if found is not None and not found.open:
                return found
            time.sleep(0.25)
        raise RuntimeError(f"'{broadcast}' did not end")

    def sent(self, broadcast: str, clicked: float) -> Sent:
        found = store.get(self.db, broadcast)
        assert found is not None and found.audience is not None
        totals = found.totals or Totals()
        seen = self.phones.control("GET", "/deliveries/summary")
        return Sent(
            audience=found.audience,
            first=seen["first_accepted_at"] / 1000 - clicked,
            last=seen["last_accepted_at"] / 1000 - clicked,
            missed=seen["missed"],
            twice=seen["more"],
            too_fast=seen["rate_refused"],
            unaccounted=abs(found.audience - totals.accepted) + (found.state is not State.SENT),
            cents=float(cost_of(Spent.of_document(found.spent)).total) * 100,
        )

    def memory(self) -> float:
        """MiB of the largest process that sends."""
        return max(peak_of(pid) for name in SENDERS for pid in self.running.function(name).pids)

    @contextmanager
    def doubled(self) -> Iterator[None]:
        """Every chunk is announced by two subscriptions."""
        subscriber = pubsub_v1.SubscriberClient()
        names = []
        for name, one in topology().subscriptions.items():
            if one.service in SENDERS:
                names.append(f"projects/{self.running.project}/subscriptions/{name}-again")
                subscriber.create_subscription(
                    name=names[-1],
                    topic=f"projects/{self.running.project}/topics/{one.topic}",
                    push_config={"push_endpoint": self.running.function(one.service).url},
                    ack_deadline_seconds=one.ack_deadline_seconds,
                )
        try:
            yield
        finally:
            for name in names:
                subscriber.delete_subscription(subscription=name)
            subscriber.close()

    @contextmanager
    def killing(self) -> Iterator[list[int]]:
        """One worker after the other is killed with its process group; who has not come back yet is passed over."""
        over, killed = threading.Event(), list[int]()
        turns = cycle(self.running.function("send_chunk_urgent").workers)

        def kill() -> None:
            while not over.wait(self.size.kill_every):
                worker = next((one for one in islice(turns, self.size.workers) if is_up(one)), None)
                if worker is not None and worker.pid is not None:
                    killed.append(worker.pid)
                    worker.kill()

        yield from _beside(kill, over, killed)

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """A tick a second: in the cloud it is one a minute, and nothing else would be different."""
        over = threading.Event()

        def tick() -> None:
            while not over.wait(1.0):
                tell_run_due_work(self.publisher, datetime.now(UTC))

        yield from _beside(tick, over, None)


def _beside(work: Any, over: threading.Event, found: Any) -> Iterator[Any]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def is_up(worker: Kept) -> bool:
    return worker.program.port is not None and listens(worker.program.port)


@contextmanager
def town(hosts: Hosts, residents: int, size: Size, tell: Tell) -> Iterator[Town]:
    project = f"delivery-{residents}"
    services = frozenset({"run_due_work", *SENDERS})
    wish = Wish(project, workers=dict.fromkeys(SENDERS, size.workers), services=services, tick=None, hosts=hosts)
    # Of the workers that are killed on purpose nobody needs to hear.
    with city(wish, lambda says: None) as running:
        db, phones = Client(project=project), Phones(running.line_api)
        tell(f"{residents:,} residents move in")
        now = datetime.now(UTC)
        fill(residents_shelf(db), roster_of(people(residents, SEED, now)))
        yield Town(running, residents, db, phones, Publisher(project, 10.0), size)


def as_first_written(hosts: Hosts, size: Size, tell: Tell) -> float:
    """Seconds: stream the residents' documents, and a multicast for every 500 of them, one after the other."""
    tell(f"as one would write it first, of {size.part:,} residents")
    wish = Wish("delivery-first", services=frozenset(), tick=None, hosts=hosts)
    with city(wish, tell) as running:
        db, phones = Client(project=wish.project), Phones(running.line_api)
        for _ in fill_city(db, size.part, SEED, datetime.now(UTC)):
            pass
        phones.control("POST", "/residents", {"count": size.part, "seed": SEED, "following": True})
        line = Line(running.channel_access_token, running.line_api)
        messages: Sequence[dict[str, Any]] = [{"type": "text", "text": "【訓練】すぐに高い所へ逃げてください。"}]
        began = time.perf_counter()
        waiting: list[str] = []
        following = db.collection(RESIDENTS).where(filter=FieldFilter("following", "==", True)).stream()
        for number, snapshot in enumerate(following, 1):
            waiting.append(snapshot.id)
            if len(waiting) == IDS or number == size.part:
                line.call("POST", "/v2/bot/message/multicast", {"to": waiting, "messages": messages})
                waiting = []
        return time.perf_counter() - began


def peak_of(leader: int) -> float:
    """MiB of the largest process in a group, at its largest; 0 where the system does not tell."""
    peaks = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if int((status.parent / "stat").read_text().rsplit(")", 1)[1].split()[2]) == leader:
                peaks.append(int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024)
        except (OSError, IndexError):  # it ended just now
            continue
    return max(peaks)
