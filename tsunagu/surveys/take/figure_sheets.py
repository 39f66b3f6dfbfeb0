"""The sheets of figures in a workbook: every table of the page, with a native chart for each; cross-tabs.

Written downwards, for rows that are done are no longer in memory.
"""

from collections.abc import Callable, Sequence

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from tsunagu.surveys.definition import Multiple, Single
from tsunagu.surveys.report.count import Both, Counted
from tsunagu.surveys.report.cross import Cell, Crossed, Layer
from tsunagu.surveys.report.curves import Curves
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.report.shares import Row
from tsunagu.surveys.report.wording import KINDS
from tsunagu.surveys.take import about
from tsunagu.surveys.take.about import Group, Line
from tsunagu.surveys.take.columns import short

CHART_ROWS = 15  # rows a chart of the smallest size covers
PIXELS = 20  # the height of a row
COLOURS = ("#264AF4", "#C16800")
HEADS = ("件数 count", "割合 percent", "下限 low (95%)", "上限 high (95%)", "回答数比 of answers")
SHARE = 1  # the place of the percentage among them
Content = str | int | float | None
Written = tuple[Content, Format | None]


class Forms:
    def __init__(self, book: Workbook) -> None:
        top = {"text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.heading = book.add_format({"bold": True, "font_size": 12, "bottom": 1})
        self.head = book.add_format({"bold": True, "bg_color": "#E8F1FE", "bottom": 1, **top})
        self.wrapped = book.add_format(top)
        self.bold = book.add_format({"bold": True})
        self.soft = book.add_format({"font_color": "#4D4D4D"})
        self.share = book.add_format({"num_format": "0.0%", "valign": "top"})
        self.count = book.add_format({"num_format": "#,##0", "valign": "top"})
        self.decimal = book.add_format({"num_format": "#,##0.##", "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})


class Pen:
    """Writes a sheet line by line."""

    def __init__(self, sheet: Worksheet, forms: Forms) -> None:
        self.sheet, self.forms, self.row = sheet, forms, 0
        sheet.hide_gridlines(2)

    def widths(self, *widths: int) -> None:
        for at, width in enumerate(widths):
            self.sheet.set_column(at, at, width)

    def line(self, *cells: Written) -> None:
        for at, (content, form) in enumerate(cells):
            if isinstance(content, str):
                # XlsxWriter takes what is written so for markup of its own, and puts it into the file as it is.
                rich = content.startswith("<r>") and content.endswith("</r>")
                self.sheet.write_string(self.row, at, content + " " if rich else content, form)
            elif content is not None:
                self.sheet.write_number(self.row, at, content, form)
        self.row += 1

    def heads(self, *words: str) -> None:
        self.line(*((each, self.forms.head) for each in words))

    def wide(self, *of: Content, form: Format | None = None) -> list[Written]:
        """One figure of each group, under the first head of that group."""
        return [cell for each in of for cell in [(each, form), *[(None, None)] * (len(HEADS) - 1)]]


def figures(book: Workbook, forms: Forms, groups: Sequence[Group]) -> None:
    pen = Pen(book.add_worksheet("集計"), forms)
    pen.widths(44, *[11] * len(HEADS) * len(groups))
    reports = [group.report for group in groups]
    for counted in zip(*(report.questions for report in reports), strict=True):
        _question(book, pen, groups, counted)
    everybody = "割合の母数：回答者全員 base: all respondents"
    for traits in zip(*(report.traits for report in reports), strict=True):
        _table(book, pen, groups, traits[0].label, [trait.rows for trait in traits], everybody)
    stops = [[stop.row for stop in report.curves.stops] for report in reports]
    _table(book, pen, groups, ("どこでやめたか", "where people stopped"), stops, everybody)
    for group in groups:
        _came_in(book, pen, group.name if len(groups) > 1 else ("", ""), group.report.curves)


def crossed(book: Workbook, forms: Forms, look: Look) -> None:
    """What the page crosses, and every question with choices by ward and by age band."""
    pen = Pen(book.add_worksheet("クロス集計"), forms)
    pen.widths(34, *[12] * 20)
    for group in about.groups(look):
        if group.crossed is not None:
            _crossed(pen, group.crossed, group.name, whole=True)
    name = about.groups(look)[0].name
    for question in look.definition.asked:
        if isinstance(question, Single | Multiple):
            for attribute in ("ward", "age_band"):
                _crossed(pen, look.cross(attribute, f"q.{question.id}"), name, whole=False)


def _question(book: Workbook, pen: Pen, groups: Sequence[Group], counted: Sequence[Counted]) -> None:
    question, forms = counted[0].question, pen.forms

    def facts() -> None:
        pen.line((about.one_line(KINDS[question.type]), forms.soft))
        for states in zip(*map(about.states, counted), strict=True):
            pen.line((about.one_line(states[0][0]), None), *pen.wide(*(count for _, count in states), form=forms.count))
        for label, values in about.measures(counted):
            pen.line((about.one_line(label), None), *pen.wide(*values, form=forms.decimal))

    bases = [about.one_line(line) for line in (*map(about.base, counted), *counted[0].revised)]
    title = f"{question.id}　{about.flat(counted[0].label[0])}", about.flat(counted[0].label[1])
    _table(book, pen, groups, title, [each.rows for each in counted], "　".join(dict.fromkeys(bases)), facts)


def _table(
    book: Workbook,
    pen: Pen,
    groups: Sequence[Group],
    title: Both,
    rows: Sequence[Sequence[Row]],
    base: str,
    facts: Callable[[], None] = lambda: None,
) -> None:
    top, forms = pen.row, pen.forms
    pen.line((title[0], forms.heading))
    if title[1]:
        pen.line((title[1], forms.soft))
    facts()
    if len(groups) > 1:
        pen.line((None, None), *pen.wide(*(about.one_line(group.name) for group in groups), form=forms.bold))
    pen.heads("選択肢・区分 answer", *HEADS * len(groups))
    first = pen.row
    lines = about.lines(rows)
    for line in lines:
        _row(pen, line)
    pen.line((base, forms.soft))
    if lines:
        rows_covered = _chart(book, pen, groups, title[0], top, first)
        pen.row = max(pen.row, top + rows_covered)
    pen.row += 1


def _row(pen: Pen, line: Line) -> None:
    label, rows = line
    cells: list[Written] = [(about.one_line(label), pen.forms.wrapped)]
    for row in rows:
        shares = (row.percent, row.low, row.high, row.of_answers) if row else (None,) * 4
        cells.append((row.count if row else None, pen.forms.count))
        cells += [(None if share is None else share / 100, pen.forms.share) for share in shares]
    pen.line(*cells)


def _chart(book: Workbook, pen: Pen, groups: Sequence[Group], title: str, top: int, first: int) -> int:
    """Beside the table; says how many rows it covers."""
    chart, name = book.add_chart({"type": "bar"}), pen.sheet.get_name()
    last = pen.row - 2
    for at, group in enumerate(groups):
        column = 1 + at * len(HEADS) + SHARE
        chart.add_series(
            {
                "name": about.one_line(group.name),
                "categories": [name, first, 0, last, 0],
                "values": [name, first, column, last, column],
                "fill": {"color": COLOURS[at]},
                "gap": 60,
                "data_labels": {"value": True, "num_format": "0.0%"},
            }
        )
    chart.set_title({"name": short(title), "overlay": False, "name_font": {"size": 11}})
    chart.set_legend({"none": True} if len(groups) == 1 else {"position": "bottom"})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_x_axis({"min": 0, "num_format": "0%", "major_gridlines": {"visible": True, "line": {"color": "#CCCCCC"}}})
    covered = max(CHART_ROWS, (1 + len(groups)) * (last - first + 1) + 6)
    chart.set_size({"width": 620, "height": (covered - 1) * PIXELS})
    beside = 2 + len(groups) * len(HEADS)
    pen.sheet.insert_chart(top, beside, chart, {"description": f"{short(title)} の割合の棒グラフ"})
    return covered


def _came_in(book: Workbook, pen: Pen, name: Both, curves: Curves) -> None:
    """How the answers came in: by language, by day, and by the hour."""
    forms = pen.forms
    pen.line((about.one_line(("言語ごと　" + name[0], "by language")), forms.heading))
    pen.heads("言語 language", "回答 answered", "割合 percent", "最後まで finished", "その割合", "中央値（秒） median")
    for spoken in curves.languages:
        shares = [
            (share / 100 if share is not None else None, forms.share)
            for share in (spoken.row.percent, spoken.finished_percent)
        ]
        pen.line(
            (about.one_line(spoken.row.label), None),
            (spoken.row.count, forms.count),
            shares[0],
            (spoken.finished, forms.count),
            shares[1],
            (spoken.median_seconds, forms.count),
        )
    pen.row += 1
    top = pen.row
    pen.line((about.one_line(("回答の推移　" + name[0], "how answers came in")), forms.heading))
    pen.heads("始まり from", "開始 began", "最後まで finished")
    first = pen.row
    for day in curves.days:
        pen.line((about.one_line(day.label), None), (day.began, forms.count), (day.finished, forms.count))
    if curves.days:
        _curve(book, pen, top, first)
        pen.row = max(pen.row, top + CHART_ROWS)
    pen.row += 1
    if curves.hours is not None:
        pen.line((about.one_line(("時間帯　" + name[0], "by the hour of the day")), forms.heading))
        pen.heads("時 hour", "開始 began")
        for hour, began in enumerate(curves.hours):
            pen.line((hour, forms.count), (began, forms.count))
        pen.row += 1


def _curve(book: Workbook, pen: Pen, top: int, first: int) -> None:
    chart, name, last = book.add_chart({"type": "column"}), pen.sheet.get_name(), pen.row - 1
    for column, title in ((1, "開始 began"), (2, "最後まで finished")):
        chart.add_series(
            {
                "name": title,
                "categories": [name, first, 0, last, 0],
                "values": [name, first, column, last, column],
                "fill": {"color": COLOURS[column - 1]},
            }
        )
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 620, "height": (CHART_ROWS - 1) * PIXELS})
    pen.sheet.insert_chart(top, 5, chart, {"description": "回答の推移の棒グラフ"})


def _crossed(pen: Pen, found: Crossed, name: Both, whole: bool) -> None:
    """`whole`: with the shares of columns and of all, and with intervals."""
    forms = pen.forms
    axes = " × ".join(about.flat(axis.label[0]) for axis in (found.rows, found.columns, found.layered) if axis)
    pen.line((axes, forms.heading))
    pen.line((f"{about.one_line(name)}　n = {found.n:,}（すべてに答えた人 who answered all of them）", forms.soft))
    for layer in found.layers:
        if found.layered is not None:
            pen.line(
                (f"{about.flat(found.layered.label[0])}：{about.one_line(layer.label)}　n = {layer.n:,}", forms.bold)
            )
        _counts(pen, found, layer)
        blocks = [("行の割合 percent of the row", lambda cell: cell.of_row.percent)]
        if whole:
            blocks += [
                ("行の割合の下限 low (95%)", lambda cell: cell.of_row.low),
                ("行の割合の上限 high (95%)", lambda cell: cell.of_row.high),
                ("列の割合 percent of the column", lambda cell: cell.of_column.percent),
                ("全体の割合 percent of all", lambda cell: cell.of_all.percent),
            ]
        for title, share in blocks:
            _shares(pen, found, layer, title, share)
    pen.row += 1


def _counts(pen: Pen, found: Crossed, layer: Layer) -> None:
    forms = pen.forms
    pen.heads("件数 count", *map(about.one_line, found.columns.labels), "全体 all")
    for label, total, cells in zip(found.rows.labels, layer.rows, layer.cells, strict=True):
        counts = [(cell.count, forms.count) for cell in cells]
        pen.line((about.one_line(label), forms.wrapped), *counts, (total, forms.count))
    totals = [(total, forms.count) for total in (*layer.columns, layer.n)]
    pen.line(("全体 all", forms.wrapped), *totals)


def _shares(pen: Pen, found: Crossed, layer: Layer, title: str, share: Callable[[Cell], float | None]) -> None:
    forms = pen.forms
    pen.heads(title, *map(about.one_line, found.columns.labels))
    for label, cells in zip(found.rows.labels, layer.cells, strict=True):
        of = [share(cell) for cell in cells]
        shares = [(None if each is None else each / 100, forms.share) for each in of]
        pen.line((about.one_line(label), forms.wrapped), *shares)
