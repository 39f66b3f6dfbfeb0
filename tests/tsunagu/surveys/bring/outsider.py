"""Somebody who has nothing but what was published, and tries every possibility: knows of sums, and nothing of our code.

Simple on purpose, and so for small tables.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Name = tuple[str, str, str, str]  # question, row, by, column; with the same people, whatever table it stands in
EVERYONE, TOTAL, NO_ANSWER, NOT_ASKED = "", "", "NO_ANSWER", "NOT_ASKED"
MOST = 200  # people in one number
_Open = tuple[list[tuple[Name, int]], int, bool]  # hidden numbers, the rest of the sum, whether it is exactly zero


@dataclass(frozen=True)
class Claim:
    """Σ factor · number is zero, or at least zero."""

    terms: Sequence[tuple[Name, int]]
    exactly: bool = True


@dataclass
class Outsider:
    numbers: dict[Name, int | None] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    least: int = 1

    @classmethod
    def of(cls, published: bytes, most: int | None = None, alone: Sequence[str] = ()) -> "Outsider":
        """`most`, `alone`: what the questionnaire says of a question of several answers."""
        content = json.loads(published)
        made = cls(least=0 if content["hidden"]["zero"] else 1)
        for table in content["tables"]:
            made._read(table, most, alone)
        return made

    def learns(self, later: str, earlier: str, row: str) -> None:
        """From the questionnaire: `later` was put to all but those who answered `earlier` so."""
        for question, each, by, column in list(self.numbers):
            other = (later, NOT_ASKED, by, column)
            if (question, each) == (earlier, row) and other in self.numbers:
                self.claims.append(Claim([((question, each, by, column), 1), (other, -1)]))

    def hidden(self) -> list[Name]:
        return [name for name, number in self.numbers.items() if number is None]

    def could_be(self, name: Name, value: int, near: Mapping[Name, int]) -> bool:
        """Whether all the other hidden numbers can be made up if this one is `value`. `near`: where to begin to look,
        which makes it quicker and nothing else.
        """
        ranges = {each: (self.least, MOST) for each in self.hidden()}
        return _possible({**ranges, name: (value, value)}, self._open_claims(), near)

    def _open_claims(self) -> list[_Open]:
        """The claims about hidden numbers, with what is known of the others added up."""
        found = []
        for claim in self.claims:
            open_ = [(name, factor) for name, factor in claim.terms if self.numbers[name] is None]
            known = sum(factor * (self.numbers[name] or 0) for name, factor in claim.terms)
            if open_:
                found.append((open_, known, claim.exactly))
        return found

    def _read(self, table: dict[str, Any], most: int | None, alone: Sequence[str]) -> None:
        by, columns = (table["by"] or {"id": ""})["id"], [column["code"] for column in table["columns"]]
        rows = [row["code"] for row in table["rows"]]

        def name(row: str, column: str) -> Name:
            return table["question"]["id"] if row else "", row, by if column else "", column

        for row in table["rows"]:
            for column, count in zip(columns, row["counts"], strict=True):
                assert self.numbers.setdefault(name(row["code"], column), count) == count
            if by:
                parts = [(name(row["code"], column), 1) for column in columns[1:]]
                self.claims.append(Claim([*parts, (name(row["code"], TOTAL), -1)]))
        for column in columns:
            silent = [name(row, column) for row in rows if row in (NO_ANSWER, NOT_ASKED)]
            options = [name(row, column) for row in rows if row not in (EVERYONE, NO_ANSWER, NOT_ASKED)]
            everyone = name(EVERYONE, column)
            if not table["several_answers"]:
                self.claims.append(Claim([*((each, 1) for each in (*options, *silent)), (everyone, -1)]))
                continue
            given = [(everyone, 1), *((each, -1) for each in silent)]
            self.claims += [Claim([*given, (option, -1)], exactly=False) for option in options]
            chosen = [(option, 1) for option in options]
            self.claims.append(Claim([*chosen, *((each, -factor) for each, factor in given)], exactly=False))
            if most is not None:
                limit = [(each, most * factor) for each, factor in given]
                self.claims.append(Claim([*limit, *((option, -1) for option in options)], exactly=False))
            for one in alone:
                others = [option for option in options if option != name(one, column)]
                self.claims += [Claim([*given, (name(one, column), -1), (each, -1)], exactly=False) for each in others]


def _possible(ranges: dict[Name, tuple[int, int]], claims: Sequence[_Open], near: Mapping[Name, int]) -> bool:
    if not _narrow(ranges, claims):
        return False
    open_ = [name for name, (low, high) in ranges.items() if low < high]
    if not open_:
        return True
    name = min(open_, key=lambda each: ranges[each][1] - ranges[each][0])
    low, high = ranges[name]
    values = sorted(range(low, high + 1), key=lambda value: abs(value - near[name]))
    return any(_possible({**ranges, name: (value, value)}, claims, near) for value in values)


def _narrow(ranges: dict[Name, tuple[int, int]], claims: Sequence[_Open]) -> bool:
    """To what the sums leave possible; False: nothing."""
    changed = True
    while changed:
        changed = False
        for terms, known, exactly in claims:
            ends = [sorted((factor * ranges[name][0], factor * ranges[name][1])) for name, factor in terms]
            low, high = known + sum(end[0] for end in ends), known + sum(end[1] for end in ends)
            if high < 0 or (exactly and low > 0):
                return False
            for (name, factor), (least, most) in zip(terms, ends, strict=True):
                at_least = most - high  # what factor · number has to make up for the others
                at_most = least - low if exactly else most
                first, last = (at_least, at_most) if factor > 0 else (-at_most, -at_least)
                size, before = abs(factor), ranges[name]
                after = max(before[0], -(-first // size)), min(before[1], last // size)
                if after[0] > after[1]:
                    return False
                if after != before:
                    ranges[name], changed = after, True
    return True
