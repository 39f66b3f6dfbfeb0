"""One thing done with a city's roster in a process of its own: `python -m local.bench.alone TASK PROJECT …`.

Prints its seconds and the peak of the process's memory in MiB, as JSON.
"""

import json
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import polars as pl
from google.cloud.firestore import Client

from local.bench.process import peak
from tsunagu.audiences.roster import Roster, RosterKeeper
from tsunagu.audiences.rules import Audience
from tsunagu.audiences.upload import upload
from tsunagu.broadcasts.definition import Today, reads
from tsunagu.broadcasts.delivery.freeze import freeze
from tsunagu.broadcasts.life.approve import approve
from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.submit import submit
from tsunagu.broadcasts.life.write import write
from tsunagu.cloud.firestore import connect
from tsunagu.packs.fill import fill
from tsunagu.packs.read import read
from tsunagu.residents.city import city
from tsunagu.residents.store import residents_shelf

EVERYONE = """
title: 避難指示
when: now
kind: life_safety
messages:
  - text: {ja: すぐに逃げてください, ja-easy: すぐに にげて ください, en: Leave now}
"""
TIMES = 7  # that each audience is counted
ZONE = ZoneInfo("Asia/Tokyo")
LIST, LISTED = "bench", 50_000  # an uploaded list, and the people on it
TAGGED = 10  # one in so many has a tag: the seeded have none


RECENT = {"from": f"{datetime.now(ZONE) - timedelta(days=200):%Y-%m-%d}"}
NESTED = Audience.model_validate(
    {
        "not": {"any": [{"lists": [LIST], "languages": ["en"]}, {"tags": ["pilot"]}]},
        "any": [
            {"wards": ["chuo", "kita"], "topics": ["childcare", "refuse"]},
            {
                "all": [
                    {"districts": ["ezu", "kengun", "ueki"]},
                    {"any": [{"age_bands": ["70s"]}, {"followed": RECENT}]},
                ]
            },
            {"lists": [LIST]},
        ],
    }
)


def seed(project: str, residents: str) -> float:
    """The command as one types it, from its imports on."""
    sys.argv = ["local", "seed", "--residents", residents, "--project", project]
    began = time.perf_counter()
    try:
        runpy.run_module("local", run_name="__main__", alter_sys=True)
    except SystemExit as done:
        if done.code:
            raise
    return time.perf_counter() - began


def copy(project: str, other: str) -> float:
    """The packs of a city, without its residents' documents, into a project that has none; with tags, and a list."""
    began = time.perf_counter()
    rows, db = read(residents_shelf(connect(project))), connect(other)
    tags = pl.Series([[], ["volunteer"], ["volunteer", "pilot"]], dtype=pl.List(pl.String))
    of_each = [number // TAGGED % 2 + 1 if number % TAGGED == 0 else 0 for number in range(rows.height)]
    fill(residents_shelf(db), rows.with_columns(tags=tags.gather(of_each)))
    listed = "\n".join(f"U{key.hex()}" for key in rows["key"].head(min(LISTED, rows.height // 10 + 1)))
    upload(db, LIST, LIST, listed.encode(), "bench", datetime.now(UTC))
    return time.perf_counter() - began


def read_roster(project: str) -> float:
    """From connecting to a roster that audiences can be counted in."""
    began = time.perf_counter()
    roster(connect(project))
    return time.perf_counter() - began


def from_cold(project: str) -> float:
    """From connecting to the size of an audience, by language and ward."""
    began = time.perf_counter()
    if not roster(connect(project)).size(NESTED, urgent=True).total:
        raise RuntimeError("nobody was counted")
    return time.perf_counter() - began


def count(project: str) -> float:
    """The slowest of many audiences, each by the median of its times."""
    there = roster(connect(project))
    return max(median(times(there, audience, urgent)) for audience in audiences() for urgent in (False, True))


def freeze_everyone(project: str) -> float:
    """As run_due_work does it, which reads the roster for it."""
    db = connect(project)
    now, house = datetime.now(UTC), House(ZONE)
    broadcast = write(db, reads(EVERYONE, Today(city(), now, house.zone)), "writer", now).id
    submit(db, broadcast, "writer", now, 1, house)
    approve(db, broadcast, "approver", now, house)
    began = time.perf_counter()
    frozen = freeze(db, broadcast, lambda: datetime.now(UTC), RosterKeeper(db, house.zone), house)
    seconds = time.perf_counter() - began
    if frozen is None or not frozen.audience:
        raise RuntimeError("nobody was frozen")
    return seconds


def roster(db: Client) -> Roster:
    return RosterKeeper(db, ZONE).now()


def audiences() -> Iterator[Audience]:
    """From everyone to a name of each kind to all names there are, and to expressions of all that there is."""
    groups: Mapping[str, list[str]] = {
        "wards": [ward.id for ward in city().wards],
        "districts": [district.id for district in city().districts],
        "topics": [topic.id for topic in city().topics],
        "languages": ["ja", "ja-easy", "en"],
        "age_bands": [band.id for band in city().age_bands],
        "tags": ["volunteer", "pilot", "nobody's"],
    }
    yield Audience()
    for few in (1, 3, None):
        for name, ids in groups.items():
            yield Audience.model_validate({name: ids[:few]})
        yield Audience.model_validate({name: ids[:few] for name, ids in groups.items()})
    yield Audience.model_validate({"followed": RECENT})
    yield Audience.model_validate({"lists": [LIST]})
    yield NESTED
    yield Audience.model_validate({"not": NESTED.to_document(), "any": [{name: ids} for name, ids in groups.items()]})


def times(there: Roster, audience: Audience, urgent: bool) -> Iterator[float]:
    for _ in range(TIMES):
        began = time.perf_counter()
        there.size(audience, urgent)
        yield time.perf_counter() - began


TASKS: Mapping[str, Callable[..., float]] = {
    "seed": seed,
    "copy": copy,
    "read": read_roster,
    "cold": from_cold,
    "count": count,
    "freeze": freeze_everyone,
}

if __name__ == "__main__":
    task, *arguments = sys.argv[1:]
    found = TASKS[task](*arguments)
    print(json.dumps([found, peak()]))
