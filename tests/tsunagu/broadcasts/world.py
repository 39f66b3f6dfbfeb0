"""A small city for the tests of broadcasts: Firestore's emulator, the stand-in LINE platform, and a clock to turn."""

import json
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import requests
from google.cloud.firestore import Client

from local.stand_in import StandIn
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.broadcasts import store
from tsunagu.broadcasts.definition import Definition, Today, reads
from tsunagu.broadcasts.delivery.due import Due
from tsunagu.broadcasts.delivery.pace import Pacer
from tsunagu.broadcasts.delivery.send import send
from tsunagu.broadcasts.delivery.waves import Means
from tsunagu.broadcasts.erase import erase
from tsunagu.broadcasts.invited import Unfinished, nobody_knows
from tsunagu.broadcasts.life.approve import approve
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.submit import submit
from tsunagu.broadcasts.life.write import write
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.pubsub import NotPublished, Publisher
from tsunagu.line.client import Line, Sent
from tsunagu.line.messages import Message
from tsunagu.packs.fill import fill
from tsunagu.packs.shelf import note
from tsunagu.residents.city import city
from tsunagu.residents.store import ROSTER_SCHEMA, key_of, residents_shelf, stop_id

BEGIN = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Tokyo")
HOUSE = House(ZONE)
THREADS = ThreadPoolExecutor(40, "multicast")

NEWS = """
id: {id}
title: お知らせ
when: now
audience: {{wards: [chuo]}}
messages:
  - text: {{ja: こんにちは, en: Hello}}
"""


def schedule(db: Client, definition: Definition, now: datetime, size: int = 1) -> str:
    """Written, submitted and, where somebody has to, approved; its id."""
    broadcast = write(db, definition, "editor@city.example", now).id
    if submit(db, broadcast, "editor@city.example", now, size, HOUSE).state is State.WAITING:
        approve(db, broadcast, "approver@city.example", now, HOUSE)
    return broadcast


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class Mortal(Client):
    """A client whose process dies at its nth commit, just before it or just after; or something else goes wrong."""

    def __init__(self, project: str, dies_at: int, after: bool, dies_of: BaseException | None = None) -> None:
        super().__init__(project=project)
        self.left = dies_at
        self.after = after
        self.dies_of = dies_of or Killed()

    @property
    def _firestore_api(self) -> Any:
        return _MortalApi(self, super()._firestore_api)


class _MortalApi:
    def __init__(self, client: Mortal, api: Any) -> None:
        self._client, self._api = client, api

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def commit(self, *arguments: Any, **options: Any) -> Any:
        self._client.left -= 1
        if self._client.left == 0 and not self._client.after:
            raise self._client.dies_of
        answer = self._api.commit(*arguments, **options)
        if self._client.left == 0:
            raise self._client.dies_of
        return answer


class Meanwhile(Client):
    """A client with something that happens before each commit and after each reading of documents; the deed is told
    what is asked of Firestore."""

    def __init__(self, project: str, deed: Callable[[str], object]) -> None:
        super().__init__(project=project)
        self.deed = deed

    @property
    def _firestore_api(self) -> Any:
        return _MeanwhileApi(self, super()._firestore_api)


class _MeanwhileApi:
    def __init__(self, client: Meanwhile, api: Any) -> None:
        self._client, self._api = client, api

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def commit(self, *arguments: Any, **options: Any) -> Any:
        self._client.deed(repr((arguments, options)))
        return self._api.commit(*arguments, **options)

    def batch_get_documents(self, *arguments: Any, **options: Any) -> Any:
        found = list(self._api.batch_get_documents(*arguments, **options))
        self._client.deed(repr((arguments, options)))
        return iter(found)


class Repeating(Client):
    """A client that does not hear Firestore's answer to every other write, and repeats it, as Google's do by
    themselves."""

    def __init__(self, project: str, first: bool) -> None:
        super().__init__(project=project)
        self.repeats = first

    @property
    def _firestore_api(self) -> Any:
        return _RepeatingApi(self, super()._firestore_api)


class _RepeatingApi:
    def __init__(self, client: Repeating, api: Any) -> None:
        self._client, self._api = client, api

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def commit(self, request: dict[str, Any], **options: Any) -> Any:
        answer = self._api.commit(request, **options)
        if request.get("transaction"):  # one that is over cannot be committed again
            return answer
        repeats, self._client.repeats = self._client.repeats, not self._client.repeats
        return self._api.commit(request, **options) if repeats else answer


class Post(Publisher):
    """Keeps what is published until the test delivers it."""

    def __init__(self) -> None:
        self.kept: deque[tuple[str, bytes]] = deque()
        self.broken = False
        self.at_once: Callable[[], object] | None = None  # done before it says that it took them

    def publish_all(self, topic: str, messages: Iterable[tuple[bytes, Mapping[str, str]]]) -> None:
        if self.broken:
            raise NotPublished(topic)
        self.kept.extend((topic, data) for data, _ in messages)
        if self.at_once is not None:
            self.at_once()


