"""The workbook, read back with openpyxl."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.tsunagu.surveys.invented import definition, rows
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.surveys.columns import columns, table
from tsunagu.surveys.count import Report, report
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.export_xlsx import ROWS, check, write

CITY = ZoneInfo("Asia/Tokyo")
SURVEY = definition()
NOW = datetime(2026, 11, 5, 9, 3, tzinfo=CITY)


def book_of(path: Path, survey: Definition, frame: pl.DataFrame, figures: Report | None = None) -> Workbook:
    wanted = columns(survey, city(), CITY)
    write(path / "r.xlsx", figures or report(survey, frame, 1000), wanted, table(frame, wanted), NOW)
    return load_workbook(path / "r.xlsx")


def charts_of(sheet: Any) -> list[Any]:
    charts: list[Any] = sheet._charts
    return charts


def values(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_it_has_the_three_sheets_and_a_native_chart_a_question(tmp_path: Path) -> None:
    book = book_of(tmp_path, SURVEY, rows(SURVEY, 50))
    assert ["回答", "集計", "コードブック"] == book.sheetnames
    assert len(SURVEY.questions) == len(charts_of(book["集計"]))


def test_the_answers_are_those_of_the_packs_with_their_types(tmp_path: Path) -> None:
    frame = rows(SURVEY, 50).sort("key")
    head, *cells = values(book_of(tmp_path, SURVEY, frame)["回答"])
    at = {str(name).split(" ")[0]: number for number, name in enumerate(head)}
    assert frame.height == len(cells)
    labels = {"preschool": "はい（小学校入学前）", "school": "はい（小学生以上）", "none": "いいえ", None: None}
    assert [labels[answer] for answer in frame["a_q1"]] == [row[at["q1"]] for row in cells]
    assert [answer and int("park" in answer) for answer in frame["a_q2"].to_list()] == [
        row[at["q2.park"]] for row in cells
    ]
    assert frame["a_q4"].to_list() == [row[at["q4"]] for row in cells]
    assert frame["a_q7"].to_list() == [row[at["q7"]] for row in cells]
    days = [row[at["q5"]] for row in cells]
    assert frame["a_q5"].to_list() == [day.date() if isinstance(day, datetime) else day for day in days]
    begun = cells[0][5]
    assert isinstance(begun, datetime)
    assert frame["started_at"][0].astimezone(CITY).replace(tzinfo=None) == begun


def test_every_figure_of_the_page_is_on_the_sheet_of_figures(tmp_path: Path) -> None:
    frame = rows(SURVEY, 300)
    figures = report(SURVEY, frame, 1000)
    cells = values(book_of(tmp_path, SURVEY, frame, figures)["集計"])
    lines = [(row[0], row[1], row[2]) for row in cells]
    assert ("回答率 response rate", 300, 0.3) in lines
    start = 0
    for counted in figures.questions:
        start = next(at for at in range(start, len(lines)) if str(lines[at][0]).startswith(f"{counted.question.id}　"))
        block = lines[start : start + len(counted.rows) + 16]
        for row in counted.rows:
            label = " / ".join(part for part in row.label if part)
            assert [(row.count, pytest.approx((row.percent or 0) / 100))] == [
                (count, share) for name, count, share in block if name == label
            ]


def test_charts_show_the_cells_of_their_question(tmp_path: Path) -> None:
    frame = rows(SURVEY, 30)
    sheet = book_of(tmp_path, SURVEY, frame)["集計"]
    for counted, chart in zip(report(SURVEY, frame, None).questions, charts_of(sheet), strict=True):
        place = chart.series[0].val.numRef.f.partition("!")[2].replace("$", "")
        assert [row.count for row in counted.rows] == [cell[0].value for cell in sheet[place]]


def test_words_are_never_formulas_or_links(tmp_path: Path) -> None:
    words = ["=1+1", "+1", "https://city.example/", "{=SUM(A1)}", "＝1", "\x01\x0b制御文字", "_x0041_"]
    frame = rows(SURVEY, len(words)).sort("key").with_columns(pl.Series("a_q7", words))
    sheet = book_of(tmp_path, SURVEY, frame)["回答"]
    column = next(cell.column or 0 for cell in sheet[1] if str(cell.value).startswith("q7 "))
    found = [sheet.cell(row, column) for row in range(2, len(words) + 2)]
    assert {("s", None)} == {
        ("s" if cell.data_type in ("s", "inlineStr") else cell.data_type, cell.hyperlink) for cell in found
    }
    assert words[:5] == [cell.value for cell in found][:5]


def test_the_codebook_explains_every_column(tmp_path: Path) -> None:
    book = book_of(tmp_path, SURVEY, rows(SURVEY, 5))
    head = values(book["回答"])[0]
    explained = {row[0] for row in values(book["コードブック"])[1:]}
    assert set(head) == explained
    lines = [row[:7] for row in values(book["コードブック"])]
    assert any("はい（小学校入学前）" == row[4] and "Yes, below school age" == row[6] for row in lines)


def test_an_anonymous_survey_tells_no_pseudonyms(tmp_path: Path) -> None:
    survey = definition(anonymous=True)
    frame = rows(survey, 20)
    sheet = book_of(tmp_path, survey, frame)["回答"]
    everything = {value for row in values(sheet) for value in row}
    assert not everything & set(frame["key"])
    assert list(range(1, 21)) == [row[0] for row in values(sheet)[1:]]
    assert {date} == {type(row[5].date()) for row in values(sheet)[1:] if isinstance(row[5], datetime)}
    assert {0} == {row[5].hour for row in values(sheet)[1:] if isinstance(row[5], datetime)}


def test_a_survey_without_answers_is_a_workbook_too(tmp_path: Path) -> None:
    book = book_of(tmp_path, SURVEY, rows(SURVEY, 0))
    assert 1 == len(values(book["回答"]))
    nobody = values(book_of(tmp_path, SURVEY, rows(SURVEY, 0), report(SURVEY, rows(SURVEY, 0), None))["集計"])
    assert any("nobody was invited" in str(row[0]) for row in nobody)


def test_more_answers_than_a_sheet_holds_fail_with_a_sentence() -> None:
    check(ROWS - 1)
    with pytest.raises(Rejected, match="CSV"):
        check(ROWS)
