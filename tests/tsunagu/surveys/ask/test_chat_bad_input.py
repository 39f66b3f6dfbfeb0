"""Whatever residents send to a question, it is an answer or told kindly why not, within LINE's limits."""

import json
from typing import Any

import pytest
from google.cloud import firestore

from tests.tsunagu.surveys import everykind
from tests.tsunagu.surveys.asking import Asked, begin, survey_of
from tests.tsunagu.surveys.kosodate import definition
from tsunagu.line.events import Event, parse
from tsunagu.line.messages import Message, utf16
from tsunagu.surveys import store
from tsunagu.surveys.definition import Asking, Definition, Single

EVERY = everykind.definition()
FAMILY = "👨‍👩‍👧‍👦"
STRANGE = [
    "長" * 100_000,
    FAMILY * 450,
    "😊" * 2_500,
    "雨\ufffdが",
    "\u202eabc\u202c \u200fمياه\u2067x\u2069",
    "a\x00b\x01\x08\x0b\x1b[m\x7f\x85\u2028z",
    "=1+1|cmd",
    "＝HYPERLINK(x)",
    "{use}{why}{}{{",
    "<b>&amp;",
    "\u200b",
    "\x00",
    " \n ",
]


def only(db: firestore.Client, question: Asking) -> Asked:
    """A survey that begins with this question."""
    unbound = {"when": None, "section": None, "required": True, "decline": False, "next": None}
    sole = question.model_copy(update=unbound)
    if isinstance(sole, Single):
        onward = [option.model_copy(update={"next": None}) for option in sole.options]
        sole = sole.model_copy(update={"options": onward})
    written = {"id": "only", "title": {"ja": "題"}, "questions": [sole.model_dump(mode="json", by_alias=True)]}
    survey = Definition.model_validate(written)
    begin(db, survey)
    asked = Asked(db, survey)
    asked.tap("start")
    return asked


def from_line(asked: Asked, message: dict[str, Any]) -> Event:
    """As LINE would post it: through JSON."""
    made = asked.message()
    raw = {"webhookEventId": made.id, "type": "message", "timestamp": made.at, "message": {"id": "9", **message}}
    event = parse(json.dumps(raw | {"source": {"type": "user", "userId": asked.user}}).encode())
    assert event is not None
    return event


def asks(said: list[Message]) -> bool:
    return str(said[-1].get("altText", "")).startswith("(1/1) ")


@pytest.mark.parametrize("question", EVERY.asked, ids=lambda question: question.id)
def test_a_message_of_another_kind_is_no_answer_and_is_told_what_would_be(
    db: firestore.Client, question: Asking
) -> None:
    asked = only(db, question)
    place = {"type": "location", "latitude": 32.8, "longitude": 130.7}
    messages: list[dict[str, Any]] = [
        {"type": "sticker", "packageId": "1", "stickerId": "1"},
        {"type": "video", "contentProvider": {"type": "line"}},
        {"type": "image", "contentProvider": {"type": "external", "originalContentUrl": "https://x.example/a.jpg"}},
        {"type": "file", "fileName": "a.exe", "fileSize": 1},
        {"type": "location", "latitude": "32.8", "longitude": None},
        {"type": "location", "latitude": 1e308, "longitude": True},
        {"type": "something new"},
        *([] if question.type == "photo" else [{"type": "image", "contentProvider": {"type": "line"}}]),
        *([] if question.type == "location" else [place]),
    ]
    for message in messages:
        said = asked.hear(from_line(asked, message))
        assert "text" == said[0]["type"]
        assert asks(said)
    assert {} == asked.values()


def test_where_no_photo_can_be_kept_it_is_said(db: firestore.Client) -> None:
    photo = EVERY.question("photo")
    assert photo is not None
    asked = only(db, photo)
    said = asked.hear(from_line(asked, {"type": "image", "contentProvider": {"type": "line"}}))
    assert "いまは写真を受け取れません" in said[0]["text"]
    assert asks(said)


