"""What residents will be asked, as a list for those who write it: by section, with options and conditions. Pure.

The conversation itself is laid out by `ask`; this is what decides about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tsunagu.chat.catalogue import in_language
from tsunagu.surveys.ask.hints import hint
from tsunagu.surveys.conditions import All, Any_, Condition, Not, OfAnswer, OfAttribute
from tsunagu.surveys.definition import Both, Definition, Multiple, Notice, Question, Single

KINDS = {
    "single": ("一つ選ぶ", "choose one"),
    "multiple": ("いくつか選ぶ", "choose several"),
    "scale": ("段階で答える", "scale"),
    "number": ("数", "number"),
    "text": ("文章", "text"),
    "date": ("日付", "date"),
    "time": ("時刻", "time"),
    "datetime": ("日時", "date and time"),
    "ward": ("区", "ward"),
    "district": ("校区", "district"),
    "location": ("場所", "location"),
    "photo": ("写真", "photo"),
    "notice": ("お知らせ", "notice"),
}
_WAS = {
    "given": "答えた",
    "skipped": "スキップした",
    "declined": "「答えたくない」とした",
    "not_asked": "尋ねられなかった",
}


@dataclass(frozen=True)
class Line:
    """`kind` in Japanese and in English; `how` it may be answered; `when` it is asked, "" for always, in both;
    `options`: each with where it leads to ("" for onward)."""

    id: str
    kind: Both
    text: str
    how: str
    options: tuple[tuple[str, str], ...]
    when: Both
    leads: str


@dataclass(frozen=True)
class Part:
    """`title` is empty for questions of no section."""

    title: str
    lines: tuple[Line, ...]


def parts(definition: Definition, language: str = "ja") -> list[Part]:
    """The questions in their order, those of a section together."""
    titles = {section.id: in_language(section.title, language) for section in definition.sections}
    found: list[Part] = []
    for question in definition.questions:
        title = titles.get(question.section or "", "")
        if not found or found[-1].title != title:
            found.append(Part(title, ()))
        found[-1] = Part(title, (*found[-1].lines, _line(question, language)))
    return found


def written(condition: Condition) -> Both:
    """`use = often | once and not (age 20–39)`; in Japanese and in English."""
    match condition:
        case OfAttribute():
            return _one_of(condition.attribute, condition.is_)
        case OfAnswer() if condition.is_ is not None:
            return _one_of(condition.answer, [str(each) for each in condition.is_])
        case OfAnswer() if condition.was is not None:
            japanese = "か".join(_WAS[each] for each in condition.was)
            return f"{condition.answer}：{japanese}", f"{condition.answer}: {' | '.join(condition.was)}"
        case OfAnswer():
            low, high = map(_bound, (condition.from_, condition.to))
            return f"{condition.answer} が {low}〜{high}", f"{condition.answer} {low}–{high}"
        case All():
            return _joined(condition.all, " かつ ", " and ")
        case Any_():
            return _joined(condition.any, " または ", " or ")
        case Not():
            japanese, english = written(condition.not_)
            return f"（{japanese}）ではない", f"not ({english})"


def _one_of(what: str, values: Sequence[str]) -> Both:
    return f"{what} が {'か'.join(values)}", f"{what} = {' | '.join(values)}"


def _bound(value: float | str | None) -> str:
    if isinstance(value, float | int):
        return f"{value:g}"
    return value or ""


def _joined(conditions: Sequence[Condition], japanese: str, english: str) -> Both:
    found = [_within(condition) for condition in conditions]
    return japanese.join(ja for ja, _ in found), english.join(en for _, en in found)


def _within(condition: Condition) -> Both:
    japanese, english = written(condition)
    return (f"（{japanese}）", f"({english})") if isinstance(condition, All | Any_) else (japanese, english)


def _line(question: Question, language: str) -> Line:
    options = question.options if isinstance(question, Single | Multiple) else ()
    return Line(
        id=question.id,
        kind=KINDS[question.type],
        text=in_language(question.text, language),
        how="" if isinstance(question, Notice) else hint(question, language),
        options=tuple((in_language(option.text, language), getattr(option, "next", None) or "") for option in options),
        when=written(question.when) if question.when else ("", ""),
        leads=question.next or "",
    )
