import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys.invented import LONG, definition, rows
from tsunagu.surveys.charts import NARROW, WIDE, Shape, bars, wrap
from tsunagu.surveys.charts import chart as chart_of
from tsunagu.surveys.count import Row, report

FIGURES = report(definition(), rows(definition(), 300), None)


def halves(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in words)


@given(st.text(st.characters(exclude_categories=["C", "M", "Z"]), max_size=90), st.integers(10, 60))
def test_wrapped_lines_fit_and_lose_nothing(words: str, most: int) -> None:
    lines = wrap(words, most)
    assert words == "".join(lines)
    assert all(halves(line) <= most for line in lines)


def test_latin_words_stay_whole_and_lines_do_not_begin_with_a_full_stop() -> None:
    assert ["Choose all", "that apply"] == wrap("Choose all that apply", 10)
    assert ["あいうえ", "お。か"] == wrap("あいうえお。か", 10)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_a_bar_is_as_long_as_its_share_and_stays_inside(shape: Shape) -> None:
    for counted in FIGURES.questions:
        chart = chart_of(counted, shape)
        full = counted.base if chart.tracks else max(row.count for row in counted.rows)
        for row, bar in zip(counted.rows, chart.bars, strict=True):
            assert pytest.approx(chart.track * row.count / full, abs=0.01) == bar.width
            assert 0 <= bar.width <= chart.track
            assert bar.x + chart.track <= chart.counts
            assert bar.y + bar.height <= chart.height
        tops = [bar.y for bar in chart.bars]
        assert sorted(tops) == tops


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_a_label_of_sixty_characters_leaves_room_for_its_bar(shape: Shape) -> None:
    chart = bars([Row((LONG, ""), 30_000, 100.0), Row(("短い", ""), 0, 0.0)], 30_000, shape, tracks=True)
    assert len(LONG) == 60 and len(chart.bars[0].lines) >= 3
    assert chart.track >= 150
    assert chart.bars[0].lines[-1].y < chart.bars[1].lines[0].y


def test_a_chart_of_nothing_is_nothing() -> None:
    chart = bars([], 0, WIDE, tracks=False)
    assert (0, ()) == (chart.height, chart.bars)


def test_a_distribution_fills_the_width_and_choices_are_drawn_against_everyone() -> None:
    drawn = {counted.question.id: chart_of(counted, WIDE) for counted in FIGURES.questions}
    assert {"q4", "q5", "q6"} == {id for id, chart in drawn.items() if not chart.tracks}
    assert all(chart.track == max(bar.width for bar in chart.bars) for chart in drawn.values() if not chart.tracks)
