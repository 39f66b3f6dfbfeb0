"""A survey with every kind of question and a branch, for the tests of asking and answering."""

from typing import Any

from tsunagu.surveys.checks.definition import problems
from tsunagu.surveys.definition import Definition

YES_NO = [
    {"id": "a", "text": {"ja": "はい", "en": "Yes"}},
    {"id": "b", "text": {"ja": "いいえ", "en": "No"}, "next": "why"},
]
PLACES = [
    {"id": "park", "text": {"ja": "公園", "en": "Parks"}},
    {"id": "library", "text": {"ja": "図書館", "en": "Libraries"}},
    {"id": "pool", "text": {"ja": "プール", "en": "Pools"}},
]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "uses", "type": "single", "text": {"ja": "使いますか", "en": "Do you use them?"}, "options": YES_NO},
    {"id": "places", "type": "multiple", "text": {"ja": "どこですか", "en": "Which?"}, "options": PLACES},
    {
        "id": "content",
        "type": "scale",
        "text": {"ja": "満足度", "en": "Content?"},
        "next": "people",
        "min": 1,
        "max": 5,
    },
    {"id": "why", "type": "text", "text": {"ja": "なぜですか", "en": "Why not?"}, "required": False},
    {
        "id": "people",
        "type": "number",
        "text": {"ja": "何人ですか", "en": "How many?"},
        "min": 1,
        "max": 20,
        "unit": {"ja": "人", "en": ""},
    },
    {"id": "born", "type": "date", "text": {"ja": "誕生日", "en": "Born?"}, "required": False},
]


def definition(id: str = "kosodate", **changed: Any) -> Definition:
    """`uses` = b skips `places` and `content`; otherwise `why` is skipped."""
    written = {"id": id, "title": {"ja": "子育て", "en": "Child care"}, "questions": QUESTIONS, **changed}
    made = Definition.model_validate(written)
    assert [] == list(problems(made))
    return made
