"""Choices in an order of each respondent's own, which stays."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys.kosodate import definition
from tsunagu.surveys.ask.seen import in_own_order, seen
from tsunagu.surveys.definition import Definition, ManyOption, Multiple
from tsunagu.surveys.rules import Response

OPTIONS = [ManyOption(id=id, text={"ja": id}) for id in ("a", "b", "c")]
LAST = [
    ManyOption(id="other", text={"ja": "その他"}, other=True),
    ManyOption(id="none", text={"ja": "ない"}, exclusive=True),
]


def order(respondent: str, question: str = "q") -> list[str]:
    return [option.id for option in in_own_order([LAST[0], *OPTIONS, LAST[1]], question, respondent)]


@given(st.text(), st.text())
def test_it_is_the_same_every_time_and_ends_with_other_and_what_goes_with_no_other(respondent: str, id: str) -> None:
    found = order(respondent, id)
    assert order(respondent, id) == found
    assert (["a", "b", "c"], ["other", "none"]) == (sorted(found[:3]), found[3:])


def test_every_order_is_as_likely() -> None:
    """600 respondents and 6 orders: each within five standard deviations of 100."""
    found = Counter(tuple(order(f"respondent {number}")) for number in range(600))
    assert 6 == len(found)
    assert all(abs(count - 100) < 5 * (600 * 1 / 6 * 5 / 6) ** 0.5 for count in found.values())


def test_one_respondent_has_another_order_at_another_question() -> None:
    assert 1 < len({tuple(order("respondent", f"q{number}")) for number in range(10)})


def test_only_where_the_question_is_shuffled() -> None:
    def survey(shuffle: bool) -> Definition:
        written: dict[str, Any] = {"id": "q", "type": "multiple", "text": {"ja": "q"}, "shuffle": shuffle}
        asked = {**written, "options": [option.model_dump() for option in OPTIONS]}
        return Definition.model_validate({"id": "shuffle", "title": {"ja": "題"}, "questions": [asked]})

    def orders(shuffle: bool) -> set[tuple[str, ...]]:
        found = [seen(survey(shuffle), Response(), f"r{number}").question("q") for number in range(20)]
        return {tuple(option.id for option in asked.options) for asked in found if isinstance(asked, Multiple)}

    assert {("a", "b", "c")} == orders(shuffle=False)
    assert 1 < len(orders(shuffle=True))


def test_what_has_nothing_to_fill_in_or_shuffle_is_seen_as_it_is_written() -> None:
    assert definition() == seen(definition(), Response(), "r")
