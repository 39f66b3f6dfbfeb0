"""Publishing: the tables of a plan with what has to be hidden in them hidden, as CSV or JSON. Never a row of anybody's.

    publication = publish(definition, frame, plan, city, today)
    csv_of(publication), json_of(publication)

A hidden number is 「x」, whether it is small or hidden for the sake of one that is. A share is given where both its
count and its base are.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.terminal import counted
from tsunagu.residents.city import City
from tsunagu.surveys.bring.grid import cell, grid
from tsunagu.surveys.bring.suppress import Unsafe, hidden
from tsunagu.surveys.bring.tables import (
    EVERYBODY,
    NO_ANSWER,
    NOT_ASKED,
    TOTAL,
    UNKNOWN,
    Plan,
    Table,
    Wish,
    tables,
)
from tsunagu.surveys.changes import revised
from tsunagu.surveys.definition import Definition, District, Multiple, Scale, Single, Ward
from tsunagu.surveys.editions import merged
from tsunagu.surveys.report.shares import Both, both
from tsunagu.surveys.take.csv import DANGEROUS
from tsunagu.web.filters import LANGUAGE_NAMES

MARK = "x"
BYS: dict[str, Both] = {
    "": ("", ""),
    "ward": ("区", "Ward"),
    "age_band": ("年代", "Age band"),
    "language": ("言語", "Language"),
}
NAMED: dict[str, Both] = {
    NO_ANSWER: ("無回答", "No answer"),
    NOT_ASKED: ("非該当", "Not asked"),
    UNKNOWN: ("不明", "Unknown"),
}
EVERYBODY_NAMED, TOTAL_NAMED = ("回答者数", "Respondents"), ("全体", "Total")


@dataclass(frozen=True)
class Shown:
    """One table; None: hidden."""

    number: int
    table: Table
    counts: Mapping[tuple[str, str], int | None]

    @property
    def hidden(self) -> int:
        return sum(count is None for count in self.counts.values())

    def base(self, column: str) -> int | None:
        """Those whom the question was put to."""
        everybody, left = self.counts[EVERYBODY, column], self.counts.get((NOT_ASKED, column), 0)
        return None if everybody is None or left is None else everybody - left

    def percent(self, row: str, column: str) -> float | None:
        count, base = self.counts[row, column], self.base(column)
        return None if count is None or not base or row in (EVERYBODY, NOT_ASKED) else round(100 * count / base, 1)


@dataclass(frozen=True)
class Publication:
    """`withheld`: tables of the plan in which not enough could be hidden, or which would have cost the totals.
    `revised`: what was asked otherwise in an earlier edition, by the questions' ids."""

    definition: Definition
    plan: Plan
    city: City
    made_on: date
    tables: tuple[Shown, ...]
    withheld: tuple[Wish, ...]
    revised: Mapping[str, Sequence[Both]]


