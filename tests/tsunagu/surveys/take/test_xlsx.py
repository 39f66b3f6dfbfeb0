"""The workbook, read back with openpyxl."""

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest
from google.cloud import firestore
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.take.looked import CITY, NOW, looked, seeded
from tsunagu.residents.city import city
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take.columns import Cells, columns, table
from tsunagu.surveys.take.sheet import ENDED, LONGEST, letters
from tsunagu.surveys.take.taken import Taken, nobody
from tsunagu.surveys.take.xlsx import write

SURVEY = definition()
SHEETS = ["概要", "集計", "クロス集計", "コードブック"]


def book_of(look: Look, **more: Any) -> Workbook:
    return load_workbook(io.BytesIO(bytes_of(look, **more)))


def bytes_of(look: Look, **more: Any) -> bytes:
    path = Path(look.definition.id + ".xlsx")
    write(path, look, NOW, nobody, **more)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def charts_of(sheet: Any) -> list[Any]:
    charts: list[Any] = sheet._charts
    return charts


def values(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(values_only=True))


def column(sheet: Worksheet, id: str) -> list[Any]:
    at = next(at for at, name in enumerate(values(sheet)[0]) if str(name).split(" ")[0] == id)
    return [row[at] for row in values(sheet)[1:]]


def test_it_has_figures_crosstabs_codebook_and_answers(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 50))
    told: list[tuple[int, int]] = []
    path = Path("r.xlsx")
    assert Taken(look.report.answered) == write(path, look, NOW, lambda done, of: told.append((done, of)))
    assert [*SHEETS, "回答"] == load_workbook(path).sheetnames
    assert (look.report.answered, look.report.answered) == told[-1]
    assert ["r.xlsx"] == [each.name for each in Path().iterdir()], "no temporary file is left"


def test_every_cell_is_that_of_the_table_with_its_type(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 120))
    wanted = columns(SURVEY, city(), CITY)
    expected = table(look.frame, wanted)
    head, *found = values(book_of(look)["回答"])
    assert [column.name for column in wanted] == list(head)
    assert expected.height == len(found)
    for line, cells in zip(expected.rows(), found, strict=True):
        for each, value, cell in zip(wanted, line, cells, strict=True):
            if isinstance(value, datetime) and isinstance(cell, datetime):
                assert abs((value - cell).total_seconds()) < 0.001
            elif isinstance(cell, datetime):
                assert (each.kind, value) == (Cells.DAY, cell.date())
            else:
                assert value == cell, each.name


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(1999, 12, 31)])
def test_days_are_days_of_excel(db: firestore.Client, day: date) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 1).with_columns(a_born=pl.lit(day)))
    (found,) = column(book_of(look)["回答"], "born")
    assert day == found.date()


def test_a_day_that_excel_does_not_know_is_in_words(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 1).with_columns(a_born=pl.lit(date(1868, 10, 23))))
    assert ["1868-10-23"] == column(book_of(look)["回答"], "born")


def test_more_answers_than_a_sheet_holds_go_on_the_next(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 50))
    answered = look.report.answered
    book = book_of(look, rows=21)
    names = [name for name in book.sheetnames if name not in SHEETS]
    assert [f"回答{number}" for number in range(1, len(names) + 1)] == names
    assert [21] * (len(names) - 1) == [book[name].max_row for name in names[:-1]]
    whole = values(book_of(looked(db, SURVEY.id))["回答"])
    assert {whole[0]} == {values(book[name])[0] for name in names}
    assert whole[1:] == [row for name in names for row in values(book[name])[1:]]
    assert answered == len(whole) - 1 > 40


def test_a_sheet_that_is_just_full_is_the_only_one(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 30))
    assert "回答" in book_of(look, rows=look.report.answered + 1).sheetnames
    assert ["回答1", "回答2"] == book_of(looked(db, SURVEY.id), rows=look.report.answered).sheetnames[4:]


