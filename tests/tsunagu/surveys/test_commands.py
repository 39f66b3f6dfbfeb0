"""`tsunagu survey …` as the operator types it."""

from pathlib import Path

import pytest
import yaml
from google.cloud import firestore
from typer.testing import CliRunner, Result

from tests.tsunagu.surveys.asking import Asked, survey_of
from tests.tsunagu.surveys.kosodate import QUESTIONS, definition
from tsunagu.cloud.definitions import WrongFile
from tsunagu.cloud.outcomes import Rejected
from tsunagu.surveys.commands import app
from tsunagu.surveys.rules import State

EXAMPLES = Path(__file__).parents[3] / "local/examples"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "survey.yaml"
    path.write_text(written(), encoding="utf-8")
    return path


def written(**changed: object) -> str:
    whole = {"id": "kosodate", "title": {"ja": "子育て[市]", "en": "Child care"}, "questions": QUESTIONS, **changed}
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def typed(*words: object) -> Result:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_sound_file_is_described(file: Path) -> None:
    assert "6 questions, at most 5 for one person" in typed("check", file).stdout


def test_the_example_is_sound() -> None:
    assert "is sound" in typed("check", EXAMPLES / "survey.yaml").stdout


def test_a_wrong_file_gets_line_field_and_what_would_be_right(file: Path) -> None:
    file.write_text(written(audience={"wards": ["umi"]}), encoding="utf-8")
    with pytest.raises(WrongFile) as wrong:
        typed("check", file)
    [fault] = wrong.value.faults
    assert ("audience.wards[0]", True) == (fault.field, "`umi` is not one of the city's wards (known: " in fault.says)
    assert "umi" in file.read_text(encoding="utf-8").splitlines()[fault.line - 1]


def test_a_survey_is_opened_answered_counted_and_closed(db: firestore.Client, file: Path) -> None:
    assert "kosodate is open" in typed("open", file, "--by", "editor@city.example").stdout
    for number, choice in ((1, "a"), (2, "b"), (3, "b")):
        Asked(db, definition(), number).tap("answer", q="uses", v=choice)
    listed = typed("list").stdout
    assert all(words in listed for words in ("kosodate", "子育て[市]", "open", "3"))
    assert "is closed" in typed("close", "kosodate", "--yes").stdout
    assert "was closed already" in typed("close", "kosodate", "--yes").stdout
    assert State.CLOSED == survey_of(db, definition()).state
    assert [("editor@city.example", "draft"), ("editor@city.example", "open")] == audit(db)[:2]
    assert ["draft", "open", "close"] == [did for _, did in audit(db)]


def test_a_draft_is_stored_and_opened_by_its_id(db: firestore.Client, file: Path) -> None:
    assert "kosodate is a draft" in typed("draft", file, "--by", "an editor").stdout
    assert State.DRAFT == survey_of(db, definition()).state
    assert "kosodate is open" in typed("open", "kosodate", "--by", "an editor").stdout
    assert "is paused" in typed("pause", "kosodate").stdout
    assert "is open" in typed("resume", "kosodate").stdout
    assert "is closed" in typed("close", "kosodate", "--yes").stdout
    assert "is archived" in typed("archive", "kosodate").stdout
    assert "kosodate" not in typed("list").stdout
    assert "archived" in typed("list", "--all").stdout
    assert "is closed" in typed("unarchive", "kosodate").stdout
    assert "kosodate" in typed("list").stdout
    deeds = ["draft", "open", "pause", "resume", "close", "archive", "unarchive"]
    assert deeds == [did for _, did in audit(db)]


def test_a_survey_that_opens_later_waits_and_may_be_bettered_till_then(db: firestore.Client, file: Path) -> None:
    file.write_text(written(opens="2099-01-01T09:00"), encoding="utf-8")
    for _ in range(2):
        assert "opens by itself on 2099-01-01 09:00" in typed("open", file).stdout
    assert State.DRAFT == survey_of(db, definition()).state
    assert "draft, opens by itself on 2099-01-01 09:00" in typed("show", "kosodate").stdout
    file.write_text(written(), encoding="utf-8")
    typed("open", file)
    with pytest.raises(Rejected, match="only a draft can be changed; `tsunagu survey revise`"):
        typed("open", file)