def publish(
    editions: Sequence[Definition], frame: pl.DataFrame, plan: Plan, city: City, made_on: date, spare: bool = False
) -> Publication:
    """`frame` is the packed rows of all respondents. `spare`: rather do without tables by ward or age band than without
    the number of all respondents, which tables of few people can cost. Raises Rejected where nothing may be published.
    """
    definition = merged(editions)
    if frame.height < plan.few:
        raise Rejected(f"fewer than {plan.few} people responded to {definition.id}: nothing of it can be published")
    wishes, withheld = list(plan.tables), list[Wish]()
    while wishes:
        made = tables(wishes, definition, frame, city)
        numbers = grid(made, definition, frame)
        try:
            gone = hidden(numbers, plan.few, plan.zero)
        except Unsafe as unsafe:
            # A number of all tables by something is in them all.
            lost = [
                wish
                for wish in wishes
                if unsafe.cell.question in ("", wish.question) and unsafe.cell.by in ("", wish.by or "")
            ]
            withheld += lost
            wishes = [wish for wish in wishes if wish not in lost]
            continue
        shown = []
        for number, table in enumerate(made, start=1):
            places = [(row, column) for row in (EVERYBODY, *table.rows) for column in table.columns]
            cells = {place: cell(table, *place) for place in places}
            counts = {place: None if each in gone else numbers.values[each] for place, each in cells.items()}
            shown.append(Shown(number, table, counts))
        if spare and without_total(shown) and (broken_down := [each for each in shown if each.table.by]):
            # The half of which least is left: one by one it would take as many times as long as there are tables.
            broken_down.sort(key=lambda each: each.hidden / len(each.counts), reverse=True)
            lost = [wishes[each.number - 1] for each in broken_down[: (len(broken_down) + 1) // 2]]
            withheld += lost
            wishes = [wish for wish in wishes if wish not in lost]
            continue
        return Publication(definition, plan, city, made_on, tuple(shown), tuple(withheld), revised(editions))
    raise Rejected(f"nothing of {definition.id} can be published: too few people responded for these tables")


def without_total(shown: Sequence[Shown]) -> list[Shown]:
    """Those in which even the number of all respondents is hidden."""
    return [each for each in shown if not each.table.by and each.counts[EVERYBODY, TOTAL] is None]


def summary(publication: Publication) -> str:
    numbers = sum(len(each.counts) for each in publication.tables)
    gone = sum(each.hidden for each in publication.tables)
    found = [f"{counted(len(publication.tables), 'table')}, {gone:,} of {numbers:,} numbers hidden"]
    if publication.withheld:
        found.append(f"withheld: {', '.join(map(_named, publication.withheld))}")
    if lost := without_total(publication.tables):
        where = counted(len(lost), "table")
        found.append(f"the number of respondents is hidden in {where}: choose fewer with --tables")
    return "; ".join(found)


def lines(publication: Publication) -> Iterator[tuple[str, str]]:
    """Each table, and how much of it is hidden."""
    for each in publication.tables:
        wish = Wish(question=each.table.question.id, by=each.table.by or None)  # type: ignore[arg-type]
        yield _named(wish), f"{each.hidden:,} of {len(each.counts):,}"


def _named(wish: Wish) -> str:
    return f"{wish.question} by {wish.by}" if wish.by else wish.question


def csv_of(publication: Publication) -> bytes:
    """A line for each number, so that a machine can read it; UTF-8 with BOM."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(
        [
            *(
                "表 table",
                "設問ID question_id",
                "設問 question",
                "区分 by",
                "区分の値コード group_code",
                "区分の値 group",
            ),
            *("選択肢コード answer_code", "選択肢 answer", "件数 count", "割合(%) percent"),
            *("基数（無回答を含む） base", "注 note"),
            "集計日 made_on",
        ]
    )
    for shown in publication.tables:
        question = shown.table.question
        for (row, column), count in shown.counts.items():
            percent, base = shown.percent(row, column), shown.base(column)
            line = [
                shown.number,
                question.id,
                _one(both(question.text)),
                _one(BYS[shown.table.by]),
                column,
                _one(column_label(shown.table, column, publication.city)),
                row,
                _one(row_label(shown.table, row, publication.city)),
                MARK if count is None else count,
                "" if percent is None else f"{percent:.1f}",
                MARK if base is None else base,
                "　".join(map(_one, _said_of(publication, question.id, row, hidden=count is None))),
                publication.made_on.isoformat(),
            ]
            lines.writerow([_defused(each) if isinstance(each, str) else each for each in line])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _said_of(publication: Publication, question: str, row: str, hidden: bool) -> list[Both]:
    otherwise = publication.revised.get(question, ()) if row == EVERYBODY else ()
    return [*([_why(publication.plan)] if hidden else []), *otherwise]


def json_of(publication: Publication) -> bytes:
    definition, plan = publication.definition, publication.plan
    content = {
        "survey": {"id": definition.id, "title": definition.title},
        "made_on": publication.made_on.isoformat(),
        "hidden": {"below": plan.few, "zero": plan.zero},
        "notes": [_texts(note) for note in notes(publication)],
        "tables": [_as_json(shown, publication.city) for shown in publication.tables],
        "withheld": [wish.model_dump() for wish in publication.withheld],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def notes(publication: Publication) -> list[Both]:
    plan = publication.plan
    found = [
        _why(plan),
        (
            "0は秘匿しません。" if not plan.zero else "0も秘匿します。",
            "Zeros are shown." if not plan.zero else "Zeros are hidden, too.",
        ),
        (
            "割合は基数（設問の対象となった人。無回答を含み、非該当を含まない）に対するもので、"
            "件数と基数の両方を示せるときだけ示します。",
            "Percentages are of the base: those whom the question was put to, whether they answered or not. They are"
            " given where both count and base can be.",
        ),
    ]
    if any(isinstance(shown.table.question, Multiple) for shown in publication.tables):
        found.append(
            (
                "複数回答の設問では、割合の合計は100%になりません。",
                "Where several answers are possible, shares add up to more.",
            )
        )
    for id in dict.fromkeys(shown.table.question.id for shown in publication.tables):
        found += [(f"{id}：{ja}", f"{id}: {en}") for ja, en in publication.revised.get(id, ())]
    if publication.withheld:
        found.append(
            (
                f"人数が少ないため公表しない表：{len(publication.withheld)}件",
                f"Tables not published, being of too few people: {len(publication.withheld)}",
            )
        )
    return found


def row_label(table: Table, row: str, city: City) -> Both:
    question = table.question
    if row == EVERYBODY:
        return EVERYBODY_NAMED
    match question:
        case Single() | Multiple():
            named = {option.id: both(option.text) for option in question.options}
        case Scale():
            ends = {question.min: question.labels.min, question.max: question.labels.max}
            named = {str(step): _step(step, text) for step, text in ends.items() if text}
        case Ward():
            named = {ward.id: both(ward.name) for ward in city.wards}
        case District():
            named = {district.id: both(district.name) for district in city.districts}
    return NAMED.get(row) or named.get(row, (row, ""))


def column_label(table: Table, column: str, city: City) -> Both:
    if column == TOTAL:
        return TOTAL_NAMED
    named: dict[str, Both] = {
        "ward": {ward.id: both(ward.name) for ward in city.wards},
        "age_band": {band.id: both(band.name) for band in city.age_bands},
        "language": {id: (name, "") for id, name in LANGUAGE_NAMES.items()},
    }[table.by]
    return NAMED.get(column) or named.get(column, (column, ""))


def _step(step: int, text: dict[str, str]) -> Both:
    japanese, english = both(text)
    return f"{step}（{japanese}）", f"{step} ({english})" if english else ""


def _why(plan: Plan) -> Both:
    return (
        f"「{MARK}」は秘匿：{plan.few}未満の数値、またはそれが差引きで分からないようにするための数値",
        f"{MARK}: hidden, being below {plan.few}, or so that such a number cannot be worked out",
    )


def _as_json(shown: Shown, city: City) -> dict[str, Any]:
    table = shown.table
    by: dict[str, Any] | None = {"id": table.by, "label": _texts(BYS[table.by])} if table.by else None
    return {
        "number": shown.number,
        "question": {"id": table.question.id, "text": table.question.text},
        "several_answers": isinstance(table.question, Multiple),
        "by": by,
        "columns": [
            {"code": column, "label": _texts(column_label(table, column, city)), "base": shown.base(column)}
            for column in table.columns
        ],
        "rows": [
            {
                "code": row,
                "label": _texts(row_label(table, row, city)),
                "counts": [shown.counts[row, column] for column in table.columns],
                "percents": [shown.percent(row, column) for column in table.columns],
            }
            for row in (EVERYBODY, *table.rows)
        ],
    }


def _texts(words: Both) -> dict[str, str]:
    return {"ja": words[0], **({"en": words[1]} if words[1] else {})}


def _one(words: Both) -> str:
    return " / ".join(each for each in words if each)


def _defused(words: str) -> str:
    return f"'{words}" if re.match(DANGEROUS, words) else words
