"""handle_line_event against a bare handler with as many writes: events a second of one process, in alternating rounds.

The event is a resident's tap on a topic: it writes the resident, the note for the roster, the conversation and the
claim, and the claim once more when it is answered. The bare handler writes five documents as large as those, one after
the other, and answers with one text; it reads nothing, claims nothing and has no transaction. What it does with all
five in one commit is reported too.
"""

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import truediv
from statistics import median
from typing import Any

from google.cloud import firestore

from local.bench.chains import side_by_side
from local.bench.figure import Figure, Tell, at_least, reported
from local.bench.load import drive, written
from local.city import City
from local.phones import Phone, Phones
from local.seed import fill_city
from tsunagu.line.postback import Postback
from tsunagu.residents.city import city as residents_city

ASKED = 0.7
SEED = "bench"


@dataclass(frozen=True)
class Size:
    residents: int = 200  # one event of each in each round
    first: int = 8  # rounds that do not count: the emulator compiles what it does often
    rounds: int = 12
    connections: int = 8  # as many as threads answer on two cores


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    """Both get Pub/Sub's pushes over kept connections, with such events of residents who have chosen everything."""
    with side_by_side("handle_line_event", bare="writes") as (real, bare):
        tell(f"{size.residents} residents move in and warm everything up")
        town, other = (Town(city, settle(city, size.residents), size.connections) for city in (real, bare))
        rounds = []
        for number in range(-size.first, size.rounds):
            if number >= 0:
                tell(f"round {number + 1} of {size.rounds}")
            rounds.append((town.rate(), other.rate(), other.rate(commits="one")))
    real_rates, bare_rates, one_rates = zip(*rounds[size.first :], strict=True)
    yield reported("handle_line_event", median(real_rates), "events/s")
    yield reported("bare handler", median(bare_rates), "events/s")
    yield reported("bare handler, all in one commit", median(one_rates), "events/s")
    yield at_least("handle_line_event / bare handler", median(map(truediv, real_rates, bare_rates)), "ratio", ASKED)
    ratio = median(map(truediv, real_rates, one_rates))
    yield reported("handle_line_event / bare handler, all in one commit", ratio, "ratio")


def settle(city: City, count: int) -> list[Phone]:
    """Residents who follow and have answered everything, in Firestore and on LINE."""
    for _ in fill_city(firestore.Client(project=city.project), count, SEED, datetime.now(UTC)):
        pass
    return Phones(city.line_api).add(count, seed=SEED, following=True)


@dataclass
class Town:
    """A city whose stand-in sends its webhooks here, so that they can be pushed to the handler by themselves."""

    city: City
    phones: Sequence[Phone]
    connections: int
    taps: int = field(default=0, init=False)

    def rate(self, **attributes: str) -> float:
        """Everybody taps a topic; then their events are pushed. Events a second. Raises RuntimeError for a refusal."""
        with webhook_of(self.city) as events:
            tap(self.phones, self.taps)
        self.taps += 1
        pushes = [push(event, attributes) for event in events]
        before = self._answers()
        answered = drive(self.city.function("handle_line_event").url, pushes, self.connections)
        answers = self._answers() - before
        if answered.wrong or answers != len(pushes):
            raise RuntimeError(f"{answered.wrong} of {len(pushes)} events were refused, {answers} answered")
        return answered.rate

    def _answers(self) -> int:
        """How often the stand-in took a reply."""
        found = self.phones[0].phones.control("GET", "/deliveries?summary=1")["sends"]
        return int(found)


def tap(phones: Sequence[Phone], number: int) -> None:
    """Each taps a topic's button; which, and whether on or off, changes with `number`, so that each tap counts."""
    topics = [topic.id for topic in residents_city().topics]
    fields = {"step": "topics", "v": topics[number % len(topics)], "on": str(number // len(topics) % 2)}
    action = {"type": "postback", "data": Postback("residents/choose", fields).write()}
    for phone in phones:
        phone.press(action)


def push(event: dict[str, Any], attributes: dict[str, str]) -> bytes:
    """What Pub/Sub posts to a push subscription."""
    message = {
        "data": base64.b64encode(json.dumps(event).encode()).decode(),
        "attributes": {"event_id": event["webhookEventId"], "kind": event["type"], **attributes},
        "messageId": event["webhookEventId"],
        "publishTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    return written(json.dumps({"message": message, "subscription": "projects/p/subscriptions/bench"}).encode(), {})


@contextmanager
def webhook_of(city: City) -> Iterator[list[dict[str, Any]]]:
    """Inside, the stand-in's webhooks arrive in this list and nowhere else."""
    events: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            events.extend(json.loads(self.rfile.read(int(self.headers["content-length"])))["events"])
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    phones = Phones(city.line_api)
    try:
        phones.control("POST", "/settings", {"webhook": f"http://127.0.0.1:{server.server_port}/"})
        yield events
        phones.control("GET", "/pending?timeout=30")
    finally:
        server.shutdown()
        server.server_close()