def test_revising_shows_what_changes_and_asks(db: firestore.Client, file: Path) -> None:
    typed("open", file)
    Asked(db, definition()).tap("answer", q="uses", v="a")
    more = {"id": "more", "type": "text", "text": {"ja": "ご意見", "en": "Anything?"}, "required": False}
    questions = [*(each for each in QUESTIONS if each["id"] != "born"), more]
    file.write_text(written(questions=questions, quotas=[{"by": "ward", "most": {"chuo": 5}}]), encoding="utf-8")
    asked = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["revise", str(file)], input="n\n")
    assert 1 == asked.exit_code
    for words in (
        "question added",
        "ご意見",
        "question removed",
        "誕生日",
        "quotas",
        "Make this edition 2 of kosodate?",
    ):
        assert words in asked.stdout
    assert 1 == survey_of(db, definition()).edition
    assert "is asked in edition 2" in typed("revise", file, "--yes", "--by", "an editor").stdout
    assert ("an editor", "revise") == audit(db)[-1]
    shown = typed("show", "kosodate").stdout
    for words in ("edition 1: 6 questions", "edition 2: 6 questions", "ward chuo", "ご意見"):
        assert words in shown
    with pytest.raises(Rejected, match="nothing would change: this is edition 2"):
        typed("revise", file, "--yes")
    questions[-1] = {**more, "text": {"ja": "ご要望", "en": "Any wishes?"}}
    file.write_text(written(questions=questions), encoding="utf-8")
    assert "give what means something else another id" in typed("revise", file, "--yes").stdout
    counted = " ".join(typed("report", "kosodate").stdout.split())
    assert "From edition 3, question reworded: “ご意見” → “ご要望”" in counted


def test_what_a_revision_may_not_change_has_its_line(db: firestore.Client, file: Path) -> None:
    typed("open", file)
    text = {"id": "uses", "type": "text", "text": {"ja": "なぜ", "en": "Why?"}}
    file.write_text(written(questions=[text, *QUESTIONS[3:]], anonymity="anonymous"), encoding="utf-8")
    with pytest.raises(WrongFile) as wrong:
        typed("revise", file, "--yes")
    assert {"anonymity", "questions[0].type"} == {fault.field for fault in wrong.value.faults}


def test_closing_asks_first(db: firestore.Client, file: Path) -> None:
    file.write_text(written(anonymity="anonymous"), encoding="utf-8")
    typed("open", file)
    result = CliRunner().invoke(app, ["close", "kosodate"], input="n\n")
    assert 1 == result.exit_code
    assert "make its answers anonymous for ever" in result.stdout
    assert State.OPEN == survey_of(db, definition()).state


def test_what_was_refused_was_not_done(db: firestore.Client, file: Path) -> None:
    typed("open", file)
    done = audit(db)
    for command in ("draft", "open"):
        with pytest.raises(Rejected, match="only a draft can be changed"):
            typed(command, file)
    assert done == audit(db)


def test_what_cannot_be_is_a_sentence(db: firestore.Client, file: Path) -> None:
    for command in ("close", "pause", "show", "open"):
        with pytest.raises(Rejected, match="there is no survey nowhere"):
            typed(command, "nowhere")
    with pytest.raises(Rejected, match="there is no survey kosodate"):
        typed("revise", file)
    with pytest.raises(Rejected, match="there is no survey xxx"):
        typed("open", "x" * 300)
    file.write_text(written(closes="2020-01-01T09:00"), encoding="utf-8")
    with pytest.raises(Rejected, match="is past: nobody could answer"):
        typed("open", file)
    assert [] == audit(db)


def audit(db: firestore.Client) -> list[tuple[str, str]]:
    lines = [line.to_dict() or {} for line in db.collection("audit").stream()]
    lines.sort(key=lambda line: (line["at"], line["did"]))
    return [(line["who"], line["did"].removeprefix("survey.")) for line in lines]
