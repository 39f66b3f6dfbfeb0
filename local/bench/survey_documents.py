"""The truth, a document a response, and its recount by pandas: `python -m local.bench.survey_documents TASK …`."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas
import polars as pl

from local.bench.answers import BEGAN, SURVEY, rows, ten_questions
from tsunagu.cloud.firestore import connect
from tsunagu.packs.fill import fill
from tsunagu.residents.city import city
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Definition, Multiple, Scale, Single
from tsunagu.surveys.report.look import look
from tsunagu.surveys.rows import Said, pack_schema, packed_row
from tsunagu.surveys.rules import Response, State

AT_ONCE = 500  # responses in one commit
KINDS = {Said.GIVEN: Kind.GIVEN, Said.SKIPPED: Kind.SKIPPED}
ZONE = ZoneInfo("Asia/Tokyo")

Found = dict[str, float]


def documents(project: str, number: str) -> Found:
    """So many responses as documents, and in packs what those would be folded into.

    Not folded: with so many documents in the project the emulator would take half an hour.
    """
    db, definition = connect(project), ten_questions()
    store.put(db, definition)
    store.become(db, definition.id, State.OPEN, BEGAN)
    survey = store.get(db, definition.id)
    assert survey is not None
    began, batch, packed = time.perf_counter(), db.batch(), []
    for place, row in enumerate(rows(definition, int(number)).iter_rows(named=True), start=1):
        answered = response(definition, row)
        batch.set(store.response_reference(db, survey, row["key"]), store.truth_of(definition, answered))
        packed.append(packed_row(definition, row["key"], answered))
        if place % AT_ONCE == 0:
            batch.commit()
            batch = db.batch()
    batch.commit()
    seconds = time.perf_counter() - began
    fill(store.responses_shelf(db, survey), pl.DataFrame(packed, schema=pack_schema(definition)))
    return {"seconds": seconds}


def response(definition: Definition, row: dict[str, Any]) -> Response:
    at = int(row["started_at"].timestamp() * 1000)
    answers = {}
    for question in definition.asked:
        said = row[f"s_{question.id}"]
        if said is not None:
            value = row[f"a_{question.id}"]
            answers[question.id] = Answer(KINDS[Said(said)], value if value is None else written(value), at, "e", at)
    traits = {name: row[name] for name in ("ward", "district", "age_band", "language", "started_at", "version")}
    return Response(answers, **traits)


def written(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def recount(project: str) -> Found:
    """Every document read and counted by pandas, against the report of the packs."""
    db = connect(project)
    began = time.perf_counter()
    shown = look(db, SURVEY, [], city(), ZONE, datetime.now(UTC))
    assert shown is not None
    ours = shown.report
    report = time.perf_counter() - began
    survey = store.get(db, SURVEY)
    assert survey is not None
    began, differ = time.perf_counter(), 0
    truth = [each.to_dict() or {} for each in store.reference(db, SURVEY).collection(store.RESPONSES).stream()]
    for counted in ours.questions:
        id, question = counted.question.id, counted.question
        kinds = pandas.Series([each["answers"].get(id, {}).get("kind", "open") for each in truth]).value_counts()
        differ += counted.given != kinds.get("given", 0)
        differ += counted.skipped != kinds.get("skipped", 0)
        differ += counted.blank != kinds.get("open", 0)
        if isinstance(question, Single | Multiple | Scale):
            values = pandas.Series([each["answers"].get(id, {}).get("value") for each in truth]).explode()
            numbers = Counter({str(code): int(number) for code, number in values.value_counts().items()})
            differ += sum(numbers[row.code] != row.count for row in counted.rows)
    differ += len(truth) != ours.answered
    return {"documents": len(truth), "seconds": time.perf_counter() - began, "report": report, "differ": int(differ)}


if __name__ == "__main__":
    tasks: Mapping[str, Callable[..., Found]] = {"documents": documents, "recount": recount}
    task, *arguments = sys.argv[1:]
    print(json.dumps(tasks[task](*arguments)))
