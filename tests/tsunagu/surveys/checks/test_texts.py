"""Every text is there in the survey's languages, and what is to be filled into one is known by then."""

from typing import Any

import pytest

from tests.tsunagu.surveys.checks.test_definition import SOUND, changed, faults
from tsunagu.surveys.checks.definition import problems
from tsunagu.surveys.definition import Definition

JA = {"ja": "日本語だけ"}
THREE = {"ja": "日本語", "ja-easy": "にほんご", "en": "English"}
LACKS = "lacks `en`, a language of the title"
PHOTO = {"id": "photo", "type": "photo", "text": {"ja": "写真", "en": "Photo"}}


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        (changed("intro", JA), f"intro: {LACKS}"),
        (changed("thanks", JA), f"thanks: {LACKS}"),
        (changed("questions", 0, "text", JA), f"questions[0].text: {LACKS}"),
        (changed("questions", 1, "options", 2, "text", JA), f"questions[1].options[2].text: {LACKS}"),
        (changed("questions", 2, "labels", {"min": JA}), f"questions[2].labels.min: {LACKS}"),
        (changed("questions", 2, "labels", {"max": JA}), f"questions[2].labels.max: {LACKS}"),
        (changed("questions", 4, "unit", JA), f"questions[4].unit: {LACKS}"),
        (changed("questions", 0, {"id": "n", "type": "notice", "text": JA}), f"questions[0].text: {LACKS}"),
        (
            changed("questions", 4, "unit", THREE),
            "questions[4].unit.ja-easy: is a language that the title lacks: the survey has the title's languages",
        ),
        (changed("questions", 0, "text", {"en": "English"}), "questions[0].text: needs Japanese: `ja: …`"),
        (changed("questions", 0, "text", {"ja": "a\0b", "en": "x"}), "questions[0].text: `ja` holds a character that"),
        (
            changed("questions", 0, "text", {"ja": "\ud83d", "en": "x"}),
            "questions[0].text: `ja` holds a character that",
        ),
        (changed("thanks", {"ja": "\x1b[31m", "en": "x"}), "thanks: `ja` holds a character that cannot be shown"),
    ],
)
def test_a_text_that_is_not_in_the_languages_of_the_title_is_told(definition: dict[str, Any], fault: str) -> None:
    found = [each for each in faults(definition) if "never" not in each and "no question's id" not in each]
    assert 1 == len(found) and found[0].startswith(fault), found


def test_a_section_is_in_the_languages_of_the_title() -> None:
    questions = [{**question, "section": "s"} for question in SOUND["questions"]]
    written = {**SOUND, "sections": [{"id": "s", "title": JA}], "questions": questions}
    assert [("sections", 0, "title")] == [place for place, _ in problems(Definition.model_validate(written))]


def test_a_unit_may_be_empty_and_a_survey_in_japanese_alone() -> None:
    assert [] == list(faults(changed("questions", 4, "unit", {"ja": "人", "en": ""})))
    questions = [{"id": "q", "type": "text", "text": JA}]
    assert [] == list(problems(Definition.model_validate({"id": "ja-only", "title": JA, "questions": questions})))


@pytest.mark.parametrize(
    ("ja", "en", "expected"),
    [
        ("{uses}と{places}", "{places}: {uses}", []),
        ("{uses} {uses}", "{uses}", []),
        ("{と}ではない { か } か", "}{", ["ja: `{ か }` is no question's id", "ja: `{と}` is no question's id"]),
        ("{uses}", "?", ["en: lacks `{uses}`, which another language has"]),
        ("{nobody}", "{nobody}", [f"{name}: `{{nobody}}` is no question's id" for name in ("ja", "en")]),
        ("{content}", "{content}", [f"{name}: `{{content}}` does not come earlier" for name in ("ja", "en")]),
        ("{people}", "{people}", [f"{name}: `{{people}}` does not come earlier" for name in ("ja", "en")]),
        (
            "{photo}",
            "{photo}",
            [f"{name}: `{{photo}}` has no words to fill in: it is a photo" for name in ("ja", "en")],
        ),
    ],
)
def test_what_is_filled_into_a_text_is_an_earlier_answer_in_every_language(
    ja: str, en: str, expected: list[str]
) -> None:
    questions = [*SOUND["questions"][:2], PHOTO, *SOUND["questions"][2:]]
    questions[3] = {**questions[3], "text": {"ja": ja, "en": en}}
    found = [
        f"{place[3]}: {says}"
        for place, says in problems(Definition.model_validate({**SOUND, "questions": questions}))
        if place[:3] == ("questions", 3, "text")
    ]
    found = [each for each in found if "lacks" not in each or (expected and "lacks" in expected[0])]
    assert len(expected) == len(found), found
    assert all(fault.startswith(start) for fault, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    "path", [("thanks",), ("questions", 4, "unit"), ("questions", 1, "options", 0, "text"), ("questions", 2, "labels")]
)
def test_nothing_is_filled_in_but_into_the_text_of_a_question(path: tuple[Any, ...]) -> None:
    words: Any = {"ja": "{uses}", "en": "{uses}"}
    found = list(faults(changed(*path, {"min": words} if path[-1] == "labels" else words)))
    assert 2 == len(found)
    assert all("`{uses}` is filled in only in the text of a question or a notice" in each for each in found)
