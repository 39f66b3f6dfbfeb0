"""What a typed message is to the question that was open: an answer, no answer, or words in place of a choice."""

import re
import unicodedata
from datetime import date

from tsunagu.line.messages import utf16
from tsunagu.surveys.answers import Declined, Described, Said, Skipped, Word, other_of
from tsunagu.surveys.ask.reading import option_called, read, tidy, too_long, unfit
from tsunagu.surveys.ask.unclear import Unclear, folded
from tsunagu.surveys.ask.wording import TEXTS
from tsunagu.surveys.definition import Asking, Multiple, Single

MOST_OWN = 1_000  # UTF-16 units of what "other" means
NUMBER = re.compile(r"[\d.,、番目\s]+")


def _folded(words: str) -> str:
    return folded(words.replace("’", "'"))  # which phones write by themselves


def _also(key: str, *words: str) -> set[str]:
    """What is on the button, in any language, and what else people write for it."""
    return {_folded(word) for word in (*words, *(TEXTS.say(key, language) for language in TEXTS.entries))}


SKIPS = _also("skip", "飛ばす", "答えない")
DECLINES = _also("decline", "回答したくない", "prefer not to say")


def word_typed(
    question: Asking, words: str, message: str, ward: str | None = None, today: date | None = None
) -> Word | Unclear:
    """`question` as the resident sees it; `message`: the id by which it can be taken back.

    A choice that is called "skip" is a choice; words that are no choice are what "other" means, where there is one.
    """
    choices = isinstance(question, Single | Multiple)
    value = read(question, words, ward, today) if choices else None
    if value is not None and not isinstance(value, Unclear):
        return Said(value, message)
    if not question.required and _folded(words) in SKIPS:
        return Skipped()
    if question.decline and _folded(words) in (DECLINES if not question.required else DECLINES | SKIPS):
        return Declined()
    if value is None:
        value = read(question, words, ward, today)
    if isinstance(question, Single | Multiple) and isinstance(value, Unclear) and value.key in ("option", "options"):
        return _own(question, words, message) or value
    return value if isinstance(value, Unclear) else Said(value, message)


def described(words: str, message: str) -> Word | Unclear:
    """What "other" means, in answer to being asked for it."""
    if _folded(words) in SKIPS:
        return Described(None)
    said = tidy(words)
    if not said:
        return Unclear("empty")
    return too_long(said, MOST_OWN) if utf16(said) > MOST_OWN else Described(said, message)


def _own(question: Single | Multiple, words: str, message: str) -> Word | Unclear | None:
    """「公園、駅前」 is the choice 公園 and, of one's own, 駅前. A number alone is the number of no choice."""
    other = other_of(question)
    said = tidy(words)
    if other is None or not said:
        return None
    if utf16(said) > MOST_OWN:
        return too_long(said, MOST_OWN)
    if isinstance(question, Single):
        return None if _is_number(said) else Said(other, message, said)
    parts = [part.strip() for part in re.split(r"[\n;；,，、]+", said) if part.strip()]
    found = {part: option_called(question.options, part) for part in parts}
    own = [part for part in parts if found[part] is None]
    if not own or any(map(_is_number, own)):
        return None
    chosen = {id for id in found.values() if id is not None} | {other}
    value = [option.id for option in question.options if option.id in chosen]
    return unfit(question, value) or Said(value, message, "、".join(own))


def _is_number(words: str) -> bool:
    return NUMBER.fullmatch(unicodedata.normalize("NFKC", words)) is not None
