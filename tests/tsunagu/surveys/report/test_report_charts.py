import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import LONG
from tsunagu.surveys.report.charts import MOST_LINES, NARROW, WIDE, Shape, bars, pairs, wrap
from tsunagu.surveys.report.charts import chart as chart_of
from tsunagu.surveys.report.columns import HEIGHT, columns
from tsunagu.surveys.report.count import Row, report
from tsunagu.surveys.report.shares import row

SURVEY = definition()
FIGURES = report(SURVEY, rows(SURVEY, 300), None)
OTHERS = report(SURVEY, rows(SURVEY, 40, seed=2), None)


def halves(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in words)


def long(label: str, count: int, base: int) -> tuple[Row, None]:
    return row((label, ""), label[:5], count, base), None


@given(st.text(st.characters(exclude_categories=["C", "M", "Z"]), max_size=90), st.integers(10, 60))
def test_wrapped_lines_fit_and_lose_nothing(words: str, most: int) -> None:
    lines = wrap(words, most)
    assert words == "".join(lines)
    assert all(halves(line) <= most for line in lines)


def test_latin_words_stay_whole_and_lines_do_not_begin_with_a_full_stop() -> None:
    assert ["Choose all", "that apply"] == wrap("Choose all that apply", 10)
    assert ["あいうえ", "お。か"] == wrap("あいうえお。か", 10)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
@pytest.mark.parametrize("beside", [False, True])
def test_a_bar_is_as_long_as_its_share_and_stays_inside(shape: Shape, beside: bool) -> None:
    for counted, other in zip(FIGURES.questions, OTHERS.questions, strict=True):
        chart = chart_of(counted, shape, other if beside else None)
        shares = [bar.percent or 0 for bar in chart.bars]
        full = 100 if chart.tracks else max(shares)
        for bar in chart.bars:
            assert pytest.approx(chart.track * (bar.percent or 0) / full, abs=0.01) == bar.width
            assert 0 <= bar.width <= chart.track
            assert bar.x + chart.track <= chart.counts
            assert bar.y + bar.height <= chart.height
            assert bar.low is None or bar.high is None or bar.low <= bar.width + 0.01 <= bar.high + 0.02
        tops = [bar.y for bar in chart.bars]
        assert sorted(tops) == tops


def test_two_groups_stand_in_pairs_under_one_label() -> None:
    counted, other = FIGURES.questions[0], OTHERS.questions[0]
    made = chart_of(counted, WIDE, other).bars
    assert [(row.count, 0) for row in counted.rows] == [(bar.count, bar.group) for bar in made[::2]]
    assert [(row.count, 1) for row in other.rows] == [(bar.count, bar.group) for bar in made[1::2]]
    assert all(bar.lines for bar in made[::2]) and not any(bar.lines for bar in made[1::2])


def test_what_only_one_group_has_is_drawn_all_the_same() -> None:
    one, other = row(("a", ""), "a", 1, 2), row(("b", ""), "b", 2, 2)
    assert [(one, None), (None, other)] == pairs([one], [other])
    assert [(1, 0), (2, 1)] == [
        (bar.count, bar.group) for bar in bars(pairs([one], [other]), 100, WIDE, tracks=True).bars
    ]


@pytest.mark.parametrize("shape", [WIDE, NARROW])
@pytest.mark.parametrize("length", [60, 300])
def test_a_long_label_leaves_room_for_its_bar(shape: Shape, length: int) -> None:
    label = (LONG * 5)[:length]
    chart = bars([long(label, 30_000, 30_000), long("短い", 0, 30_000)], 100, shape, tracks=True)
    assert 3 <= len(chart.bars[0].lines) <= MOST_LINES
    assert chart.track >= 150
    assert chart.bars[0].lines[-1].y < chart.bars[1].lines[0].y
    assert (length == 300) == chart.bars[0].lines[-1].words.endswith("…")


def test_a_chart_of_nothing_is_nothing() -> None:
    chart = bars([], 0, WIDE, tracks=False)
    assert (0, ()) == (chart.height, chart.bars)


def test_a_distribution_fills_the_width_and_choices_are_drawn_against_everyone() -> None:
    drawn = {counted.question.id: chart_of(counted, WIDE) for counted in FIGURES.questions}
    assert {"born", "when", "visit", "age"} == {id for id, chart in drawn.items() if not chart.tracks}
    assert all(chart.track == max(bar.width for bar in chart.bars) for chart in drawn.values() if not chart.tracks)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
@given(st.lists(st.integers(0, 10**6), max_size=92))
def test_columns_are_as_high_as_their_counts_and_labels_do_not_meet(shape: Shape, counts: list[int]) -> None:
    made = columns(counts, [count // 2 for count in counts], [str(n) for n in range(len(counts))], shape)
    assert len(counts) == len(made.columns)
    for count, column in zip(counts, made.columns, strict=True):
        assert pytest.approx(HEIGHT * count / (made.most or 1), abs=0.01) == column.height
        assert column.part <= column.height
        assert 0 <= column.x and column.x + column.width <= shape.width + 0.01
    places = [column.x for column in made.columns if column.label]
    assert all(after - before >= 40 for before, after in pairwise(places))
