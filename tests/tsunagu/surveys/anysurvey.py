"""Any small survey that hypothesis may think of, and everybody who could answer it, worked out the long way round."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.conditions import All, Any_, Condition, Not, OfAttribute, named
from tsunagu.surveys.definition import Definition, Multiple, Notice, Number, Question, Scale, Single, Ward

KINDS = ["single", "single", "multiple", "scale", "number", "text", "ward", "notice", "notice"]
WARDS = [None, "chuo", "kita", "nishi"]  # conditions speak of the first two only
Who = Mapping[str, str | None]
Said = Mapping[str, Answer]


@st.composite
def definitions(draw: st.DrawFn, most: int = 5) -> Definition:
    """Up to `most` questions, sound but for what nobody reaches and rows of notices."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=most).filter(lambda made: {*made} != {"notice"}))
    questions: list[dict[str, Any]] = []
    for index, kind in enumerate(kinds):
        question: dict[str, Any] = {"id": f"q{index}", "type": kind, "text": {"ja": "?"}}
        jump = st.none() | st.sampled_from([*(f"q{later}" for later in range(index + 1, len(kinds))), "end"])
        if draw(st.booleans()):
            question["when"] = draw(conditions(questions))
        if kind != "notice":
            question |= {"required": draw(st.booleans()), "decline": draw(st.booleans())}
            question["next"] = draw(st.none() | jump)
        if kind in ("single", "multiple"):
            question["options"] = [{"id": id, "text": {"ja": id}} for id in "abc"[: draw(st.integers(2, 3))]]
        if kind == "single":
            for option in question["options"]:
                option["next"] = draw(jump)
        if kind == "multiple" and draw(st.booleans()):
            question["options"][0]["exclusive"] = True
            question["most"] = draw(st.integers(1, len(question["options"]) - 1))
        if kind in ("scale", "number"):
            question |= {"min": 0, "max": 2}
        questions.append(question)
    return Definition.model_validate({"id": "any-survey", "title": {"ja": "法"}, "questions": questions})


def conditions(earlier: list[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    claims = [
        some("ward", ["chuo", "kita"]).map(lambda made: {"attribute": "ward", "is": made}),
        some("language", ["ja", "ja-easy", "en"]).map(lambda made: {"attribute": "language", "is": made}),
    ]
    for question in earlier:
        if question["type"] != "notice":
            about = st.one_of(list(claims_on(question)))
            claims.append(about.map(lambda claim, id=question["id"]: {"answer": id, **claim}))  # type: ignore[misc]
    return st.recursive(
        st.one_of(claims[2:] * 3 + claims),
        lambda inner: (
            st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)})
            | st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=2)})
            | st.fixed_dictionaries({"not": inner})
        ),
        max_leaves=3,
    )


def some(_: str, names: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)


def claims_on(question: dict[str, Any]) -> Iterator[st.SearchStrategy[dict[str, Any]]]:
    was = ["given", "not_asked"]
    was += ["declined"] * question["decline"] + ["skipped"] * (not question["required"])
    yield some("was", was).map(lambda made: {"was": made})
    match question["type"]:
        case "single" | "multiple":
            yield some("is", [option["id"] for option in question["options"]]).map(lambda made: {"is": made})
        case "scale":
            yield some("is", [0, 1, 2]).map(lambda made: {"is": made})
        case "ward":
            yield some("is", ["chuo", "kita"]).map(lambda made: {"is": made})
    if question["type"] in ("scale", "number"):
        yield st.sampled_from([(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]).map(lambda two: {"from": two[0], "to": two[1]})
        yield st.sampled_from([{"from": 1}, {"to": 1}, {"from": 2}])


def residents(definition: Definition) -> list[Who]:
    """All that the conditions can tell apart."""
    of = {
        claim.attribute
        for question in definition.questions
        if question.when
        for _, claim in named(question.when)
        if isinstance(claim, OfAttribute)
    }
    wards = WARDS if "ward" in of else [None]
    languages = ["ja", "ja-easy", "en"] if "language" in of else ["ja"]
    return [{"ward": ward, "language": language} for ward, language in product(wards, languages)]


def choices(question: Question) -> list[Answer]:
    """Every answer that conditions can tell apart."""
    values: list[Any] = ["words"]
    match question:
        case Single():
            values = [option.id for option in question.options]
        case Multiple():
            free = [option.id for option in question.options if not option.exclusive]
            values = [[option.id] for option in question.options if option.exclusive]
            for count in range(question.least or 1, (question.most or len(free)) + 1):
                values += [list(chosen) for chosen in combinations(free, count)]
        case Scale():
            values = list(range(question.min, question.max + 1))
        case Number():
            values = [0, 0.5, 1, 1.5, 2]
        case Ward():
            values = WARDS[1:]
    found = [Answer(Kind.GIVEN, value, 1000, "e", 1000) for value in values]
    if not isinstance(question, Notice):
        found += [Answer(Kind.SKIPPED, None, 1000, "e", 1000)] * (not question.required)
        found += [Answer(Kind.DECLINED, None, 1000, "e", 1000)] * question.decline
    return found


def ways(definition: Definition, who: Who, said: Said) -> Iterator[tuple[list[int], dict[str, Answer]]]:
    """Every way to the end of one who has `said` so much: the places passed, and the answers given on it."""
    waiting: list[tuple[int, list[int], dict[str, Answer]]] = [(0, [], {})]
    while waiting:
        at, passed, given = waiting.pop()
        if at == len(definition.questions):
            yield passed, given
            continue
        question = definition.questions[at]
        if question.when is not None and not true(question.when, given, who):
            waiting.append((at + 1, passed, given))
        elif isinstance(question, Notice):
            waiting.append((at + 1, [*passed, at], given))
        else:
            held = said.get(question.id)
            for answer in [held] if held is not None and held.holds() else choices(question):
                name = question.next
                if isinstance(question, Single) and answer.kind == Kind.GIVEN:
                    name = next(option.next for option in question.options if option.id == answer.value) or name
                waiting.append((place(definition, at, name), [*passed, at], {**given, question.id: answer}))


def place(definition: Definition, at: int, name: str | None) -> int:
    ids = [question.id for question in definition.questions]
    return at + 1 if name is None else len(ids) if name == "end" else ids.index(name)


def true(condition: Condition, given: Said, who: Who) -> bool:
    match condition:
        case All():
            return all(true(part, given, who) for part in condition.all)
        case Any_():
            return any(true(part, given, who) for part in condition.any)
        case Not():
            return not true(condition.not_, given, who)
        case OfAttribute():
            return who[condition.attribute] in condition.is_
    answer = given.get(condition.answer)
    if condition.was:
        return ("not_asked" if answer is None else answer.kind.value) in condition.was
    if answer is None or answer.kind != Kind.GIVEN:
        return False
    value: Any = answer.value
    if condition.is_:
        return any(one in condition.is_ for one in (value if isinstance(value, list) else [value]))
    return (condition.from_ is None or value >= condition.from_) and (condition.to is None or value <= condition.to)


def size(definition: Definition) -> int:
    """How many ways there may be, so that a test can leave out what would take long."""
    found = len(residents(definition))
    for question in definition.questions:
        found *= 1 if isinstance(question, Notice) else len(choices(question))
    return found