class Interrupted(Line):
    """LINE, with something happening after each answer."""

    def __init__(self, token: str, api_url: str, then: Callable[[Sent], object]) -> None:
        super().__init__(token, api_url)
        self._then = then

    def multicast(
        self, users: Sequence[str], messages: Sequence[Message], retry_key: UUID, unit: str | None = None
    ) -> Sent:
        sent = super().multicast(users, messages, retry_key, unit)
        self._then(sent)
        return sent


class World:
    def __init__(self, db: Client, platform: StandIn) -> None:
        self.db, self.platform = db, platform
        self.now = BEGIN
        self.post = Post()
        self.house = House(ZONE)
        self.slept: list[float] = []  # before another try
        self.paced: list[float] = []  # until a place in LINE's rate
        self.line = Line(platform.channel_access_token, platform.url)
        self.unfinished: Unfinished = nobody_knows
        self.users: list[str] = []
        self.rows: list[dict[str, Any]] = []

    def clock(self) -> datetime:
        return self.now

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.platform.url}/control/{path}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def people(self, count: int, language: str = "ja", wards: Sequence[str] = ("chuo",), **fields: Any) -> list[str]:
        """Ids of new residents, known to LINE; `move_in` writes them to the roster."""
        added = [f"U{random.Random(len(self.users) + n).randbytes(16).hex()}" for n in range(count)]
        self.users += added
        self.control("POST", "residents", ids=added, following=True)
        row = {"version": 1, "following": True, "quiet": False, "wards": list(wards), "districts": [], "topics": []}
        row |= {"tags": [], "language": language, "age_band": None, "since": BEGIN} | fields
        self.rows += [row | {"key": bytes.fromhex(user[1:])} for user in added]
        return added

    def move_in(self) -> None:
        fill(residents_shelf(self.db), pl.DataFrame(self.rows, schema=ROSTER_SCHEMA))

    def change(self, user: str, **fields: Any) -> None:
        """Of somebody who has moved in, in the roster."""
        row = next(row for row in self.rows if row["key"] == key_of(user))
        row |= fields | {"version": row["version"] + 1}
        ref, content = note(residents_shelf(self.db), row["key"], row["version"], row)
        ref.set(content)

    def leave(self, user: str) -> None:
        """Out of the roster, as an erasure does it."""
        ref, content = note(residents_shelf(self.db), key_of(user), 1_000, None)
        ref.set(content)
        self.stop(user, "erased")
        erase(self.db, user, self.now)

    def write(self, source: str) -> str:
        return schedule(self.db, reads(source, Today(city(), self.now, ZONE)), self.now)

    def due(self, db: Client | None = None) -> Due:
        there = db or self.db
        return Due(there, self.post, self.line, self.clock, RosterKeeper(there, ZONE), self.house, self.unfinished)

    def tick(self, db: Client | None = None) -> None:
        self.due(db).work()

    def means(
        self, db: Client | None = None, line: Line | None = None, clock: Callable[[], datetime] | None = None
    ) -> Means:
        there, now = db or self.db, clock or self.clock
        pacer = Pacer(there, now, self.paced.append)
        return Means(there, line or self.line, now, pacer, THREADS, self.house, self.slept.append)

    def send(self, chunk: dict[str, Any], db: Client | None = None, line: Line | None = None) -> str:
        return self.send_with(self.means(db, line), chunk)

    def send_with(self, means: Means, chunk: dict[str, Any]) -> str:
        return send(means, **chunk)

    def deliver(self, line: Line | None = None) -> list[str]:
        """Send everything in the post; its words."""
        words = []
        while self.post.kept:
            words.append(self.send(self.next_chunk(), line=line))
        return words

    def next_chunk(self) -> dict[str, Any]:
        body = json.loads(self.post.kept.popleft()[1])
        return {"broadcast": body["broadcast"], "attempt": body["attempt"], "n": body["chunk"]}

    def run(self, broadcast: str, minutes: int = 60) -> Broadcast:
        """Let the clock tick until it has ended."""
        for _ in range(minutes):
            self.tick()
            self.deliver()
            found = self.get(broadcast)
            if not found.open:
                return found
            self.now += timedelta(minutes=1)
        raise AssertionError(f"not ended: {self.get(broadcast)}")

    def get(self, broadcast: str) -> Broadcast:
        found = store.get(self.db, broadcast)
        assert found is not None
        return found

    def chunks(self, broadcast: str) -> list[dict[str, Any]]:
        found = self.get(broadcast)
        assert found.attempt is not None
        return [chunk.to_dict() or {} for chunk in store.chunks_of(self.db, broadcast, found.attempt).stream()]

    def frozen_ids(self) -> bytes:
        """All ids in all attempts of all broadcasts."""
        return b"".join(chunk.get("ids") for chunk in self.db.collection_group("chunks").stream())

    def stop(self, user: str, why: str) -> None:
        self.db.collection("stops").document(stop_id(user)).set(
            {"at": self.now, "why": why, "expires": self.now + timedelta(days=4)}
        )

    def deliveries(self) -> dict[str, int]:
        found: dict[str, int] = self.control("GET", "deliveries?endpoint=multicast")
        return found

    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "requests?endpoint=multicast")["requests"]
        return found
