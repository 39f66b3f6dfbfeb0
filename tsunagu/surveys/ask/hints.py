"""How a question may be answered, in a sentence or two below it."""

from tsunagu.chat.catalogue import in_language
from tsunagu.line.messages import cut
from tsunagu.surveys.ask.wording import TEXTS, shown
from tsunagu.surveys.definition import Asking, Multiple, Number, Scale, Text

LABEL_UNITS = 100  # UTF-16 units of an option or an end of a scale inside a hint


def hint(question: Asking, language: str) -> str:
    words = [_how(question, language)]
    if not question.required:
        words.append(TEXTS.say("optional", language))
    if question.decline:
        words.append(TEXTS.say("may_decline", language))
    return "\n".join(words)


def _how(question: Asking, language: str) -> str:
    match question:
        case Multiple():
            return _many(question, language)
        case Scale():
            low, high = (_end(question, end, language) for end in ("min", "max"))
            return TEXTS.say("hint_scale", language, min=low, max=high)
        case Number():
            unit = in_language(question.unit, language) if question.unit else ""
            return TEXTS.say("hint_number", language, range=_range(question.min, question.max, unit, language))
        case Text() if question.min_length > 1:
            ends = {"least": shown(question.min_length), "most": shown(question.max_length)}
            return TEXTS.say("hint_text_between", language, **ends)
        case Text():
            return TEXTS.say("hint_text", language, most=shown(question.max_length))
    return TEXTS.say(f"hint_{question.type}", language)


def _many(question: Multiple, language: str) -> str:
    least, most = question.least or 1, question.most
    if most is None:
        key = "hint_multiple" if least == 1 else "hint_multiple_least"
    elif most == least:
        key = "hint_multiple_exactly"
    else:
        key = "hint_multiple_most" if least == 1 else "hint_multiple_between"
    words = [TEXTS.say(key, language, least=least, most=most)]
    for option in question.options:
        if option.exclusive:
            called = cut(in_language(option.text, language), LABEL_UNITS)
            words.append(TEXTS.say("hint_alone", language, option=called))
    return "\n".join(words)


def _end(question: Scale, end: str, language: str) -> str:
    step, label = (question.min, question.labels.min) if end == "min" else (question.max, question.labels.max)
    if label is not None:
        words = in_language(label, language)
    elif question.nps:
        words = TEXTS.say(f"nps_{end}", language)
    else:
        return str(step)
    return TEXTS.say("scale_end", language, step=step, label=words)


def _range(low: float | None, high: float | None, unit: str, language: str) -> str:
    if low is not None and high is not None:
        return TEXTS.say("range", language, min=shown(low), max=shown(high), unit=unit)
    if low is not None:
        return TEXTS.say("from", language, min=shown(low), unit=unit)
    if high is not None:
        return TEXTS.say("up_to", language, max=shown(high), unit=unit)
    return TEXTS.say("any_number", language, unit=unit)
