"""One thing done with a city's roster in a process of its own: `python -m local.bench.alone TASK PROJECT …`.

Prints its seconds and the peak of the process's memory in MiB, as JSON.
"""

import json
import resource
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from google.cloud.firestore import Client

from tsunagu.broadcasts.audience import DECIDES, Audience
from tsunagu.broadcasts.definition import Definition, Today
from tsunagu.broadcasts.freeze import freeze
from tsunagu.broadcasts.rules import Kind
from tsunagu.broadcasts.schedule import schedule
from tsunagu.cloud.definitions import loads
from tsunagu.cloud.firestore import connect
from tsunagu.packs.fill import fill
from tsunagu.packs.lists import Numbered, numbered
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
    """The packs of a city, without its residents' documents, into a project that has none."""
    began = time.perf_counter()
    fill(residents_shelf(connect(other)), read(residents_shelf(connect(project))))
    return time.perf_counter() - began


def read_roster(project: str) -> float:
    """From connecting to a roster that audiences can be counted in."""
    began = time.perf_counter()
    roster(connect(project))
    return time.perf_counter() - began


def count(project: str) -> float:
    """The slowest of many audiences, each by the median of its times."""
    there = roster(connect(project))
    return max(median(times(there, audience, kind)) for audience in audiences() for kind in Kind)


def freeze_everyone(project: str) -> float:
    """As run_due_work does it, which reads the roster for it."""
    db = connect(project)
    definition = loads(EVERYONE, Definition, context=Today(city(), datetime.now(UTC), ZoneInfo("Asia/Tokyo")))
    broadcast = schedule(db, definition, "bench", datetime.now(UTC))
    began = time.perf_counter()
    frozen = freeze(db, broadcast, lambda: datetime.now(UTC))
    seconds = time.perf_counter() - began
    if frozen is None or not frozen.audience:
        raise RuntimeError("nobody was frozen")
    return seconds


def roster(db: Client) -> Numbered:
    return numbered(read(residents_shelf(db), DECIDES))


def audiences() -> Iterator[Audience]:
    """From everyone to a name of each kind to all names there are."""
    groups: Mapping[str, list[str]] = {
        "wards": [ward.id for ward in city().wards],
        "districts": [district.id for district in city().districts],
        "topics": [topic.id for topic in city().topics],
        "languages": ["ja", "ja-easy", "en"],
    }
    yield Audience()
    for few in (1, 3, None):
        for name, ids in groups.items():
            yield Audience.model_validate({name: ids[:few]})
        yield Audience.model_validate({name: ids[:few] for name, ids in groups.items()})


def times(there: Numbered, audience: Audience, kind: Kind) -> Iterator[float]:
    for _ in range(TIMES):
        began = time.perf_counter()
        there.rows.select(audience.of(kind, there).sum()).item()
        yield time.perf_counter() - began


def peak() -> float:
    """MiB. Linux's ru_maxrss begins with what the parent had; macOS has no /proc, and counts in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


TASKS: Mapping[str, Callable[..., float]] = {
    "seed": seed,
    "copy": copy,
    "read": read_roster,
    "count": count,
    "freeze": freeze_everyone,
}

if __name__ == "__main__":
    task, *arguments = sys.argv[1:]
    found = TASKS[task](*arguments)
    print(json.dumps([found, peak()]))
