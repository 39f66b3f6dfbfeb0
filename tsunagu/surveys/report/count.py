"""What a survey's answers come to. The page, the downloads and the command line all show this and nothing else.

Pure: it takes lean rows (`surveys.lean`), in which only answers on each respondent's path stand.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from tsunagu.residents.city import City, city
from tsunagu.surveys.definition import (
    Asking,
    Definition,
    District,
    Multiple,
    Number,
    Scale,
    Single,
    Ward,
)
from tsunagu.surveys.lean import DECLINED, NOT_ASKED, SAYS, SKIPPED, is_choice, lean, options
from tsunagu.surveys.report import shares
from tsunagu.surveys.report.bins import Measuring
from tsunagu.surveys.report.curves import Curves, Trait, curves, traits
from tsunagu.surveys.report.shares import Both as Both
from tsunagu.surveys.report.shares import Row as Row
from tsunagu.surveys.report.shares import both as both
from tsunagu.surveys.report.shares import percent, row
from tsunagu.surveys.report.tally import Sheet, Tally

WHO_ANSWERED: Both = ("この質問に答えた人", "those who answered this question")
EVERYBODY: Both = ("回答者全員", "all respondents")
WHAT_WAS_SAID: dict[str, Both] = {
    "given": ("回答あり", "Answered"),
    "skipped": ("スキップ", "Skipped"),
    "declined": ("答えたくない", "Prefers not to say"),
    "not_asked": ("対象外（聞いていない）", "Not asked"),
    "blank": ("未回答", "No answer"),
}


@dataclass(frozen=True)
class Summary:
    mean: float
    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Nps:
    """9 and 10 promote, 0 to 6 detract; the score is −100 to 100, its interval None for few answers."""

    promoters: Row
    passives: Row
    detractors: Row
    score: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Counted:
    """One question. `given` to `blank` are together `n`, all respondents. `answers`: everything chosen (more than
    `given` where several may be). `others`: how many said in their own words what "other" means.
    `revised`: how earlier editions asked it, where that was otherwise."""

    number: int
    question: Asking
    n: int
    given: int
    skipped: int
    declined: int
    not_asked: int
    blank: int
    rows: tuple[Row, ...]
    base: int
    base_is: Both
    answers: int
    summary: Summary | None = None
    nps: Nps | None = None
    others: int = 0
    revised: tuple[Both, ...] = ()

    @property
    def label(self) -> Both:
        return both(self.question.text)


@dataclass(frozen=True)
class Report:
    """`invited`: the audience of the broadcasts that invited; None when nobody was, or when it cannot be compared."""

    definition: Definition
    answered: int
    finished: int
    invited: int | None
    questions: tuple[Counted, ...]
    traits: tuple[Trait, ...]
    curves: Curves

    @property
    def rate(self) -> float | None:
        """In percent. None when nobody was invited, or when more answered than were: some found it by themselves, and
        nobody can say how many."""
        return percent(self.answered, self.invited or 0) if self.answered <= (self.invited or 0) else None

    @property
    def finished_rate(self) -> float | None:
        return percent(self.finished, self.answered)

    def question(self, id: str) -> Counted | None:
        return next((counted for counted in self.questions if counted.question.id == id), None)


def report(definition: Definition, rows: pl.DataFrame, invited: int | None, zone: ZoneInfo | None = None) -> Report:
    """Every figure, from rows as they are packed, in any order."""
    known, there = city(), zone or ZoneInfo("Asia/Tokyo")
    return figures(definition, known, Tally(Sheet(lean(definition, known, rows), there)), invited)


def figures(definition: Definition, city: City, tally: Tally, invited: int | None, moments: bool = True) -> Report:
    """`moments`: whether it is known when somebody answered, not only on which day."""
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(curves, definition, tally, moments)
        questions = tuple(_counted(number, tally, city, each) for number, each in enumerate(definition.asked, start=1))
    return Report(
        definition=definition,
        answered=tally.n,
        finished=tally.true("finished"),
        invited=invited,
        questions=questions,
        traits=traits(tally, city),
        curves=coming.result(),
    )


def labels(question: Asking, city: City) -> dict[str, Both]:
    """Of what may be chosen."""
    match question:
        case Single() | Multiple():
            return {option.id: both(option.text) for option in question.options}
        case Scale():
            return {str(step): _step(question, step) for step in range(question.min, question.max + 1)}
        case Ward():
            return {ward.id: both(ward.name) for ward in city.wards}
        case District():
            return {district.id: both(district.name) for district in city.districts}
    return {}


def _counted(number: int, tally: Tally, city: City, question: Asking) -> Counted:
    counts = tally.counts(f"a_{question.id}")
    states = {
        "skipped": counts.get(SKIPPED, 0),
        "declined": counts.get(DECLINED, 0),
        "not_asked": counts.get(NOT_ASKED, 0),
        "blank": counts.get(None, 0),
    }
    given = tally.n - sum(states.values())
    rows, answers, base, base_is = _rows(question, city, tally, counts, given, states)
    return Counted(
        number=number,
        question=question,
        n=tally.n,
        given=given,
        skipped=states["skipped"],
        declined=states["declined"],
        not_asked=states["not_asked"],
        blank=states["blank"],
        rows=rows,
        base=base,
        base_is=base_is,
        answers=answers,
        summary=_summary(question, tally, counts) if given else None,
        nps=_nps(counts, given) if isinstance(question, Scale) and question.nps else None,
        others=tally.true(f"o_{question.id}") if f"o_{question.id}" in tally.sheet.frame.columns else 0,
    )


def _rows(
    question: Asking, city: City, tally: Tally, counts: dict[str | None, int], given: int, states: dict[str, int]
) -> tuple[tuple[Row, ...], int, int, Both]:
    """With the number of answers, and the base."""
    chosen: list[tuple[str, int]]
    if isinstance(question, Multiple):
        chosen = _with_strangers(tally.counts(f"m_{question.id}"), options(question, city))
    elif is_choice(question):
        chosen = _with_strangers(counts, options(question, city))
        if isinstance(question, District):
            chosen = [(code, count) for code, count in chosen if count]  # nearly a hundred, most of them nobody's
    elif isinstance(question, Measuring):
        rows = tuple(row(label, code, count, given) for code, label, count in tally.binned(question))
        return rows, given, given, WHO_ANSWERED
    else:
        said = {"given": given, **states}
        rows = tuple(row(label, code, said[code], tally.n) for code, label in WHAT_WAS_SAID.items())
        return rows, given, tally.n, EVERYBODY
    named = labels(question, city)
    answers = sum(count for _, count in chosen)
    of = answers if isinstance(question, Multiple) else None
    return (
        tuple(row(named.get(code, (code, "")), code, count, given, of) for code, count in chosen),
        answers,
        given,
        WHO_ANSWERED,
    )


def _with_strangers(counts: Mapping[str | None, int], known: Sequence[str]) -> list[tuple[str, int]]:
    """What may be chosen, and what was chosen all the same."""
    others = sorted(code for code, count in counts.items() if code and count and code not in SAYS and code not in known)
    return [(code, counts.get(code, 0)) for code in [*known, *others]]


def _step(question: Scale, step: int) -> Both:
    ends = {question.min: question.labels.min, question.max: question.labels.max}
    named = ends.get(step)
    if not named:
        return str(step), ""
    japanese, english = both(named)
    return f"{step}（{japanese}）", f"{step} ({english})" if english else ""


def _summary(question: Asking, tally: Tally, counts: dict[str | None, int]) -> Summary | None:
    if isinstance(question, Scale):
        steps = sorted((int(code), count) for code, count in counts.items() if code and code not in SAYS and count)
        return _of_steps(steps)
    if isinstance(question, Number):
        values = tally.values(f"v_{question.id}")
        found = values.mean(), values.median(), values.min(), values.max()
        return Summary(*(float(value) for value in found))  # type: ignore[arg-type]
    return None


def _of_steps(steps: Sequence[tuple[int, int]]) -> Summary:
    number = sum(count for _, count in steps)
    middle: list[int] = []
    for place in ((number - 1) // 2, number // 2):
        for step, count in steps:
            if place < count:
                middle.append(step)
                break
            place -= count
    mean = sum(step * count for step, count in steps) / number
    return Summary(mean, sum(middle) / 2, float(steps[0][0]), float(steps[-1][0]))


def _nps(counts: dict[str | None, int], given: int) -> Nps:
    def of(label: Both, code: str, steps: range) -> Row:
        return row(label, code, sum(counts.get(str(step), 0) for step in steps), given)

    promoters = of(("推奨者（9・10）", "Promoters (9, 10)"), "promoters", range(9, 11))
    passives = of(("中立者（7・8）", "Passives (7, 8)"), "passives", range(7, 9))
    detractors = of(("批判者（0〜6）", "Detractors (0 to 6)"), "detractors", range(7))
    return Nps(promoters, passives, detractors, *shares.nps(promoters.count, detractors.count, given))
