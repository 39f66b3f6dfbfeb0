"""A survey as a workbook of three sheets.

回答: the answers. 集計: every figure of the page, with a native chart a question. コードブック: what the cells mean.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys.columns import Column, Kind
from tsunagu.surveys.count import Both, Counted, Report, both
from tsunagu.surveys.definition import Multiple, Number, Scale

ROWS = 1_048_576  # rows a sheet can have, the header among them
CHART_ROWS = 15  # rows a chart of the smallest size covers
PIXELS = 20  # the height of a row
BLUE = "#264AF4"
KINDS = {
    "single": ("単一選択", "single choice"),
    "multiple": ("複数選択", "multiple choice"),
    "scale": ("段階", "scale"),
    "number": ("数値", "number"),
    "text": ("自由記述", "free text"),
    "date": ("日付", "date"),
}


def check(responses: int) -> None:
    """Raises Rejected when the answers do not fit on one sheet."""
    if responses + 1 > ROWS:
        raise Rejected(
            f"回答が{responses:,}件あり、1枚のシート（{ROWS - 1:,}件まで）に収まりません。CSVをお使いください。"
            f" There are more answers than one sheet holds: please take the CSV."
        )


def write(path: Path, report: Report, columns: Sequence[Column], table: pl.DataFrame, now: datetime) -> None:
    """`now` is in city time; `table` as `columns.table` makes it. Raises Rejected as `check` does."""
    check(table.height)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        _answers(book, columns, table)
        _Figures(book).write(report, now)
        _codebook(book, columns)


def _answers(book: Workbook, columns: Sequence[Column], table: pl.DataFrame) -> None:
    sheet = book.add_worksheet("回答")
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8F1FE", "bottom": 1})
    formats = {
        Kind.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
        Kind.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    for at, column in enumerate(columns):
        sheet.set_column(at, at, 20 if column.kind in (Kind.TEXT, Kind.MOMENT) else 13)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, table.height, len(columns) - 1)
    sheet.set_row(0, 62)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.name, head)
    for line, row in enumerate(table.iter_rows(), start=1):
        for at, (column, value) in enumerate(zip(columns, row, strict=True)):
            if value is not None:
                _cell(sheet, line, at, column.kind, value, formats)


def _cell(sheet: Worksheet, row: int, at: int, kind: Kind, value: Any, formats: dict[Kind, Format]) -> None:
    match kind:
        case Kind.TEXT:
            left_out = sheet.write_string(row, at, value)
        case Kind.NUMBER:
            left_out = sheet.write_number(row, at, value)
        case _:
            left_out = sheet.write_datetime(row, at, value, formats[kind])
    if left_out:
        raise ValueError(f"a cell of {kind.value} does not fit into a workbook: {left_out}")


class _Figures:
    """The sheet 集計, written downwards: rows that are done are no longer in memory."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.sheet = book.add_worksheet("集計")
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.heading = book.add_format({"bold": True, "font_size": 12, "bottom": 1})
        self.head = book.add_format({"bold": True, "bg_color": "#E8F1FE", "bottom": 1})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.soft = book.add_format({"font_color": "#4D4D4D"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.count = book.add_format({"num_format": "#,##0"})
        self.decimal = book.add_format({"num_format": "#,##0.##"})
        self.row = 0

    def write(self, report: Report, now: datetime) -> None:
        self.sheet.set_column(0, 0, 44)
        self.sheet.set_column(1, 2, 12)
        self.sheet.hide_gridlines(2)
        title = both(report.definition.title)
        self._line(title[0], self.title)
        if title[1]:
            self._line(title[1], self.soft)
        self._line(f"{now:%Y-%m-%d %H:%M} 現在 as of", self.soft)
        self.row += 1
        self._figure("回答数 responses", report.answered)
        self._figure("完了 finished", report.finished, report.finished_rate)
        if report.invited is None:
            self._line("招待した人：なし（配信していません） nobody was invited")
        else:
            self._figure("招待した人 invited", report.invited)
            self._figure("回答率 response rate", report.answered, report.rate)
        for counted in report.questions:
            self.row += 1
            self._question(counted)

    def _question(self, counted: Counted) -> None:
        top = self.row
        self._line(f"{counted.question.id}　{' '.join(counted.label[0].split())}", self.heading)
        if counted.label[1]:
            self._line(" ".join(counted.label[1].split()), self.soft)
        self._line(" / ".join(KINDS[counted.question.type]), self.soft)
        self._figure("回答 answered", counted.given)
        self._figure("スキップ skipped", counted.skipped)
        self._figure("未回答 not asked or not reached", counted.unasked)
        if counted.summary:
            for label, value in (
                ("平均 mean", counted.summary.mean),
                ("中央値 median", counted.summary.median),
                ("最小 lowest", counted.summary.lowest),
                ("最大 highest", counted.summary.highest),
            ):
                self.sheet.write_string(self.row, 0, label)
                self.sheet.write_number(self.row, 1, value, self.decimal)
                self.row += 1
        for at, words in enumerate(("選択肢 answer", "件数 count", "割合 percent")):
            self.sheet.write_string(self.row, at, words, self.head)
        self.row += 1
        first = self.row
        for row in counted.rows:
            self._figure(_label(row.label), row.count, row.percent, self.wrapped)
        more = "（複数選択のため、合計は100%を超えることがあります）" if isinstance(counted.question, Multiple) else ""
        self._line(f"割合の母数：{counted.base_is[0]} {counted.base:,}人{more}", self.soft)
        if counted.rows:
            self._chart(counted, top, first)
        self.row = max(self.row, top + self._chart_rows(counted))

    def _chart(self, counted: Counted, top: int, first: int) -> None:
        chart = self.book.add_chart({"type": "bar"})
        last = first + len(counted.rows) - 1
        chart.add_series(
            {
                "name": f"{counted.question.id} 件数",
                "categories": [self.sheet.get_name(), first, 0, last, 0],
                "values": [self.sheet.get_name(), first, 1, last, 1],
                "data_labels": {"value": True},
                "fill": {"color": BLUE},
                "gap": 60,
            }
        )
        chart.set_title({"name": _cut(f"{counted.question.id} {counted.label[0]}"), "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
        chart.set_x_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#CCCCCC"}}})
        chart.set_size({"width": 620, "height": (self._chart_rows(counted) - 1) * PIXELS})
        self.sheet.insert_chart(top, 4, chart, {"description": f"{counted.label[0]} の棒グラフ"})

    def _chart_rows(self, counted: Counted) -> int:
        return max(CHART_ROWS, 2 * len(counted.rows) + 6)

    def _line(self, words: str, form: Format | None = None) -> None:
        self.sheet.write_string(self.row, 0, words, form)
        self.row += 1

    def _figure(self, label: str, count: int, percent: float | None = None, form: Format | None = None) -> None:
        self.sheet.write_string(self.row, 0, label, form)
        self.sheet.write_number(self.row, 1, count, self.count)
        if percent is not None:
            self.sheet.write_number(self.row, 2, percent / 100, self.share)
        self.row += 1


def _codebook(book: Workbook, columns: Sequence[Column]) -> None:
    sheet = book.add_worksheet("コードブック")
    head = book.add_format({"bold": True, "bg_color": "#E8F1FE", "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    names = ("列 column", "種類 type", "説明", "explains", "値 value", "値の意味", "meaning", "条件 limits")
    for at, (name, width) in enumerate(zip(names, (34, 22, 44, 44, 24, 34, 34, 24), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, head)
    sheet.freeze_panes(1, 1)
    row = 1
    for column in columns:
        question = column.question
        kind = " / ".join(KINDS[question.type]) if question else column.kind.value
        for value, meaning in column.values or (("", ("", "")),):
            cells = (column.name, kind, *column.explains, value, *meaning, _limits(column))
            for at, words in enumerate(cells):
                sheet.write_string(row, at, words, wrapped)
            row += 1


def _limits(column: Column) -> str:
    question = column.question
    parts = [] if question is None or question.required else ["任意 optional"]
    if isinstance(question, Scale | Number):
        parts += [
            f"{name} {value}" for name, value in (("min", question.min), ("max", question.max)) if value is not None
        ]
    if isinstance(question, Number) and question.unit:
        parts.append(both(question.unit)[0])
    return "、".join(parts)


def _label(label: Both) -> str:
    return " / ".join(part for part in label if part)


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 60 else words[:59] + "…"
