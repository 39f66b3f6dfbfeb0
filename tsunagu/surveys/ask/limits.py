"""Everything a definition makes us say, at its longest, held against LINE's limits, for `tsunagu survey check`."""

from collections.abc import Iterator, Sequence
from typing import Any

from tsunagu.chat.catalogue import LANGUAGES, in_language
from tsunagu.cloud.definitions import Place, Problem
from tsunagu.line.messages import TEXT_LIMIT, Message, faults, utf16
from tsunagu.residents.city import city
from tsunagu.surveys.answers import Answer, Kind, Own, Switch, other_of
from tsunagu.surveys.ask.cards import promises, surveys_card
from tsunagu.surveys.ask.describing import describing
from tsunagu.surveys.ask.piping import PIPED
from tsunagu.surveys.ask.question_card import question_card
from tsunagu.surveys.ask.reply import packed, reply
from tsunagu.surveys.ask.seen import filled
from tsunagu.surveys.ask.sent import PLACE_UNITS
from tsunagu.surveys.ask.summary import summary_cards
from tsunagu.surveys.ask.typed import MOST_OWN
from tsunagu.surveys.ask.wording import TEXTS
from tsunagu.surveys.definition import (
    MOST_OPTIONS,
    MOST_QUESTIONS,
    Asking,
    Date,
    DateTime,
    Definition,
    District,
    Location,
    Multiple,
    Notice,
    Number,
    Photo,
    Scale,
    Single,
    Text,
    Time,
    Ward,
)
from tsunagu.surveys.rules import Response

WIDE = "長"  # three bytes for one UTF-16 unit: no letter takes more of a card


def line_problems(definition: Definition) -> Iterator[Problem]:
    """Each names its place. Earlier answers that are filled into texts are as long as they are ever shown."""
    many = list(_too_many(definition))
    if many:
        yield from many
        return
    known: set[Problem] = set()
    for language in LANGUAGES:
        for place, words, cards in _said(definition, language):
            for problem in _wrong(place, words, cards):
                if problem not in known:
                    known.add(problem)
                    yield problem


def _too_many(definition: Definition) -> Iterator[Problem]:
    """A survey that was held elsewhere may have more of either, and is read here all the same."""
    if len(definition.questions) > MOST_QUESTIONS:
        yield ("questions",), f"are {len(definition.questions)}; at most {MOST_QUESTIONS} can be asked in LINE"
    for index, question in enumerate(definition.questions):
        if isinstance(question, Single | Multiple) and len(question.options) > MOST_OPTIONS:
            yield (
                ("questions", index, "options"),
                f"are {len(question.options)}; LINE has buttons for at most {MOST_OPTIONS}",
            )


def _said(definition: Definition, language: str) -> Iterator[tuple[Place, list[str], list[Message]]]:
    """Every answer of ours at its longest: the place that is to blame, its texts and its cards."""
    filling = {question.id: WIDE * PIPED for question in definition.asked}
    longest = [filled(question, dict.fromkeys(TEXTS.entries, filling)) for question in definition.questions]
    seen = definition.model_copy(update={"questions": longest})
    response = Response(answers={question.id: _longest(question, language) for question in seen.asked})
    unclear = max((TEXTS.entries[language][key] for key in TEXTS.entries[language] if "unclear" in key), key=utf16)
    yield ("title",), [], [surveys_card([(seen, "go_on")] * 12, language)]
    for index, question in enumerate(seen.questions):
        if isinstance(question, Notice):
            continue
        lead = [unclear]
        if index == 0 or all(isinstance(before, Notice) for before in seen.questions[:index]):
            intro = [in_language(seen.intro, language)] if seen.intro else []
            begin = TEXTS.say("begin", language, title=in_language(seen.title, language), **promises(seen, language))
            lead = [*intro, begin]
        card = question_card(seen, question, response, language)
        yield ("questions", index), [*lead, *_notices(seen, index, language)], [card]
        if other_of(question) is not None:
            yield ("questions", index), [], [describing(seen, question, response.answers[question.id], language)]
    thanks = in_language(seen.thanks, language) if seen.thanks else TEXTS.say("thanks", language)
    last = [*_notices(seen, len(seen.questions), language), f"{thanks}\n{TEXTS.say('may_correct', language)}"]
    yield ("questions", len(seen.questions) - 1), last, summary_cards(seen, response, language)


def _notices(seen: Definition, index: int, language: str) -> list[str]:
    """Those that may come together in front of question `index`: what lies between may not be asked."""
    found: list[str] = []
    for question in reversed(seen.questions[:index]):
        if isinstance(question, Notice):
            found.insert(0, in_language(question.text, language))
        elif question.when is None:
            break
    return found


def _wrong(place: Place, words: Sequence[str], cards: Sequence[Message]) -> Iterator[Problem]:
    for text in packed(words, len(cards)):
        if utf16(text) > TEXT_LIMIT:
            yield place, "comes with more notices than fit into LINE's five messages: shorten them, or ask in between"
            return
    for fault in faults(reply(words, cards)):
        yield place, f"LINE would not take it: {fault.partition(': ')[2] or fault}"


def _longest(question: Asking, language: str) -> Answer:
    own = Own(WIDE * MOST_OWN, 1, "e")
    options = {each.id: Switch(True, 1, "e") for each in question.options} if isinstance(question, Multiple) else {}
    return Answer(Kind.GIVEN, _value(question, language), 1, "e", 1, options=options, other=own.words, own=own)


def _value(question: Asking, language: str) -> Any:
    match question:
        case Single():
            return (
                other_of(question) or max(question.options, key=lambda each: utf16(in_language(each.text, language))).id
            )
        case Multiple():
            return [option.id for option in question.options]
        case Scale():
            return question.max
        case Number():
            return -123456789012345.5
        case Text():
            return WIDE * question.max_length
        case Date():
            return "2026-12-31"
        case Time():
            return "23:59"
        case DateTime():
            return "2026-12-31T23:59"
        case Ward():
            return max(city().wards, key=lambda ward: utf16(ward.label(language))).id
        case District():
            return max(city().districts, key=lambda district: utf16(district.label(language))).id
        case Location():
            return {"words": WIDE * PLACE_UNITS, "lat": 0.0, "lon": 0.0}
        case Photo():
            return "surveys/photo.jpg"
