"""What a file says by its codebook is what is kept, and what cannot be kept is named row by row."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tsunagu.surveys.bring.written import BOOK, HEADING, TOKYO, VALUES, in_cells, opened, responses, write
from tsunagu.residents.city import city
from tsunagu.surveys.bring.keep import response_of
from tsunagu.surveys.bring.read import BadRow, Read, read
from tsunagu.surveys.rows import Said, packed_row

GOOD = {
    "番号": "1",
    "完了": "2019-06-03 10:00",
    "区": "1",
    "Q1": "1",
    "Q2_1": "1",
    "Q2_2": "0",
    "Q2_3": "0",
    "Q6": "よい",
}


def row(**cells: str) -> list[str]:
    return [{**GOOD, **cells}.get(column, "") for column in HEADING]


def taken(folder: Path, *rows: list[str], **book: Any) -> Read:
    return read(*opened(*write(folder, list(rows), **book)), city(), TOKYO)


def reasons(folder: Path, *rows: list[str], **book: Any) -> list[str]:
    return [bad.reason for bad in taken(folder, *rows, **book).bad]


@settings(max_examples=40, deadline=None)
@given(st.lists(responses(), min_size=1, max_size=8), st.sampled_from(",\t;"), st.sampled_from(["utf-8-sig", "cp932"]))
def test_what_the_file_says_is_what_is_kept(said: list[dict[str, Any]], delimiter: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = [in_cells(str(number), each) for number, each in enumerate(said)]
        got = taken(Path(folder), *cells, delimiter=delimiter, encoding=encoding)
    assert [] == got.bad
    for number, (expected, actual) in enumerate(zip(said, got.rows.iter_rows(named=True), strict=True)):
        assert {"key": str(number), "edition": 1, **expected} == {
            name: value for name, value in actual.items() if name not in ("version", "waits_at")
        }


@settings(max_examples=40, deadline=None)
@given(st.lists(responses(), min_size=1, max_size=8))
def test_the_truth_of_a_row_is_packed_as_that_row(said: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book, file = opened(*write(Path(folder), [in_cells(str(n), each) for n, each in enumerate(said)]))
        got = read(book, file, city(), TOKYO)
    definition = book.definition()
    for each in got.rows.iter_rows(named=True):
        assert each == packed_row(definition, each["key"], response_of(definition, each))


def test_who_did_not_finish_stopped_after_the_last_answer_among_what_was_asked(tmp_path: Path) -> None:
    silent = {"Q3": "-7", "Q4": "", "Q5": "30", "Q6": "-7", "Q7": "-7", "Q8": ""}
    got = taken(tmp_path, row(完了="", **silent), row(番号="2", 完了="", Q11="碩台"), row(番号="3", Q4=""))
    assert ["when", "school", None] == got.rows["waits_at"].to_list()
    assert [True, True, False] == got.rows["finished_at"].is_null().to_list()


def test_where_the_file_has_no_times_all_were_handed_in_on_the_day(tmp_path: Path) -> None:
    ignore = ["備考", "開始", "完了"]
    got = taken(tmp_path, row(), started=None, finished=None, held="2019-06-03", ignore=ignore)
    assert "2019-06-02 15:00:00+00:00" == str(got.rows["finished_at"][0])
    assert [None] == got.rows["started_at"].to_list()


def test_an_anonymous_survey_knows_days_only(tmp_path: Path) -> None:
    got = taken(tmp_path, row(開始="2019/06/03 08:59:59", 完了="2019-06-04 01:00"), anonymity="anonymous")
    assert ("2019-06-02 15:00:00+00:00", "2019-06-03 15:00:00+00:00") == tuple(
        str(got.rows[name][0]) for name in ("started_at", "finished_at")
    )


def test_the_ward_of_a_district_is_known_without_being_said(tmp_path: Path) -> None:
    got = taken(tmp_path, row(区="", 校区="植木"), row(番号="2", 区="1", 校区="植木"))
    assert ["kita", "chuo"] == got.rows["ward"].to_list()


def test_what_is_no_code_may_be_the_words_with_other(tmp_path: Path) -> None:
    options = [{"id": id, "text": {"ja": ja}} for id, ja in (("bus", "バス"), ("car", "車"))]
    other = {"id": "other", "text": {"ja": "その他"}, "other": True}
    asked = {"text": {"ja": "手段"}, "options": [*options, other]}
    questions = [
        {"id": "one", "type": "single", "column": "Q1", **asked},
        {"id": "many", "type": "multiple", "column": "Q3", "separator": ",", **asked},
    ]
    ignore = [name for name in HEADING if name[0] in "備Q" and name not in ("Q1", "Q3")]
    got = taken(
        tmp_path,
        row(Q1="バス", Q3="車, 徒歩 ,バス, 自転車"),
        row(番号="2", Q1="=1+1", Q3="車"),
        questions=questions,
        ignore=ignore,
    )
    assert [] == got.bad
    assert [("bus", None), ("other", "=1+1")] == got.rows.select("a_one", "o_one").rows()
    assert [(["bus", "car", "other"], "徒歩,自転車"), (["car"], None)] == got.rows.select("a_many", "o_many").rows()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Q1": "7"}, "`Q1`: '7' is not in the codebook"),
        ({"Q1": "あ" * 41}, f"`Q1`: '{'あ' * 40}…' is not in the codebook"),
        ({"Q2_2": "2"}, "`Q2_2`: '2' is not in the codebook"),
        ({"Q2_2": "-7"}, "the columns of `why` contradict each other (`Q2_2`)"),
        ({"Q2_1": "-9", "Q2_2": "-7"}, "the columns of `why` contradict each other (`Q2_1`)"),
        ({"Q3": "bus/bike"}, "`Q3`: 'bike' is not in the codebook"),
        ({"Q4": "6"}, "`Q4`: '6' is no step from 1 to 5"),
        ({"Q4": "2.5"}, "`Q4`: '2.5' is no step from 1 to 5"),
        ({"Q5": "many"}, "`Q5`: 'many' is no number"),
        ({"Q5": "1e3"}, "`Q5`: '1e3' is no number"),
        ({"Q5": "-1"}, "`Q5`: '-1' is below 0"),
        ({"Q5": "1,200"}, "`Q5`: '1,200' is above 120"),
        ({"Q6": "長" * 100_000}, "`Q6`: has 100,000 characters, and 5,000 fit"),
        ({"Q1": "3", "Q1他": "長" * 5001}, "`Q1他`: has 5,001 characters, and 5,000 fit"),
        ({"Q7": "2019-02-29"}, "`Q7`: '2019-02-29' is no date and time"),
        ({"Q7": "0019-02-27"}, "`Q7`: '0019-02-27' is not between 1900 and 2100"),
        ({"Q8": "25:00"}, "`Q8`: '25:00' is no time of day such as '09:30'"),
        ({"Q9": "2019-06-03"}, "`Q9`: '2019-06-03' is no date and time such as '%Y.%m.%d %H:%M'"),
        ({"Q10": "chuo"}, "`Q10`: 'chuo' is not in the codebook"),
        ({"Q11": "東京"}, "`Q11`: '東京' is not in the codebook"),
        ({"区": "3"}, "`区`: '3' is not in the codebook"),
        ({"年代": "90s"}, "`年代`: '90s' is not in the codebook"),
        ({"言語": "fr"}, "`言語`: 'fr' is not in the codebook"),
        ({"完了": "いつか"}, "`完了`: 'いつか' is no date and time"),
        ({"開始": "2019/06/03 10:00:01"}, "was finished before it was begun"),
        ({"番号": " "}, "`番号`: is empty"),
        ({"Q1": "-6", "Q1他": "自転車"}, "`Q1他` has words, but no option is chosen"),
        ({"Q1": "2", "Q1他": "自転車"}, "`Q1他` has words, but `other` is not chosen"),
        ({"Q2_1": "1", "Q2他": "自転車"}, "`Q2他` has words, but `other` is not chosen"),
        ({"Q1": "", "Q2_1": "0", "Q6": "-7"}, "answers nothing"),
        ({"Q1": "7", "Q4": "6"}, "`Q1`: '7' is not in the codebook; `Q4`: '6' is no step from 1 to 5"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    got = taken(tmp_path, row(番号="9"), row(**cells), row(番号="8"))
    assert [BadRow(3, reason)] == got.bad
    assert ["9", "8"] == got.rows["key"].to_list()


def test_a_row_of_another_width_is_named(tmp_path: Path) -> None:
    assert ["has 24 cells, and the heading 23", "has 1 cells, and the heading 23"] == reasons(
        tmp_path, [*row(), ""], ["1"]
    )


def test_lines_are_those_of_the_file_where_cells_go_over_lines(tmp_path: Path) -> None:
    got = taken(tmp_path, row(Q6="一\n二\n三"), row(番号="2", Q1="7"), row(番号="3", Q1="7"))
    assert [5, 6] == [bad.line for bad in got.bad]


def test_of_two_rows_with_one_key_the_second_is_named(tmp_path: Path) -> None:
    got = taken(tmp_path, row(), row(Q6="別"), row(番号="2"), row(Q6="また別"))
    assert [BadRow(3, "`番号`: is that of line 2 too"), BadRow(5, "`番号`: is that of line 2 too")] == got.bad
    assert ["よい", "よい"] == got.rows["a_more"].to_list()


def test_without_a_key_every_row_is_somebody_else(tmp_path: Path) -> None:
    book = {"key": None, "ignore": ["備考", "番号"]}
    assert ["1", "2"] == taken(tmp_path, row(), row(), **book).rows["key"].to_list()


def test_a_response_larger_than_a_document_is_named(tmp_path: Path) -> None:
    columns = [f"Q{number}" for number in range(1, 12) if number != 2]
    questions = [
        {"id": f"t{n}", "type": "text", "column": name, "text": {"ja": "文"}} for n, name in enumerate(columns)
    ]
    ignore = [name for name in HEADING if name[0] in "備Q" and name not in columns]
    heavy = row(**dict.fromkeys(columns, "長" * 100_000))
    assert ["takes more than the 900,000 bytes that one response may"] == reasons(
        tmp_path, heavy, questions=questions, ignore=ignore
    )


def test_formulas_and_strange_characters_are_words(tmp_path: Path) -> None:
    said = ["=HYPERLINK(1)", "@SUM(A1)", "\u202eright to left", "絵文字😊", "a\x00b\x1b"]
    got = taken(tmp_path, *[row(番号=str(n), Q6=each) for n, each in enumerate(said)])
    assert [each.replace("\x00", "") for each in said] == got.rows["a_more"].to_list()
    assert [int(Said.GIVEN)] * len(said) == got.rows["s_more"].to_list()


def test_every_kind_a_file_can_hold_is_in_these_tests() -> None:
    kinds = {question["type"] for question in BOOK["questions"]}
    assert {"single", "multiple", "scale", "number", "text", "date", "time", "datetime", "ward", "district"} == kinds
    assert list(VALUES) == [question["id"] for question in BOOK["questions"]]


def test_a_moment_with_a_zone_is_kept_as_the_city_s_clock_showed_it(tmp_path: Path) -> None:
    questions = [{**each, "format": None} if each["id"] == "visit" else each for each in BOOK["questions"]]
    got = taken(tmp_path, row(Q9="2026-11-03T00:30:00Z"), row(番号="2", Q9="2026-11-03T00:30"), questions=questions)
    assert ["2026-11-03T09:30", "2026-11-03T00:30"] == got.rows["a_visit"].to_list()


def test_a_column_without_a_heading_can_be_left_out(tmp_path: Path) -> None:
    file, codebook = write(tmp_path, [row()], ignore=["備考", ""])
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([f"{lines[0]},", *(f"{line},x" for line in lines[1:])]), "utf-8")
    book, found = opened(file, codebook)
    assert 1 == read(book, found, city(), TOKYO).rows.height


def test_a_format_may_have_a_zone(tmp_path: Path) -> None:
    got = taken(
        tmp_path, row(開始="2019-06-02T23:00:00+0000"), started={"column": "開始", "format": "%Y-%m-%dT%H:%M:%S%z"}
    )
    assert ["2019-06-02 23:00:00+00:00"] == [str(each) for each in got.rows["started_at"]]
