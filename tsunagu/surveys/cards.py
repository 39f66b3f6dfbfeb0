"""How a survey looks in LINE: its card in the list, a question with its progress, the summary of what was answered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import regex

from tsunagu.chat.catalogue import Catalogue, in_language
from tsunagu.line.messages import (
    BLUE,
    FLEX_LABEL_LIMIT,
    LABEL_LIMIT,
    SHOWN_LIMIT,
    Button,
    Message,
    graphemes,
    shortened,
    utf16,
    with_quick,
)
from tsunagu.line.postback import Postback
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Date, Definition, Multiple, Number, Option, Question, Scale, Single, Text
from tsunagu.surveys.reading import shown, shown_day
from tsunagu.surveys.rules import length, path, progress

TEXTS = Catalogue(Path(__file__).with_name("texts"))
GREY = "#595959"  # 7:1 on white
PALE = "#E8F1FE"
MARKS = 2  # graphemes of the mark before an option, and the space after it
ROWS = 13  # questions on one card of the summary: more could pass LINE's 30 KB, fewer its five messages
CARDS = 12  # bubbles LINE takes in one carousel

Answers = Mapping[str, Answer]


def postback(verb: str, definition: Definition, question: Question | None = None, **fields: str) -> Postback:
    asked = {"q": question.id} if question else {}
    return Postback(f"surveys/{verb}", {"s": definition.id, **asked, **fields})


def surveys_card(surveys: Sequence[tuple[Definition, Answers]], language: str) -> Message:
    """A card each, to start, go on with, or look at again."""
    bubbles = [_survey(definition, answers, language) for definition, answers in surveys[:CARDS]]
    contents = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": bubbles}
    return {"type": "flex", "altText": TEXTS.say("list_alt", language, count=len(surveys)), "contents": contents}


def question_card(definition: Definition, question: Question, answers: Answers, language: str) -> Message:
    number, of = progress(definition, answers, question)
    words = in_language(question.text, language)
    answer = answers.get(question.id)
    body = [
        _head(in_language(definition.title, language), number, of),
        _text(words, weight="bold", size="md", margin="lg"),
        *_options(question, language),
        _text(hint(question, language), size="sm", color=GREY, margin="md"),
    ]
    if answer is not None and answer.holds():
        now = TEXTS.say("now", language, answer=_within(said(question, answer, language), 200))
        body.append(
            _box("vertical", [_text(now, size="sm")], backgroundColor=PALE, cornerRadius="6px", paddingAll="8px")
        )
    bubble = _bubble(body, _footer(definition, question, answers, language))
    alt = f"({number}/{of}) {shortened(words, 350)}"
    message: Message = {"type": "flex", "altText": alt, "contents": bubble}
    return with_quick(message, _quick(definition, question, language))


def summary_cards(definition: Definition, answers: Answers, language: str) -> list[Message]:
    """What was answered along the path, each with a button to correct it."""
    asked = path(definition, answers).passed
    rows = [
        _row(definition, number, question, answers.get(question.id), language)
        for number, question in enumerate(asked, 1)
    ]
    title = TEXTS.say("summary", language, title=in_language(definition.title, language))
    head = _text(title, weight="bold", size="md")
    return [
        {
            "type": "flex",
            "altText": shortened(title, 400),
            "contents": _bubble([*([head] if start == 0 else []), *rows[start : start + ROWS]], []),
        }
        for start in range(0, len(rows), ROWS)
    ]


def said(question: Question, answer: Answer | None, language: str) -> str:
    """An answer as its resident reads it."""
    if answer is None or not answer.holds():
        return TEXTS.say("none_yet", language)
    if answer.kind == Kind.SKIPPED:
        return TEXTS.say("skipped", language)
    value = answer.value
    match question:
        case Single():
            return _join([in_language(option.text, language) for option in question.options if option.id == value])
        case Multiple() if isinstance(value, list):
            return _join([in_language(option.text, language) for option in question.options if option.id in value])
        case Number() if isinstance(value, int | float):
            return shown(value) + (in_language(question.unit, language) if question.unit else "")
        case Date():
            return shown_day(date.fromisoformat(str(value)))
    return str(value)


def hint(question: Question, language: str) -> str:
    values: dict[str, str] = {}
    match question:
        case Single():
            key = "hint_single"
        case Multiple():
            key = "hint_multiple"
        case Scale():
            ends = ((question.min, question.labels.min), (question.max, question.labels.max))
            low, high = (f"{step}（{in_language(label, language)}）" if label else str(step) for step, label in ends)
            key, values = "hint_scale", {"min": low, "max": high}
        case Number():
            key = "hint_number"
            unit = in_language(question.unit, language) if question.unit else ""
            values = {"range": _range(question.min, question.max, unit, language)}
        case Text():
            key, values = "hint_text", {"most": shown(question.max_length)}
        case Date():
            key = "hint_date"
    words = TEXTS.say(key, language, **values)
    return words if question.required else f"{words}\n{TEXTS.say('optional', language)}"


def moment(at: datetime, language: str) -> str:
    return TEXTS.say(
        "moment",
        language,
        month=TEXTS.say("months", language).split()[at.month - 1],
        day=at.day,
        weekday=TEXTS.say("weekdays", language).split()[at.weekday()],
        time=f"{at:%H:%M}",
    )


def until(definition: Definition, language: str) -> str:
    if definition.closes is None:
        return TEXTS.say("until_told", language)
    return TEXTS.say("until", language, moment=moment(definition.closes, language))


def _survey(definition: Definition, answers: Answers, language: str) -> dict[str, Any]:
    walk = path(definition, answers)
    begun = any(answer.holds() for answer in answers.values())
    lines = [TEXTS.say("how_long", language, count=length(definition)), until(definition, language)]
    if definition.anonymous:
        lines.append(TEXTS.say("anonymous", language))
    body = [_text(in_language(definition.title, language), weight="bold", size="lg")]
    if definition.intro:
        body.append(_text(shortened(in_language(definition.intro, language), 120), size="sm", margin="md"))
    body += [_text(line, size="sm", color=GREY, margin="sm") for line in lines]
    state = "done" if walk.next is None else "go_on" if begun else "start"
    if state == "done":
        body.append(_text(TEXTS.say("answered", language), size="sm", weight="bold", margin="md"))
    button = Button(TEXTS.say(state, language), postback("start", definition), main=state != "done")
    return _bubble(body, [_button(button)])


def _options(question: Question, language: str) -> list[dict[str, Any]]:
    """Single: all of them, since LINE on a computer shows no quick replies. Multiple: where a button is too small."""
    if not isinstance(question, Single) and not (isinstance(question, Multiple) and _numbered(question, language)):
        return []
    lines = [f"{number}. {in_language(option.text, language)}" for number, option in enumerate(question.options, 1)]
    return [_text(line, size="sm", margin="md" if line == lines[0] else "sm") for line in lines]


def _footer(definition: Definition, question: Question, answers: Answers, language: str) -> list[dict[str, Any]]:
    buttons = []
    if isinstance(question, Multiple):
        buttons = _switches(definition, question, answers, language)
    around = []
    if path(definition, answers).before(question):
        around.append(Button(TEXTS.say("back", language), postback("back", definition, question)))
    if not question.required:
        around.append(Button(TEXTS.say("skip", language), postback("skip", definition, question)))
    around.append(Button(TEXTS.say("later", language), postback("later", definition)))
    links = [_button(button, "link", flex=1) for button in around]
    return [*buttons, _box("horizontal", links, margin="sm")]


def _switches(definition: Definition, question: Multiple, answers: Answers, language: str) -> list[dict[str, Any]]:
    """Each says what it will do, so that an old one tapped twice changes nothing."""
    answer = answers.get(question.id)
    chosen = answer.chosen() if answer else set()
    buttons = []
    for number, option in enumerate(question.options, 1):
        on = option.id not in chosen
        words = in_language(option.text, language)
        label = _label(number, words, FLEX_LABEL_LIMIT - MARKS, _numbered(question, language))
        shows = TEXTS.say("switch_on" if on else "switch_off", language, option=shortened(words, SHOWN_LIMIT // 3))
        data = postback("switch", definition, question, o=option.id, on="1" if on else "0")
        buttons.append(_button(Button(f"{'☐' if on else '☑'} {label}", data, shown=shows)))
    decide = Button(TEXTS.say("decide", language), postback("decide", definition, question), main=True)
    return [*buttons, _button(decide)]


def _quick(definition: Definition, question: Question, language: str) -> list[Button]:
    match question:
        case Single():
            return [_choice(definition, question, *each, language) for each in enumerate(question.options, 1)]
        case Scale():
            steps = range(question.min, question.max + 1)
            return [Button(str(step), postback("answer", definition, question, v=str(step))) for step in steps]
        case Date():
            ends = {"min": question.min, "max": question.max}
            dates = {name: day.isoformat() for name, day in ends.items() if day}
            return [Button(TEXTS.say("pick", language), postback("date", definition, question), date=dates)]
    return []


def _choice(definition: Definition, question: Single, number: int, option: Option, language: str) -> Button:
    words = in_language(option.text, language)
    label = _label(number, words, LABEL_LIMIT, graphemes(words) > LABEL_LIMIT)
    return Button(label, postback("answer", definition, question, v=option.id), shown=_within(words, SHOWN_LIMIT))


def _row(
    definition: Definition, number: int, question: Question, answer: Answer | None, language: str
) -> dict[str, Any]:
    words = f"{number}. {_within(in_language(question.text, language), 60)}"
    texts = [
        _text(words, size="xs", color=GREY),
        _text(_within(said(question, answer, language), 80), size="md"),
    ]
    correct = Button(
        TEXTS.say("correct", language),
        postback("correct", definition, question),
        shown=TEXTS.say("correct_shown", language, number=number),
    )
    content = [_box("vertical", texts, flex=5), _button(correct, "link", flex=2)]
    return _box("horizontal", content, margin="md", alignItems="center")


def _numbered(question: Multiple, language: str) -> bool:
    return any(graphemes(in_language(option.text, language)) > FLEX_LABEL_LIMIT - MARKS for option in question.options)


def _label(number: int, words: str, limit: int, numbered: bool) -> str:
    return shortened(f"{number}. {words}" if numbered else words, limit)


def _within(words: str, limit: int) -> str:
    """At most `limit` UTF-16 units, of which some graphemes take many; whole ones, unless the first alone is longer."""
    if utf16(words) <= limit:
        return words
    kept = ""
    for part in regex.findall(r"\X", words[:limit]):
        if utf16(kept + part) >= limit:
            break
        kept += part
    return f"{kept or words[: limit // 2 - 1]}…"


def _range(low: float | None, high: float | None, unit: str, language: str) -> str:
    if low is not None and high is not None:
        return TEXTS.say("range", language, min=shown(low), max=shown(high), unit=unit)
    if low is not None:
        return TEXTS.say("from", language, min=shown(low), unit=unit)
    if high is not None:
        return TEXTS.say("up_to", language, max=shown(high), unit=unit)
    return TEXTS.say("any_number", language, unit=unit)


def _join(labels: list[str]) -> str:
    return " / ".join(labels)


def _head(title: str, number: int, of: int) -> dict[str, Any]:
    """The survey's name, 3/8, and a bar that fills."""
    names = [
        {"type": "text", "text": title, "size": "xs", "color": GREY, "flex": 1},
        {"type": "text", "text": f"{number}/{of}", "size": "xs", "color": GREY, "flex": 0, "margin": "md"},
    ]
    width = f"{max(2, round(100 * (number - 1) / of))}%"
    filled = _box("vertical", [{"type": "filler"}], width=width, height="4px", backgroundColor=BLUE, cornerRadius="2px")
    bar = _box("vertical", [filled], height="4px", backgroundColor="#D9E2EC", cornerRadius="2px", margin="sm")
    return _box("vertical", [_box("horizontal", names), bar])


def _bubble(body: list[dict[str, Any]], footer: list[dict[str, Any]]) -> dict[str, Any]:
    bubble: dict[str, Any] = {"type": "bubble", "body": _box("vertical", body)}
    if footer:
        bubble["footer"] = _box("vertical", footer, spacing="sm")
    return bubble


def _box(layout: str, contents: list[dict[str, Any]], **look: object) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": contents, **look}


def _text(words: str, **look: object) -> dict[str, Any]:
    return {"type": "text", "text": words, "wrap": True, **look}


def _button(button: Button, style: str = "", **look: object) -> dict[str, Any]:
    dress = {"style": "primary", "color": BLUE} if button.main else {"style": style or "secondary"}
    return {"type": "button", "action": button.action(), "height": "sm", **dress, **look}
