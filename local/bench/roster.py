"""The roster at 730,000 residents and at a hundredth and a tenth of that: seeded, read, counted in, frozen.

Each figure comes from fresh processes that do only that, in rounds over all sizes, by the median; seeding is the real
`python -m local seed`, documents and roster, once a size. All of it takes three minutes on two free cores.

Firestore's emulator looks through all documents of a project for every query, a quarter of a second at 730,000 even
when it finds none; Firestore itself looks at what it gives. So the roster is read, counted in and frozen in a project
that holds the packs of the seeded city and not its residents' documents. What reading takes beside those is reported.

Linear or better: the time for one resident does not rise by more than `RISES` from one size to the next.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from local.bench import process
from local.bench.figure import Figure, Tell, at_most, reported
from local.city import Hosts, Wish, city
from local.emulators import CITY_HEAP, emulators

BESIDE = "beside"
WHAT = {
    "seed": "seed",
    "read": "read the roster, packs alone in the project",
    "cold": "size of an audience from cold",
    "count": "size of an audience, packs in memory",
    "freeze": "freeze all",
    BESIDE: "read the roster beside all documents",
}
ASKED = {"read": 0.5, "cold": 1.0, "count": 0.020, "freeze": 1.5}  # seconds at CITY residents
CITY = 730_000
RISES = 1.25  # what is noise


@dataclass(frozen=True)
class Size:
    residents: tuple[int, ...] = (7_300, 73_000, CITY)
    rounds: int = 5
    heap: str = CITY_HEAP


@dataclass(frozen=True)
class Cost:
    seconds: float
    memory: float  # MiB


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    with ExitStack() as stack:
        running = stack.enter_context(emulators(size.heap))
        hosts = Hosts(running.firestore.host, running.pubsub.host)
        for residents in size.residents:
            wish = Wish(project(residents), services=frozenset(), tick=None, hosts=hosts)
            stack.enter_context(city(wish, tell))
        costs: dict[tuple[str, int], Cost] = {}
        for residents in size.residents:
            tell(f"seeding {residents:,}")
            seeded = project(residents)
            costs["seed", residents] = alone("seed", seeded, str(residents))
            alone("copy", seeded, packs_of(seeded))
            yield from figures("seed", residents, costs["seed", residents])
        tasks = [*ASKED, BESIDE]
        rounds: dict[tuple[str, int], list[Cost]] = {(task, n): [] for task in tasks for n in size.residents}
        for number in range(size.rounds):
            tell(f"round {number + 1} of {size.rounds}")
            for (task, residents), found in rounds.items():
                seeded = project(residents)
                found.append(alone("read", seeded) if task == BESIDE else alone(task, packs_of(seeded)))
        for (task, residents), found in rounds.items():
            cost = Cost(median(one.seconds for one in found), max(one.memory for one in found))
            costs[task, residents] = cost
            yield from figures(task, residents, cost)
        for residents in size.residents:
            after = costs["freeze", residents].seconds - costs["read", residents].seconds
            yield reported(f"freeze all, less reading the roster, {residents:,}", after, "s")
        for task in ("seed", *ASKED):
            for few, many in pairwise(size.residents):
                growth = (costs[task, many].seconds / many) / (costs[task, few].seconds / few)
                yield at_most(f"{WHAT[task]}, time a resident, {few:,} → {many:,}", growth, "ratio", RISES)


def figures(task: str, residents: int, cost: Cost) -> Iterator[Figure]:
    name, factor, unit = f"{WHAT[task]}, {residents:,}", *((1000, "ms") if task == "count" else (1, "s"))
    figure = cost.seconds * factor
    if task in ASKED and residents == CITY:
        yield at_most(name, figure, unit, ASKED[task] * factor)
    else:
        yield reported(name, figure, unit)
    yield reported(f"{name}: peak memory", cost.memory, "MiB")


def alone(task: str, where: str, *arguments: str) -> Cost:
    return Cost(*process.alone("local.bench.alone", task, where, *arguments))


def project(residents: int) -> str:
    return f"bench-{residents}"


def packs_of(seeded: str) -> str:
    """The project with its packs alone."""
    return f"{seeded}-packs"
