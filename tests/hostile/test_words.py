"""What residents write, at its longest and strangest, comes back unharmed: in the chat, on the page, in both files."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Never
from uuid import uuid4
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import markupsafe
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore
from typer.testing import CliRunner

from local.phones import Phones, words_of
from local.stand_in import StandIn
from tests.tsunagu.office import office
from tests.tsunagu.surveys.asking import Asked, begin
from tsunagu.cloud.storage import Bucket
from tsunagu.line.client import Line
from tsunagu.line.events import parse
from tsunagu.line.messages import Message
from tsunagu.line.outcomes import Outcome
from tsunagu.surveys import commands
from tsunagu.surveys.ask.reading import read
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.definition import Asking, Definition
from tsunagu.surveys.fold import fold
from tsunagu.surveys.report import pages as report_pages
from tsunagu.surveys.take import pages as take_pages
from tsunagu.surveys.take.kinds import KINDS
from tsunagu.surveys.take.pages import Desk
from tsunagu.web.app import make_app

CITY = ZoneInfo("Asia/Tokyo")
FAMILY = "👨‍👩‍👧‍👦"  # one grapheme of eleven UTF-16 units
SURVEY = Definition.model_validate(
    {
        "id": "words",
        "title": {"ja": "ことば"},
        "questions": [
            {"id": f"q{number}", "type": "text", "text": {"ja": f"ご意見{number}"}, "max_length": 5000}
            for number in range(1, 4)
        ],
    }
)
# Typed → stored, where that is not the same.
SAID = {
    "5,000 letters": ("長" * 5_000, None),
    "families": (FAMILY * 454, None),
    "flags": ("🇯🇵" * 1_250, None),
    "one letter with 4,999 accents": ("e" + "\u0301" * 4_999, None),
    "half a pair": ("雨\ud83dが\udc00", "雨\ufffdが\ufffd"),
    "right to left": ("\u202eabc\u202c \u200fمياه\u2067x\u2069", None),
    "markup": ("<script>alert(1)</script><img src=x onerror='a()'>&amp;\"", None),
    "templates": ("{{ 7*7 }}{% raw %}${x}%s{0}{city}[bold]x[/bold][link=a]", None),
    "NUL and controls": ("a\x00b\x01\x08\x0b\x1b[31m\x7f\x85\u2028z", "ab\x01\x08\x0b\x1b[31m\x7f\x85\u2028z"),
    "no characters": ("a\ufffe\uffff\U0001fffez", None),
    "lines": ("一\r\n二\r三\n\n四", "一\n二\r三\n\n四"),
    "escapes of a workbook": ("_x0041_ _x000D_", None),
    "quotes": ('"\'`,;""', None),
    **{f"a formula with {first!r}": (f"{first}1+1|cmd", None) for first in "=+-@＝＋－＠"},
    "a formula after a tab": ("\t=1+1", "=1+1"),
}


@pytest.fixture
def analyst(db: firestore.Client) -> Iterator[FlaskClient]:
    with office(db) as staff:
        desk = Desk(db, Bucket(nothing_large, "none"), nothing_large, lambda: datetime.now(UTC), CITY, KINDS)
        rooms = [report_pages.pages(db, CITY), take_pages.pages(desk)]
        app = make_app(("集計レポート", "Survey reports"), rooms, staff.door, CITY)
        yield staff.as_("analyst", app)


def nothing_large() -> Never:
    raise AssertionError("a small file is sent at once")


def typed(asked: Asked, words: str) -> list[Message]:
    """As LINE would post it: through JSON, in which half a pair may stand."""
    event = asked.words("x")
    message = {"type": "text", "id": event.message_id, "text": words}
    raw = {"webhookEventId": event.id, "type": "message", "timestamp": event.at, "message": message}
    read = parse(json.dumps(raw | {"source": {"type": "user", "userId": event.user}}).encode())
    assert read is not None
    return asked.hear(read)


def test_it_comes_back_in_the_chat_on_the_page_and_in_both_files(
    db: firestore.Client, line_platform: StandIn, analyst: FlaskClient
) -> None:
    begin(db, SURVEY)
    phone = Phones(line_platform.url).add(1)[0]
    line = Line(line_platform.channel_access_token, line_platform.url)
    due = []
    for number, (words, stored) in enumerate(SAID.values(), 1):
        asked = Asked(db, SURVEY, number)
        asked.tap("start")
        said = [typed(asked, words) for _ in SURVEY.questions]
        said.append(asked.tap("correct", q="q2"))
        for messages in said:
            sent = line.push(phone.user, messages, uuid4())
            assert Outcome.ACCEPTED == sent.outcome, sent.detail
        due.append(stored or words)
        assert dict.fromkeys(("q1", "q2", "q3"), due[-1]) == asked.values()
        for echo in (said[-2][-1], said[-1][-1]):
            assert due[-1][:20] in words_of(echo)

    for folded in (False, True):
        if folded:
            fold(db, SURVEY.id, datetime.now(UTC), "Asia/Tokyo")
        page = analyst.get(f"/surveys/{SURVEY.id}").text
        assert "<script>" not in page
        for words in due:
            assert str(markupsafe.escape(words)) in page
        assert sorted(defused(words) for words in due) == sorted(csv_of(analyst))
        assert sorted(due) == sorted(xlsx_of(analyst))
    shown = CliRunner(env={"COLUMNS": "100"}).invoke(commands.app, ["report", SURVEY.id])
    assert (0, True) == (shown.exit_code, f"{len(due)} answered" in shown.stdout)


def defused(words: str) -> str:
    return f"'{words}" if words[0] in "=+-@\t\r\n＝＋－＠" else words


def csv_of(analyst: FlaskClient) -> list[str]:
    content = analyst.get(f"/surveys/{SURVEY.id}/downloads/csv").data.decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(content, newline="")))
    return [row[name] for row in found for name in row if name.startswith("q2 ")]


def xlsx_of(analyst: FlaskClient) -> list[str]:
    """The column of q2, read by a parser that takes XML at its word; no cell is a formula."""
    book = zipfile.ZipFile(io.BytesIO(analyst.get(f"/surveys/{SURVEY.id}/downloads/xlsx").data))
    assert all(ElementTree.fromstring(book.read(name)) is not None for name in book.namelist() if "xml" in name[-5:])
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    sheets = [ElementTree.fromstring(book.read(name)) for name in book.namelist() if "worksheets/sheet" in name]
    assert [] == [found for sheet in sheets for found in sheet.findall(".//m:f", space)]
    (answers, column) = next(
        (sheet, str(cell.get("r")).rstrip("0123456789"))
        for sheet in reversed(sheets)
        for cell in sheet.findall(".//m:row[@r='1']/m:c", space)
        if "".join(cell.itertext()).startswith("q2 ")
    )
    cells = [cell for cell in answers.findall(".//m:c", space) if re.fullmatch(rf"{column}[0-9]+", str(cell.get("r")))]
    return [unescaped("".join(cell.itertext())) for cell in cells[1:]]


def unescaped(words: str) -> str:
    """ECMA-376 part 1, 22.9.2.19: `_x000B_` is the character of that number."""
    return re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), words)


QUESTIONS = [
    {"id": "q", "text": {"ja": "q"}, **kind}
    for kind in (
        {"type": "text", "max_length": 5000},
        {"type": "number"},
        {"type": "scale"},
        {"type": "date", "min": "2026-01-01", "max": "2026-12-31"},
        {"type": "single", "options": [{"id": "a", "text": {"ja": "はい"}}, {"id": "b", "text": {"ja": "いいえ"}}]},
        {"type": "multiple", "options": [{"id": "a", "text": {"ja": "はい"}}, {"id": "b", "text": {"ja": "いいえ"}}]},
    )
]
STRANGE = [
    *(words for words, _ in SAID.values()), "九" * 5_000, "9" * 5_000, "-" * 5_000, "1," * 2_500, "1.1" * 1_600,
    "億" * 5_000, "1万" * 2_500, "百" * 4_999 + "x", "はい、" * 1_600, "はいと" * 1_600, "ﷺ" * 5_000,
    "٣٤", "१२", "²³", "９９９９年９９月９９日", "0000-00-00", "令和99年99月99日", "平成元年2月30日", "2月30日", "1e999",
    "nan", "inf", "-0", "١٢٣٤-١-١",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=[str(question["type"]) for question in QUESTIONS])
def test_whatever_is_typed_at_any_question_is_an_answer_or_unclear(question: dict[str, object]) -> None:
    (asked,) = Definition.model_validate({"id": "any", "title": {"ja": "t"}, "questions": [question]}).asked
    assert_read(asked)


def assert_read(question: Asking) -> None:
    for words in STRANGE:
        value = read(question, words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
        assert isinstance(value, Unclear | str | int | float | list), words[:40]
        assert "inf" not in str(value) or question.type == "text"
