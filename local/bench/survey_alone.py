"""One thing done with a survey's answers in a process of its own: `python -m local.bench.survey_alone TASK PROJECT …`.

Prints a map of figures as JSON, with the peak of the process's memory in MiB.
"""

import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from threading import Event, Thread
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import xlsxwriter
from google.cloud.firestore import Client

from local.bench.answers import SURVEY, put, rows, ten_questions
from local.bench.process import peak, resident
from tsunagu.cloud.firestore import connect
from tsunagu.packs.fold import Fold
from tsunagu.packs.lean import unpacked
from tsunagu.packs.moment import Moment
from tsunagu.packs.shelf import Shelf, note
from tsunagu.residents.city import city
from tsunagu.surveys import store
from tsunagu.surveys.report.cross import cross
from tsunagu.surveys.report.look import Look, look
from tsunagu.surveys.report.sheets import Sheets
from tsunagu.surveys.report.tally import Sheet
from tsunagu.surveys.take.columns import Cells, columns, table
from tsunagu.surveys.take.kinds import KINDS
from tsunagu.surveys.take.xlsx import OPTIONS

Figures = dict[str, float]
AT_ONCE = 250  # notes written in one commit
ZONE = ZoneInfo("Asia/Tokyo")
CROSSED = ("q1", "age_band")
TIMES = 9  # that what is in memory is crossed
GLANCES = 0.05  # seconds between two looks at how much room is taken


def seed(project: str, number: str, notes: str) -> Figures:
    """So many answers in packs, and notes on some of them that no fold has seen: half are corrections, half are new."""
    db, definition = connect(project), ten_questions()
    packed = rows(definition, int(number))
    began = time.perf_counter()
    put(db, definition, packed)
    filled = time.perf_counter() - began
    change(db, packed["key"].to_list(), int(notes))
    return {"seconds": filled}


def changes(project: str, number: str) -> Figures:
    """Notes on so many more answers to what is there: all are new."""
    change(connect(project), [], int(number), seed=3)
    return {}


def change(db: Client, known: list[str], number: int, seed: int = 2) -> None:
    definition = ten_questions()
    chance = random.Random(seed)
    newer = rows(definition, number, seed)
    shelf = shelf_of(db)
    batch = db.batch()
    for place, row in enumerate(newer.iter_rows(named=True)):
        key = chance.choice(known) if known and place % 2 else row["key"]
        batch.set(*note(shelf, key, row["version"] + 10**15, row))
        if place % AT_ONCE == AT_ONCE - 1:
            batch.commit()
            batch = db.batch()
    batch.commit()


def fold(project: str) -> Figures:
    """Every note there is into the packs, as fold_responses does it."""
    run = Fold(shelf_of(connect(project)))
    began, busy = time.perf_counter(), time.process_time()
    for _ in run.steps():
        pass
    seconds, busy, found = time.perf_counter() - began, time.process_time() - busy, run.result
    return {
        "seconds": seconds,
        "cpu": busy,
        "merged": found.merged,
        "written": found.buckets_written,
        "deleted": found.deleted,
    }


def crossed(project: str) -> Figures:
    """The same two questions crossed by us and by pandas, from the bytes of the packs and from memory.

    `categories`: by pandas where whoever read the bytes has made categories of the words, which is not counted.
    """
    import pandas  # here, because no other task should have it in its memory

    shelf = shelf_of(connect(project))
    moment = Moment.now(shelf)
    lean = [pack.get("lean") for pack in moment.with_lean()]
    whole = [io.BytesIO(pack.get("rows")) for pack in moment.fetched(list(moment.packs), "rows")]
    definition, known, names = ten_questions(), city(), [f"a_{CROSSED[0]}", CROSSED[1]]

    began = time.perf_counter()
    sheet = Sheet(unpacked(shelf, lean, names), ZONE)
    found = cross(definition, sheet, None, CROSSED, known)
    ours = time.perf_counter() - began

    began = time.perf_counter()
    read = pandas.concat([pandas.read_feather(content, columns=names) for content in whole], ignore_index=True)
    theirs = pandas.crosstab(read[names[0]], read[names[1]])
    pandas_took = time.perf_counter() - began

    ((layer,), codes) = found.layers, found.columns.codes
    mine = {
        (row, code): cell.count
        for row, cells in zip(found.rows.codes, layer.cells, strict=True)
        for code, cell in zip(codes, cells, strict=True)
    }
    if mine != {(row, column): theirs.at[row, column] for row in theirs.index for column in theirs.columns}:
        raise RuntimeError("the two do not count the same")
    as_categories = read.astype("category")
    return {
        "ours": ours,
        "pandas": pandas_took,
        "ours, warm": median(timed(lambda: cross(definition, sheet, None, CROSSED, known))),
        "pandas, warm": median(timed(lambda: pandas.crosstab(read[names[0]], read[names[1]]))),
        "categories, warm": median(
            timed(lambda: as_categories.groupby(names, observed=False).size().unstack(fill_value=0))
        ),
    }


