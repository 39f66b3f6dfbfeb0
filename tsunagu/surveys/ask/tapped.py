"""What a button says to the question it belongs to."""

from collections.abc import Mapping

from tsunagu.residents.city import city
from tsunagu.surveys.answers import Decided, Declined, Described, Said, Skipped, Switched, Word, other_of
from tsunagu.surveys.ask.reading import read
from tsunagu.surveys.ask.unclear import Unclear
from tsunagu.surveys.definition import Asking, Date, DateTime, District, Multiple, Scale, Single, Time, Ward


def word_tapped(verb: str, question: Asking, fields: Mapping[str, str]) -> Word | Unclear | None:
    """None when it does not fit the question (a button of an earlier edition, say). `fields`: also what was picked."""
    value = fields.get("v", "")
    match verb, question:
        case "skip", _:
            return Unclear("required") if question.required else Skipped()
        case "decline", _ if question.decline:
            return Declined()
        case "wordless", _ if other_of(question) is not None:
            return Described(None)
        case "answer", Single() if value in {option.id for option in question.options}:
            return Said(value)
        case "answer", Scale() if value in {str(step) for step in range(question.min, question.max + 1)}:
            return Said(int(value))
        case "answer", Ward() if city().ward(value):
            return Said(value)
        case "answer", District() if city().district(value):
            return Said(value)
        case "switch", Multiple() if fields.get("o") in {option.id for option in question.options}:
            return Switched(fields["o"], fields.get("on") == "1")
        case "decide", Multiple():
            return Decided()
        case "pick", Date() | Time() | DateTime() if question.type in fields:
            picked = read(question, fields[question.type])
            return picked if isinstance(picked, Unclear) else Said(picked)
    return None
