"""receive_webhook against one that verifies nothing: requests a second, one event a body, in alternating rounds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from operator import truediv
from statistics import median
from uuid import uuid4

from local.bench.chains import side_by_side
from local.bench.figure import Figure, Tell, at_least, reported
from local.bench.load import drive, written
from local.city import City
from tsunagu.line.signature import sign

ASKED = 0.85


@dataclass(frozen=True)
class Size:
    requests: int = 1_500  # of each kind in each round
    rounds: int = 9
    connections: int = 8  # as many as threads answer on two cores


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    """The bare handler publishes the body's bytes with a client as one would write it first, and waits for Pub/Sub.

    With its client set as the real one's it is reported too.
    """
    with side_by_side("receive_webhook", bare="chain") as (real, bare):
        tell("warming up")
        rounds = []
        for number in range(-1, size.rounds):
            if number >= 0:
                tell(f"round {number + 1} of {size.rounds}")
            rounds.append((rate(real, size), rate(bare, size), rate(bare, size, "/tuned")))
    real_rates, bare_rates, tuned_rates = zip(*rounds[1:], strict=True)
    yield reported("receive_webhook", median(real_rates), "requests/s")
    yield reported("bare handler", median(bare_rates), "requests/s")
    yield reported("bare handler, client tuned as ours", median(tuned_rates), "requests/s")
    yield at_least("receive_webhook / bare handler", median(map(truediv, real_rates, bare_rates)), "ratio", ASKED)
    ratio = median(map(truediv, real_rates, tuned_rates))
    yield reported("receive_webhook / bare handler, client tuned as ours", ratio, "ratio")


def rate(city: City, size: Size, path: str = "/") -> float:
    """Requests a second. Raises RuntimeError when one is refused."""
    requests = [request(city, path) for _ in range(size.requests)]
    answered = drive(city.function("receive_webhook").url, requests, size.connections)
    if answered.wrong:
        raise RuntimeError(f"{answered.wrong} of {size.requests} webhooks were refused")
    return answered.rate


def request(city: City, path: str) -> bytes:
    event = {
        "type": "message",
        "message": {"type": "text", "id": "468789577898262530", "quoteToken": "q" * 80, "text": "水が出ません 🙏"},
        "webhookEventId": uuid4().hex,
        "deliveryContext": {"isRedelivery": False},
        "timestamp": 1_700_000_000_000,
        "source": {"type": "user", "userId": "U" + uuid4().hex},
        "replyToken": uuid4().hex,
        "mode": "active",
    }
    body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}, ensure_ascii=False).encode()
    return written(body, {"X-Line-Signature": sign(city.channel_secret, body)}, path)
