"""LINE's list of friends, in short pages, and what an import made of it."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore

from local.phones import Phone, Phones
from local.stand_in import StandIn
from tsunagu.line.client import Line, Sent
from tsunagu.residents import store
from tsunagu.residents.followers import bring_in
from tsunagu.residents.rules import Resident


class Pages(Line):
    """LINE, with two friends a page; `then` happens after each page, `starts` are the tokens it was asked for."""

    def __init__(self, platform: StandIn, then: Callable[[], object] = lambda: None) -> None:
        super().__init__(platform.channel_access_token, platform.url)
        self.then = then
        self.starts: list[str | None] = []

    def follower_ids(self, start: str | None = None) -> Sent:
        self.starts.append(start)
        page = self.call("GET", "/v2/bot/followers/ids?limit=2" + (f"&start={start}" if start else ""))
        self.then()
        return page


def walked(db: firestore.Client, line: Line) -> dict[str, int]:
    return dict(bring_in(db, line, lambda counts: None))


def resident(db: firestore.Client, phone: Phone) -> Resident:
    found = store.get(db, phone.user)
    assert found is not None
    return found


def progress(db: firestore.Client) -> dict[str, Any]:
    return db.collection("imports").document("followers").get().to_dict() or {}


def asked_of_line(phones: Phones) -> Counter[str]:
    """How many requests LINE got, by endpoint."""
    return Counter(call["endpoint"] for call in phones.control("GET", "/requests")["requests"])


def a_minute_passes(db: firestore.Client) -> None:
    """For whoever waits for the lease of an import that was killed."""
    db.collection("imports").document("followers").update({"lease.until": datetime.now(UTC)})
