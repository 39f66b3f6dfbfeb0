"""`tsunagu survey import` and `publish` from the shell."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from google.cloud import firestore
from typer.testing import CliRunner, Result

from tests.tsunagu.office import office
from tests.tsunagu.surveys import everykind, invented
from tests.tsunagu.surveys.bring.test_read import row
from tests.tsunagu.surveys.bring.written import TOKYO, write
from tests.tsunagu.surveys.take.looked import looked
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.read import read
from tsunagu.surveys import store
from tsunagu.surveys.commands import app
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report import pages as report_pages
from tsunagu.surveys.rules import State
from tsunagu.web.app import make_app

EXAMPLES = Path(__file__).parents[4] / "local/examples"


def typed(*words: object) -> Result:
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def imported(db: firestore.Client, id: str = "earlier") -> store.Survey:
    survey = store.get(db, id)
    assert survey is not None
    return survey


def audited(db: firestore.Client) -> list[tuple[Any, ...]]:
    """Who did what in this room."""
    found = [line.to_dict() or {} for line in db.collection("audit").order_by("at").stream()]
    ours = ("survey.import", "survey.publish")
    return [tuple(line[name] for name in ("who", "did", "what", "why")) for line in found if line["did"] in ours]


def test_the_example_is_imported_and_counted(db: firestore.Client, tmp_path: Path) -> None:
    file, book = EXAMPLES / "earlier-survey.csv", EXAMPLES / "earlier-survey.yaml"
    said = typed("import", file, "--codebook", book, "--by", "hanako@city.example").stdout
    assert "kouen-2019 is here (公園と施設に関する市民アンケート, closed): 6 responses." in said
    survey = imported(db, "kouen-2019")
    assert (State.CLOSED, "earlier-survey.csv", 0) == (survey.state, survey.imported_from, survey.left_out)
    assert [("hanako@city.example", "survey.import", "kouen-2019", "6 responses, 0 left out")] == audited(db)
    report = typed("report", "kouen-2019").stdout
    assert all(words in report for words in ("公園と施設", "よく利用する", "図書館", "6 answered"))
    of_2019 = typed("report", "kouen-2019", "--from", "2019-01-01", "--to", "2019-12-31").stdout
    assert "6 answered" in of_2019
    assert "0 answered" in typed("report", "kouen-2019", "--from", "2020-01-01").stdout
    typed("download", "kouen-2019", "--out", tmp_path / "report.json", "--as", "json")
    curves = json.loads((tmp_path / "report.json").read_text("utf-8"))["groups"][0]["curves"]
    assert (6, None) == (sum(day["began"] for day in curves["days"]), curves["hours"])


def test_one_bad_row_and_nothing_is_imported(db: firestore.Client, tmp_path: Path) -> None:
    file, book = write(tmp_path, [row(), row(番号="2", Q1="7"), row(番号="3", Q1="7", Q4="9"), row(番号="4", Q1="7")])
    with pytest.raises(Rejected, match=r"1 response good, 3 rows bad; --report FILE lists all\. Nothing is imported"):
        typed("import", file, "--codebook", book)
    assert (None, []) == (store.get(db, "earlier"), audited(db))


def test_bad_rows_are_told_by_their_reasons_with_their_lines(db: firestore.Client, tmp_path: Path) -> None:
    bad = [row(番号=str(n), Q1="7") for n in range(20)] + [row(番号="x", Q4="9")]
    file, book = write(tmp_path, [row(番号="good"), *bad])
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["import", str(file), "--codebook", str(book)])
    assert "lines 3, 4, 5, 6, 7, 8, 9, 10 and 12 more: `Q1`: '7' is not in the codebook\n" in result.stderr
    assert "line 23: `Q4`: '9' is no step from 1 to 5\n" in result.stderr


def test_bad_rows_can_be_left_out_and_are_kept_as_a_list(db: firestore.Client, tmp_path: Path) -> None:
    file, book = write(tmp_path, [row(), row(番号="2", Q1="7"), row(), row(番号="3")])
    with pytest.raises(Rejected, match="--skip-bad needs --report FILE"):
        typed("import", file, "--codebook", book, "--skip-bad")
    report = tmp_path / "left-out.csv"
    said = typed("import", file, "--codebook", book, "--skip-bad", "--report", report).stdout
    assert "2 responses good, 2 rows bad" in said
    assert 2 == imported(db).left_out
    assert 2 == read(store.responses_shelf(db, imported(db))).height
    with report.open(encoding="utf-8-sig", newline="") as lines:
        assert [
            ["line", "reason"],
            ["3", "`Q1`: '7' is not in the codebook"],
            ["4", "`番号`: is that of line 2 too"],
        ] == list(csv.reader(lines))


def test_where_every_row_is_bad_there_is_nothing_to_leave(db: firestore.Client, tmp_path: Path) -> None:
    file, book = write(tmp_path, [row(Q1="7")])
    with pytest.raises(Rejected, match=r"0 responses good, 1 row bad; all are in .*mend the codebook or the file$"):
        typed("import", file, "--codebook", book, "--skip-bad", "--report", tmp_path / "left-out.csv")


def test_a_codebook_of_another_file_is_told_line_by_line(db: firestore.Client, tmp_path: Path) -> None:
    file, book = write(tmp_path, [row()])
    file.write_text("名前,年齢\n花子,30\n", "utf-8")
    with pytest.raises(WrongFile) as wrong:
        typed("import", file, "--codebook", book)
    told = str(wrong.value)
    assert "`番号` is no column of answers.csv (read as utf-8); it has `名前`, `年齢`" in told
    assert "ignore: must name the columns that no question uses: `名前`, `年齢`" in told


def test_it_is_replaced_only_if_asked(db: firestore.Client, tmp_path: Path) -> None:
    file, book = write(tmp_path, [row()])
    typed("import", file, "--codebook", book)
    with pytest.raises(Rejected, match="--replace"):
        typed("import", file, "--codebook", book)
    write(tmp_path, [row(), row(番号="2")])
    typed("import", file, "--codebook", book, "--replace", "--encoding", "utf-8")
    assert 2 == read(store.responses_shelf(db, imported(db))).height


def test_tables_of_a_closed_survey_are_published(db: firestore.Client, tmp_path: Path) -> None:
    definition = everykind.definition()
    invented.put(db, definition, everykind.rows(definition, 200), State.CLOSED)
    out = tmp_path / "tables.json"
    said = typed("publish", definition.id, "--out", out, "--by", "hanako@city.example").stdout
    content = json.loads(out.read_text("utf-8"))
    assert f"{len(content['tables'])} tables, " in said and " numbers hidden" in said
    assert [200] == [row["counts"][0] for row in content["tables"][0]["rows"] if row["code"] == ""]
    assert [("hanako@city.example", "survey.publish", "every-kind", "18 tables")] == audited(db)
    again = tmp_path / "again.json"
    typed("publish", definition.id, "--out", again)
    assert out.read_bytes() == again.read_bytes()


def test_a_list_says_which_tables_and_k_which_numbers_are_small(db: firestore.Client, tmp_path: Path) -> None:
    definition = everykind.definition()
    invented.put(db, definition, everykind.rows(definition, 60), State.CLOSED)
    wishes = tmp_path / "tables.yaml"
    wishes.write_text("few: 3\ntables:\n  - {question: use, by: ward}\n", "utf-8")
    out = tmp_path / "tables.csv"
    typed("publish", definition.id, "--out", out, "--tables", wishes, "--k", 12)
    with out.open(encoding="utf-8-sig", newline="") as lines:
        counts = [line["件数 count"] for line in csv.DictReader(lines)]
    assert min(int(count) for count in counts if count not in ("x", "0")) >= 12
    wishes.write_text("tables:\n  - {question: use}\n  - {question: more}\n", "utf-8")
    with pytest.raises(WrongFile, match=r"line 3: tables\[1\]\.question: `more` is a text"):
        typed("publish", definition.id, "--out", out, "--tables", wishes)
    with pytest.raises(Rejected, match="--k must be 2 or more"):
        typed("publish", definition.id, "--out", out, "--k", 1)


def test_another_publication_of_the_same_survey_needs_the_first_withdrawn(db: firestore.Client, tmp_path: Path) -> None:
    definition = everykind.definition()
    invented.put(db, definition, everykind.rows(definition, 60), State.CLOSED)
    out = tmp_path / "tables.csv"
    typed("publish", definition.id, "--out", out)
    with pytest.raises(Rejected, match="of other tables: whoever has both can take one from the other"):
        typed("publish", definition.id, "--out", out, "--k", 3)
    typed("publish", definition.id, "--out", out, "--k", 3, "--again")
    typed("publish", definition.id, "--out", out, "--k", 3)


def test_one_may_look_before_anything_is_published(db: firestore.Client, tmp_path: Path) -> None:
    definition = everykind.definition()
    invented.put(db, definition, everykind.rows(definition, 60), State.CLOSED)
    said = typed("publish", definition.id, "--dry-run").stdout
    assert "use by age_band" in said and "withheld: " in said and "Nothing is published." in said
    assert ([], []) == (audited(db), list(tmp_path.iterdir()))
    typed("publish", definition.id, "--out", tmp_path / "tables.csv", "--k", 3)


def test_whom_an_earlier_edition_did_not_ask_gave_no_answer_less(db: firestore.Client, tmp_path: Path) -> None:
    later = everykind.definition()
    first = Definition.model_validate({**later.written(), "questions": later.written()["questions"][:2]})
    frame = everykind.rows(later, 400)
    new = [name for name in frame.columns if name[1:2] == "_" and name not in ("a_use", "s_use", "o_use")]
    early = pl.int_range(pl.len()) < 300
    number = pl.when(early).then(1).otherwise(2).cast(pl.Int16).alias("edition")
    frame = frame.with_columns(number, *(pl.when(~early).then(pl.col(name)).alias(name) for name in new))
    invented.put(db, later, frame, State.CLOSED)
    reference = store.reference(db, later.id)
    reference.collection(store.EDITIONS).document("1").set({"definition": first.written(), "until": invented.BEGAN})
    reference.update({"edition": 2})
    out = tmp_path / "tables.json"
    typed("publish", later.id, "--out", out, "--k", 2)
    tables = json.loads(out.read_text("utf-8"))["tables"]
    [rows] = [table["rows"] for table in tables if table["question"]["id"] == "why" and not table["by"]]
    counts = {row["code"]: row["counts"][0] for row in rows}
    counted = next(each for each in looked(db, later.id).report.questions if each.question.id == "why")
    assert counted.not_asked > 300
    assert counted.not_asked == counts["NOT_ASKED"]


@pytest.mark.parametrize("name", ["nowhere/tables.csv", f"{'a' * 300}.csv"])
def test_what_could_not_be_written_was_not_published(db: firestore.Client, tmp_path: Path, name: str) -> None:
    definition = everykind.definition()
    invented.put(db, definition, everykind.rows(definition, 60), State.CLOSED)
    with pytest.raises(Rejected, match=r"no folder|cannot be written"):
        typed("publish", definition.id, "--out", tmp_path / name)
    assert ([], []) == (audited(db), list(tmp_path.iterdir()))
    typed("publish", definition.id, "--out", tmp_path / "tables.csv", "--k", 3)


def test_nothing_is_published_that_is_not_over_or_not_there(db: firestore.Client, tmp_path: Path) -> None:
    definition, out = everykind.definition(), tmp_path / "tables.csv"
    invented.put(db, definition, everykind.rows(definition, 60))
    for words, says in (
        (("every-kind", "--out", out), "every-kind is open: only what is closed is published"),
        (("nowhere", "--out", out), "there is no survey nowhere"),
        (("every-kind",), "--out FILE is needed"),
        (("every-kind", "--out", tmp_path / "tables.pdf"), r"must end in \.csv or \.json"),
    ):
        with pytest.raises(Rejected, match=says):
            typed("publish", *words)
    assert not out.exists()


def test_a_survey_larger_than_line_could_ask_is_imported_and_counted(db: firestore.Client, tmp_path: Path) -> None:
    options = [{"id": f"o{n}", "code": n, "text": {"ja": f"職業{n}"}} for n in range(20)]
    questions = [
        {"id": f"q{n}", "type": "single", "column": f"Q{n}", "text": {"ja": f"問{n}"}, "options": options}
        for n in range(60)
    ]
    book, file = tmp_path / "wide.yaml", tmp_path / "wide.csv"
    whole = {"id": "wide", "title": {"ja": "市民意識調査"}, "held": "2019-06-03", "questions": questions}
    book.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    heading = ",".join(f"Q{n}" for n in range(60))
    file.write_text(heading + "\n" + "\n".join(",".join([str(n)] * 60) for n in range(20)) + "\n", "cp932")
    typed("import", file, "--codebook", book)
    assert (60, 20) == (
        len(imported(db, "wide").definition.questions),
        read(store.responses_shelf(db, imported(db, "wide"))).height,
    )
    assert all(words in typed("report", "wide").stdout for words in ("20 answered", "問59", "職業19"))


def test_an_imported_survey_is_read_on_the_same_page_and_taken_away_in_the_same_files(
    db: firestore.Client, tmp_path: Path
) -> None:
    bad, report = row(番号="bad", Q1="7"), tmp_path / "left-out.csv"
    file, book = write(tmp_path, [row(), row(番号="2", Q1="2", Q4="-7", Q5="", Q6="=1+1"), bad])
    typed("import", file, "--codebook", book, "--skip-bad", "--report", report)
    with office(db) as staff:
        reports = make_app(("集計レポート", "Survey reports"), [report_pages.pages(db, TOKYO)], staff.door, TOKYO)
        page = staff.as_("analyst", reports).get("/surveys/earlier").text
    assert all(words in page for words in ("前の調査", "取り込み", "読めなかった1行を除く"))
    typed("download", "earlier", "--out", tmp_path / "taken.csv")
    with (tmp_path / "taken.csv").open(encoding="utf-8-sig", newline="") as lines:
        taken = list(csv.reader(lines))
    assert 3 == len(taken)
    assert "'=1+1" in {cell for line in taken for cell in line}
