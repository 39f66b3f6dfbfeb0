"""The city's wards and districts as quick replies: the person's own first, a page at a time where they are many."""

from collections.abc import Iterable, Sequence

from tsunagu.line.messages import LABEL_LIMIT, QUICK_LIMIT, Button, shortened
from tsunagu.line.postback import Postback
from tsunagu.residents.city import Choice, city
from tsunagu.surveys.ask.wording import TEXTS, postback
from tsunagu.surveys.definition import Definition, District, Question, Ward

ANY = "-"  # in place of a ward's id: it is still to be chosen


def wards(definition: Definition, question: Ward, own: str | None, page: int, language: str) -> list[Button]:
    ordered = sorted(city().wards, key=lambda ward: ward.id != own)
    return _paged(definition, question, answering(definition, question, ordered, language), [], page, language)


def districts(
    definition: Definition, question: District, ward: str | None, own: str | None, page: int, language: str
) -> list[Button]:
    """Those of `ward`, `own` in front; without a ward, the wards to choose from."""
    if city().ward(ward or "") is None:
        into = [_button(each, language, postback("page", definition, question, w=each.id)) for each in city().wards]
        return _paged(definition, question, into, [], page, language, w=ANY)
    within = sorted((each for each in city().districts if each.ward == ward), key=lambda each: each.id != own)
    elsewhere = Button(TEXTS.say("other_ward", language), postback("page", definition, question, w=ANY))
    offered = answering(definition, question, within, language)
    return _paged(definition, question, offered, [elsewhere], page, language, w=str(ward))


def answering(
    definition: Definition, question: Ward | District, places: Iterable[Choice], language: str
) -> list[Button]:
    return [_button(each, language, postback("answer", definition, question, v=each.id)) for each in places]


def _button(place: Choice, language: str, data: Postback) -> Button:
    return Button(shortened(place.label(language), LABEL_LIMIT), data, shown=place.label(language))


def _paged(
    definition: Definition,
    question: Question,
    offered: Sequence[Button],
    always: Sequence[Button],
    page: int,
    language: str,
    **fields: str,
) -> list[Button]:
    """All of them, or one page and the ways to those around it."""
    if len(offered) + len(always) <= QUICK_LIMIT:
        return [*offered, *always]
    size = QUICK_LIMIT - len(always) - 2
    last = (len(offered) - 1) // size
    page = min(max(page, 0), last)

    def turn(key: str, to: int) -> Button:
        return Button(TEXTS.say(key, language), postback("page", definition, question, **fields, p=str(to)))

    before = [turn("page_before", page - 1)] if page > 0 else []
    after = [turn("page_after", page + 1)] if page < last else []
    return [*offered[page * size : (page + 1) * size], *before, *after, *always]
