"""A file of rows is read as it is meant, or refused with the place that says why."""

from pathlib import Path

import pytest

from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys.bring.file import AUTO, Row, look_at

TEXT = '番号,Q1,ご意見\r\n1,a,"一行目\n二行目"\r\n2,b,"「""公園""」、,を"\r\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "cp932"])
def test_rows_are_the_same_in_every_encoding_with_or_without_a_mark(path: Path, written: str) -> None:
    path.write_bytes(TEXT.encode(written))
    file = look_at(path, AUTO, ["番号"])
    assert ("番号", "Q1", "ご意見") == file.columns
    assert [Row(2, ["1", "a", "一行目\n二行目"]), Row(4, ["2", "b", '「"公園"」、,を'])] == list(file.rows())
    assert written.removesuffix("-sig") == file.encoding


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_the_one_that_makes_the_columns_of_the_codebook(path: Path, delimiter: str) -> None:
    path.write_text(delimiter.join(["a,b", "c;d", "e"]).replace("a,b", '"a,b"').replace("c;d", '"c;d"') + "\n1;2,3\t4")
    assert delimiter == look_at(path, AUTO, ["a,b", "c;d", "e"]).delimiter


def test_equal_headings_are_told_apart_and_line_ends_in_them_are_spaces(path: Path) -> None:
    path.write_text('その他,"Q1\n公園",その他,その他\n1,2,3,4\n', encoding="utf-8")
    assert ("その他", "Q1 公園", "その他#2", "その他#3") == look_at(path, AUTO, []).columns


@pytest.mark.parametrize(
    ("content", "encoding", "says"),
    [
        (b"", AUTO, "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", AUTO, "is empty"),
        (b"a,b\r\n", AUTO, "there is only a heading"),
        ("a\n東".encode("utf-16"), AUTO, "is UTF-16"),
        ("a\nb\nx東".encode("cp932"), "utf-8", r"line 3, byte 2 of it \(0x93\)"),
        ("a\nb\nx東".encode("cp932"), "utf-8", "try --encoding cp932"),
        ("a\nあ\n".encode(), "cp932", "try --encoding utf-8"),
        (b"a\n\x81", AUTO, r"not utf-8 nor cp932\n.*line 2, byte 1 of it \(0x81\)"),
        (b'a,b\n1,2\n"3,4\n5,6\n', AUTO, "line 3: .*quotation mark is not closed"),
        (b'a,b\n1,"2"3\n', AUTO, "line 2: "),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(path: Path, content: bytes, encoding: str, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(Rejected, match=says):
        list(look_at(path, encoding, ["a"]).rows())


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="cannot be read"):
        look_at(tmp_path / "nowhere.csv", AUTO, [])


def test_a_cell_of_100_000_characters_is_read(path: Path) -> None:
    path.write_text(f"a,b\n1,{'あ' * 100_000}\n", encoding="utf-8")
    assert 100_000 == len(next(look_at(path, AUTO, []).rows()).cells[1])
