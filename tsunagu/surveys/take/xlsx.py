"""A survey as a workbook of sheets: what it is (概要), every figure of the page with native charts (集計), cross-tabs
(クロス集計), what the cells mean (コードブック), and the answers (回答, on as many sheets as they need).
"""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.workbook import Workbook

from tsunagu.surveys.definition import Number, Scale
from tsunagu.surveys.report.count import Both, both
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.report.wording import KINDS, duration
from tsunagu.surveys.take import about, figure_sheets, sheet
from tsunagu.surveys.take.columns import Cells, Column, columns
from tsunagu.surveys.take.figure_sheets import Forms, Pen
from tsunagu.surveys.take.taken import Taken, Told

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
WIDTHS = {Cells.WORDS: 40, Cells.NAME: 18, Cells.MOMENT: 19, Cells.DAY: 12, Cells.WHOLE: 12, Cells.AMOUNT: 12}
LIMIT: Both = (
    f"1つのセルに入るのは{sheet.LONGEST:,}字までです。長い回答は「{sheet.ENDED}」で終わり、全文はCSVにあります。",
    f"A cell can hold {sheet.LONGEST:,} characters; longer answers end early, and the CSV has them whole.",
)


def write(path: Path, look: Look, now: datetime, told: Told, rows: int = sheet.ROWS) -> Taken:
    """`now` in city time; at most `rows` on a sheet, the header among them. Raises TryAgain."""
    answered, wanted = look.report.answered, columns(look.definition, look.city, look.zone, look.tagged, look.editions)
    heights = [min(rows - 1, answered - start) for start in range(0, answered, rows - 1)] or [0]
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.xlsx"
        with xlsxwriter.Workbook(str(book), {**OPTIONS, "tmpdir": folder}) as made:
            forms, title = Forms(made), both(look.definition.title)[0]
            made.set_properties({"title": title, "author": look.city.name["ja"], "created": now.replace(tzinfo=None)})
            _overview(made, forms, look, now)
            figure_sheets.figures(made, forms, about.groups(look))
            figure_sheets.crossed(made, forms, look)
            _codebook(made, forms, wanted)
            first = len(made.worksheets()) + 1
            for number, height in enumerate(heights, start=1):
                _heads(made, forms, f"回答{number}" if len(heights) > 1 else "回答", wanted, height)
        sheets = {f"sheet{number}.xml": height for number, height in enumerate(heights, start=first)}
        sheet.put(book, path, sheets, look.pieces(told), wanted)
    return Taken(answered)


def _overview(book: Workbook, forms: Forms, look: Look, now: datetime) -> None:
    pen = Pen(book.add_worksheet("概要"), forms)
    pen.widths(30, 24, 60)
    title = both(look.definition.title)
    pen.line((title[0], forms.title))
    if title[1]:
        pen.line((title[1], forms.soft))
    pen.row += 1
    for label, value in about.facts(look, now):
        pen.line((about.one_line(label), forms.bold), (about.one_line(value), None))
    for group in about.groups(look):
        pen.row += 1
        pen.line((about.one_line(group.name), forms.heading))
        report = group.report
        pen.line(("回答 answered", None), (report.answered, forms.count))
        pen.line(("最後まで回答 finished", None), (report.finished, forms.count))
        pen.line(("最後まで回答した割合 finished, percent", None), (_share(report.finished_rate), forms.share))
        pen.line(("招待 invited", None), (report.invited if report.invited is not None else "—", forms.count))
        pen.line(("回答率 response rate", None), (_share(report.rate), forms.share))
        pen.line(("回答時間の中央値 median time", None), (duration(report.curves.median_seconds)[0], None))
    pen.row += 1
    pen.line(("数え方について notes on method", forms.heading))
    for japanese, english in about.notes():
        pen.line((japanese, None))
        pen.line((english, forms.soft))
    for words, form in zip(LIMIT, (None, forms.soft), strict=True):
        pen.line((words, form))


def _share(value: float | None) -> float | str:
    return "—" if value is None else value / 100


def _codebook(book: Workbook, forms: Forms, wanted: Sequence[Column]) -> None:
    names = ("列 column", "種類 type", "説明", "explains", "値 value", "値の意味", "meaning", "条件 limits")
    made = book.add_worksheet("コードブック")
    made.freeze_panes(1, 1)
    pen = Pen(made, forms)
    pen.widths(34, 22, 44, 44, 24, 34, 34, 24)
    pen.heads(*names)
    for column in wanted:
        question = column.question
        kind = about.one_line(KINDS[question.type]) if question else column.kind.value
        for value, meaning in column.values or (("", ("", "")),):
            cells = (column.name, kind, *column.explains, value, *meaning, _limits(column))
            pen.line(*((words, forms.wrapped) for words in cells))


def _limits(column: Column) -> str:
    question = column.question
    parts = [] if question is None or question.required else ["任意 optional"]
    if isinstance(question, Scale | Number):
        ends = (("min", question.min), ("max", question.max))
        parts += [f"{name} {value}" for name, value in ends if value is not None]
    if isinstance(question, Number) and question.unit:
        parts.append(both(question.unit)[0])
    return "、".join(parts)


def _heads(book: Workbook, forms: Forms, name: str, wanted: Sequence[Column], rows: int) -> None:
    """A sheet of answers that has only its header: `sheet.put` puts the rows in."""
    made = book.add_worksheet(name)
    formats = {Cells.DAY: forms.day, Cells.MOMENT: forms.moment}
    for at, column in enumerate(wanted):
        made.set_column(at, at, WIDTHS[column.kind], formats.get(column.kind))
    made.freeze_panes(1, 1)
    made.autofilter(0, 0, max(rows, 1), len(wanted) - 1)
    made.set_row(0, 62)
    for at, column in enumerate(wanted):
        made.write_string(0, at, column.name, forms.head)
