from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.surveys.report.shares import ENOUGH, Z, nps, row, wilson


def test_the_normal_distribution_ends_where_the_table_says() -> None:
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-12) == Z


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: the score interval without correction.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_that_are_published(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert (low, high) == tuple(round((end or 0.0) / 100, 4) for end in found)


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_an_interval_holds_its_share_and_stays_within_the_whole(part: int, more: int) -> None:
    found = row(("", ""), "", part, part + more)
    assert found.percent is not None and found.low is not None and found.high is not None
    assert 0 <= found.low <= found.percent <= found.high <= 100


@given(st.integers(1, 10**4), st.integers(1, 10**4))
def test_more_answers_are_surer(part: int, more: int) -> None:
    few, many = wilson(part, part + more), wilson(part * 10, (part + more) * 10)
    assert all(end is not None for end in (*few, *many))
    assert many[1] - many[0] < few[1] - few[0]  # type: ignore[operator]


def test_of_nobody_nothing_is_known() -> None:
    assert (None, None, None) == (row(("", ""), "", 0, 0).percent, *wilson(0, 0))
    assert (None, None, None) == nps(0, 0, 0)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_a_score_lies_in_its_interval_which_needs_enough_answers(up: int, down: int, between: int) -> None:
    answers = up + down + between
    score, low, high = nps(up, down, answers)
    assert ((low, high) == (None, None)) == (answers < ENOUGH)
    if answers:
        assert score == pytest.approx((up - down) / answers * 100)
    if low is not None and high is not None and score is not None:
        assert -100 <= low <= score <= high <= 100


def test_the_interval_of_a_score_is_that_of_the_mean_of_ones_and_minus_ones() -> None:
    score, low, high = nps(50, 20, 100)
    deviation = ((50 + 20) / 100 - 0.3**2) ** 0.5
    assert (30.0, 30 - 100 * Z * deviation / 10, 30 + 100 * Z * deviation / 10) == pytest.approx((score, low, high))
