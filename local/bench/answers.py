"""A survey of ten questions and as many invented answers to it as a bench asks for, packed; nobody's words.

Made column by column, because a million responses that walk through their questions would take half an hour.
"""

import random
from base64 import b32encode
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from google.cloud import firestore

from tsunagu.packs.fill import fill
from tsunagu.residents.city import city
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rows import Said, pack_schema
from tsunagu.surveys.rules import State

BEGAN = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
DAYS = 20
SURVEY = "bench"
FILLED = 0.3  # of all write something in their own words
SUBJECTS = (
    "公園",
    "図書館",
    "ごみの収集",
    "保育所",
    "夜間の診療",
    "バスの本数",
    "避難所",
    "道路の段差",
    "街灯",
    "窓口",
)
WISHES = (
    "をもっと増やしてほしい",
    "が助かっています",
    "の案内が分かりにくい",
    "について相談したい",
    "は今のままでよい",
)
PLACES = ("家の近く", "駅前", "学校のまわり", "川沿い", "職場の近く", "商店街")


def ten_questions(id: str = SURVEY) -> Definition:
    def question(id: str, type: str, **more: Any) -> dict[str, Any]:
        return {"id": id, "type": type, "text": {"ja": f"質問 {id}", "en": f"Question {id}"}, **more}

    def options(number: int) -> list[dict[str, Any]]:
        return [{"id": f"o{n}", "text": {"ja": f"選択肢 {n}", "en": f"Option {n}"}} for n in range(1, number + 1)]

    return Definition.model_validate(
        {
            "id": id,
            "title": {"ja": "市民アンケート", "en": "Residents' survey"},
            "questions": [
                question("q1", "single", options=options(4)),
                question("q2", "single", options=options(6)),
                question("q3", "single", options=options(3)),
                question("q4", "multiple", options=options(8)),
                question("q5", "multiple", options=options(5), required=False),
                question("q6", "scale"),
                question("q7", "scale", min=0, max=10, nps=True),
                question("q8", "number", min=0, max=120),
                question("q9", "date", required=False),
                question("q10", "text", required=False),
            ],
        }
    )


def rows(definition: Definition, number: int, seed: int = 1) -> pl.DataFrame:
    """Packed rows of so many who finished; one in fifty stopped at the last question."""
    chance = random.Random(seed)
    known = city()
    started = [BEGAN + timedelta(seconds=chance.randrange(DAYS * 86_400)) for _ in range(number)]
    stopped = [chance.random() < 1 / 50 for _ in range(number)]
    columns: dict[str, Any] = {
        "key": [b32encode(chance.randbytes(17)).decode().lower()[:26] for _ in range(number)],
        "version": [int(at.timestamp() * 1e6) + 90_000_000 for at in started],
        "edition": [1] * number,
        "ward": chance.choices([ward.id for ward in known.wards], k=number),
        "district": chance.choices([district.id for district in known.districts], k=number),
        "age_band": chance.choices([band.id for band in known.age_bands], k=number),
        "language": chance.choices(["ja", "ja-easy", "en"], [90, 7, 3], k=number),
        "started_at": started,
        "finished_at": [
            None if stops else at + timedelta(seconds=chance.randint(40, 600))
            for at, stops in zip(started, stopped, strict=True)
        ],
        "waits_at": ["q10" if stops else None for stops in stopped],
    }
    for question in definition.asked:
        columns[f"a_{question.id}"], columns[f"s_{question.id}"] = _answers(question, number, chance)
    said = [None if stops else code for stops, code in zip(stopped, columns["s_q10"], strict=True)]
    columns["s_q10"] = said
    columns["a_q10"] = [
        words if code == Said.GIVEN else None for words, code in zip(columns["a_q10"], said, strict=True)
    ]
    return pl.DataFrame(columns, schema=pack_schema(definition))


def put(db: firestore.Client, definition: Definition, packed: pl.DataFrame) -> None:
    """The survey, open, with these in its packs."""
    store.put(db, definition)
    store.become(db, definition.id, State.OPEN, BEGAN)
    survey = store.get(db, definition.id)
    assert survey is not None
    fill(store.responses_shelf(db, survey), packed)


def _answers(question: Any, number: int, chance: random.Random) -> tuple[list[Any], list[int]]:
    given = [int(Said.GIVEN)] * number
    match question.type:
        case "single":
            ids = [option.id for option in question.options]
            return chance.choices(ids, range(len(ids), 0, -1), k=number), given
        case "multiple":
            ids = [option.id for option in question.options]
            some = [sorted(chance.sample(ids, chance.randint(1, 4))) for _ in range(2_000)]
            return _or_skipped(chance.choices(some, k=number), chance, 0 if question.required else 0.1)
        case "scale":
            return chance.choices(range(question.min, question.max + 1), k=number), given
        case "number":
            return [float(chance.randint(0, 100)) for _ in range(number)], given
        case "date":
            days = [date(1950, 1, 1) + timedelta(days=day) for day in range(25_000)]
            return _or_skipped(chance.choices(days, k=number), chance, 0.2)
    words = [f"{place}の{subject}{wish}。" for place in PLACES for subject in SUBJECTS for wish in WISHES]
    more = [f"{first}{second}" for first, second in zip(words, reversed(words), strict=True)]
    numbered = [f"{each}（{number}回目）" for number in range(1, 21) for each in (*words, *more)]
    return _or_skipped(chance.choices(numbered, k=number), chance, 1 - FILLED)


def _or_skipped(values: list[Any], chance: random.Random, share: float) -> tuple[list[Any], list[int]]:
    skipped = [chance.random() < share for _ in values]
    return (
        [None if skips else value for value, skips in zip(values, skipped, strict=True)],
        [int(Said.SKIPPED if skips else Said.GIVEN) for skips in skipped],
    )
