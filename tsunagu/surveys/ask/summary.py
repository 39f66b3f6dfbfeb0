"""What was answered along the path, each with a button to correct it."""

from tsunagu.chat.catalogue import in_language
from tsunagu.line.messages import Button, Message, cut
from tsunagu.surveys.ask.flex import GREY, Part, box, bubble, button, line
from tsunagu.surveys.ask.said import said
from tsunagu.surveys.ask.wording import TEXTS, postback
from tsunagu.surveys.definition import Asking, Definition
from tsunagu.surveys.rules import Response

ROWS = 13  # questions on one card: more could pass LINE's 30 KB, fewer its five messages
QUESTION_UNITS = 60
ANSWER_UNITS = 80


def summary_cards(definition: Definition, response: Response, language: str) -> list[Message]:
    """`definition` as the respondent sees it."""
    asked = response.walk(definition).asked
    rows = [_row(definition, number, question, response, language) for number, question in enumerate(asked, 1)]
    title = TEXTS.say("summary", language, title=in_language(definition.title, language))
    head = line(title, weight="bold", size="md")
    return [
        {
            "type": "flex",
            "altText": cut(title, 400),
            "contents": bubble([*([head] if start == 0 else []), *rows[start : start + ROWS]], []),
        }
        for start in range(0, len(rows), ROWS)
    ]


def _row(definition: Definition, number: int, question: Asking, response: Response, language: str) -> Part:
    words = f"{number}. {cut(in_language(question.text, language), QUESTION_UNITS)}"
    answer = cut(said(question, response.answers.get(question.id), language), ANSWER_UNITS)
    correct = Button(
        TEXTS.say("correct", language),
        postback("correct", definition, question),
        shown=TEXTS.say("correct_shown", language, number=number),
    )
    texts = [line(words, size="xs", color=GREY), line(answer, size="md")]
    return box(
        "horizontal",
        [box("vertical", texts, flex=5), button(correct, "link", flex=2)],
        margin="md",
        alignItems="center",
    )
