"""What a new edition changes in a survey, as those who are to agree to it read it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tsunagu.surveys.definition import Both, Definition, Multiple, Option, Question, Scale, Single
from tsunagu.surveys.editions import merged

WHAT = {
    "question added": ("質問を追加", "question added"),
    "question removed": ("質問を削除", "question removed"),
    "question reworded": ("質問の文を変更", "question reworded"),
    "question changed": ("質問の決まりを変更", "question changed"),
    "questions in another order": ("質問の順序を変更", "questions in another order"),
    "option added": ("選択肢を追加", "option added"),
    "option removed": ("選択肢を削除", "option removed"),
    "option reworded": ("選択肢の文を変更", "option reworded"),
    "option changed": ("選択肢の決まりを変更", "option changed"),
    "options in another order": ("選択肢の順序を変更", "options in another order"),
    "survey changed": ("アンケートの決まりを変更", "survey changed"),
}

_OF_RULES = ("question changed", "option changed", "option added", "option removed")


@dataclass(frozen=True)
class Change:
    """`what`: one of WHAT; `where`: a question, an option of one (`q1.park`), or a field of the survey."""

    what: str
    where: str
    before: str = ""
    after: str = ""

    @property
    def label(self) -> tuple[str, str]:
        return WHAT[self.what]


def changes(before: Definition, after: Definition) -> list[Change]:
    """Survey first, then by the questions of `after`, then what is gone. Empty: nothing would change."""
    return [*_of_survey(before, after), *_of_things("question", before.questions, after.questions, "")]


def reworded(before: Definition, after: Definition) -> list[Change]:
    """Where answers to other words will be counted together. `before`: all that was asked so far."""
    return [change for change in changes(before, after) if change.what.endswith("reworded")]


def revised(editions: Sequence[Definition]) -> dict[str, tuple[Both, ...]]:
    """How questions that had been asked before read or work otherwise, by their ids, in Japanese and English. The
    answers to all editions are shown under the words of the newest, so whoever reads them has to be told."""
    return {id: tuple(_told(*each) for each in found) for id, found in revisions(editions).items()}


def revisions(editions: Sequence[Definition]) -> dict[str, list[tuple[int, Change]]]:
    """The same: since which edition, and what."""
    found: dict[str, list[tuple[int, Change]]] = {}
    editions = [_without_ways(edition) for edition in editions]
    for number, (before, after) in enumerate(pairwise(editions), start=2):
        known = merged(editions[: number - 1])
        # What had gone and comes back in other words is not in the edition just before.
        others = [change for change in changes(before, after) if change.what in _OF_RULES and _is_news(change, known)]
        for change in (*reworded(known, after), *others):
            found.setdefault(change.where.partition(".")[0], []).append((number, change))
    return found


def _without_ways(definition: Definition) -> Definition:
    """Where a question leads, and in which order options stand, makes no other answer of an answer."""
    straight = {"next": None, "when": None, "section": None, "shuffle": False}
    questions = []
    for question in definition.questions:
        change: dict[str, Any] = {
            name: value for name, value in straight.items() if name in type(question).model_fields
        }
        if isinstance(question, Single):
            change["options"] = [option.model_copy(update={"next": None}) for option in question.options]
        questions.append(question.model_copy(update=change))
    return definition.model_copy(update={"questions": questions})


def _is_news(change: Change, known: Definition) -> bool:
    """An option that comes back was offered before."""
    question, _, option = change.where.partition(".")
    options = getattr(known.question(question), "options", ())
    return change.what != "option added" or option not in {each.id for each in options}


def _told(number: int, change: Change) -> Both:
    ja, en = change.label
    place = change.where.partition(".")[2]
    at = (f"（{place}）", f" ({place})") if place else ("", "")
    if change.what == "option added":
        return (
            f"第{number}版から{ja}{at[0]}：「{change.after}」。前の版で答えた人は選べませんでした",
            f"From edition {number}, {en}{at[1]}: “{change.after}”. Who answered an earlier one could not choose it",
        )
    return (
        f"第{number}版から{ja}{at[0]}：「{change.before or 'なし'}」→「{change.after or 'なし'}」",
        f"From edition {number}, {en}{at[1]}: “{change.before or 'none'}” → “{change.after or 'none'}”",
    )


def _of_survey(before: Definition, after: Definition) -> Iterator[Change]:
    old, new = before.written(), after.written()
    for name in Definition.model_fields:
        if name != "questions" and old.get(name) != new.get(name):
            yield Change("survey changed", name, _shown(old.get(name)), _shown(new.get(name)))


def _of_things(
    kind: str, before: Sequence[Question] | Sequence[Option], after: Sequence[Question] | Sequence[Option], of: str
) -> Iterator[Change]:
    old: dict[str, Question | Option] = {thing.id: thing for thing in before}
    new: dict[str, Question | Option] = {thing.id: thing for thing in after}
    for id, thing in new.items():
        if id not in old:
            yield Change(f"{kind} added", of + id, after=thing.text["ja"])
            continue
        earlier = old[id]
        if earlier.text != thing.text:
            yield Change(f"{kind} reworded", of + id, *_differing(earlier.text, thing.text))
        if (was := _rules(earlier)) != (now := _rules(thing)):
            names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
            yield Change(f"{kind} changed", of + id, _picked(was, names), _picked(now, names))
        yield from _of_things("option", _options(earlier), _options(thing), f"{of}{id}.")
    for id, thing in old.items():
        if id not in new:
            yield Change(f"{kind} removed", of + id, before=thing.text["ja"])
    stayed = [id for id in old if id in new]
    order = [id for id in new if id in old]
    if stayed != order:
        yield Change(f"{kind}s in another order", of.removesuffix("."), ", ".join(stayed), ", ".join(order))


def _options(thing: Question | Option) -> Sequence[Option]:
    return thing.options if isinstance(thing, Single | Multiple) else ()


def _rules(thing: Question | Option) -> dict[str, Any]:
    rules = thing.model_dump(mode="json", by_alias=True, exclude={"id", "text", "options"}, exclude_none=True)
    if isinstance(thing, Scale):
        rules.pop("labels", None)
        rules |= {f"label of {end}": words["ja"] for end, words in _labels(thing).items()}
    return rules


def _labels(scale: Scale) -> Mapping[str, dict[str, str]]:
    ends = {"min": scale.labels.min, "max": scale.labels.max}
    return {end: words for end, words in ends.items() if words is not None}


def _picked(rules: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{name}: {_shown(rules[name])}" for name in names if name in rules)


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, str]:
    """In Japanese where that changes; otherwise in the first language that does."""
    language = next(each for each in ("ja", *before, *after) if before.get(each) != after.get(each))
    return before.get(language, ""), after.get(language, "")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        if "ja" in value:
            return str(value["ja"])
        return "{" + ", ".join(f"{name}: {_shown(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return (
        {None: "", True: "true", False: "false"}.get(value, str(value))
        if not isinstance(value, float)
        else f"{value:g}"
    )
