"""The PDF: what it is made of, and that whatever residents write can be typeset."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typst
from google.cloud import firestore

from tests.tsunagu.surveys.everykind import definition, rows
from tests.tsunagu.surveys.invented import LONG, invite
from tests.tsunagu.surveys.take.looked import NOW, looked, seeded
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take.about import notes
from tsunagu.surveys.take.pdf import EXAMPLES, LONGEST, TEMPLATE, data, write
from tsunagu.surveys.take.taken import nobody
from tsunagu.typeset.glyphs import all_shown
from tsunagu.typeset.render import FONTS
from tsunagu.web.filters import number, percent

SURVEY = definition()
HOSTILE = [
    "\u202eabc\u202c",
    "العربية עברית",
    "\x00\x07\x1b",
    "😊👨\u200d👩\u200d👧𠮷",
    "#panic()",
    "$x$ *b* @a <i>",
    "a" * 100_000,
    "\n" * 50,
]


def written(look: Look, folder: Path) -> tuple[bytes, int]:
    path = folder / "report.pdf"
    taken = write(path, look, NOW, nobody)
    assert look.report.answered == taken.responses
    return path.read_bytes(), taken.replaced


def typeset(look: Look) -> list[list[list[str]]]:
    """The tables of the document as typst has them: rows of cells, each its words; of a bar how long it is."""
    made, replaced = all_shown(data(look, NOW))
    made["notes"] = [list(note) for note in notes(replaced)]
    compiler = typst.Compiler(
        TEMPLATE, font_paths=[FONTS], ignore_system_fonts=True, sys_inputs={"data": json.dumps(made)}
    )
    tables = json.loads(compiler.query("table"))
    return [list(rows_of(table["children"], len(table["columns"]))) for table in tables]


def rows_of(cells: list[Any], columns: int) -> Iterator[list[str]]:
    flat = [cell for each in cells for cell in (each["children"] if each["func"] == "header" else [each])]
    for start in range(0, len(flat), columns):
        yield [" ".join(words_in(cell)) for cell in flat[start : start + columns]]


def words_in(content: Any) -> Iterator[str]:
    if isinstance(content, list):
        for each in content:
            yield from words_in(each)
    elif isinstance(content, dict):
        if content.get("func") == "text":
            yield content["text"]
        if content.get("func") == "rect" and content["fill"] != 'rgb("#f2f4f9")':
            yield content["width"].removesuffix(" + 0pt")
        for name in ("body", "child", "children"):
            yield from words_in(content.get(name))


def test_it_is_a_pdf_for_everybody_with_its_fonts(db: firestore.Client, tmp_path: Path) -> None:
    content, _ = written(seeded(db, SURVEY, rows(SURVEY, 40)), tmp_path)
    assert content.startswith(b"%PDF-")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content and b"BIZUDPGothic" in content


def test_every_figure_of_the_page_is_in_it(db: firestore.Client) -> None:
    seeded(db, SURVEY, rows(SURVEY, 200))
    invite(db, SURVEY.id, 900)
    look = looked(db, SURVEY.id, [("cross", "use"), ("cross", "ward")])
    made = data(look, NOW)
    assert [(number(look.report.answered), percent(look.report.rate))] == [
        (made["groups"][0]["figures"][0][1], made["groups"][0]["figures"][1][1])
    ]
    for counted, question in zip(look.report.questions, made["questions"], strict=True):
        expected = [
            (row.label, number(row.count), percent(row.percent), f"{row.low:.1f}–{row.high:.1f}")
            for row in counted.rows
        ]
        assert expected == [
            (row["label"], of["count"], of["percent"], of["interval"]) for row in question["rows"] for of in row["of"]
        ]
        assert all(f"{counted.base:,}" in base[0] for base in question["bases"])
    assert look.crossed is not None
    cells = look.crossed.layers[0].cells
    expected_cells = [[(number(cell.count), percent(cell.of_row.percent)) for cell in row] for row in cells]
    assert expected_cells == [row["cells"] for row in made["cross"][0]["tables"][0]["rows"]]


def test_its_tables_show_every_figure_and_bars_as_long_as_they_say(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 200), [("cross", "use"), ("cross", "ward")])
    tables = iter(typeset(look))
    assert next(tables)[0][0].startswith("アンケートのID")
    for counted in look.report.questions:
        lines = next(tables)[1:]
        for row, (label, bar, share, count, interval) in zip(counted.rows, lines, strict=True):
            assert (" ".join(part for part in row.label if part), percent(row.percent)) == (label, share)
            assert (number(row.count), f"{row.low:.1f}–{row.high:.1f}") == (count, interval)
            length = float(bar.removesuffix("%") or 0)
            assert row.percent is not None and max(row.percent, 0.6 if row.count else 0) == pytest.approx(
                length, abs=0.01
            )
        if counted.nps is not None:
            assert 4 == len(next(tables))
    assert look.crossed is not None
    layer = look.crossed.layers[0]
    expected = [[f"{cell.count} {percent(cell.of_row.percent)}" for cell in row] for row in layer.cells]
    assert expected == [line[1:-1] for line in next(tables)[1:-1]]


def test_two_groups_stand_side_by_side_under_their_names(db: firestore.Client, tmp_path: Path) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 120), [("ward", "chuo"), ("vs.ward", "kita")])
    made = data(look, NOW)
    assert ["区：中央区", "区：北区"] == [group["name"][0] for group in made["groups"]]
    assert look.other is not None
    ours, theirs = look.report.questions[0].rows[0], look.other.questions[0].rows[0]
    assert [number(ours.count), number(theirs.count)] == [of["count"] for of in made["questions"][0]["rows"][0]["of"]]
    assert written(look, tmp_path)[0].startswith(b"%PDF-")


def test_some_of_what_was_written_is_shown_and_how_much_there_is(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 300))
    shown = {question["id"]: question["texts"] for question in data(look, NOW)["questions"]}
    more = look.report.question("more")
    assert more is not None and more.given > EXAMPLES
    assert (number(more.given), EXAMPLES) == (shown["more"]["of"], len(shown["more"]["words"]))
    others = look.report.question("use")
    assert others is not None and number(others.others) == shown["use"]["of"]
    assert shown["content"] is None


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_written_can_be_typeset(db: firestore.Client, tmp_path: Path, text: str) -> None:
    frame = rows(SURVEY, 3).with_columns(a_more=pl.lit(text), o_use=pl.lit(text))
    content, replaced = written(seeded(db, SURVEY, frame), tmp_path)
    assert content.startswith(b"%PDF-")
    assert (replaced > 0) == any(letter in text for letter in "😊ع")


def test_a_long_text_is_cut(db: firestore.Client) -> None:
    look = seeded(db, SURVEY, rows(SURVEY, 3).with_columns(a_more=pl.lit("あ" * 5000)))
    shown = next(question["texts"]["words"] for question in data(look, NOW)["questions"] if question["id"] == "more")
    assert {LONGEST + 1} == {len(each) for each in shown}


@pytest.mark.parametrize("length", [60, 300])
def test_forty_questions_with_long_labels_fit(db: firestore.Client, tmp_path: Path, length: int) -> None:
    survey = forty(length)
    look = seeded(
        db, survey, rows(survey, 30), [("ward", "chuo"), ("vs", "everyone"), ("cross", "q0"), ("cross", "ward")]
    )
    content, _ = written(look, tmp_path)
    assert content.startswith(b"%PDF-")


def forty(length: int) -> Definition:
    written = SURVEY.written()
    kinds = [each for each in written["questions"] if each["type"] in ("single", "multiple", "scale", "text", "date")]
    label = (LONG * 5)[:length]
    asked = []
    for at in range(40):
        question = json.loads(json.dumps(kinds[at % len(kinds)]))
        for name in ("when", "next", "section"):
            question.pop(name, None)
        question |= {"id": f"q{at}", "text": {"ja": label, "en": "A label " * (length // 8)}}
        for number_of, option in enumerate(question.get("options", [])):
            option.pop("next", None)
            option["text"] = {"ja": label[:-1] + str(number_of), "en": f"Option {number_of}"}
        asked.append(question)
    del written["sections"]
    return Definition.model_validate(written | {"questions": asked})


def test_a_survey_without_answers_is_a_report_too(db: firestore.Client, tmp_path: Path) -> None:
    content, replaced = written(seeded(db, SURVEY, rows(SURVEY, 0)), tmp_path)
    assert (True, 0) == (content.startswith(b"%PDF-"), replaced)


def test_pseudonyms_are_in_no_pdf(db: firestore.Client) -> None:
    frame = rows(SURVEY, 60)
    made = json.dumps(data(seeded(db, SURVEY, frame), NOW))
    assert not [key for key in frame["key"] if key in made]


def test_how_many_marks_stand_for_other_characters_is_said_on_the_last_page(
    db: firestore.Client, tmp_path: Path
) -> None:
    from tsunagu.surveys.take.about import notes

    look = seeded(db, SURVEY, rows(SURVEY, 3).with_columns(a_more=pl.lit("𠮷😊")))
    _, replaced = written(look, tmp_path)
    assert replaced >= 2
    assert f"{replaced:,} 文字を〓" in notes(replaced)[-1][0]
    assert not any("〓" in japanese for japanese, _ in notes())