def test_running_numbers_run_on_from_sheet_to_sheet(db: firestore.Client) -> None:
    survey = Definition.model_validate(SURVEY.written() | {"anonymity": "anonymous"})
    look = seeded(db, survey, rows(survey, 70))
    book = book_of(look, rows=31)
    found = [no for name in book.sheetnames if name not in SHEETS for no in column(book[name], "番号")]
    assert list(range(1, look.report.answered + 1)) == found


def test_the_sheet_says_how_large_it_is(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 20))
    content = bytes_of(look)
    with ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet5.xml").decode()
    last = letters(len(columns(SURVEY, city(), CITY)) - 1)
    assert f'<dimension ref="A1:{last}{look.report.answered + 1}"/>' in sheet
    assert f'<autoFilter ref="A1:{last}{look.report.answered + 1}"/>' in sheet


WORDS = [
    "=1+1",
    "+1",
    "https://city.example/",
    "{=SUM(A1)}",
    "＝1",
    "<r><t>b</t></r>",
    "</t></is></c><c>",
    "&amp; <b>",
    " 空白 ",
    "一行目\n二行目\tタブ",
    "😊𠮷👨‍👩‍👧",
    "\u202eabc",
    "#REF!",
]


def test_words_are_never_formulas_links_or_markup(db: firestore.Client) -> None:
    frame = rows(SURVEY, len(WORDS) * 2)[: len(WORDS)].with_columns(pl.Series("a_more", WORDS))
    look = seeded(db, SURVEY, frame)
    sheet = book_of(look)["回答"]
    assert set(WORDS) == set(column(sheet, "more"))
    at = next(cell.column or 0 for cell in sheet[1] if str(cell.value).startswith("more "))
    found = [sheet.cell(row, at) for row in range(2, len(WORDS) + 2)]
    assert {(True, None)} == {(cell.data_type in ("s", "inlineStr"), cell.hyperlink) for cell in found}


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("\x00\x07\x0b\x1f制御", "_x0000__x0007__x000B__x001F_制御"),
        ("a\rb\r\n", "a_x000D_b_x000D_\n"),
        ("\ufffe\uffff", "_xFFFE__xFFFF_"),
        ("_x0041_", "_x005F_x0041_"),
    ],
)
def test_control_characters_are_written_as_excel_does(db: firestore.Client, words: str, written: str) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 1).with_columns(a_more=pl.lit(words)))
    with ZipFile(io.BytesIO(bytes_of(look))) as book:
        assert f'<t xml:space="preserve">{written}</t>' in book.read("xl/worksheets/sheet5.xml").decode()


@pytest.mark.parametrize("words", ["あ" * LONGEST, "あ" * (LONGEST + 1), "😊" * 50_000, "a" * 100_000])
def test_what_a_cell_cannot_hold_ends_early_and_says_so(db: firestore.Client, words: str) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 1).with_columns(a_more=pl.lit(words)))
    (found,) = column(book_of(look)["回答"], "more")
    assert len(found.encode("utf-16-le")) // 2 <= LONGEST
    if found != words:
        assert found.endswith(ENDED) and words.startswith(found.removesuffix(ENDED)) and len(words) >= LONGEST / 2


def test_labels_with_signs_of_markup_are_labels(db: firestore.Client) -> None:
    labels = ["<r><t>a</t></r>", "=1+1", "R&D <i>"]
    document = SURVEY.written()
    use = next(question for question in document["questions"] if question["id"] == "use")
    use["text"] = {"ja": "<r>&amp;質問</r>", "en": "<b>"}
    for option, label in zip(use["options"], labels, strict=True):
        option["text"] = {"ja": label}
    survey = Definition.model_validate(document)
    book = book_of(seeded(db, survey, rows(survey, 60)))
    assert set(labels) == set(column(book["回答"], "use")) - {None}
    assert labels == [word for row in values(book["集計"]) if (word := str(row[0]).strip()) in labels]


def share_of(percent: float | None) -> Any:
    return None if percent is None else pytest.approx(percent / 100)


