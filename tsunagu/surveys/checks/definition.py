"""What only the whole of a survey's definition can tell; each problem names its place.

LINE's limits are not among it: `ask.limits.line_problems` lays out every message for them.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from tsunagu.cloud.definitions import Place, Problem
from tsunagu.residents.city import City
from tsunagu.surveys.checks import conditions, questions, reach, texts
from tsunagu.surveys.checks.conditions import claims, shown
from tsunagu.surveys.conditions import OfAnswer
from tsunagu.surveys.definition import (
    END,
    MOST_BYTES,
    MOST_SEVERAL,
    Audience,
    Definition,
    District,
    Multiple,
    Question,
    Single,
    Ward,
)

YEARS = range(2000, 2101)  # in which a survey may open or close


def problems(definition: Definition) -> Iterator[Problem]:
    """Of a survey by itself. What the city does not know is told by `city_problems`."""
    size = len(definition.model_dump_json().encode())
    if size > MOST_BYTES:
        yield ("questions",), f"take {size:,} bytes together, and {MOST_BYTES:,} fit: use fewer or shorter texts"
    yield from _times(definition)
    yield from _quotas(definition)
    yield from _sections(definition)
    yield from texts.problems(definition)
    ways = [*_ids(definition), *_jumps(definition), *conditions.problems(definition)]
    for index, question in enumerate(definition.questions):
        ways += [(("questions", index, *place), says) for place, says in questions.problems(question)]
    yield from ways
    if not ways:
        yield from reach.problems(definition)


def city_problems(definition: Definition, city: City) -> Iterator[Problem]:
    """Names of wards, districts, age bands and topics that the city's settings do not know."""
    known = {
        "ward": [ward.id for ward in city.wards],
        "district": [district.id for district in city.districts],
        "age_band": [band.id for band in city.age_bands],
    }
    yield from strangers(
        definition.audience,
        wards=known["ward"],
        districts=known["district"],
        topics=[topic.id for topic in city.topics],
    )
    for number, quota in enumerate(definition.quotas):
        for name in quota.most:
            if name not in known[quota.by]:
                says = f"is not one of the city's {quota.by.replace('_', ' ')}s{shown(known[quota.by])}"
                yield ("quotas", number, "most", name), says
    for place, claim, _ in claims(definition):
        what: str = ""
        if isinstance(claim, OfAnswer):
            question = definition.question(claim.answer)
            what = question.type if isinstance(question, Ward | District) else ""
        else:
            what = claim.attribute
        if what in known and claim.is_ is not None:
            group = f"{what.replace('_', ' ')}s"
            yield from conditions.strangers(place, claim.is_, known[what], group)


def strangers(audience: Audience, **known: Collection[str]) -> Iterator[Problem]:
    """Audience names the city's settings do not know: `strangers(audience, wards=…, districts=…, topics=…)`."""
    for group, names in known.items():
        for index, name in enumerate(getattr(audience, group)):
            if name not in names:
                yield ("audience", group, index), f"`{name}` is not one of the city's {group}{shown(names)}"


def editions_problems(before: Definition, after: Definition) -> Iterator[Problem]:
    """What may not change while a survey is open, so that the answers to all editions can be counted together.

    `before` is all editions in one (`editions.merged`), so that the id of a question that is gone keeps its kind.
    """
    if after.id != before.id:
        yield ("id",), f"must stay `{before.id}`: another id is another survey"
    if after.anonymity != before.anonymity:
        yield ("anonymity",), f"must stay `{before.anonymity}`: residents were told so before they answered"
    known = {question.id: question for question in before.questions}
    for index, question in enumerate(after.questions):
        earlier = known.get(question.id, question)
        if earlier.type != question.type:
            says = (
                f"must stay `{earlier.type}`: `{question.id}` has been asked as one; give the new question another id"
            )
            yield ("questions", index, "type"), says
        elif isinstance(question, Multiple) and isinstance(earlier, Multiple):
            every = {option.id for option in (*earlier.options, *question.options)}
            if len(every) > MOST_SEVERAL:
                says = f"are {len(every)} with those of earlier editions; {MOST_SEVERAL} fit: add a question instead"
                yield ("questions", index, "options"), says
        if isinstance(question, Single | Multiple) and isinstance(earlier, Single | Multiple):
            with_words = [option.id for option in earlier.options if option.other]
            for place, option in enumerate(question.options):
                if option.other and with_words and option.id not in with_words:
                    says = f"must stay with `{with_words[0]}`: its words and those of `{option.id}` would be mixed up"
                    yield ("questions", index, "options", place, "other"), says


