"""Every fault of a definition is named with its place."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.tsunagu.surveys.kosodate import QUESTIONS
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.surveys.definition import Definition, problems, strangers

SOUND = {"id": "kosodate-2026", "title": {"ja": "子育て"}, "questions": QUESTIONS}


def changed(*path_and_value: Any) -> dict[str, Any]:
    """The sound definition with one thing put in another's place (`...` takes it out)."""
    *path, last, value = path_and_value
    whole: dict[str, Any] = yaml.safe_load(yaml.safe_dump(SOUND, allow_unicode=True))
    at: Any = whole
    for step in path:
        at = at[step]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return whole


def faults(definition: dict[str, Any]) -> Iterator[str]:
    text = yaml.safe_dump(definition, allow_unicode=True, sort_keys=False)
    try:
        loads(text, Definition, check=problems)
    except WrongFile as wrong:
        for fault in wrong.faults:
            yield f"{fault.field}: {fault.says}"


def test_a_sound_definition_has_no_faults_and_is_read_as_written() -> None:
    assert [] == list(faults(SOUND))
    made = Definition.model_validate(SOUND)
    assert made == Definition.model_validate(made.model_dump(mode="json", exclude_none=True))


@pytest.mark.parametrize(
    ("definition", "field", "says"),
    [
        (changed("id", "Kosodate 2026"), "id", "3 to 40 of a–z"),
        (changed("title", {"en": "Child care"}), "title", "needs Japanese"),
        (changed("title", {"ja": "子", "fr": "Enfants"}), "title", "`fr` is not one of ja, ja-easy, en"),
        (changed("title", {"ja": " "}), "title", "`ja` is empty"),
        (changed("title", {"ja": "子" * 101}), "title", "has 101 characters; at most 100 fit"),
        (changed("opens", "2026-11-01"), "opens", "a date and time of the city such as 2026-11-01T09:00"),
        (changed("opens", 2026), "opens", "a date and time of the city"),
        (changed("anonymous", "yes"), "anonymous", "valid boolean"),
        (changed("anonymus", True), "anonymus", "did you mean `anonymous`?"),
        (changed("audience", {"languages": ["de"]}), "audience.languages[0]", "'ja', 'ja-easy' or 'en'"),
        (changed("questions", []), "questions", "at least 1"),
        (changed("questions", 0, "id", "places"), "questions[1].id", "`places` is used twice"),
        (changed("questions", 0, "id", "end"), "questions[0].id", "`end` means the end"),
        (changed("questions", 0, "id", "お"), "questions[0].id", "1 to 20 of a–z, 0–9 and _"),
        (changed("questions", 0, "type", "choice"), "questions[0]", "type must be one of"),
        (changed("questions", 0, "options", 1, "next", "nowhere"), "questions[0].options[1].next", "no question's id"),
        (changed("questions", 2, "next", "uses"), "questions[2].next", "only goes forward"),
        (changed("questions", 2, "next", "content"), "questions[2].next", "only goes forward"),
        (changed("questions", 0, "options", 1, "next", "people"), "questions[3]", "`why` can never be reached"),
        (changed("questions", 1, "options", 0, "next", "people"), "questions[1].options[0].next", "not known here"),
        (changed("questions", 1, "options", 1, "id", "park"), "questions[1].options[1].id", "used twice"),
        (
            changed("questions", 1, "options", 1, "text", {"ja": "公園"}),
            "questions[1].options[1].text",
            "reads the same as option `park` (ja)",
        ),
        (
            changed("questions", 1, "options", [PARK := {"id": "p", "text": {"ja": "公園"}}]),
            "questions[1].options",
            "2",
        ),
        (
            changed("questions", 1, "options", [{"id": f"o{n}", "text": {"ja": f"{n}"}} for n in range(14)]),
            "questions[1].options",
            "at most 13",
        ),
        (
            changed("questions", 1, "options", 0, "text", {"ja": "公" * 301}),
            "questions[1].options[0].text",
            "at most 300",
        ),
        (changed("questions", 2, "max", 12), "questions[2].max", "1 to 10 above min (1)"),
        (changed("questions", 2, "max", 1), "questions[2].max", "1 to 10 above min (1)"),
        (changed("questions", 2, "min", True), "questions[2].min", "valid integer"),
        (changed("questions", 4, "max", 0.5), "questions[4].max", "must not be below min (1.0)"),
        (changed("questions", 3, "max_length", 5001), "questions[3].max_length", "5000"),
        (changed("questions", 5, "min", "20261103"), "questions[5].min", "a date such as 2026-11-01"),
        (changed("questions", 5, "max", "2101-01-01"), "questions[5].max", "between 1900 and 2100"),
    ],
)
def test_each_fault_is_named_with_its_place(definition: dict[str, Any], field: str, says: str) -> None:
    found = list(faults(definition))
    assert any(fault.startswith(f"{field}: ") and says in fault for fault in found), found


def test_closing_comes_after_opening() -> None:
    found = list(faults({**SOUND, "opens": "2026-11-01T09:00", "closes": "2026-11-01T09:00"}))
    assert ["closes: must be later than opens"] == found


def test_all_faults_are_told_at_once() -> None:
    wrong = changed("questions", 2, "next", "uses")
    wrong["questions"][4]["max"] = 0
    wrong["questions"][1]["options"][1]["id"] = "park"
    assert 3 == len(list(faults(wrong)))


def test_an_audience_the_city_does_not_know_is_named() -> None:
    audience = Definition.model_validate({**SOUND, "audience": {"wards": ["chuo", "umi"], "topics": ["x"]}}).audience
    found = list(strangers(audience, wards=["chuo", "kita"], topics=["refuse"], districts=[]))
    assert [
        (("audience", "wards", 1), "`umi` is not one of the city's wards (known: chuo, kita)"),
        (("audience", "topics", 0), "`x` is not one of the city's topics (known: refuse)"),
    ] == found


def test_a_definition_that_no_document_can_hold_is_refused_before_it_is_stored() -> None:
    long = {language: "長" * 300 for language in ("ja", "ja-easy", "en")}
    question = {"type": "multiple", "text": long, "options": [{"id": f"o{n}", "text": long} for n in range(13)]}
    # Each a copy: YAML would write what is shared as an anchor.
    questions = [{"id": f"q{number}", **json.loads(json.dumps(question))} for number in range(30)]
    assert any("900,000 fit" in fault for fault in faults({**SOUND, "questions": questions}))
