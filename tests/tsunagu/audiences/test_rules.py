from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.tsunagu.audiences.people import WARDS, Person, audiences, flat, is_for, persons, written
from tsunagu.audiences.rules import DEPTH, Audience, NoAudience

read = Audience.model_validate
COLUMNS = {"languages": "language", "age_bands": "age_band"}


def says(expression: dict[str, Any], person: Person) -> bool:
    """The expression as one would say it, of somebody who follows and is not quiet."""

    def meets(name: str, wanted: Any) -> bool:
        match name:
            case "all":
                return all(says(each, person) for each in wanted)
            case "any":
                return any(says(each, person) for each in wanted)
            case "not":
                return not says(wanted, person)
            case "lists":
                return not wanted or bool(set(wanted) & set(person["on"]))
            case "followed":
                if person["since"] is None:
                    return False
                day = person["since"].astimezone(ZoneInfo("Asia/Tokyo")).date().isoformat()
                return bool(wanted.get("from", "") <= day <= wanted.get("to", "9999"))
            case "languages" | "age_bands":
                return not wanted or person[COLUMNS[name]] in wanted
        return not wanted or bool(set(wanted) & set(person[name] or ()))

    return all(meets(name, wanted) for name, wanted in expression.items())


@given(written, persons)
def test_an_audience_is_who_one_would_say_it_is(expression: dict[str, Any], person: Person) -> None:
    expected = person["following"] and not person["quiet"] and says(expression, person)
    assert expected == is_for(read(expression), False, person)


@given(flat, persons)
def test_what_may_save_a_life_reaches_the_area_and_who_named_no_ward(
    expression: dict[str, Any], person: Person
) -> None:
    without = {name: ids for name, ids in expression.items() if name != "topics"}
    anywhere = {name: ids for name, ids in without.items() if name not in ("wards", "districts")}
    inside = says(without, person) or (not person["wards"] and says(anywhere, person))
    assert (person["following"] and inside) == is_for(read(expression), True, person)


@given(audiences, persons)
def test_whoever_is_reached_is_reached_when_it_is_urgent_too(audience: Audience, person: Person) -> None:
    assert is_for(audience, True, person) or not is_for(audience, False, person)


@given(audiences, persons, persons)
def test_neither_topics_nor_stop_decide_what_is_urgent(audience: Audience, person: Person, other: Person) -> None:
    same = person | {name: other[name] for name in ("topics", "quiet")}
    assert is_for(audience, True, person) == is_for(audience, True, same)


@given(audiences, persons, st.sampled_from(WARDS))
def test_who_named_no_ward_is_reached_wherever_they_may_live(audience: Audience, person: Person, ward: str) -> None:
    assert is_for(audience, True, person | {"wards": []}) or not is_for(audience, True, person | {"wards": [ward]})


@given(audiences)
def test_an_audience_comes_back_from_its_document_and_from_json(audience: Audience) -> None:
    assert audience == read(audience.to_document())
    assert audience.to_document() == audience.model_dump()
    assert audience == Audience.model_validate_json(audience.model_dump_json())


def test_the_days_are_those_of_the_citys_calendar() -> None:
    audience = read({"followed": {"from": "2026-04-01", "to": "2026-04-01"}})
    person = {"following": True, "quiet": False, "on": []}
    expected = {"31 14:59": False, "31 15:00": True, "01 14:59": True, "01 15:00": False}
    moments = {
        at: datetime(2026, 3 if at[:2] == "31" else 4, int(at[:2]), int(at[3:5]), int(at[6:]), tzinfo=UTC)
        for at in expected
    }
    assert expected == {at: is_for(audience, False, person | {"since": moment}) for at, moment in moments.items()}


def test_a_saved_audience_stands_for_what_it_is_wherever_it_is_used() -> None:
    saved = {"young": read({"age_bands": ["20s"]}), "near": read({"wards": ["chuo"], "not": {"saved": "young"}})}
    asked = read({"saved": "near", "all": [{"topics": ["refuse"]}], "any": [{"saved": "young"}, {"tags": ["pilot"]}]})
    near = {"wards": ["chuo"], "not": {"all": [{"age_bands": ["20s"]}]}}
    assert {
        "all": [{"topics": ["refuse"]}, near],
        "any": [{"all": [{"age_bands": ["20s"]}]}, {"tags": ["pilot"]}],
    } == asked.expanded(saved).to_document()
    assert (["near", "young"], []) == (asked.saved_used(), asked.expanded(saved).saved_used())


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        ({}, "there is no saved audience 'a'"),
        ({"a": {"saved": "a"}}, "made of itself: a → a"),
        ({"a": {"not": {"saved": "b"}}, "b": {"any": [{"saved": "a"}]}}, "made of itself: a → b → a"),
        ({"a": {"all": [{"saved": "c"}]}}, "there is no saved audience 'c'"),
    ],
)
def test_what_is_unknown_or_made_of_itself_is_a_sentence(saved: dict[str, Any], says: str) -> None:
    with pytest.raises(NoAudience) as error:
        read({"wards": ["chuo"], "not": {"saved": "a"}}).expanded({name: read(one) for name, one in saved.items()})
    assert says in str(error.value)


def nested(levels: int) -> dict[str, Any]:
    return {"wards": ["chuo"]} if levels == 1 else {"all": [nested(levels - 1)]}


def test_an_expression_goes_as_deep_as_firestore_takes_it() -> None:
    assert DEPTH == read(nested(DEPTH)).depth()
    with pytest.raises(ValidationError) as error:
        read(nested(DEPTH + 1))
    assert "save a part of it under a name" in str(error.value)
    with pytest.raises(NoAudience):
        read({"saved": "deep"}).expanded({"deep": read(nested(DEPTH))})
