"""What is said in the chat: the catalogue, and how numbers, days and moments read in it."""

from datetime import date, datetime
from pathlib import Path

from tsunagu.chat.catalogue import Catalogue
from tsunagu.line.postback import Postback
from tsunagu.surveys.definition import Definition, Question

TEXTS = Catalogue(Path(__file__).parents[1] / "texts")


def postback(verb: str, definition: Definition, question: Question | None = None, **fields: str) -> Postback:
    asked = {"q": question.id} if question else {}
    return Postback(f"surveys/{verb}", {"s": definition.id, **asked, **fields})


def shown(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,}"


def shown_day(day: date) -> str:
    return f"{day.year}/{day.month}/{day.day}"


def shown_moment(written: str) -> str:
    """`2026-11-03T09:30` as people read it."""
    at = datetime.fromisoformat(written)
    return f"{shown_day(at)} {at:%H:%M}"


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
