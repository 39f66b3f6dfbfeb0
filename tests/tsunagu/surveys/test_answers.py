"""Any order and any repetition of the same words ends in the same answer."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys.answers import (
    Answer,
    Decided,
    Declined,
    Described,
    Kind,
    Misfit,
    Own,
    Said,
    Skipped,
    Stamp,
    Switched,
    TakenBack,
    Word,
    heard,
    means_other,
    misfit,
    taken_back,
)
from tsunagu.surveys.definition import Asking, Multiple, Single

SURVEY = definition()
PLACES, WHY = (question for question in SURVEY.asked if question.id in ("places", "why"))
OPTIONS = ["park", "library", "pool"]
ANY = ["park", "library", "none", "all", "other"]
LIMITED = Multiple.model_validate(
    {
        "id": "limited",
        "type": "multiple",
        "text": {"ja": "どこですか"},
        "least": 2,
        "most": 3,
        "options": [
            {"id": "park", "text": {"ja": "公園"}},
            {"id": "none", "text": {"ja": "ない"}, "exclusive": True},
            {"id": "library", "text": {"ja": "図書館"}},
            {"id": "pool", "text": {"ja": "プール"}},
            {"id": "other", "text": {"ja": "その他"}, "other": True},
            {"id": "all", "text": {"ja": "すべて"}, "exclusive": True},
        ],
    }
)
ORDER = [option.id for option in LIMITED.options]
ONE = Single.model_validate(
    {
        "id": "one",
        "type": "single",
        "text": {"ja": "どれですか"},
        "options": [{"id": "a", "text": {"ja": "はい"}}, {"id": "other", "text": {"ja": "その他"}, "other": True}],
    }
)

Heard = tuple[Stamp, Word]


def after(question: Asking, words: Sequence[Heard]) -> Answer:
    return reduce(lambda answer, word: heard(question, answer, *word), words, Answer())


def words(kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Heard]]:
    """Up to eight, each of an event of its own; events may share a millisecond."""
    said = st.lists(st.tuples(st.integers(1, 4), kinds), max_size=8)
    return said.map(lambda told: [((at, f"e{n}"), word) for n, (at, word) in enumerate(told)])


def shuffled(told: list[Heard], data: st.DataObject) -> list[Heard]:
    """In any order, some of them again."""
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=4)) if told else []
    return data.draw(st.permutations([*told, *repeated]))


multiple = (
    st.builds(Switched, st.sampled_from(OPTIONS), st.booleans())
    | st.just(Decided())
    | st.just(Skipped())
    | st.just(Declined())
    | st.builds(Said, st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True), st.none())
)
limited = (
    st.builds(Switched, st.sampled_from(ANY), st.booleans())
    | st.just(Decided())
    | st.just(Skipped())
    | st.builds(Said, st.lists(st.sampled_from(ANY), min_size=1, unique=True), st.none(), st.sampled_from([None, "川"]))
    | st.builds(Described, st.sampled_from(["駅", "川", None]))
)
single = (
    st.builds(Said, st.sampled_from(["a", "other"]))
    | st.builds(Said, st.just("other"), st.none(), st.sampled_from(["駅", "川"]))
    | st.builds(Described, st.sampled_from(["駅", "川", None]))
    | st.just(Skipped())
    | st.just(Declined())
)
typed = st.builds(Said, st.sampled_from(["遠い", "高い"]), st.none()) | st.just(Skipped()) | st.just(Declined())


@settings(max_examples=80, deadline=None)
@given(words(multiple), st.data())
def test_switches_and_decisions_in_any_order_and_repeated(told: list[Heard], data: st.DataObject) -> None:
    assert after(PLACES, told) == after(PLACES, shuffled(told, data))


@settings(max_examples=150, deadline=None)
@given(words(limited), st.data())
def test_options_that_go_with_no_other_and_words_for_other_in_any_order_and_repeated(
    told: list[Heard], data: st.DataObject
) -> None:
    assert after(LIMITED, told) == after(LIMITED, shuffled(told, data))


@settings(max_examples=100, deadline=None)
@given(words(single), st.data())
def test_a_choice_and_the_words_for_other_in_any_order_and_repeated(told: list[Heard], data: st.DataObject) -> None:
    answer = after(ONE, shuffled(told, data))
    assert after(ONE, told) == answer
    described = [(stamp, getattr(word, "words", getattr(word, "other", None))) for stamp, word in told
                 if isinstance(word, Described) or (isinstance(word, Said) and word.other is not None)]  # fmt: skip
    last = max(described)[1] if described else None
    assert (last if means_other(ONE, answer) else None) == answer.other


@settings(max_examples=150, deadline=None)
@given(words(st.builds(Switched, st.sampled_from(ANY), st.booleans())))
def test_however_they_are_switched_an_option_that_goes_with_no_other_stands_alone(told: list[Heard]) -> None:
    chosen = after(LIMITED, told).chosen()
    assert len(chosen) == 1 or chosen.isdisjoint({"none", "all"})


@settings(max_examples=100, deadline=None)
@given(words(limited))
def test_only_what_can_be_decided_for_is_an_answer(told: list[Heard]) -> None:
    answer = after(LIMITED, told)
    if answer.kind == Kind.GIVEN:
        assert (misfit(LIMITED, answer.chosen()) is None) == answer.holds()
        assert [id for id in ORDER if id in answer.chosen() and answer.holds()] == answer.value


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ([], Misfit.NONE),
        (["park"], Misfit.FEW),
        (["park", "pool"], None),
        (["park", "pool", "other"], None),
        (["park", "library", "pool", "other"], Misfit.MANY),
        (["none"], None),
        (["none", "park"], Misfit.ALONE),
        (["none", "all"], Misfit.ALONE),
    ],
)
def test_how_many_options_may_be_decided_for(chosen: list[str], wrong: Misfit | None) -> None:
    assert wrong == misfit(LIMITED, chosen)


@settings(max_examples=60, deadline=None)
@given(words(typed), st.data())
def test_a_later_word_wins_whenever_it_comes(told: list[Heard], data: st.DataObject) -> None:
    mixed = data.draw(st.permutations(told))
    answer = after(WHY, mixed)
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


@settings(max_examples=100, deadline=None)
@given(words(single), st.booleans(), st.data())
def test_words_for_other_are_gone_with_their_message(told: list[Heard], asked_for: bool, data: st.DataObject) -> None:
    """Both words that were asked for, and words that were no option."""
    word = Described("わたしの秘密", "m1") if asked_for else Said("other", "m1", "わたしの秘密")
    mine: Heard = ((data.draw(st.integers(1, 4)), "mine"), word)
    place = data.draw(st.integers(0, len(told)))
    calm = taken_back(ONE, after(ONE, [*told[:place], mine, *told[place:]]), "m1")
    overtaken = after(ONE, [*told[:place], (mine[0], TakenBack("m1", described=asked_for)), *told[place:]])
    for answer in (calm, overtaken, heard(ONE, calm, *mine)):
        assert "わたしの秘密" not in str(answer.write())
    assert (overtaken.kind, overtaken.value, overtaken.other) == (calm.kind, calm.value, calm.other)


def test_taking_back_the_words_for_other_leaves_the_choice() -> None:
    told: list[Heard] = [((1, "a"), Said("other")), ((2, "b"), Described("駅前", "m"))]
    assert (Kind.GIVEN, "other", "駅前") == (lambda it: (it.kind, it.value, it.other))(after(ONE, told))
    left = taken_back(ONE, after(ONE, told), "m")
    assert (Kind.GIVEN, "other", None) == (left.kind, left.value, left.other)


def test_words_for_other_come_back_with_the_choice_of_it() -> None:
    told: list[Heard] = [((1, "a"), Said("other")), ((2, "b"), Described("駅前")), ((3, "c"), Said("a"))]
    assert None is after(ONE, told).other
    assert "駅前" == after(ONE, [*told, ((4, "d"), Said("other"))]).other


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
@pytest.mark.parametrize("own", [None, Own("駅前", 3, "e", "m"), Own(None, 3, "e")])
def test_an_answer_is_read_back_as_it_was_written(kind: Kind, own: Own | None) -> None:
    before = Answer(kind, ["park"], 3, "e", 2, "m", own=own)
    answer = heard(LIMITED, before, (9, "f"), Switched("pool", True))
    assert answer == Answer.read(answer.write())


def test_an_answer_of_before_there_were_words_for_other_is_read() -> None:
    written = {"kind": "given", "value": "a", "at": 1, "event": "e", "first": 1, "message": None, "options": {}}
    assert Answer(Kind.GIVEN, "a", 1, "e", 1) == Answer.read(written)