@pytest.mark.parametrize("question", EVERY.asked, ids=lambda question: question.id)
def test_whatever_is_typed_is_taken_or_told_what_would_be(db: firestore.Client, question: Asking) -> None:
    """asking.py holds every answer of ours against LINE's limits."""
    asked = only(db, question)
    for words in STRANGE:
        said = asked.say(words)
        if not asks(said):
            assert asks(asked.tap("correct", q=question.id))
    assert (question.type in ("single", "multiple", "text")) == (asked.values() != {})


def test_what_is_taken_as_other_comes_back_as_it_was_typed(db: firestore.Client) -> None:
    use = EVERY.question("use")
    assert use is not None
    asked = only(db, use)
    for words in STRANGE:
        if 0 < utf16(kept := words.replace("\0", "").strip()) <= 1_000:
            asked.say(words)
            response = asked.response()
            assert response is not None
            assert kept == response.answers["use"].other
            asked.tap("correct", q="use")


def test_a_text_that_is_too_long_is_told_how_long_it_may_be_and_how_long_it_is(db: firestore.Client) -> None:
    more = EVERY.question("more")
    assert more is not None
    said = only(db, more).say("長" * 100_000)
    assert "100,000文字ありました。1,000文字までに短くして送ってください。" == said[0]["text"]
    assert asks(said)


def test_words_for_other_that_are_too_long_are_asked_for_again(db: firestore.Client) -> None:
    use = EVERY.question("use")
    assert use is not None
    asked = only(db, use)
    asked.tap("answer", q="use", v="other")
    said = asked.say("😊" * 501)
    assert "1,002文字ありました" in said[0]["text"]
    assert "「その他」とはどんなことか" in said[1]["text"]
    said = asked.hear(asked.message())
    assert "スタンプ" in said[0]["text"]
    assert "「その他」とはどんなことか" in said[1]["text"]
    asked.say("😊" * 500)
    response = asked.response()
    assert response is not None
    assert "😊" * 500 == response.answers["use"].other


@pytest.mark.parametrize(
    ("verb", "fields", "params"),
    [
        ("answer", {"q": "ward", "v": "atlantis"}, {}),
        ("answer", {"q": "district", "v": "chuo"}, {}),
        ("answer", {"q": "more", "v": "x"}, {}),
        ("answer", {"q": "hello", "v": "x"}, {}),
        ("switch", {"q": "why", "o": "gone", "on": "1"}, {}),
        ("decline", {"q": "content"}, {}),
        ("wordless", {"q": "content"}, {}),
        ("pick", {"q": "born"}, {}),
        ("pick", {"q": "born"}, {"time": "09:00"}),
        ("pick", {"q": "visit"}, {"date": "2026-11-03"}),
        ("pick", {"q": "use"}, {"date": "2026-11-03"}),
        ("later", {"q": "nowhere"}, {}),
    ],
)
def test_a_button_that_does_not_fit_changes_nothing(
    db: firestore.Client, verb: str, fields: dict[str, str], params: dict[str, str]
) -> None:
    begin(db, EVERY)
    asked = Asked(db, EVERY)
    asked.tap("start")
    asked.hear(asked.button(verb, **fields) if not params else picked(asked, fields, params))
    assert {} == asked.values()


@pytest.mark.parametrize("picked_day", ["1899-12-31", "2026-02-30", "yesterday", "", "9" * 300])
def test_a_picker_that_brings_no_day_is_told(db: firestore.Client, picked_day: str) -> None:
    begin(db, EVERY)
    asked = Asked(db, EVERY)
    asked.tap("start")
    said = asked.pick("born", date=picked_day)
    assert "日付" in said[0]["text"]
    assert {} == asked.values()


def picked(asked: Asked, fields: dict[str, str], params: dict[str, str]) -> Event:
    button = asked.button("pick", **fields)
    return asked.event(postback=button.postback, params=params)


def test_an_answer_from_someone_not_invited_leaves_nothing_behind(db: firestore.Client) -> None:
    survey = definition(audience={"wards": ["chuo"]})
    begin(db, survey)
    asked = Asked(db, survey)
    for verb, fields in (("answer", {"q": "uses", "v": "a"}), ("start", {}), ("skip", {"q": "why"})):
        assert "対象の地域" in asked.tap(verb, **fields)[0]["text"]
    assert [] == list(store.responses(db, survey_of(db, survey)))