def asked(project: str, *addresses: str) -> Figures:
    """For each address the seconds from the answers, read before, to all the figures of its page."""
    sheets, took = Sheets(), {}
    for address in ("", *addresses):
        found = looked(project, address, sheets)
        _ = found.whole
        began = time.perf_counter()
        _ = found.report, found.crossed, found.other, found.other_crossed
        took[address] = time.perf_counter() - began
    return {address: took[address] for address in addresses}


def timed(work: Callable[[], object]) -> Iterator[float]:
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        yield time.perf_counter() - began


def take(project: str, kind: str) -> Figures:
    """A download, written as write_export writes it."""
    with tempfile.TemporaryDirectory() as folder, Room(Path(folder)) as room:
        tempfile.tempdir = folder
        path = Path(folder) / "taken"
        seen = looked(project)
        began = time.perf_counter()
        taken = KINDS[kind].write(path, seen, datetime.now(ZONE), lambda done, of: None)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": taken.responses, "room": room.most}


def xlsxwriter_alone(project: str) -> Figures:
    """The cells of the same answers, written one by one as XlsxWriter is meant to be used."""
    seen = looked(project)
    wanted = columns(seen.definition, seen.city, seen.zone)
    with tempfile.TemporaryDirectory() as folder, Room(Path(folder)) as room:
        began, written = time.perf_counter(), 0
        with xlsxwriter.Workbook(str(Path(folder) / "alone.xlsx"), {**OPTIONS, "tmpdir": folder}) as book:
            sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
            for frame in seen.pieces():
                for row in table(frame, wanted).iter_rows():
                    for at, (column, value) in enumerate(zip(wanted, row, strict=True)):
                        if value is None:
                            continue
                        if column.kind in (Cells.NAME, Cells.WORDS):
                            sheet.write_string(written, at, value)
                        elif column.kind in (Cells.DAY, Cells.MOMENT):
                            sheet.write_datetime(written, at, value, day)
                        else:
                            sheet.write_number(written, at, value)
                    written += 1
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": written, "room": room.most}


class Room(Thread):
    """The most, in MiB, that this process's memory and the files in a folder came to together."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.most, self._over = folder, 0.0, Event()

    def __enter__(self) -> "Room":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(GLANCES):
            self.most = max(self.most, resident() + sum(map(size, self.folder.rglob("*"))))


def size(path: Path) -> float:
    try:
        return path.stat().st_size / 2**20
    except FileNotFoundError:  # meanwhile
        return 0


def looked(project: str, address: str = "", sheets: Sheets | None = None) -> Look:
    found = look(connect(project), SURVEY, parse_qsl(address), city(), ZONE, datetime.now(ZONE), sheets=sheets)
    assert found is not None
    return found


def shelf_of(db: Client) -> Shelf:
    survey = store.get(db, SURVEY)
    assert survey is not None
    return store.responses_shelf(db, survey, store.readable(db, survey))


TASKS: Mapping[str, Callable[..., Figures]] = {
    "seed": seed,
    "changes": changes,
    "fold": fold,
    "asked": asked,
    "crossed": crossed,
    "take": take,
    "alone": xlsxwriter_alone,
}

if __name__ == "__main__":
    task, *arguments = sys.argv[1:]
    print(json.dumps({**TASKS[task](*arguments), "memory": peak()}))
