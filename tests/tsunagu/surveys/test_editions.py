"""Several editions as one: nothing that anybody was asked is lost, and what an edition did not ask is not asked."""

from typing import Any

import polars as pl

from tests.tsunagu.surveys.kosodate import QUESTIONS, definition
from tsunagu.surveys.changes import changes, revised, revisions
from tsunagu.surveys.definition import Definition, Multiple, Scale
from tsunagu.surveys.editions import merged, not_asked
from tsunagu.surveys.rows import Said, pack_schema

WHERE = {"id": "where", "type": "location", "text": {"ja": "どこですか", "en": "Where?"}}
SKIPPING = {"options": [QUESTIONS[0]["options"][0], {**QUESTIONS[0]["options"][1], "next": "people"}]}  # without `why`


def edition(drop: str = "", add: list[dict[str, Any]] | None = None, **changed: dict[str, Any]) -> Definition:
    """Of the survey about child care: without a question, with others, with fields of some changed."""
    questions = [{**each, **changed.get(each["id"], {})} for each in QUESTIONS if each["id"] != drop]
    return definition(questions=[*questions, *(add or [])])


def test_the_newest_edition_s_questions_come_first_and_then_what_is_gone() -> None:
    whole = merged([edition(), edition(drop="born", add=[WHERE])])
    assert ["uses", "places", "content", "why", "people", "where", "born"] == [each.id for each in whole.asked]


def test_options_and_steps_that_are_gone_can_still_be_read() -> None:
    options = QUESTIONS[1]["options"]
    fewer = edition(
        places={"options": [options[0], {"id": "zoo", "text": {"ja": "動物園", "en": "Zoo"}}]}, content={"max": 3}
    )
    whole = merged([edition(), fewer])
    places, content = whole.question("places"), whole.question("content")
    assert isinstance(places, Multiple) and isinstance(content, Scale)
    assert ["park", "zoo", "library", "pool"] == [option.id for option in places.options]
    assert (1, 5) == (content.min, content.max)


def test_the_columns_of_all_editions_are_those_of_each() -> None:
    other = [*QUESTIONS[0]["options"], {"id": "o", "text": {"ja": "その他", "en": "Other"}, "other": True}]
    all_of_them = [
        edition(),
        edition(drop="why", add=[WHERE], uses=SKIPPING),
        edition(drop="born", uses={"options": other}),
    ]
    together = pack_schema(merged(all_of_them))
    for each in all_of_them:
        assert dict(pack_schema(each)).items() <= dict(together).items()
    assert {"lat_where", "a_why", "a_born", "o_uses"} <= set(together)


def test_what_an_edition_does_not_ask_is_not_asked_in_its_rows() -> None:
    editions = [edition(), edition(drop="born", add=[WHERE]), edition(drop="why", add=[WHERE], uses=SKIPPING)]
    rows = pl.DataFrame(
        [
            {"edition": 1, "s_born": 0, "s_where": None, "s_why": None},
            {"edition": 2, "s_born": None, "s_where": 0, "s_why": 1},
            {"edition": 3, "s_born": None, "s_where": None, "s_why": None},
        ],
        schema={"edition": pl.Int16, "s_born": pl.Int8, "s_where": pl.Int8, "s_why": pl.Int8},
    )
    gone = int(Said.NOT_ASKED)
    assert [
        {"edition": 1, "s_born": 0, "s_where": gone, "s_why": None},
        {"edition": 2, "s_born": gone, "s_where": 0, "s_why": 1},
        {"edition": 3, "s_born": None, "s_where": None, "s_why": gone},
    ] == rows.with_columns(not_asked(editions)).to_dicts()


def test_of_a_single_edition_nothing_has_to_be_made() -> None:
    assert [] == not_asked([edition()])


def test_what_a_new_edition_changes_is_told_each_with_its_place() -> None:
    before = edition()
    options = QUESTIONS[0]["options"]
    after = edition(
        drop="born",
        add=[WHERE],
        uses={"options": [{**options[0], "text": {"ja": "使う", "en": "Yes"}}, {**options[1], "other": True}]},
        content={"text": {"ja": "満足度", "en": "Satisfied?"}, "required": False},
    ).model_copy(update={"title": {"ja": "新しい題"}})
    told = [(each.what, each.where, each.before, each.after) for each in changes(before, after)]
    assert [
        ("survey changed", "title", "子育て", "新しい題"),
        ("option reworded", "uses.a", "はい", "使う"),
        ("option changed", "uses.b", "other: false", "other: true"),
        ("question reworded", "content", "Content?", "Satisfied?"),
        ("question changed", "content", "required: true", "required: false"),
        ("question added", "where", "", "どこですか"),
        ("question removed", "born", "誕生日", ""),
    ] == told


def test_what_was_asked_in_other_words_is_told_since_which_edition() -> None:
    reworded = edition(uses={"text": {"ja": "使いますか", "en": "Uses?"}})
    option = {**QUESTIONS[0]["options"][0], "text": {"ja": "使う", "en": "Yes"}}
    now = {**reworded.written()["questions"][0], "options": [option, SKIPPING["options"][1]]}
    third = edition(drop="why", uses=now)
    found = revisions([edition(), reworded, third])
    assert {"uses"} == set(found)
    # Where an option leads is nothing that changes what an answer says.
    assert [(2, "question reworded", "uses"), (3, "option reworded", "uses.a")] == [
        (number, change.what, change.where) for number, change in found["uses"]
    ]
    longer = edition(content={"max": 7})
    assert [(2, "question changed", "max: 5", "max: 7")] == [
        (number, change.what, change.before, change.after)
        for number, change in revisions([edition(), longer])["content"]
    ]
    assert {} == revised([edition(), edition(drop="born", add=[WHERE])]) == revised([edition()])


def test_what_comes_back_in_other_words_is_told_too_and_what_comes_back_as_it_was_is_not() -> None:
    other = {"text": {"ja": "いつ生まれましたか", "en": "Born when?"}}
    assert (
        "「誕生日」→「いつ生まれましたか」"
        in revised([edition(), edition(drop="born"), edition(born=other)])["born"][0][0]
    )
    assert {} == revised([edition(), edition(drop="born"), edition()])
    options = QUESTIONS[1]["options"]
    fewer = edition(places={"options": options[1:]})
    assert [(2, "option removed")] == [(n, each.what) for n, each in revisions([edition(), fewer, edition()])["places"]]
    hall = edition(places={"options": [{"id": "park", "text": {"ja": "市役所", "en": "Hall"}}, *options[1:]]})
    found = revisions([edition(), fewer, hall])["places"]
    assert [(2, "option removed"), (3, "option reworded")] == [(number, each.what) for number, each in found]


def test_another_order_is_a_change_and_the_same_again_is_none() -> None:
    before = edition()
    assert [] == changes(before, edition())
    questions = [QUESTIONS[1], QUESTIONS[0], *QUESTIONS[2:]]
    turned = Definition.model_validate({**before.written(), "questions": questions})
    [change] = changes(before, turned)
    assert ("questions in another order", "") == (change.what, change.where)
    swapped = edition(uses={"options": list(reversed(QUESTIONS[0]["options"]))})
    [change] = changes(before, swapped)
    assert ("options in another order", "uses", "a, b", "b, a") == (
        change.what,
        change.where,
        change.before,
        change.after,
    )
