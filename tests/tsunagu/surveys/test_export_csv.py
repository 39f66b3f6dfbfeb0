"""The CSV, read back with the csv module: what a spreadsheet would see."""

import csv
import io
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from tests.tsunagu.surveys.invented import definition, rows
from tsunagu.residents.city import city
from tsunagu.surveys.columns import columns, table
from tsunagu.surveys.count import report
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.export_csv import ROWS, pieces

CITY = ZoneInfo("Asia/Tokyo")
SURVEY = definition()


def written(survey: Definition, frame: pl.DataFrame) -> bytes:
    wanted = columns(survey, city(), CITY)
    return b"".join(pieces(table(frame, wanted), wanted))


def read_back(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def by_id(cells: dict[str, str], id: str) -> str:
    return next(value for name, value in cells.items() if name.split(" ")[0] == id)


def test_it_opens_in_a_spreadsheet_with_bom_and_crlf() -> None:
    content = written(SURVEY, rows(SURVEY, 20))
    assert content.startswith("\ufeff回答者 respondent,".encode())
    outside = "".join(part for number, part in enumerate(content.decode().split('"')) if number % 2 == 0)
    assert outside.count("\n") == outside.count("\r\n") == 21


def test_every_column_is_named_by_its_question_and_no_name_comes_twice() -> None:
    names = [column.name for column in columns(SURVEY, city(), CITY)]
    assert len(set(names)) == len(names)
    assert [
        "q1 お子さんと一緒に住んでいますか",
        *[f"q2.{option}" for option in ("places", "doctor", "park", "money", "forms")],
        "q3 市の子育て支援に満足していますか",
        "q3-skipped 市の子育て支援に満足していますか：スキップ",
    ] == [names[7], *[name.split(" ")[0] for name in names[8:13]], *names[13:15]]


def test_the_csv_counts_what_the_page_counts() -> None:
    frame = rows(SURVEY, 400)
    found, cells = report(SURVEY, frame, None), read_back(written(SURVEY, frame))
    assert found.answered == len(cells)
    assert found.finished == sum(1 for row in cells if row["完了 finished_at"])
    for row in found.questions[0].rows:
        assert row.count == sum(1 for each in cells if by_id(each, "q1") == row.label[0])
    for row in found.questions[1].rows:
        assert row.count == sum(1 for each in cells if by_id(each, f"q2.{row.code}") == "1")
    for row in found.questions[2].rows:
        assert row.count == sum(1 for each in cells if by_id(each, "q3") == row.code)


@pytest.mark.parametrize("id", ["q3", "q5", "q7"])
def test_not_asked_skipped_and_answered_can_be_told_apart(id: str) -> None:
    frame = rows(SURVEY, 400)
    counted = next(each for each in report(SURVEY, frame, None).questions if each.question.id == id)
    cells = [(by_id(row, id) != "", by_id(row, f"{id}-skipped")) for row in read_back(written(SURVEY, frame))]
    assert counted.given == cells.count((True, "0")) > 0
    assert counted.skipped == cells.count((False, "1")) > 0
    assert counted.unasked == cells.count((False, "")) > 0


def one(survey: Definition, **cells: object) -> dict[str, str]:
    frame = rows(survey, 1).with_columns(pl.lit(value).alias(name) for name, value in cells.items())
    return read_back(written(survey, frame))[0]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_words_that_a_spreadsheet_would_calculate_are_defused(first: str) -> None:
    assert f"'{first}1+1" == by_id(one(SURVEY, a_q7=f"{first}1+1"), "q7")
    assert f"a{first}1+1" == by_id(one(SURVEY, a_q7=f"a{first}1+1"), "q7")


def test_numbers_stay_numbers() -> None:
    assert "-3" == by_id(one(SURVEY, a_q6=-3.0), "q6")
    assert "2.5" == by_id(one(SURVEY, a_q6=2.5), "q6")
    assert "1e+300" == by_id(one(SURVEY, a_q6=1e300), "q6").replace("1e300", "1e+300")


@pytest.mark.parametrize("words", ['"', "a,b", "一\n二", "一\r\n二", "😊👨‍👩‍👧", "\u202eabc", " ", "a" * 5000])
def test_any_words_come_back_as_they_were(words: str) -> None:
    assert words == by_id(one(SURVEY, a_q7=words), "q7")


def test_an_anonymous_survey_tells_neither_pseudonyms_nor_times_of_day() -> None:
    survey = definition(anonymous=True)
    frame = rows(survey, 30)
    content = written(survey, frame).decode()
    assert not [key for key in frame["key"] if key in content]
    cells = read_back(content.encode())
    assert [str(number) for number in range(1, 31)] == [row["番号 no"] for row in cells]
    assert {10} == {len(row["開始 started_at"]) for row in cells}


def test_respondents_are_described_in_words() -> None:
    cells = one(SURVEY, ward="chuo", district="sekidai", age_band="20s", language="ja-easy")
    assert ["中央区", "碩台", "20代", "やさしい日本語"] == [
        cells[name] for name in ("区 ward", "校区 district", "年代 age_band", "言語 language")
    ]


def test_it_comes_in_pieces_and_an_empty_survey_has_its_header() -> None:
    frame = pl.concat([rows(SURVEY, 100)] * (ROWS * 2 // 100 + 1))
    wanted = columns(SURVEY, city(), CITY)
    assert 2 + 3 == len(list(pieces(table(frame, wanted), wanted)))
    assert frame.height == len(read_back(written(SURVEY, frame)))
    assert [] == read_back(written(SURVEY, rows(SURVEY, 0)))
