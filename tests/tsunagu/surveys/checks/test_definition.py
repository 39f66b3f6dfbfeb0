"""Every fault of a definition is named with its place."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.kosodate import PLACES, QUESTIONS, YES_NO
from tsunagu.cloud.definitions import WrongFile, loads
from tsunagu.residents.city import City, city
from tsunagu.surveys.checks.definition import city_problems, editions_problems, problems, strangers
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.editions import merged

NINE = "2026-11-01T09:00"
NOTICE = {"id": "hello", "type": "notice", "text": {"ja": "はじめに", "en": "To begin with"}}
BORN = QUESTIONS[5]
SOUND: dict[str, Any] = {"id": "kosodate-2026", "title": {"ja": "子育て", "en": "Child care"}, "questions": QUESTIONS}


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
        at[last] = deepcopy(value)  # of questions that other tests ask, too
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
    for made in (Definition.model_validate(SOUND), everykind.definition()):
        assert made == Definition.model_validate(made.written())
        assert json.loads(json.dumps(made.written())) == made.written()


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
        (changed("opens", "２０２６-11-01T09:00"), "opens", "a date and time of the city"),
        (changed("opens", "0001-01-01T00:00"), "opens", "must lie between 2000 and 2100"),
        (changed("anonymity", "secret"), "anonymity", "must be 'anonymous', 'confidential' or 'named'"),
        (changed("anonimity", "named"), "anonimity", "did you mean `anonymity`?"),
        (changed("audience", {"languages": ["de"]}), "audience.languages[0]", "'ja', 'ja-easy' or 'en'"),
        (changed("questions", []), "questions", "at least 1"),
        (changed("questions", 0, "id", "places"), "questions[1].id", "`places` is used twice"),
        (changed("questions", 0, "id", "end"), "questions[0].id", "`end` means the end"),
        (changed("questions", 0, "id", "お"), "questions[0].id", "1 to 20 of a–z, 0–9 and _"),
        (changed("questions", 0, "type", "choice"), "questions[0]", "type must be one of"),
        (changed("questions", 0, "options", 1, "next", "nowhere"), "questions[0].options[1].next", "no question's id"),
        (changed("questions", 2, "next", "uses"), "questions[2].next", "only goes forward"),
        (changed("questions", 2, "next", "content"), "questions[2].next", "only goes forward"),
        (changed("questions", 0, "section", "s1"), "questions[0].section", "there is no `sections:` at the top"),
        (changed("questions", [NOTICE]), "questions", "a survey has to ask something"),
        (changed("questions", 0, {**NOTICE, "next": "why"}), "questions[0].next", "not known here"),
        (changed("questions", 0, {**NOTICE, "required": True}), "questions[0].required", "not known here"),
        (changed("questions", 0, "options", 1, "next", "people"), "questions[3]", "`why` can never be reached"),
        (changed("questions", 1, "options", 0, "next", "people"), "questions[1].options[0].next", "not known here"),
        (changed("questions", 1, "options", 1, "id", "park"), "questions[1].options[1].id", "used twice"),
        (
            changed("questions", 1, "options", 1, "text", {"ja": "公園", "en": "Libraries"}),
            "questions[1].options[1].text",
            "reads the same as option `park` (ja): '公園'",
        ),
        (
            changed("questions", 1, "options", 1, "text", {"ja": "図書館", "en": "ＰＡＲＫＳ"}),
            "questions[1].options[1].text",
            "reads the same as option `park` (en)",
        ),
        (changed("questions", 0, "options", 0, "other", "yes"), "questions[0].options[0].other", "valid boolean"),
        (
            changed("questions", 0, "options", [{**option, "other": True} for option in YES_NO]),
            "questions[0].options[1].other",
            "only one option may ask for words: `a` does already",
        ),
        (
            changed("questions", 1, "options", 0, {**PLACES[0], "other": True, "exclusive": True}),
            "questions[1].options[0].exclusive",
            "goes with no `other`",
        ),
        (
            changed("questions", 1, "options", [{**option, "exclusive": True} for option in PLACES]),
            "questions[1].options",
            "use `type: single`",
        ),
        (changed("questions", 1, "least", 4), "questions[1].least", "must be at most 3: so many options"),
        (changed("questions", 1, "most", 4), "questions[1].most", "must be at most 3: so many options"),
        (changed("questions", 1, "least", 0), "questions[1].least", "greater than or equal to 1"),
        (
            changed("questions", 1, {**QUESTIONS[1], "least": 3, "most": 2}),
            "questions[1].most",
            "must not be below least (3)",
        ),
        (
            changed("questions", 1, "options", PLACES[:1]),
            "questions[1].options",
            "2",
        ),
        (
            changed("questions", 1, "options", 0, "text", {"ja": "公" * 301}),
            "questions[1].options[0].text",
            "at most 300",
        ),
        (changed("questions", 2, "max", 12), "questions[2].max", "1 to 10 above min (1)"),
        (changed("questions", 2, "max", 1), "questions[2].max", "1 to 10 above min (1)"),
        (changed("questions", 2, "min", True), "questions[2].min", "valid integer"),
        (changed("questions", 2, "max", 10**30), "questions[2].max", "less than or equal to 1000"),
        (changed("questions", 2, "nps", True), "questions[2].nps", "write `min: 0` and `max: 10`"),
        (changed("questions", 4, "max", 0.5), "questions[4].max", "must not be below min (1)"),
        (changed("questions", 4, "max", 10**16), "questions[4].max", "less than or equal to 1000000000000000"),
        (changed("questions", 4, "max", 10**400), "questions[4].max", "valid number"),
        (
            changed("questions", 3, "min_length", 1001),
            "questions[3].max_length",
            "must not be below min_length (1,001)",
        ),
        (changed("questions", 3, "max_length", 5001), "questions[3].max_length", "5000"),
        (changed("questions", 5, "min", "20261103"), "questions[5].min", "a date such as 2026-11-01"),
        (changed("questions", 5, "max", "2101-01-01"), "questions[5].max", "between 1900 and 2100"),
        (
            changed("questions", 5, BORN | {"min": "2026-01-01", "max": "2026-01-01"}),
            "questions[5].max",
            "later than min",
        ),
        (
            changed("questions", 5, BORN | {"type": "time", "min": "9:00"}),
            "questions[5].min",
            "such as 09:30, not '9:00'",
        ),
        (changed("questions", 5, BORN | {"type": "time", "min": "24:00"}), "questions[5].min", "such as 09:30"),
        (
            changed("questions", 5, BORN | {"type": "time", "min": "12:00", "max": "09:00"}),
            "questions[5].max",
            "must be later than min (12:00)",
        ),
        (
            changed("questions", 5, BORN | {"type": "datetime", "min": "2026-02-30T09:00"}),
            "questions[5].min",
            "a date and time such as 2026-11-01T09:00, not '2026-02-30T09:00'",
        ),
        (
            changed("questions", 5, BORN | {"type": "datetime", "max": "1899-12-31T23:59"}),
            "questions[5].max",
            "between 1900 and 2100",
        ),
    ],
)
def test_each_fault_is_named_with_its_place(definition: dict[str, Any], field: str, says: str) -> None:
    found = list(faults(definition))
    assert any(fault.startswith(f"{field}: ") and says in fault for fault in found), found


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        ({}, []),
        ({"closes": NINE}, ["closes: must be later than opens"]),
        ({"archives": "2026-12-01T09:00"}, ["archives: must be later than closes, and than all else"]),
        ({"closes": None, "archives": NINE}, ["archives: must be later than closes"]),
        ({"pauses": [{"from": "2026-11-03T09:00", "until": "2026-11-03T10:00"}]}, []),
        ({"pauses": [{"from": NINE, "until": "2026-11-03T10:00"}]}, ["pauses[0].from: must be later than opens"]),
        (
            {"pauses": [{"from": "2026-11-03T09:00", "until": "2026-12-02T10:00"}]},
            ["pauses[0].until: must be earlier than closes (2026-12-01 09:00)"],
        ),
        (
            {"pauses": [{"from": "2026-11-03T09:00", "until": "2026-11-03T09:00"}]},
            ["pauses[0].until: must be later than from"],
        ),
        (
            {
                "pauses": [
                    {"from": "2026-11-05T09:00", "until": "2026-11-06T09:00"},
                    {"from": "2026-11-06T09:00", "until": "2026-11-07T09:00"},
                ]
            },
            ["pauses[1].from: must be later than the end of the pause before"],
        ),
        (
            {"quotas": [{"by": "ward", "most": {"chuo": 10}}, {"by": "ward", "most": {"kita": 10}}]},
            ["quotas[1].by: `ward` has quotas already: write them together"],
        ),
        ({"quotas": [{"by": "ward", "most": {}}]}, ["quotas[0].most: "]),
        ({"quotas": [{"by": "ward", "most": {"chuo": 0}}]}, ["quotas[0].most.chuo: "]),
        ({"quotas": [{"by": "age_band", "most": {"20s": 10}}, {"by": "ward", "most": {"kita": 10}}]}, []),
    ],
)
def test_a_life_has_an_order_that_holds(life: dict[str, Any], expected: list[str]) -> None:
    lived = {**SOUND, "opens": NINE, "closes": "2026-12-01T09:00", **life}
    found = list(faults({name: value for name, value in lived.items() if value is not None}))
    assert len(expected) == len(found), found
    assert all(fault.startswith(start) for fault, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("sections", "of", "expected"),
    [
        ("ab", "aaabbb", []),
        ("ab", "aabbab", ["questions[4].section: `a` comes before `b`"]),
        ("ab", "bbbaaa", [f"questions[{n}].section: `a` comes before `b`" for n in (3, 4, 5)]),
        ("ab", "aaab b", ["questions[4].section: is required, as the survey has sections (a, b)"]),
        ("ab", "aaaaaa", ["sections[1]: no question is in `b`: take it out"]),
        ("aa", "aaaaaa", ["sections[1].id: `a` is used twice"]),
        ("ab", "aaabbc", ["questions[5].section: `c` is no section's id (known: a, b)"]),
    ],
)
def test_each_question_is_in_its_section_in_order(sections: str, of: str, expected: list[str]) -> None:
    words = {"ja": "節", "en": "Section"}
    questions = [
        {**question, **({} if name == " " else {"section": name})} for question, name in zip(QUESTIONS, of, strict=True)
    ]
    written = {**SOUND, "sections": [{"id": id, "title": dict(words)} for id in sections], "questions": questions}
    found = list(faults(json.loads(json.dumps(written))))
    assert len(expected) == len(found), found
    assert all(fault.startswith(start) for fault, start in zip(found, expected, strict=True)), found


def test_two_questions_may_have_equal_labels_and_options_the_ids_of_another_questions() -> None:
    assert [] == list(faults(changed("questions", 2, "text", dict(QUESTIONS[4]["text"]))))
    assert [] == list(faults(changed("questions", 1, "options", 0, "id", "a")))


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


def test_names_the_city_does_not_know_are_told_wherever_they_stand() -> None:
    known = city()
    quotas = [{"by": "ward", "most": {"chuo": 5, "umi": 5}}, {"by": "age_band", "most": {"20s": 5, "20": 5}}]
    ward = {"id": "w", "type": "ward", "text": {"ja": "区", "en": "Ward"}}
    asked = {
        "any": [
            {"attribute": "ward", "is": ["umi"]},
            {"attribute": "district", "is": ["sekidai", "x"]},
            {"attribute": "age_band", "is": ["20s"]},
            {"not": {"answer": "w", "is": ["chuo", "x"]}},
        ]
    }
    questions = [ward, *QUESTIONS[:-1], BORN | {"when": asked}]
    whole = {**SOUND, "audience": {"topics": ["x"]}, "quotas": quotas, "questions": questions}
    definition = Definition.model_validate(whole)
    assert [] == list(problems(definition))
    when = ("questions", 6, "when", "any")
    wards = "the city's wards (known: chuo, higashi, kita, minami, nishi)"
    bands = "20s, 30s, 40s, 50s, 60s, 70s, 80up, u20"
    assert [
        (("audience", "topics", 0), f"`x` is not one of the city's topics (known: {', '.join(topics(known))})"),
        (("quotas", 0, "most", "umi"), f"is not one of {wards}"),
        (("quotas", 1, "most", "20"), f"is not one of the city's age bands (known: {bands})"),
        ((*when, 0, "is", 0), f"`umi` is not one of {wards}"),
        ((*when, 1, "is", 1), "`x` is not one of the city's districts"),
        ((*when, 3, "not", "is", 1), f"`x` is not one of {wards}"),
    ] == list(city_problems(definition, known))


def topics(known: City) -> list[str]:
    return sorted(topic.id for topic in known.topics)


def test_an_edition_keeps_the_kinds_of_its_questions_and_what_residents_were_told() -> None:
    before = Definition.model_validate(SOUND)
    fewer = changed("questions", QUESTIONS[:3])
    fewer["questions"][1]["options"][0] = {"id": "beach", "text": {"ja": "海", "en": "Beaches"}}
    del fewer["questions"][2]["next"]
    fewer["questions"][0]["options"][1]["next"] = "end"
    assert [] == list(editions_problems(before, Definition.model_validate(fewer)))
    other = changed("questions", 4, {"id": "people", "type": "text", "text": {"ja": "?", "en": "?"}})
    other |= {"id": "kosodate-2027", "anonymity": "named"}
    assert [
        (("id",), "must stay `kosodate-2026`: another id is another survey"),
        (("anonymity",), "must stay `confidential`: residents were told so before they answered"),
        (
            ("questions", 4, "type"),
            "must stay `number`: `people` has been asked as one; give the new question another id",
        ),
    ] == list(editions_problems(before, Definition.model_validate(other)))
    without = merged([before, Definition.model_validate(fewer)])
    assert 1 == len(
        list(
            editions_problems(
                without, Definition.model_validate({**other, "id": SOUND["id"]} | {"anonymity": "confidential"})
            )
        )
    )


def test_the_words_of_one_option_are_not_given_to_another() -> None:
    def asking(other: str) -> Definition:
        options = [{"id": id, "text": {"ja": id, "en": id}, "other": id == other} for id in ("park", "library", "none")]
        question = {"id": "where", "type": "single", "text": {"ja": "?", "en": "?"}, "options": options}
        return Definition.model_validate({**SOUND, "questions": [question]})

    says = "must stay with `park`: its words and those of `library` would be mixed up"
    assert [(("questions", 0, "options", 1, "other"), says)] == list(
        editions_problems(asking("park"), asking("library"))
    )
    for before, after in (("park", "park"), ("park", ""), ("", "library")):
        assert [] == list(editions_problems(asking(before), asking(after)))


def test_a_question_has_no_more_options_in_all_its_editions_than_can_be_counted() -> None:
    def asking(first: int, number: int) -> Definition:
        options = [{"id": f"o{n}", "text": {"ja": f"{n}"}} for n in range(first, first + number)]
        question = {"id": "many", "type": "multiple", "text": {"ja": "?"}, "options": options}
        return Definition.model_validate({**SOUND, "questions": [question]})

    assert [] == list(editions_problems(asking(0, 64), asking(10, 54)))
    says = "are 65 with those of earlier editions; 64 fit: add a question instead"
    assert [(("questions", 0, "options"), says)] == list(editions_problems(asking(0, 64), asking(63, 2)))
    with pytest.raises(ValidationError, match="64"):
        asking(0, 65)


def test_a_definition_that_no_document_can_hold_is_refused_before_it_is_stored() -> None:
    long = {language: "長" * 300 for language in ("ja", "ja-easy", "en")}
    question = {"type": "multiple", "text": long, "options": [{"id": f"o{n}", "text": long} for n in range(13)]}
    # Each a copy: YAML would write what is shared as an anchor.
    questions = [{"id": f"q{number}", **json.loads(json.dumps(question))} for number in range(30)]
    assert any("900,000 fit" in fault for fault in faults({**SOUND, "questions": questions}))
