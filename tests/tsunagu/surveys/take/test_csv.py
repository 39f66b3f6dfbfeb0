"""The CSV, read back with the csv module: what a spreadsheet would see."""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tsunagu.surveys.everykind import definition, rows
from tsunagu.residents.city import city
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.take.columns import columns, table
from tsunagu.surveys.take.csv import ALIKE, ROWS, held, pieces

CITY = ZoneInfo("Asia/Tokyo")
SURVEY = definition()


def written(survey: Definition, *frames: pl.DataFrame) -> bytes:
    return b"".join(content for content, _ in pieces(frames, columns(survey, city(), CITY)))


def read_back(content: bytes, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def by_id(cells: dict[str, str], id: str) -> str:
    return next(value for name, value in cells.items() if name.split(" ")[0] == id)


def one(**cells: object) -> dict[str, str]:
    frame = rows(SURVEY, 1).with_columns(pl.lit(value).alias(name) for name, value in cells.items())
    return read_back(written(SURVEY, frame))[0]


def test_lines_end_as_spreadsheets_of_windows_want_it() -> None:
    content = written(SURVEY, rows(SURVEY, 40))
    outside = "".join(part for number, part in enumerate(content.decode().split('"')) if number % 2 == 0)
    assert outside.count("\n") == outside.count("\r\n") == 41


def test_every_cell_is_that_of_the_table() -> None:
    frame = rows(SURVEY, 300)
    wanted = columns(SURVEY, city(), CITY)
    for row, cells in zip(table(frame, wanted).rows(), read_back(written(SURVEY, frame)), strict=True):
        for column, value in zip(wanted, row, strict=True):
            found = cells[column.name].removeprefix("'")
            if isinstance(value, float):
                assert value == float(found)
            elif isinstance(value, datetime):
                assert f"{value:%Y-%m-%d %H:%M:%S}" == found
            else:
                assert ("" if value is None else str(value)) == found


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "−"])
@pytest.mark.parametrize(("field", "id"), [("a_more", "more"), ("o_use", "use-other"), ("a_place", "place")])
def test_words_that_a_spreadsheet_would_calculate_are_defused(first: str, field: str, id: str) -> None:
    assert f"'{first}1+1" == by_id(one(**{field: f"{first}1+1"}), id)
    assert f"a{first}1+1" == by_id(one(**{field: f"a{first}1+1"}), id)


def test_a_label_that_a_spreadsheet_would_calculate_is_defused_too() -> None:
    document = SURVEY.written()
    use = next(question for question in document["questions"] if question["id"] == "use")
    use["options"][0]["text"] = {"ja": "-5℃より寒い"}
    survey = Definition.model_validate(document)
    frame = rows(survey, 1).with_columns(a_use=pl.lit("often"))
    assert "'-5℃より寒い" == by_id(read_back(written(survey, frame))[0], "use")


def test_labels_with_commas_and_quotes_are_whole_in_heads_and_cells() -> None:
    document = SURVEY.written()
    use = next(question for question in document["questions"] if question["id"] == "use")
    use["text"] = {"ja": 'a,"b"'}
    for number, option in enumerate(use["options"]):
        option["text"] = {"ja": f'{number}, "c"'}
    survey = Definition.model_validate(document)
    frame = rows(survey, 1).with_columns(a_use=pl.lit("often"))
    (cells,) = read_back(written(survey, frame))
    assert '0, "c"' == cells['use a,"b"']


@pytest.mark.parametrize(
    ("number", "expected"),
    [(-3.0, "-3"), (2.5, "2.5"), (0.1, "0.1"), (-0.5, "-0.5"), (float(2**53), "9007199254740992.0")],
)
def test_numbers_stay_numbers(number: float, expected: str) -> None:
    assert expected == by_id(one(a_age=number), "age")
    assert 1e300 == float(by_id(one(a_age=1e300), "age"))


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "a,b",
        "a;b",
        "一\n二",
        "一\r\n二",
        "一\r二",
        "😊👨‍👩‍👧",
        "\u202eabc",
        "\x07\x1b",
        " ",
        "'=1",
        "あ" * 100_000,
    ],
)
def test_any_words_come_back_as_they_were(words: str) -> None:
    assert words == by_id(one(a_more=words), "more")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1, max_size=5))
def test_no_words_break_the_rows_or_are_left_alive(words: list[str]) -> None:
    frame = rows(SURVEY, len(words) * 2)[: len(words)].with_columns(pl.Series("a_more", words))
    cells = [by_id(row, "more") for row in read_back(written(SURVEY, frame))]
    assert words == [cell[1:] if cell != word else cell for word, cell in zip(words, cells, strict=True)]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n＝＋－＠−")]


def test_it_comes_in_pieces_with_running_numbers_and_an_empty_survey_has_its_header() -> None:
    survey = Definition.model_validate(SURVEY.written() | {"anonymity": "anonymous"})
    frame = pl.concat([rows(survey, 100)] * (ROWS // 100 + 1))
    parts = list(pieces([frame, frame.head(3), frame.head(0)], columns(survey, city(), CITY)))
    assert [0, ROWS, frame.height - ROWS, 3] == [number for _, number in parts]
    found = read_back(b"".join(content for content, _ in parts))
    assert [str(number + 1) for number in range(frame.height + 3)] == [row["番号 no"] for row in found]
    assert [] == read_back(written(survey))


def test_what_cp932_cannot_hold_is_a_mark_and_counted() -> None:
    content, replaced = held("𠮷野家😊髙﨑①㈱〓でハングル한")
    assert ("〓野家〓髙﨑①㈱〓でハングル〓", 3) == (content.decode("cp932"), replaced)


def test_signs_that_windows_writes_otherwise_are_not_lost() -> None:
    content, replaced = held("".join(ALIKE))
    assert ("".join(ALIKE.values()), 0) == (content.decode("cp932"), replaced)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_words_fit_into_cp932_letter_by_letter(words: str) -> None:
    content, replaced = held(words)
    back = content.decode("cp932")
    assert len(words) == len(back)
    changed = [(before, after) for before, after in zip(words, back, strict=True) if before != after]
    assert replaced == sum(after == "〓" for _, after in changed)
