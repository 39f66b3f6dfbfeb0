"""Whoever chose "other" is asked what it means, in the next message, and may go without."""

from tsunagu.chat.catalogue import in_language
from tsunagu.line.messages import Button, Message, cut, text
from tsunagu.surveys.answers import Answer, other_of
from tsunagu.surveys.ask.typed import MOST_OWN
from tsunagu.surveys.ask.wording import TEXTS, postback, shown
from tsunagu.surveys.definition import Asking, Definition, Multiple, Single

OPTION_UNITS = 100  # UTF-16 units
WORDS_UNITS = 300


def describing(definition: Definition, question: Asking, answer: Answer | None, language: str) -> Message:
    """`question` as the respondent sees it."""
    own = answer.own.words if answer is not None and answer.own is not None else None
    verbs = ["onward", "wordless"] if own else ["wordless"]
    labels = {"onward": "onward", "wordless": "erase_words" if own else "wordless", "correct": "choose_again"}
    buttons = [
        Button(TEXTS.say(labels[verb], language), postback(verb, definition, question)) for verb in [*verbs, "correct"]
    ]
    words = TEXTS.say("describe", language, option=_other(question, language), most=shown(MOST_OWN))
    if own:
        words += "\n" + TEXTS.say("now", language, answer=cut(own, WORDS_UNITS))
    return text(words, buttons)


def _other(question: Asking, language: str) -> str:
    options = question.options if isinstance(question, Single | Multiple) else []
    labels = [in_language(option.text, language) for option in options if option.id == other_of(question)]
    return cut(labels[0], OPTION_UNITS)