def test_every_figure_of_the_page_is_on_the_sheet_of_figures(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 300))
    lines = [row[:6] for row in values(book_of(look)["集計"])]
    start = 0
    for counted in look.report.questions:
        start = next(at for at in range(start, len(lines)) if str(lines[at][0]).startswith(f"{counted.question.id}　"))
        block = lines[start : start + len(counted.rows) + 20]
        for row in counted.rows:
            label = " / ".join(part for part in row.label if part)
            shares = [
                share if share is None else pytest.approx(share / 100) for share in (row.percent, row.low, row.high)
            ]
            of = row.of_answers if row.of_answers is None else pytest.approx(row.of_answers / 100)
            assert (label, row.count, *shares, of) in block
        states = {str(line[0]).split(" / ")[-1]: line[1] for line in reversed(block)}
        assert (counted.given, counted.skipped) == (states["Answered"], states["Skipped"])
        assert (counted.declined, counted.not_asked) == (states["Prefers not to say"], states["Not asked"])


def test_two_groups_stand_side_by_side(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 300), [("ward", "chuo"), ("vs.ward", "kita")])
    assert look.other is not None
    lines = values(book_of(look)["集計"])
    for ours, theirs in zip(look.report.questions[0].rows, look.other.questions[0].rows, strict=True):
        label = " / ".join(part for part in ours.label if part)
        assert [(ours.count, theirs.count)] == [(row[1], row[6]) for row in lines if row[0] == label][:1]


def test_charts_show_the_percentages_of_their_table(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 60))
    sheet = book_of(look)["集計"]
    charts = [chart for chart in charts_of(sheet) if chart.tagname == "barChart" and chart.barDir == "bar"]
    assert len(look.report.questions) + len(look.report.traits) + 1 == len(charts)
    for counted, chart in zip(look.report.questions, charts, strict=False):
        place = chart.series[0].val.numRef.f.partition("!")[2].replace("$", "")
        assert [share_of(row.percent) for row in counted.rows] == [cell[0].value for cell in sheet[place]]


def test_what_the_page_crosses_comes_first_and_then_every_choice_by_ward_and_age(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 200), [("cross", "use"), ("cross", "content")])
    assert look.crossed is not None
    lines = values(book_of(look)["クロス集計"])
    assert "使いますか × 満足度" == lines[0][0]
    counts = [[cell.count for cell in row] for row in look.crossed.layers[0].cells]
    assert counts == [list(row[1 : 1 + len(counts[0])]) for row in lines[3 : 3 + len(counts)]]
    titles = [str(row[0]) for row in lines if " × " in str(row[0])]
    expected = [f"{who} × {question}" for question in ("使いますか", "「{use}」の理由") for who in ("区", "年代")]
    assert expected == titles[1:]


def test_the_overview_says_what_is_counted(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 60), [("ward", "chuo")])
    words = [" ".join(str(cell) for cell in row if cell is not None) for row in values(book_of(look)["概要"])]
    for expected in ("すべての種類", "every-kind", "中央区", f"回答 answered {look.report.answered}", "ウィルソン"):
        assert any(expected in line for line in words), expected


def test_the_codebook_explains_every_column(db: firestore.Client) -> None:
    book = book_of(seeded(db, SURVEY, rows(SURVEY, 5)))
    lines = values(book["コードブック"])[1:]
    assert set(values(book["回答"])[0]) == {row[0] for row in lines}
    assert any(("よく使う", "Often") == (row[4], row[6]) for row in lines)
    assert {"given", "skipped", "declined", "not_asked", "blank"} <= {
        row[4] for row in lines if "use-code" in str(row[0])
    }


def test_an_anonymous_survey_tells_no_pseudonyms(db: firestore.Client) -> None:
    survey = Definition.model_validate(SURVEY.written() | {"anonymity": "anonymous"})
    frame = rows(survey, 20)
    book = book_of(seeded(db, survey, frame))
    everything = {str(value) for sheet in book.worksheets for row in values(sheet) for value in row}
    assert not everything & set(frame["key"])
    assert {0} == {moment.hour for moment in column(book["回答"], "開始")}


def test_a_survey_without_answers_is_a_workbook_too(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 0))
    book = book_of(look)
    assert 1 == len(values(book["回答"]))
    assert all(row.percent is None for counted in look.report.questions for row in counted.rows)
