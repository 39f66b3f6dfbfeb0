"""A survey of ten questions with a million answers: its report, a cross-tab beside pandas, downloads, folds, a recount.

Each figure comes from fresh processes that do only that. The page is that of the real survey_report over HTTP, killed
before every round. A further filter's page begins by asking the database which packs and notes have changed, which for
2,000 notes takes Firestore's emulator, on the same two cores, longer than everything is counted in: both are told.
In a fold, too, each query makes the emulator look through all notes, where Firestore looks at what it gives.
All of it takes ten minutes on two quiet cores, most of an hour on busy ones; the fold and the writing of documents take
half of that.
"""

import http.client
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from local.bench.answers import SURVEY
from local.bench.figure import Figure, Tell, at_least, at_most, reported
from local.bench.process import alone, peak
from local.city import City, Wish, city
from local.emulators import CITY_HEAP
from tsunagu.cloud.identity import HEADER

TASKS, TRUTH = "local.bench.survey_alone", "local.bench.survey_documents"
MANY, FEW, RECOUNTED = "bench-surveys", "bench-surveys-few", "bench-surveys-recount"  # projects
WRITE, DELETE = 0.115 / 100_000, 0.013 / 100_000  # dollars a document, Tokyo
FURTHER = (
    "ward=chuo",
    "a.q1=o1&a.q6=4&a.q6=5",
    "a.q4=o3&a.q4=o8",
    "min.q8=30&max.q8=59&s.q9=given",
    "from=2026-11-03&to=2026-11-16",
    "language=en&vs.ward=kita",
    "cross=q1&cross=ward",
    "cross=q2&cross=q6&cross=age_band",
    "ward=higashi&cross=q4&cross=q8",
)


@dataclass(frozen=True)
class Size:
    responses: int = 1_000_000
    notes: int = 2_000  # that no fold has seen
    changes: int = 100_000  # to fold
    few: int = 100_000  # rows of a workbook that XlsxWriter writes too, and documents that are recounted
    rounds: int = 5
    heap: str = CITY_HEAP


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    wish = Wish(MANY, services=frozenset({"survey_report"}), tick=None, heap=size.heap)
    with city(wish, tell) as there:
        tell(f"inventing {size.responses:,} answers")
        alone(TASKS, "seed", MANY, str(size.responses), str(size.notes))
        yield from _page(there, tell, size)
        yield from _crossed(tell, size)
        yield from _taken(tell, size)
        yield from _folded(tell, size)
        yield from _recounted(tell, size)


def _page(there: City, tell: Tell, size: Size) -> Iterator[Figure]:
    starts, firsts, peaks, counted = [], [], [], []
    further: dict[str, list[float]] = {query: [] for query in FURTHER}
    for number in range(size.rounds):
        tell(f"page, round {number + 1} of {size.rounds}")
        starts.append(_anew(there))
        firsts.append(_asked(there, ""))
        peaks.append(_memory(there))
        for query, took in further.items():
            took.append(_asked(there, f"?{query}"))
        counted.append(alone(TASKS, "asked", MANY, *FURTHER))
    yield reported("a new process, until it listens", median(starts), "s")
    yield at_most("page: first byte in a new process", median(firsts), "s", 1.5)
    yield at_most("page: peak memory of that process", max(peaks), "MiB", 512)
    slowest = max(median(each[query] for each in counted) for query in FURTHER)
    yield at_most("a further filter or cross-tab counted: the slowest of nine", slowest, "s", 0.1)
    pages = median(median(took) for took in further.values())
    yield reported("a further filter or cross-tab as a page: the usual one", pages, "s")


def _crossed(tell: Tell, size: Size) -> Iterator[Figure]:
    rounds = []
    for number in range(size.rounds):
        tell(f"cross-tab, round {number + 1} of {size.rounds}")
        rounds.append(alone(TASKS, "crossed", MANY))
    of = {name: median(found[name] for found in rounds) for name in rounds[0]}
    yield reported("a cross-tab from stored bytes", of["ours"], "s")
    yield reported("the same, in memory", of["ours, warm"] * 1000, "ms")
    yield at_least("pandas / ours, from stored bytes", of["pandas"] / of["ours"], "ratio", 3)
    yield at_least("pandas / ours, in memory", of["pandas, warm"] / of["ours, warm"], "ratio", 20)
    yield reported("pandas on categories / ours, in memory", of["categories, warm"] / of["ours, warm"], "ratio")