def _times(definition: Definition) -> Iterator[Problem]:
    opens, closes = definition.opens, definition.closes
    if opens and closes and closes <= opens:
        yield ("closes",), "must be later than opens"
    ends = [moment for moment in (closes or opens, *(pause.until for pause in definition.pauses)) if moment]
    if definition.archives and any(definition.archives <= end for end in ends):
        yield ("archives",), "must be later than closes, and than all else: only what is closed is archived"
    before: datetime | None = None
    for number, pause in enumerate(definition.pauses):
        place: Place = ("pauses", number)
        if pause.until <= pause.from_:
            yield (*place, "until"), "must be later than from"
        if before and pause.from_ <= before:
            yield (*place, "from"), "must be later than the end of the pause before; write them in order"
        if opens and pause.from_ <= opens:
            yield (*place, "from"), f"must be later than opens ({opens:%Y-%m-%d %H:%M})"
        if closes and pause.until >= closes:
            yield (*place, "until"), f"must be earlier than closes ({closes:%Y-%m-%d %H:%M})"
        before = pause.until
    for place, moment in _moments(definition):
        if moment and moment.year not in YEARS:
            yield place, f"must lie between {YEARS[0]} and {YEARS[-1]}"


def _moments(definition: Definition) -> Iterator[tuple[Place, datetime | None]]:
    yield ("opens",), definition.opens
    yield ("closes",), definition.closes
    yield ("archives",), definition.archives
    for number, pause in enumerate(definition.pauses):
        yield ("pauses", number, "from"), pause.from_
        yield ("pauses", number, "until"), pause.until


def _quotas(definition: Definition) -> Iterator[Problem]:
    by = [quota.by for quota in definition.quotas]
    for number, name in enumerate(by):
        if name in by[:number]:
            yield ("quotas", number, "by"), f"`{name}` has quotas already: write them together"


def _sections(definition: Definition) -> Iterator[Problem]:
    names = [section.id for section in definition.sections]
    yield from _twice((("sections", number, "id"), name) for number, name in enumerate(names))
    reached = -1
    for index, question in enumerate(definition.questions):
        place: Place = ("questions", index, "section")
        if question.section is None:
            if names:
                yield place, f"is required, as the survey has sections ({', '.join(names)})"
        elif question.section not in names:
            has = f"(known: {', '.join(names)})" if names else "(there is no `sections:` at the top)"
            yield place, f"`{question.section}` is no section's id {has}"
        elif (number := names.index(question.section)) < reached:
            yield place, f"`{question.section}` comes before `{names[reached]}`; a section is asked in one go, in order"
        else:
            reached = number
    used = {question.section for question in definition.questions}
    for number, name in enumerate(names):
        if name not in used:
            yield ("sections", number), f"no question is in `{name}`: take it out"


def _ids(definition: Definition) -> Iterator[Problem]:
    if not definition.asked:
        yield ("questions",), "are all notices: a survey has to ask something"
    yield from _twice((("questions", index, "id"), question.id) for index, question in enumerate(definition.questions))
    for index, question in enumerate(definition.questions):
        if question.id == END:
            yield ("questions", index, "id"), f"`{END}` means the end of the survey; choose another id"


def _twice(names: Iterable[tuple[Place, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, name in names:
        if name in seen:
            yield place, f"`{name}` is used twice; ids must differ"
        seen.add(name)


def _jumps(definition: Definition) -> Iterator[Problem]:
    questions = definition.questions
    names = {question.id for question in questions} | {END}
    for index, question in enumerate(questions):
        later = {each.id for each in questions[index + 1 :]} | {END}
        for place, name in _named(index, question):
            if name not in names:
                yield place, f"`{name}` is no question's id (nor `{END}`)"
            elif name not in later:
                yield place, f"`{name}` does not come later; a survey only goes forward"


def _named(index: int, question: Question) -> Iterator[tuple[Place, str]]:
    if question.next is not None:
        yield ("questions", index, "next"), question.next
    if isinstance(question, Single):
        for number, option in enumerate(question.options):
            if option.next is not None:
                yield ("questions", index, "options", number, "next"), option.next
