"""Charts as they are drawn: inline SVG. Written here and not in a template, because a page has thousands of bars.

Colours and type are the style sheet's. What is drawn is hidden from readers of the screen: they have the title, the
description and the table beside it.
"""

from collections.abc import Iterator

from markupsafe import Markup, escape

from tsunagu.surveys.report.charts import Bar, Chart
from tsunagu.surveys.report.columns import Column, Columns


def bars(chart: Chart, id: str, title: str, describes: str) -> Markup:
    drawn = (part for bar in chart.bars for part in _bar(chart, bar))
    return _svg("chart", chart.shape.name, chart.shape.width, chart.height, id, title, describes, drawn)


def columns(chart: Columns, id: str, title: str, parts: bool, beside: bool) -> Markup:
    """`parts`: whether a darker part of each column is told apart."""
    width, side = chart.shape.width, " beside" if beside else ""
    drawn = [
        f'<text class="value" x="0" y="13">{chart.most:,}</text>',
        f'<path class="grid" d="M0 20H{width}M0 {chart.base}.5H{width}"/>',
        *(part for column in chart.columns for part in _column(chart, column, parts, side)),
    ]
    return _svg("chart columns", chart.shape.name, width, chart.height, id, title, "", drawn)


def _svg(
    kind: str,
    shape: str,
    width: int,
    height: int,
    id: str,
    title: str,
    describes: str,
    drawn: Iterator[str] | list[str],
) -> Markup:
    named = f"{id}-title {id}-desc" if describes else f"{id}-title"
    words = f'<title id="{id}-title">{escape(title)}</title>'
    words += f'<desc id="{id}-desc">{escape(describes)}</desc>' if describes else ""
    # Every value that is not a number of ours is escaped above or in `_bar`.
    return Markup(
        f'<svg class="{kind} {shape}" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' aria-labelledby="{named}" xmlns="http://www.w3.org/2000/svg">{words}'
        f'<g aria-hidden="true">{"".join(drawn)}</g></svg>'
    )


def _bar(chart: Chart, bar: Bar) -> Iterator[str]:
    y, height, middle = f"{bar.y:.1f}", bar.height, bar.y + bar.height / 2
    for line in bar.lines:
        yield f'<text class="label" x="0" y="{line.y:.1f}">{escape(line.words)}</text>'
    if chart.tracks:
        yield f'<rect class="track" x="{bar.x}" y="{y}" width="{chart.track}" height="{height}" rx="4"/>'
    if bar.count:
        side, width = " beside" if bar.group else "", max(bar.width, 3)
        yield f'<rect class="bar{side}" x="{bar.x}" y="{y}" width="{width:.2f}" height="{height}" rx="4"/>'
    if bar.low is not None and bar.high is not None and chart.tracks:
        low, high = f"{bar.x + bar.low:.1f}", f"{bar.x + bar.high:.1f}"
        ends = f"M{low} {middle - 4:.1f}v8M{high} {middle - 4:.1f}v8"
        yield f'<path class="sure" d="M{low} {middle:.1f}H{high}{ends}"/>'
    y = f"{middle + 5:.1f}"
    yield f'<text class="value" x="{chart.counts}" y="{y}" text-anchor="end">{bar.count:,}</text>'
    share = "—" if bar.percent is None else f"{bar.percent:.1f}%"
    yield f'<text class="percent" x="{chart.shape.width}" y="{y}" text-anchor="end">{share}</text>'


def _column(chart: Columns, column: Column, parts: bool, side: str) -> Iterator[str]:
    x, width = f"{column.x:.2f}", f"{column.width:.2f}"
    if column.height:
        whole = " whole" if parts else ""
        size = f'width="{width}" height="{column.height:.2f}"'
        yield f'<rect class="bar{side}{whole}" x="{x}" y="{column.y:.2f}" {size}/>'
    if column.height and parts:
        size = f'width="{width}" height="{column.part:.2f}"'
        yield f'<rect class="bar{side}" x="{x}" y="{chart.base - column.part:.2f}" {size}/>'
    if column.label:
        yield f'<text class="percent" x="{x}" y="{chart.base + 18}">{escape(column.label)}</text>'
