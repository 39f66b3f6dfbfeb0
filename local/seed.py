"""`python -m local seed`: fills the running city with residents, in Firestore, in the roster and as friends on LINE."""

import json
import os
import random
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any

import polars as pl
import typer
from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore
from google.cloud.firestore_v1._helpers import encode_value
from google.cloud.firestore_v1.types import CommitRequest, Value
from rich.console import Console
from rich.progress import Progress

from local.city import LOGS, PROJECT, READY
from local.line_platform.ids import user_id
from local.phones import Phones
from tsunagu.packs.fill import fill
from tsunagu.residents import store
from tsunagu.residents.city import city
from tsunagu.residents.rules import Resident, row

BATCH = 500  # documents Firestore takes in one commit
WRITERS = 4
FIELDS = [field.name for field in fields(Resident)]
Person = tuple[str, Resident]  # with their user id

# Shares of the wards' residents and of languages, roughly as in Kumamoto; what people choose is made up.
WARDS = {"chuo": 0.25, "higashi": 0.26, "nishi": 0.12, "minami": 0.18, "kita": 0.19}
LANGUAGES = {"ja": 0.95, "ja-easy": 0.02, "en": 0.03}
NAMES_NO_WARD = 0.05
WANTS_TOPIC = 0.3
WANTS_QUIET = 0.02
NO_AGE_BAND = 0.2

app = typer.Typer()


@app.callback()
def root() -> None:
    """Seeding."""


@app.command()
def seed(
    residents: Annotated[int, typer.Option(min=1, help="how many")],
    seed: Annotated[str, typer.Option(help="the same seed makes the same residents")] = "city",
    project: Annotated[str, typer.Option(help="the project id of the running city")] = PROJECT,
) -> None:
    """Fill the running city with made-up residents, who follow and have chosen what to hear."""
    ready = LOGS / project / READY
    if not ready.exists():
        Console(stderr=True).print("no city is running: start one with `python -m local up`", style="red")
        raise typer.Exit(1)
    running = json.loads(ready.read_text("utf-8"))
    os.environ["FIRESTORE_EMULATOR_HOST"] = running["firestore"]
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("residents", total=residents)
        try:
            for written in fill_city(firestore.Client(project=running["project"]), residents, seed, datetime.now(UTC)):
                progress.advance(task, written)
        except AlreadyExists:
            Console(stderr=True).print("the city has residents already: seed one that has just started", style="red")
            raise typer.Exit(1) from None
    Phones(running["line_api"]).add(residents, seed=seed, following=True)


def fill_city(db: firestore.Client, count: int, seed: str, now: datetime) -> Iterator[int]:
    """Writes `count` residents and the roster, yielding how many documents were written now and then.

    The roster comes first: it refuses a city that has one. Raises AlreadyExists. Everybody is made up twice, which
    takes less than keeping 730,000 of them.
    """
    fill(store.residents_shelf(db), roster_of(people(count, seed, now)))
    encoder = Encoder(db)

    def write(part: list[Person]) -> int:
        db._firestore_api.commit(request=encoder.commit(part), metadata=db._rpc_metadata)
        return len(part)

    everyone = people(count, seed, now)
    with ThreadPoolExecutor(WRITERS) as writers:
        under_way: deque[Future[int]] = deque()
        while part := list(islice(everyone, BATCH)):
            under_way.append(writers.submit(write, part))
            if len(under_way) > 2 * WRITERS:
                yield under_way.popleft().result()
        for written in under_way:
            yield written.result()


def roster_of(everyone: Iterable[Person]) -> pl.DataFrame:
    """What `row` says of each, with every different value made once: polars is slow at lists out of Python's."""
    keys = []
    places: dict[str, list[int]] = {name: [] for name in store.ROSTER_SCHEMA if name != "key"}
    different: dict[str, dict[Any, int]] = {name: {} for name in places}
    for user, resident in everyone:
        keys.append(store.key_of(user))
        for name, value in (row(resident, city().ward_of) | {"version": resident.version}).items():
            known = different[name]
            places[name].append(known.setdefault(tuple(value) if isinstance(value, list) else value, len(known)))
    columns = {"key": pl.Series(keys, dtype=pl.Binary)} | {
        name: pl.Series(list(known), dtype=store.ROSTER_SCHEMA[name]).gather(places[name])
        for name, known in different.items()
    }
    return pl.DataFrame({name: columns[name] for name in store.ROSTER_SCHEMA})


class Encoder:
    """Residents' documents as Firestore's client would send them, every different value encoded once.

    The client itself takes 0.4 ms a document, eight times what the emulator takes to store it.
    """

    def __init__(self, db: firestore.Client) -> None:
        self._database = db._database_string
        self._values: dict[tuple[str, Hashable], Any] = {}

    def commit(self, part: Iterable[Person]) -> CommitRequest:
        request = CommitRequest(database=self._database)
        writes = CommitRequest.pb(request).writes
        for user, resident in part:
            document = writes.add().update
            document.name = f"{self._database}/documents/{store.RESIDENTS}/{user}"
            for name in FIELDS:
                document.fields[name].CopyFrom(self._value(name, getattr(resident, name)))
        return request

    def _value(self, name: str, value: Any) -> Any:
        # `changed` is one mapping for everybody.
        known_by = (name, id(value) if isinstance(value, dict) else value)
        if known_by not in self._values:
            plain = list(value) if isinstance(value, tuple) else value
            self._values[known_by] = Value.pb(encode_value(plain))
        return self._values[known_by]


def people(count: int, seed: str, now: datetime) -> Iterator[Person]:
    return ((user_id(seed, number), resident) for number, resident in enumerate(made_up(count, seed, now)))


def made_up(count: int, seed: str, now: datetime) -> Iterator[Resident]:
    chance = random.Random(seed)
    districts = {ward: [d.id for d in city().districts if d.ward == ward] for ward in WARDS}
    bands = [band.id for band in city().age_bands]
    at = int(now.timestamp() * 1000)
    changed = dict.fromkeys(("following", "language", "ward", "district", "topics", "age_band", "consent"), at)
    for _ in range(count):
        ward = None if chance.random() < NAMES_NO_WARD else chance.choices(list(WARDS), list(WARDS.values()))[0]
        yield Resident(
            since=now - timedelta(days=chance.randrange(1000)),
            wards=(ward,) if ward else (),
            districts=(chance.choice(districts[ward]),) if ward else (),
            topics=tuple(topic.id for topic in city().topics if chance.random() < WANTS_TOPIC),
            language=chance.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
            age_band=None if chance.random() < NO_AGE_BAND else chance.choice(bands),
            quiet=chance.random() < WANTS_QUIET,
            consent=now,
            changed=changed,
            version=1,
        )
