"""`python -m local seed`: fills the running city with residents, in Firestore, in the roster and as friends on LINE."""

import json
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Annotated

import polars as pl
import typer
from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore
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

    The roster comes first: it refuses a city that has one. Raises AlreadyExists.
    """
    people = [(user_id(seed, number), resident) for number, resident in enumerate(made_up(count, seed, now))]
    rows = [
        {"key": store.key_of(user), "version": resident.version, **row(resident, city().ward_of)}
        for user, resident in people
    ]
    fill(store.residents_shelf(db), pl.DataFrame(rows, schema=store.ROSTER_SCHEMA))

    def write(part: list[tuple[str, Resident]]) -> int:
        batch = db.batch()
        for user, resident in part:
            (reference, truth), _note = store.documents_of(db, user, resident)
            batch.set(reference, truth)
        batch.commit()
        return len(part)

    with ThreadPoolExecutor(WRITERS) as writers:
        yield from writers.map(write, (people[at : at + BATCH] for at in range(0, count, BATCH)))


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
