"""Whatever is wrong with a definition is told in Japanese first."""

from typing import Any

import pytest
import yaml

from tests.tsunagu.surveys.kosodate import QUESTIONS, definition
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.surveys.checks.definition import editions_problems
from tsunagu.surveys.checks.sound import problems_of
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.desk.faults import japanese
from tsunagu.surveys.desk.wording import EXAMPLE

NOTICE = {"id": "n", "type": "notice", "text": {"ja": "お知らせ", "en": "Notice"}}


def question(number: int, **changed: Any) -> dict[str, Any]:
    return {"questions": [{**each, **(changed if at == number else {})} for at, each in enumerate(QUESTIONS)]}


def asked_when(**when: Any) -> dict[str, Any]:
    return question(3, when=when)


WRONG: list[dict[str, Any]] = [
    {"id": "A!"},
    {"title": {"en": "Child care"}},
    {"title": {"ja": " ", "en": "Child care"}},
    {"title": {"ja": "長" * 101, "en": "Child care"}},
    {"title": {"ja": "\x00", "en": "Child care"}},
    {"title": {"ja": "子育て", "en": "Child care", "fr": "Enfants"}},
    {"title": {"ja": "子育て"}},
    {"title": "子育て"},
    {"intro": {"ja": "はじめに"}},
    {"opens": "soon"},
    {"opens": "2026-11-02T09:00", "closes": "2026-11-01T09:00"},
    {"opens": "1999-11-02T09:00"},
    {"closes": "2026-11-01T09:00", "archives": "2026-10-01T00:00"},
    {"pauses": [{"from": "2026-01-02T00:00", "until": "2026-01-01T00:00"}]},
    {"opens": "2026-02-01T00:00", "pauses": [{"from": "2026-01-01T00:00", "until": "2026-01-02T00:00"}]},
    {"closes": "2026-01-02T00:00", "pauses": [{"from": "2026-01-01T00:00", "until": "2026-01-03T00:00"}]},
    {"quotas": [{"by": "ward", "most": {"umi": 1}}]},
    {"quotas": [{"by": "ward", "most": {"chuo": 0}}]},
    {"quotas": [{"by": "ward", "most": {}}]},
    {"quotas": [{"by": "topic", "most": {"chuo": 1}}]},
    {"quotas": [{"by": "ward", "most": {"chuo": 1}}, {"by": "ward", "most": {"kita": 1}}]},
    {"audience": {"wards": ["umi"]}},
    {"anonymity": "secret"},
    {"bogus": 1},
    {"sections": [{"id": "s", "title": {"ja": "区分", "en": "Section"}}]},
    {"questions": {}},
    {"questions": [NOTICE]},
    {"questions": [{**NOTICE, "id": f"n{number}"} for number in range(3)] + QUESTIONS},
    question(0, section="nowhere"),
    question(0, type="words"),
    question(0, options=[]),
    question(0, required="no"),
    question(0, next="nowhere"),
    question(3, next="uses"),
    question(0, id="places"),
    question(0, id="end"),
    question(0, text={"ja": 1, "en": "Do you?"}),
    question(1, most=9),
    question(1, least=3, most=2),
    question(2, max=100),
    question(2, max="five"),
    question(3, max_length=9_999),
    question(3, min_length=50, max_length=10),
    question(3, text={"ja": "{nowhere}", "en": "{nowhere}"}),
    question(3, text={"ja": "{uses}", "en": "Why?"}),
    question(3, text={"ja": "{people}", "en": "{people}"}),
    question(4, max=0),
    question(5, min="2030-01-01", max="2020-01-01"),
    question(5, min="yesterday"),
    question(5, max="2999-01-01"),
    asked_when(answer="nowhere", **{"is": ["a"]}),
    asked_when(answer="people", **{"from": 1}),
    asked_when(answer="uses", **{"is": ["nothing"]}),
    asked_when(answer="uses", **{"is": [1]}),
    asked_when(answer="uses", **{"from": 1}),
    asked_when(answer="content", **{"is": [9]}),
    asked_when(answer="content", **{"from": 9}),
    asked_when(answer="content", to=0),
    asked_when(answer="content", **{"from": 4, "to": 2}),
    asked_when(answer="uses", was=["skipped"]),
    asked_when(answer="uses", was=["declined"]),
    asked_when(answer="uses"),
    asked_when(attribute="ward", **{"is": ["umi"]}),
    asked_when(bogus=1),
    asked_when(all=[{"answer": "uses", "is": ["a"]}]),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:60])
def test_every_fault_is_told_in_japanese(wrong: dict[str, Any]) -> None:
    whole = {"id": "kosodate", "title": {"ja": "子育て", "en": "Child care"}, "questions": QUESTIONS, **wrong}
    with pytest.raises(WrongFile) as found:
        loads(yaml.dump(whole, Dumper=_Plain, allow_unicode=True), Definition, check=problems_of)
    assert [] == [fault.says for fault in found.value.faults if japanese(fault.says) == fault.says]


class _Plain(yaml.SafeDumper):
    """Writes out what is in it twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_the_example_of_the_page_is_sound() -> None:
    assert "park-2026" == loads(EXAMPLE, Definition, check=problems_of).id


def test_a_value_that_python_cannot_read_is_told_in_japanese() -> None:
    with pytest.raises(WrongFile) as found:
        loads("quota: !!int abc", Definition)
    assert ["読み取れません。数は短く、!! の印は付けずに書いてください。"] == [
        japanese(fault.says) for fault in found.value.faults
    ]


def test_what_a_new_edition_may_not_change_is_told_in_japanese() -> None:
    text = {"id": "uses", "type": "text", "text": {"ja": "なぜ", "en": "Why?"}}
    after = definition("other", anonymity="named", questions=[text])
    told = [says for _, says in editions_problems(definition(), after)]
    before, moved = (definition(questions=[_choosing(id)]) for id in ("a", "b"))
    told += [says for _, says in editions_problems(before, moved)]
    told += [says for _, says in editions_problems(before, definition(questions=[_choosing("a", more=70)]))]
    assert 5 == len(told)
    assert [] == [says for says in told if japanese(says) == says]


def _choosing(other: str, more: int = 0) -> dict[str, Any]:
    """A question with its words at one option; with `more` options than there is room for with those of before."""
    ids = ["a", *(f"more{n}" for n in range(63))] if more else ["a", "b"]
    options = [{"id": id, "text": {"ja": id, "en": id}, "other": id == other} for id in ids]
    return {"id": "which", "type": "multiple", "text": {"ja": "どれ", "en": "Which?"}, "options": options}


def test_several_faults_of_a_text_are_each_told() -> None:
    said = "needs Japanese: `ja: …`; `fr` is not one of ja, ja-easy, en"
    assert "日本語（ja）を入れてください。 「fr」という言語はありません" in japanese(said)
