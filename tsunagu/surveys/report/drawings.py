"""The drawings of the page, each for wide and for narrow ones."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from tsunagu.surveys.report import charts, columns, svg
from tsunagu.surveys.report.count import Counted
from tsunagu.surveys.report.curves import Curves, Trait
from tsunagu.surveys.report.wording import UNITS
from tsunagu.web.filters import number, percent

SHAPES = (charts.WIDE, charts.NARROW)


def charts_of(counted: Counted, other: Counted | None) -> Markup:
    id, title = f"c-{counted.number}", f"{counted.label[0]} の棒グラフ"
    made = [charts.chart(counted, shape, other) for shape in SHAPES]
    return _drawn(svg.bars(chart, f"{id}-{chart.shape.name}", title, _describe(counted)) for chart in made)


def _describe(counted: Counted) -> str:
    """The chart in words, for those who do not see it."""
    return "、".join(f"{row.label[0]} {number(row.count)}件 {percent(row.percent)}" for row in counted.rows)


def bars_of(trait: Trait, other: Trait | None) -> Markup:
    rows = charts.pairs(trait.rows, other.rows if other else None)
    full = max((row.percent or 0 for pair in rows for row in pair if row), default=0)
    made = [charts.bars(rows, full, shape, tracks=False) for shape in SHAPES]
    title = f"{trait.label[0]}ごとの回答者の棒グラフ"
    return _drawn(svg.bars(chart, f"trait-{trait.id}-{chart.shape.name}", title, "") for chart in made)


def days_of(curves: Curves, beside: bool) -> Markup:
    days, unit = curves.days, UNITS[curves.unit][0]
    starts = [f"{day.start.month}/{day.start.day}" if curves.unit != "month" else f"{day.start:%Y/%m}" for day in days]
    made = columns.both([day.began for day in days], [day.finished for day in days], starts)
    return _drawn(
        svg.columns(chart, f"days{beside:d}-{chart.shape.name}", f"{unit}ごとの回答者の棒グラフ", True, beside)
        for chart in made
    )


def hours_of(counts: Sequence[int], beside: bool) -> Markup:
    made = columns.both(counts, None, [f"{hour}時" for hour in range(24)])
    return _drawn(
        svg.columns(chart, f"hours{beside:d}-{chart.shape.name}", "時間帯ごとの回答者の棒グラフ", False, beside)
        for chart in made
    )


def _drawn(drawings: Iterator[Markup]) -> Markup:
    return Markup("").join(drawings)
