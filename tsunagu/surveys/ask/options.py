"""Choices as they are drawn: lines under a question, buttons that switch one, quick replies."""

from tsunagu.chat.catalogue import in_language
from tsunagu.line.messages import FLEX_LABEL_LIMIT, LABEL_LIMIT, SHOWN_LIMIT, Button, cut, graphemes, shortened
from tsunagu.surveys.answers import Answer
from tsunagu.surveys.ask.flex import Part, button, line
from tsunagu.surveys.ask.wording import TEXTS, postback
from tsunagu.surveys.definition import Definition, Multiple, Option, Question, Single

MARKS = 2  # graphemes of the mark before an option, and the space after it
LABEL_UNITS = 100  # UTF-16 units on a button, of which some graphemes take many: thirteen must fit one card
SWITCH_UNITS = 100  # of what a switch says in the chat


def lines(question: Question, language: str) -> list[Part]:
    """Single: all of them, since LINE on a computer shows no quick replies. Multiple: where a button is too small."""
    if not isinstance(question, Single) and not (isinstance(question, Multiple) and _numbered(question, language)):
        return []
    options = [f"{number}. {in_language(option.text, language)}" for number, option in enumerate(question.options, 1)]
    return [line(words, size="sm", margin="md" if words == options[0] else "sm") for words in options]


def switches(definition: Definition, question: Multiple, answer: Answer | None, language: str) -> list[Part]:
    """Each says what it will do, so that an old one tapped twice changes nothing."""
    chosen = answer.chosen() if answer else set()
    buttons = []
    for number, option in enumerate(question.options, 1):
        on = option.id not in chosen
        words = in_language(option.text, language)
        label = _label(number, words, FLEX_LABEL_LIMIT - MARKS, _numbered(question, language))
        shows = TEXTS.say("switch_on" if on else "switch_off", language, option=cut(words, SWITCH_UNITS))
        data = postback("switch", definition, question, o=option.id, on="1" if on else "0")
        buttons.append(button(Button(f"{'☐' if on else '☑'} {label}", data, shown=shows)))
    decide = Button(TEXTS.say("decide", language), postback("decide", definition, question), main=True)
    return [*buttons, button(decide)]


def choices(definition: Definition, question: Single, language: str) -> list[Button]:
    return [_choice(definition, question, *each, language) for each in enumerate(question.options, 1)]


def _choice(definition: Definition, question: Single, number: int, option: Option, language: str) -> Button:
    words = in_language(option.text, language)
    label = _label(number, words, LABEL_LIMIT, graphemes(words) > LABEL_LIMIT)
    return Button(label, postback("answer", definition, question, v=option.id), shown=cut(words, SHOWN_LIMIT))


def _numbered(question: Multiple, language: str) -> bool:
    texts = [in_language(option.text, language) for option in question.options]
    return any(_label(0, words, FLEX_LABEL_LIMIT - MARKS, False) != words for words in texts)


def _label(number: int, words: str, limit: int, numbered: bool) -> str:
    return cut(shortened(f"{number}. {words}" if numbered else words, limit), LABEL_UNITS)
