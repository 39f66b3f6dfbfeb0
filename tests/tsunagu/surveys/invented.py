"""A survey with every kind of question, and as many invented answers to it as a test asks for."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from google.cloud import firestore

from tsunagu.packs.fill import fill
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.checks.definition import problems
from tsunagu.surveys.definition import Asking, Definition
from tsunagu.surveys.rows import pack_schema, packed_row
from tsunagu.surveys.rules import Response, State, path

BEGAN = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
LONG = (
    "小学校入学前のお子さんを平日の日中に預けられる保育所や認定こども園、幼稚園などの"
    + "施設が、自宅や職場の近くに十分にあること"
)  # 60 characters
WORDS = [
    "公園にもっと日陰がほしいです。夏は遊具が熱くて使えません。",
    "夜間の小児科がもっと近くにあると安心です。",
    "=1+1",
    "＝SUM(A1:A9) から始まる文も、そのまま届きます",
    "@市役所 手続きがスマートフォンで終わるようになって助かりました😊",
    "The forms should be available in English, please.",
    "一行目\n二行目\n三行目",
    'かぎかっこと"引用符"、カンマ,タブ\tも',
    "-5歳から申し込めるとよい",
]


def definition(anonymous: bool = False, id: str = "kosodate-2026") -> Definition:
    """Branching: who has no children skips to q6; q3, q5 and q7 are optional."""
    written = {
        "id": id,
        "title": {"ja": "子育て支援に関するアンケート 2026", "en": "Child-care survey 2026"},
        "opens": "2026-11-01T09:00",
        "closes": "2026-12-01T17:00",
        "anonymity": "anonymous" if anonymous else "confidential",
        "questions": [
            {
                "id": "q1",
                "type": "single",
                "text": {"ja": "お子さんと一緒に住んでいますか", "en": "Do children live with you?"},
                "options": [
                    {"id": "preschool", "text": {"ja": "はい（小学校入学前）", "en": "Yes, below school age"}},
                    {"id": "school", "text": {"ja": "はい（小学生以上）", "en": "Yes, of school age"}},
                    {"id": "none", "text": {"ja": "いいえ", "en": "No"}, "next": "q6"},
                ],
            },
            {
                "id": "q2",
                "type": "multiple",
                "text": {
                    "ja": "子育てのために、市がいちばん力を入れるべきだと思うものを、あてはまるだけ選んでください",
                    "en": "What should the city put most effort into? Choose all that apply.",
                },
                "options": [
                    {"id": "places", "text": {"ja": LONG, "en": "Enough day care near home or work"}},
                    {"id": "doctor", "text": {"ja": "夜間・休日の小児科", "en": "Doctors at night and on holidays"}},
                    {"id": "park", "text": {"ja": "公園", "en": "Parks"}},
                    {"id": "money", "text": {"ja": "医療費や給食費などの経済的な支援", "en": "Help with costs"}},
                    {"id": "forms", "text": {"ja": "手続きのオンライン化", "en": "Forms online"}},
                ],
            },
            {
                "id": "q3",
                "type": "scale",
                "required": False,
                "text": {"ja": "市の子育て支援に満足していますか", "en": "Are you content with the city's support?"},
                "min": 1,
                "max": 5,
                "labels": {
                    "min": {"ja": "とても不満", "en": "not at all"},
                    "max": {"ja": "とても満足", "en": "very"},
                },
            },
            {
                "id": "q4",
                "type": "number",
                "text": {"ja": "お子さんは何人ですか", "en": "How many children do you have?"},
                "min": 1,
                "max": 12,
                "unit": {"ja": "人", "en": ""},
            },
            {
                "id": "q5",
                "type": "date",
                "required": False,
                "text": {"ja": "いちばん下のお子さんの誕生日", "en": "When was your youngest child born?"},
            },
            {
                "id": "q6",
                "type": "number",
                "text": {"ja": "最寄りの公園まで歩いて何分かかりますか", "en": "Minutes on foot to the nearest park"},
                "min": 0,
                "unit": {"ja": "分", "en": ""},
            },
            {
                "id": "q7",
                "type": "text",
                "required": False,
                "text": {"ja": "ご意見があればお書きください", "en": "Anything else you would like to tell us?"},
            },
        ],
    }
    made = Definition.model_validate(written)
    assert list(problems(made)) == []
    return made


def rows(definition: Definition, number: int, seed: int = 1) -> pl.DataFrame:
    """Packed rows of `number` respondents, some of whom stopped on the way."""
    chance = random.Random(seed)
    made = [packed_row(definition, _name(chance), _response(definition, chance)) for _ in range(number)]
    return pl.DataFrame([row for row in made if row], schema=pack_schema(definition))


def put(db: firestore.Client, definition: Definition, packed: pl.DataFrame, state: State = State.OPEN) -> None:
    """The survey, with these answers in its packs."""
    store.put(db, definition)
    if state is not State.DRAFT:
        store.become(db, definition.id, State.OPEN, BEGAN)
    if state is State.CLOSED:
        store.become(db, definition.id, State.CLOSED, BEGAN + timedelta(days=30))
    survey = store.get(db, definition.id)
    assert survey is not None
    fill(store.responses_shelf(db, survey), packed)


def invite(db: firestore.Client, survey: str, audience: int) -> None:
    db.collection("broadcasts").document(f"invite-{survey}").set({"survey": survey, "audience": audience})


def _name(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))


def _response(definition: Definition, chance: random.Random) -> Response:
    begun = BEGAN + timedelta(minutes=chance.randint(0, 30 * 24 * 60))
    response = Response(
        ward=chance.choice(["chuo", "higashi", "nishi", "minami", "kita"]),
        district=chance.choice(["sekidai", "shirakawa", None]),
        age_band=chance.choice(["20s", "30s", "40s", None]),
        language=chance.choice(["ja", "ja", "ja-easy", "en"]),
        started_at=begun,
    )
    answers: dict[str, Answer] = {}
    steps = 99 if chance.random() < 0.85 else chance.randint(1, 4)
    at = int(begun.timestamp() * 1000)
    while (question := path(definition, answers, response.attributes).next) and len(answers) < steps:
        at += chance.randint(3_000, 40_000)
        skips = not question.required and chance.random() < 0.3
        kind = Kind.SKIPPED if skips else Kind.GIVEN
        value = None if skips else _value(question, chance)
        answers[question.id] = Answer(kind, value, at, f"event-{at}", at)
    return replace(response, answers=answers, version=at * 1000)


def _value(question: Asking, chance: random.Random) -> Any:
    match question.type:
        case "single":
            return chance.choices([option.id for option in question.options], [4, 3, 2])[0]
        case "multiple":
            odds = [0.7, 0.45, 0.3, 0.55, 0.08]
            chosen = [option.id for option, odd in zip(question.options, odds, strict=True) if chance.random() < odd]
            return chosen or [question.options[0].id]
        case "scale":
            return chance.choices([1, 2, 3, 4, 5], [1, 2, 4, 5, 2])[0]
        case "number":
            return min(6, 1 + int(chance.expovariate(1))) if question.id == "q4" else int(chance.gammavariate(3, 4))
        case "date":
            return (date(2024, 1, 1) + timedelta(days=chance.randint(0, 700))).isoformat()
    return chance.choice(WORDS)
