"""Any order and any repetition of the same words ends in the same answer."""

from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys.answers import (
    Answer,
    Decided,
    Kind,
    Said,
    Skipped,
    Stamp,
    Switched,
    TakenBack,
    Word,
    heard,
    taken_back,
)
from tsunagu.surveys.definition import Question

SURVEY = definition()
PLACES, WHY = (question for question in SURVEY.questions if question.id in ("places", "why"))
OPTIONS = ["park", "library", "pool"]

Heard = tuple[Stamp, Word]


def after(question: Question, words: list[Heard]) -> Answer:
    return reduce(lambda answer, word: heard(question, answer, *word), words, Answer())


def words(kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Heard]]:
    """Up to eight, each of an event of its own; events may share a millisecond."""
    said = st.lists(st.tuples(st.integers(1, 4), kinds), max_size=8)
    return said.map(lambda told: [((at, f"e{n}"), word) for n, (at, word) in enumerate(told)])


multiple = (
    st.builds(Switched, st.sampled_from(OPTIONS), st.booleans())
    | st.just(Decided())
    | st.just(Skipped())
    | st.builds(Said, st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True), st.none())
)
typed = st.builds(Said, st.sampled_from(["遠い", "高い"]), st.none()) | st.just(Skipped())


@settings(max_examples=80, deadline=None)
@given(words(multiple), st.data())
def test_switches_and_decisions_in_any_order_and_repeated(told: list[Heard], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=4)) if told else []
    shuffled = data.draw(st.permutations([*told, *repeated]))
    assert after(PLACES, told) == after(PLACES, shuffled)


@settings(max_examples=60, deadline=None)
@given(words(typed), st.data())
def test_a_later_word_wins_whenever_it_comes(told: list[Heard], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(told))
    answer = after(WHY, shuffled)
    assert after(WHY, told) == answer
    if told:
        last = max(told, key=lambda word: word[0])[1]
        assert (last.value if isinstance(last, Said) else None) == answer.value
        assert min(at for (at, _), _ in told) == answer.first


@settings(max_examples=60, deadline=None)
@given(words(typed), st.data())
def test_a_message_taken_back_is_gone_whether_its_unsend_comes_before_or_after(
    told: list[Heard], data: st.DataObject
) -> None:
    mine: Heard = ((data.draw(st.integers(1, 4)), "mine"), Said("公園がない", "m1"))
    place = data.draw(st.integers(0, len(told)))
    calm = taken_back(WHY, after(WHY, [*told[:place], mine, *told[place:]]), "m1")
    overtaken = after(WHY, [*told[:place], (mine[0], TakenBack("m1")), *told[place:]])
    assert "公園がない" != calm.value
    assert (overtaken.kind, overtaken.value) == (calm.kind, calm.value)
    again = heard(WHY, calm, *mine)
    assert (calm.kind, calm.value) == (again.kind, again.value)


@settings(max_examples=60, deadline=None)
@given(words(multiple), st.data())
def test_choices_that_were_typed_are_gone_with_their_message(told: list[Heard], data: st.DataObject) -> None:
    mine: Heard = ((data.draw(st.integers(1, 4)), "mine"), Said(["park", "pool"], "m1"))
    place = data.draw(st.integers(0, len(told)))
    calm = taken_back(PLACES, after(PLACES, [*told[:place], mine, *told[place:]]), "m1")
    overtaken = after(PLACES, [*told[:place], (mine[0], TakenBack("m1")), *told[place:]])
    assert (overtaken.kind, overtaken.value, overtaken.chosen()) == (calm.kind, calm.value, calm.chosen())


def test_a_decision_for_nothing_is_no_answer_until_something_is_chosen() -> None:
    answer = heard(PLACES, None, (2, "e2"), Decided())
    assert not answer.holds()
    late = heard(PLACES, answer, (1, "e1"), Switched("park", True))
    assert late.holds()
    assert ["park"] == late.value


def test_options_stay_in_the_order_of_the_question() -> None:
    told: list[Heard] = [
        ((1, "a"), Switched("pool", True)),
        ((2, "b"), Switched("park", True)),
        ((3, "c"), Decided()),
    ]
    assert ["park", "pool"] == after(PLACES, told).value


@pytest.mark.parametrize("kind", list(Kind))
def test_an_answer_is_read_back_as_it_was_written(kind: Kind) -> None:
    answer = heard(PLACES, Answer(kind, ["park"], 3, "e", 2, "m"), (9, "f"), Switched("pool", True))
    assert answer == Answer.read(answer.write())
