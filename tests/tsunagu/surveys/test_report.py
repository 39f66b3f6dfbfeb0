"""The figures of a survey equal a recount by hand."""

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.invented import definition, rows
from tsunagu.surveys import bins
from tsunagu.surveys.count import Report, report
from tsunagu.surveys.definition import Definition, Multiple
from tsunagu.surveys.rules import pack_schema

SURVEY = definition()


def recounted(survey: Definition, frame: pl.DataFrame, id: str) -> tuple[list[Any], int, int]:
    """What was answered, how many skipped, how many were not asked; from the rows one by one."""
    answers = [row[f"a_{id}"] for row in frame.to_dicts() if row[f"a_{id}"] is not None]
    skipped = sum(1 for row in frame.to_dicts() if row[f"s_{id}"])
    return answers, skipped, frame.height - len(answers) - skipped


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 120), seed=st.integers(0, 10_000))
def test_every_figure_equals_a_recount(number: int, seed: int) -> None:
    frame = rows(SURVEY, number, seed)
    found = report(SURVEY, frame.sample(fraction=1, shuffle=True, seed=seed), None)
    assert frame.height == found.answered
    assert sum(1 for row in frame.to_dicts() if row["finished_at"]) == found.finished
    for counted in found.questions:
        answers, skipped, unasked = recounted(SURVEY, frame, counted.question.id)
        assert (len(answers), skipped, unasked) == (counted.given, counted.skipped, counted.unasked)
        match counted.question.type:
            case "single" | "scale":
                assert Counter(map(str, answers)) == Counter({row.code: row.count for row in counted.rows})
            case "multiple":
                chosen = Counter(option for answer in answers for option in answer)
                assert chosen == Counter({row.code: row.count for row in counted.rows})
            case "number" | "date":
                assert len(answers) == sum(row.count for row in counted.rows)
            case "text":
                assert sorted(answers) == sorted(counted.texts)
        if counted.summary:
            assert pytest.approx(statistics.fmean(answers)) == counted.summary.mean
            assert statistics.median(answers) == counted.summary.median
            assert (min(answers), max(answers)) == (counted.summary.lowest, counted.summary.highest)


def test_percentages_name_their_base_and_are_of_it() -> None:
    found = report(SURVEY, rows(SURVEY, 200), None)
    for counted in found.questions:
        assert (counted.given if counted.question.type != "text" else found.answered) == counted.base
        assert all(row.count / counted.base * 100 == row.percent for row in counted.rows)
        if not isinstance(counted.question, Multiple):
            assert pytest.approx(100) == sum(row.percent or 0 for row in counted.rows)


def test_options_nobody_chose_are_shown_in_the_order_of_the_definition() -> None:
    empty = report(SURVEY, rows(SURVEY, 0), None)
    assert ["preschool", "school", "none"] == [row.code for row in empty.questions[0].rows]
    assert ["1", "2", "3", "4", "5"] == [row.code for row in empty.questions[2].rows]
    assert {(0, None)} == {(row.count, row.percent) for row in empty.questions[0].rows}


def test_ends_of_a_scale_carry_their_labels() -> None:
    labels = [row.label[0] for row in report(SURVEY, rows(SURVEY, 0), None).questions[2].rows]
    assert ["1（とても不満）", "2", "3", "4", "5（とても満足）"] == labels


def of(answered: int, invited: int | None) -> Report:
    return Report(SURVEY, answered, 0, invited, ())


def test_the_rate_is_of_those_invited_and_unknown_where_others_answered_too() -> None:
    assert (25.0, None, None) == (of(1, 4).rate, of(1, None).rate, of(3, 2).rate)
    assert of(0, None).finished_rate is None


def test_texts_are_in_the_order_of_pseudonyms_whatever_the_order_of_the_rows() -> None:
    frame = rows(SURVEY, 50)
    first, second = report(SURVEY, frame, None), report(SURVEY, frame.reverse(), None)
    assert first == second


def test_the_recount_has_the_columns_of_the_packs() -> None:
    assert list(pack_schema(SURVEY)) == rows(SURVEY, 0).columns


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-1000, 1000).map(float), max_size=80))
def test_numbers_fall_into_few_bins_and_none_is_lost(values: list[float]) -> None:
    made = bins.of_numbers(values)
    assert len(values) == sum(count for _, _, count in made)
    assert bins.MOST_VALUES + 1 >= len(made)
    assert len(made) == len({label for label, _, _ in made})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dates(), max_size=60))
def test_dates_fall_into_days_months_or_years_and_none_is_lost(days: list[date]) -> None:
    made = bins.of_dates(days)
    assert len(days) == sum(count for _, _, count in made)
    assert len(made) == len({label for label, _, _ in made})


def spread(days: int) -> Iterator[date]:
    return (date(2026, 1, 30) + timedelta(days=number) for number in (0, days))


def test_dates_are_grouped_by_what_is_few_enough() -> None:
    assert ["2026年1月30日", "2026年1月31日", "2026年2月1日"] == [label for label, _, _ in bins.of_dates([*spread(2)])]
    assert ["2026年1月", "2026年2月", "2026年3月"] == [label for label, _, _ in bins.of_dates([*spread(50)])]
    assert ["2026年", "2036年"] == [label for label, _, _ in bins.of_dates([*spread(3653)])]


def test_bins_of_whole_numbers_do_not_overlap() -> None:
    labels = [label for label, _, _ in bins.of_numbers([float(value) for value in range(0, 45)])]
    assert ["0〜4", "5〜9", "10〜14"] == labels[:3]
    assert ["0以上0.1未満", "0.1以上0.2未満", "0.2以上0.3未満", "0.3以上0.4未満"] == [
        label for label, _, _ in bins.of_numbers([n / 16 for n in range(16)])
    ][:4]
