"""Each fault of a codebook, by itself or beside its file, is named with its line and with what would be right."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.tsunagu.surveys.bring.written import BOOK, HEADING, write
from tsunagu.cloud import definitions
from tsunagu.cloud.definitions import Fault, WrongFile
from tsunagu.residents.city import city
from tsunagu.surveys.bring import codebook_checks
from tsunagu.surveys.bring.codebook import Codebook
from tsunagu.surveys.bring.file import AUTO, look_at
from tsunagu.surveys.definition import Anonymity, Single

Way = tuple[str | int, ...]


def changed(*way_and_value: Any) -> dict[str, Any]:
    """The codebook with another value there; None: without it."""
    *way, last, value = way_and_value
    book = copy.deepcopy(BOOK)
    place = book
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return book


def faults(folder: Path, book: dict[str, Any]) -> list[Fault]:
    file, codebook = write(folder, [["1"] * len(HEADING)])
    codebook.write_text(json.dumps(book, ensure_ascii=False, indent=1), "utf-8")
    found = look_at(file, AUTO, HEADING)
    with pytest.raises(WrongFile) as wrong:
        definitions.load(codebook, Codebook, check=lambda book: codebook_checks.problems(book, found, city()))
    return wrong.value.faults


@pytest.mark.parametrize(
    ("book", "field", "says"),
    [
        (changed("questions", 0, "column", "Q1その他"), "questions[0].column", "did you mean `Q1他`"),
        (
            changed("questions", 0, "column", "満足"),
            "questions[0].column",
            "`満足` is no column of answers.csv (read as utf-8)",
        ),
        (changed("questions", 0, "options", 2, "other", "Q9他"), "questions[0].options[2].other", "is no column"),
        (changed("ignore", []), "ignore", "must name the columns that no question uses: `備考`"),
        (changed("ignore", ["備考", "メモ"]), "ignore[1]", "`メモ` is no column"),
        (changed("key", "No."), "key", "`No.` is no column"),
        (changed("ward", "column", "ward"), "ward.column", "`ward` is no column"),
        (changed("questions", 3, "column", "Q3"), "questions[3].column", "`Q3` is used by `how` already"),
        (changed("questions", 1, "options", 1, "column", "Q2_1"), "questions[1].options[1].column", "by `why` already"),
        (
            changed("questions", 0, "options", 1, "code", 4),
            "questions[0].options[1].code",
            "'4' means option `often` already",
        ),
        (
            changed("questions", 0, "options", 1, "code", -9),
            "questions[0].options[1].code",
            "'-9' means `skipped` already",
        ),
        (changed("questions", 0, "declined", [-6]), "questions[0].declined", "'-6' means `blank` already"),
        (changed("questions", 3, "codes", {"-9": 5}), "questions[3].codes.-9", "means `skipped` already"),
        (changed("questions", 1, "not_chosen", ["1"]), "questions[1].not_chosen", "'1' means `chosen` already"),
        (changed("questions", 3, "codes", {"最高": 6}), "questions[3].codes.最高", "must be 1 to 5, not 6"),
        (changed("ward", "codes", {"1": "chou"}), "ward.codes.1", "did you mean `chuo`?"),
        (
            changed("questions", 9, "codes", {"1": "tokyo"}),
            "questions[9].codes.1",
            "`tokyo` is no id of the city's (known: chuo",
        ),
        (changed("language", "codes", {"9": "fr"}), "language.codes.9", "`fr` is no id"),
        (changed("started", "format", "%Q"), "started.format", "'%Q' cannot be read"),
        (changed("started", "format", "%H:%M:%M"), "started.format", "'%H:%M:%M' cannot be read"),
        (changed("started", "format", "%m/%d %H:%M"), "started.format", "such as '%Y-%m-%d'"),
        (changed("questions", 8, "format", "%Y/%m/%d"), "questions[8].format", "such as '%Y-%m-%d %H:%M'"),
        (changed("questions", 8, "format", "%"), "questions[8].format", "'%' cannot be read"),
        (changed("finished", None), "held", "is needed, or `finished` with a column"),
        (changed("held", "2019-06-03"), "held", "is needed, or `finished` with a column"),
        (
            changed("questions", 1, "options", 0, "column", None),
            "questions[1].options[0]",
            "needs a `column`, as other",
        ),
        (changed("questions", 2, "column", None), "questions[2]", "needs a `column`, or one for each of its options"),
        (changed("questions", 1, "options", 0, "code", 1), "questions[1].options[0].code", "is of no use"),
        (changed("questions", 1, "options", 2, "other", True), "questions[1].options[2].other", "must name the column"),
        (
            changed("questions", 2, "options", 0, "column", "備考"),
            "questions[2].options[0].column",
            "goes with no `column`",
        ),
        (
            changed("questions", 0, "options", 1, "other", "備考"),
            "questions[0].options[2].other",
            "only one option may ask",
        ),
        (changed("questions", 0, "column", None), "questions[0].column", "is required"),
        (changed("questions", 0, "type", "location"), "questions[0]", "type must be one of single, multiple"),
        (changed("questions", 5, "id", "use"), "questions[5].id", "`use` is used twice"),
        (changed("questions", 0, "options", 0, "id", "never"), "questions[0].options[1].id", "`never` is used twice"),
        (
            changed("questions", 0, "options", 0, "text", {"ja": "選択肢never"}),
            "questions[0].options[1].text",
            "reads the same",
        ),
        (changed("questions", 5, "text", {"en": "More"}), "questions[5].text", "needs Japanese"),
        (changed("questions", 5, "text", {"ja": "長" * 1001}), "questions[5].text", "at most 1,000 fit"),
        (
            changed("questions", 0, "options", 0, "text", {"ja": "長" * 301}),
            "questions[0].options[0].text",
            "at most 300",
        ),
        (changed("anonymity", "named"), "anonymity", "must be 'anonymous' or 'confidential'"),
        (changed("colour", "red"), "colour", "is not known here"),
    ],
)
def test_each_fault_has_its_line_and_what_would_be_right(
    tmp_path: Path, book: dict[str, Any], field: str, says: str
) -> None:
    found = faults(tmp_path, book)
    fault = next(fault for fault in found if fault.field == field and says in fault.says)
    word = field.rpartition(".")[2].partition("[")[0]
    line = (tmp_path / "codebook.yaml").read_text("utf-8").splitlines()[fault.line - 1]
    assert word in line or line.strip() in ("{", '"') or field in ("held", "ignore[1]")


def test_two_questions_of_the_same_wording_are_no_fault(tmp_path: Path) -> None:
    assert BOOK["questions"][0]["text"] == BOOK["questions"][1]["text"]
    write(tmp_path, [["1"] * len(HEADING)])
    definitions.load(tmp_path / "codebook.yaml", Codebook)


def test_the_definition_is_one_that_could_have_been_asked_here() -> None:
    definition = Codebook.model_validate(BOOK).definition()
    assert Anonymity.CONFIDENTIAL == definition.anonymity
    first = definition.question("use")
    assert isinstance(first, Single) and first.decline and not first.required
    assert [False, False, True] == [option.other for option in first.options]


def test_codes_of_a_question_stand_for_the_codebooks_own(tmp_path: Path) -> None:
    book = Codebook.model_validate(changed("questions", 3, "skipped", []))
    assert {"blank": ("-6",), "skipped": (), "declined": ("-8",), "not_asked": ("-7",)} == book.no_answer(
        book.questions[3]
    )
    assert ("-9",) == book.no_answer(book.questions[4])["skipped"]