def _taken(tell: Tell, size: Size) -> Iterator[Figure]:
    tell("CSV")
    csv = [alone(TASKS, "take", MANY, "csv") for _ in range(size.rounds)]
    yield at_least("CSV", median(each["rows"] / each["seconds"] for each in csv), "rows/s", 300_000)
    yield at_most("CSV: peak memory", max(each["memory"] for each in csv), "MiB", 256)
    tell("XLSX")
    whole = alone(TASKS, "take", MANY, "xlsx")
    yield reported("XLSX of all", whole["seconds"], "s")
    yield at_most("XLSX of all: memory and temporary files", whole["room"], "MiB", 2048)
    tell(f"XLSX beside XlsxWriter, {size.few:,} answers")
    alone(TASKS, "seed", FEW, str(size.few), "0")
    ratios = []
    for _ in range(min(size.rounds, 2)):
        ours, theirs = alone(TASKS, "take", FEW, "xlsx"), alone(TASKS, "alone", FEW)
        ratios.append(ours["seconds"] / theirs["seconds"])
    yield at_most(f"XLSX, {size.few:,}: ours / XlsxWriter alone", median(ratios), "ratio", 1.1)
    for kind in ("pdf", "json"):
        tell(kind.upper())
        yield reported(f"{kind.upper()} of all", alone(TASKS, "take", MANY, kind)["seconds"], "s")


def _folded(tell: Tell, size: Size) -> Iterator[Figure]:
    tell(f"folding {size.changes:,} changes")
    alone(TASKS, "fold", MANY)  # what the page had to lay over its packs
    alone(TASKS, "changes", MANY, str(size.changes))
    found = alone(TASKS, "fold", MANY)
    name = f"fold of {size.changes:,} changes"
    yield reported(name, found["seconds"], "s")
    yield reported(f"{name}: CPU of the fold itself", found["cpu"], "s")
    yield reported(f"{name}: packs written", found["written"], "writes")
    yield reported(f"{name}: notes deleted", found["deleted"], "deletes")
    yield reported(f"{name}: peak memory", found["memory"], "MiB")
    # Each answer writes the response and its note; at most one note of each is deleted, and each has a share in packs.
    an_answer = (2 + found["written"] / found["merged"]) * WRITE + DELETE
    yield reported("a million answers: responses, notes, packs", an_answer * 1_000_000, "dollars")


def _recounted(tell: Tell, size: Size) -> Iterator[Figure]:
    tell(f"recounting {size.few:,} documents")
    found = alone(TRUTH, "documents", RECOUNTED, str(size.few))
    yield reported(f"writing {size.few:,} responses", found["seconds"], "s")
    found = alone(TRUTH, "recount", RECOUNTED)
    yield reported(f"recount of {found['documents']:,.0f} documents with pandas", found["seconds"], "s")
    yield reported("the report of the same", found["report"], "s")
    yield at_most("numbers in which the two differ", found["differ"], "numbers", 0)


def _anew(there: City) -> float:
    """Kill the process; the seconds until the next one listens and has imported all. It has not been asked anything."""
    before = there.function("survey_report").starts
    there.kill("survey_report")
    began = time.monotonic()
    while there.function("survey_report").starts == before:
        time.sleep(0.01)
    while True:
        try:
            _get(there, "/robots.txt")  # answered by the framework
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
        else:
            return time.monotonic() - began


def _asked(there: City, query: str) -> float:
    seconds, status = _get(there, f"/surveys/{SURVEY}{query}")
    if status != 200:
        raise RuntimeError(f"the page answered {status} to {query}")
    return seconds


def _get(there: City, path: str) -> tuple[float, int]:
    """Seconds to the first byte, and the status."""
    server = urlsplit(there.function("survey_report").url)
    assert server.hostname is not None
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
    try:
        began = time.perf_counter()
        connection.request("GET", path, headers={HEADER: there.tokens["analyst"]})
        answer = connection.getresponse()
        seconds = time.perf_counter() - began
        answer.read()
    finally:
        connection.close()
    return seconds, answer.status


def _memory(there: City) -> float:
    """Of the largest process in the function's group."""
    groups = there.function("survey_report").pids
    found = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal()]
    return max(peak(pid) for pid in found if _group(pid) in groups)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
