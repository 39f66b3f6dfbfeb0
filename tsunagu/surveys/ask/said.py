"""An answer as its resident reads it."""

from collections.abc import Sequence
from datetime import date

from tsunagu.chat.catalogue import in_language
from tsunagu.residents.city import city
from tsunagu.surveys.answers import Answer, Kind, means_other
from tsunagu.surveys.ask.wording import TEXTS, shown, shown_day, shown_moment
from tsunagu.surveys.definition import (
    Asking,
    Date,
    DateTime,
    District,
    Location,
    Multiple,
    Number,
    Option,
    Photo,
    Single,
    Ward,
)


def said(question: Asking, answer: Answer | None, language: str) -> str:
    if answer is None or not answer.holds():
        return TEXTS.say("none_yet", language)
    if answer.kind in (Kind.SKIPPED, Kind.DECLINED):
        return TEXTS.say(answer.kind.value, language)
    value = answer.value
    match question:
        case Single() | Multiple():
            chosen = value if isinstance(value, list) else [value]
            own = answer.other if means_other(question, answer) else None
            return " / ".join(_chosen([option for option in question.options if option.id in chosen], own, language))
        case Number() if isinstance(value, int | float):
            return shown(value) + (in_language(question.unit, language) if question.unit else "")
        case Date():
            return shown_day(date.fromisoformat(str(value)))
        case DateTime():
            return shown_moment(str(value))
        case Ward() if (ward := city().ward(str(value))) is not None:
            return ward.label(language)
        case District() if (district := city().district(str(value))) is not None:
            return district.label(language)
        case Location() if isinstance(value, dict):
            return str(value.get("words") or f"{value['lat']:.5f}, {value['lon']:.5f}")
        case Photo():
            return TEXTS.say("a_photo", language)
    return str(value)


def _chosen(options: Sequence[Option], own: str | None, language: str) -> list[str]:
    labels = [(option, in_language(option.text, language)) for option in options]
    return [
        TEXTS.say("other_words", language, option=label, words=own) if option.other and own else label
        for option, label in labels
    ]
