"""A survey with every kind of question there is, and random people who answer it, or any other, to some point."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.checks.definition import problems
from tsunagu.surveys.definition import (
    Asking,
    Date,
    DateTime,
    Definition,
    Location,
    Multiple,
    Number,
    Photo,
    Scale,
    Single,
    Text,
    Time,
    Ward,
)
from tsunagu.surveys.rows import pack_schema, packed_row
from tsunagu.surveys.rules import Response, path

BEGAN = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
WARDS = ["chuo", "higashi", "nishi", "minami", "kita"]
WORDS = ["公園に日陰がほしいです", "=1+1", "一行目\n二行目", "絵文字😊と𠮷野家", "Please, in English", "-5歳", 'a,"b"']


def definition(id: str = "every-kind", **changed: Any) -> Definition:
    """`use` = never skips `why`…`nps`; `age` is asked in two wards only; `other` words, declining, skipping."""

    def words(ja: str, en: str) -> dict[str, str]:
        return {"ja": ja, "en": en}

    def option(id: str, ja: str, en: str, **more: Any) -> dict[str, Any]:
        return {"id": id, "text": words(ja, en), **more}

    def question(id: str, type: str, ja: str, en: str, **more: Any) -> dict[str, Any]:
        return {"id": id, "type": type, "text": words(ja, en), **more}

    written = {
        "id": id,
        "title": words("すべての種類", "Every kind"),
        "sections": [{"id": "s1", "title": words("利用", "Use")}, {"id": "s2", "title": words("その他", "More")}],
        "questions": [
            question("hello", "notice", "はじめに", "To begin with", section="s1"),
            question(
                "use",
                "single",
                "使いますか",
                "Do you use it?",
                section="s1",
                shuffle=True,
                decline=True,
                options=[
                    option("often", "よく使う", "Often"),
                    option("never", "使わない", "Never", next="born"),
                    option("other", "その他", "Other", other=True),
                ],
            ),
            question(
                "why",
                "multiple",
                "「{use}」の理由",
                "Why {use}?",
                section="s1",
                required=False,
                most=2,
                options=[
                    option("near", "近い", "Near"),
                    option("cheap", "安い", "Cheap"),
                    option("none", "ない", "None", exclusive=True),
                    option("other", "その他", "Other", other=True),
                ],
            ),
            question("content", "scale", "満足度", "Content?", section="s1"),
            question("nps", "scale", "すすめますか", "Recommend?", section="s1", min=0, max=10, nps=True, decline=True),
            question("born", "date", "誕生日", "Born?", section="s2", required=False),
            question("when", "time", "何時ごろ", "At what time?", section="s2"),
            question("visit", "datetime", "来庁日時", "Next visit?", section="s2", required=False),
            question(
                "age",
                "number",
                "年齢",
                "Age?",
                section="s2",
                min=0,
                max=120,
                unit=words("歳", "years"),
                when={"attribute": "ward", "is": ["chuo", "kita"]},
            ),
            question("ward", "ward", "区", "Ward?", section="s2"),
            question("district", "district", "校区", "District?", section="s2", required=False),
            question("place", "location", "場所", "Where?", section="s2", required=False),
            question("photo", "photo", "写真", "A photo?", section="s2", required=False),
            question(
                "more",
                "text",
                "ご意見",
                "Anything else?",
                section="s2",
                required=False,
                when={"not": {"answer": "content", "from": 5}},
            ),
        ],
        **changed,
    }
    made = Definition.model_validate(written)
    assert [] == list(problems(made))
    return made


def response(definition: Definition, chance: random.Random) -> Response:
    """Somebody who answers at random; one in six stops on the way."""
    begun = BEGAN + timedelta(seconds=chance.randint(0, 20 * 24 * 3600))
    who = Response(
        ward=chance.choice([*WARDS, None]),
        district=chance.choice(["sekidai", "shirakawa", None]),
        age_band=chance.choice(["20s", "30s", "40s", None]),
        language=chance.choice(["ja", "ja", "ja-easy", "en"]),
        started_at=begun,
    )
    answers: dict[str, Answer] = {}
    steps = 99 if chance.random() < 5 / 6 else chance.randint(1, 4)
    at = int(begun.timestamp() * 1000)
    while (question := path(definition, answers, who.attributes).next) and len(answers) < steps:
        at += chance.randint(3_000, 40_000)
        answers[question.id] = answer(question, chance, at)
    return replace(who, answers=answers, version=at * 1000)


def rows(definition: Definition, number: int, seed: int = 1) -> pl.DataFrame:
    """Packed rows of so many respondents."""
    chance = random.Random(seed)
    made = (packed_row(definition, name(chance), response(definition, chance)) for _ in range(number))
    return pl.DataFrame([row for row in made if row], schema=pack_schema(definition))


def name(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))


def answer(question: Asking, chance: random.Random, at: int) -> Answer:
    if not question.required and chance.random() < 0.3:
        return Answer(Kind.SKIPPED, None, at, f"e{at}", at)
    if question.decline and chance.random() < 0.15:
        return Answer(Kind.DECLINED, None, at, f"e{at}", at)
    value, other = _value(question, chance)
    return Answer(Kind.GIVEN, value, at, f"e{at}", at, other=other)


def _value(question: Asking, chance: random.Random) -> tuple[Any, str | None]:
    match question:
        case Single():
            option = chance.choice(question.options)
            return option.id, chance.choice(WORDS) if option.other and chance.random() < 0.8 else None
        case Multiple():
            alone = [each.id for each in question.options if each.exclusive]
            if alone and chance.random() < 0.2:
                return alone, None
            free = [each for each in question.options if not each.exclusive]
            most = min(question.most or len(free), len(free))
            ids = {each.id for each in chance.sample(free, chance.randint(question.least or 1, most))}
            other = any(each.other and each.id in ids for each in question.options)
            return [each.id for each in question.options if each.id in ids], chance.choice(WORDS) if other else None
        case Scale():
            return chance.randint(question.min, question.max), None
        case Number():
            return chance.randint(int(question.min or 0), int(question.max or 100)), None
        case Date():
            return (date(1950, 1, 1) + timedelta(days=chance.randint(0, 25_000))).isoformat(), None
        case Time():
            return f"{chance.randint(0, 23):02}:{chance.choice([0, 15, 30, 45]):02}", None
        case DateTime():
            return f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T{chance.randint(8, 17):02}:30", None
        case Ward():
            return chance.choice(WARDS), None
        case Location():
            where = {"words": chance.choice(["", "熊本市役所"]), "lat": 32.8 + chance.random() / 10, "lon": 130.7}
            return where, None
        case Photo():
            return f"surveys/{name(chance)}.jpg", None
        case Text():
            return chance.choice(WORDS), None
    return chance.choice(["sekidai", "shirakawa"]), None
