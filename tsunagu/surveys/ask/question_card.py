"""One question as a card: where it stands, what it asks, how it may be answered, and what was answered so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from tsunagu.chat.catalogue import in_language
from tsunagu.line.messages import QUICK_LIMIT, Button, Message, cut, with_quick
from tsunagu.residents.city import city
from tsunagu.surveys.answers import Answer
from tsunagu.surveys.ask import options, places
from tsunagu.surveys.ask.flex import GREY, PALE, Part, box, bubble, button, head, line
from tsunagu.surveys.ask.hints import hint
from tsunagu.surveys.ask.said import said
from tsunagu.surveys.ask.wording import TEXTS, postback
from tsunagu.surveys.definition import (
    Asking,
    Date,
    DateTime,
    Definition,
    District,
    Location,
    Multiple,
    Photo,
    Question,
    Scale,
    Single,
    Time,
    Ward,
)
from tsunagu.surveys.rules import Response, progress

NOW_UNITS = 200  # UTF-16 units of the answer that stands so far
ALT_UNITS = 400  # of the question in a notification


@dataclass(frozen=True)
class Page:
    """Which wards or districts to offer: those of another `ward`, a later page, or the only ones that may be meant."""

    ward: str | None = None
    number: int = 0
    only: Sequence[str] = ()


FIRST = Page()


def question_card(
    definition: Definition, question: Asking, response: Response, language: str, page: Page = FIRST
) -> Message:
    """`definition` and `question` as the respondent sees them."""
    number, of = progress(definition, response.answers, response.attributes, question)
    words = in_language(question.text, language)
    answer = response.answers.get(question.id)
    body = [
        head(in_language(definition.title, language), section_of(definition, question, language), number, of),
        line(words, weight="bold", size="md", margin="lg"),
        *options.lines(question, language),
        line(hint(question, language), size="sm", color=GREY, margin="md"),
    ]
    if answer is not None and answer.holds():
        now = TEXTS.say("now", language, answer=cut(said(question, answer, language), NOW_UNITS))
        body.append(
            box(
                "vertical",
                [line(now, size="sm")],
                backgroundColor=PALE,
                cornerRadius="6px",
                paddingAll="8px",
                margin="md",
            )
        )
    alt = f"({number}/{of}) {cut(words, ALT_UNITS)}"
    contents = bubble(body, _footer(definition, question, response, language))
    message: Message = {"type": "flex", "altText": alt, "contents": contents}
    return with_quick(message, _quick(definition, question, response, language, page))


def section_of(definition: Definition, question: Question, language: str) -> str | None:
    found = next((section for section in definition.sections if section.id == question.section), None)
    return in_language(found.title, language) if found else None


def ward_of(definition: Definition, question: District, response: Response) -> str | None:
    """The ward whose districts are offered: the one answered last before, else their own."""
    asked = response.walk(definition).asked
    before = asked[: asked.index(question)] if question in asked else asked
    answered = [response.answers.get(each.id) for each in before if isinstance(each, Ward)]
    wards = [str(answer.value) for answer in answered if answer and answer.holds() and answer.value]
    return wards[-1] if wards else response.ward


def _footer(definition: Definition, question: Asking, response: Response, language: str) -> list[Part]:
    rows = []
    if isinstance(question, Multiple):
        rows = options.switches(definition, question, response.answers.get(question.id), language)
    without = [verb for verb, may in (("skip", not question.required), ("decline", question.decline)) if may]
    around = ["back"] if response.walk(definition).before(question) else []
    # 「答えたくない」 between two others would be too narrow to be read.
    together = [without, [*around, "later"]] if question.decline else [[*around, *without, "later"]]
    for verbs in together:
        links = [Button(TEXTS.say(verb, language), postback(verb, definition, question)) for verb in verbs]
        rows.append(box("horizontal", [button(link, "link", flex=1) for link in links], margin="sm"))
    return rows


def _quick(definition: Definition, question: Asking, response: Response, language: str, page: Page) -> list[Button]:
    answer = response.answers.get(question.id)
    match question:
        case Single():
            return options.choices(definition, question, language)
        case Scale():
            steps = range(question.min, question.max + 1)
            return [Button(str(step), postback("answer", definition, question, v=str(step))) for step in steps]
        case Date() | Time() | DateTime():
            pick = Button(
                TEXTS.say(f"pick_{question.type}", language),
                postback("pick", definition, question),
                date=_picker(question, answer),
            )
            return [pick]
        case Ward():
            return places.wards(definition, question, response.ward, page.number, language)
        case District() if page.only:
            meant = [district for district in city().districts if district.id in page.only]
            return places.answering(definition, question, meant[:QUICK_LIMIT], language)
        case District():
            ward = page.ward or ward_of(definition, question, response)
            return places.districts(definition, question, ward, response.district, page.number, language)
        case Location():
            return [Button(TEXTS.say("send_place", language), opens="location")]
        case Photo():
            return [Button(TEXTS.say(what, language), opens=what) for what in ("camera", "cameraRoll")]
    return []


def _picker(question: Date | Time | DateTime, answer: Answer | None) -> dict[str, str]:
    """The phone's own picker, standing at the answer so far."""
    ends = {name: str(end) for name, end in (("min", question.min), ("max", question.max)) if end is not None}
    if len(set(ends.values())) < len(ends):
        ends = {}  # LINE takes no picker with only one thing to pick; what it brings is held against the limits anyway
    initial = {"initial": str(answer.value)} if answer is not None and answer.holds() and answer.value else {}
    return {"mode": question.type, **ends, **initial}
