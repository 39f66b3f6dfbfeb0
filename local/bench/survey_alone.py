"""One thing done with a survey's answers in a process of its own: `python -m local.bench.survey_alone TASK PROJECT …`.

Prints a map of figures as JSON, with the peak of the process's memory in MiB.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Mapping

from google.cloud.firestore import Client

from local.bench.alone import peak
from local.bench.answers import SURVEY, put, rows, ten_questions
from tsunagu.cloud.firestore import connect
from tsunagu.packs.fold import Fold
from tsunagu.packs.shelf import Shelf, note
from tsunagu.surveys import store

Figures = dict[str, float]
AT_ONCE = 250  # notes written in one commit


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
    batch.commit()


def fold(project: str) -> Figures:
    """Every note there is into the packs, as fold_responses does it."""
    run = Fold(shelf_of(connect(project)))
    began = time.perf_counter()
    for _ in run.steps():
        pass
    seconds, found = time.perf_counter() - began, run.result
    return {"seconds": seconds, "merged": found.merged, "written": found.buckets_written, "deleted": found.deleted}


def shelf_of(db: Client) -> Shelf:
    survey = store.get(db, SURVEY)
    assert survey is not None
    return store.responses_shelf(db, survey, store.readable(db, survey))


TASKS: Mapping[str, Callable[..., Figures]] = {"seed": seed, "changes": changes, "fold": fold}

if __name__ == "__main__":
    task, *arguments = sys.argv[1:]
    print(json.dumps({**TASKS[task](*arguments), "memory": peak()}))
