"""Somebody who has nothing but what was published, and an integer program: knows of sums, and nothing of our code."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Name = tuple[str, str, str, str]  # question, row, by, column; with the same people, whatever table it stands in
EVERYONE, TOTAL, NO_ANSWER, NOT_ASKED = "", "", "NO_ANSWER", "NOT_ASKED"
MOST = 200  # people in one number
OPTIMAL, INFEASIBLE = 0, 2  # what milp calls its ends


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
    _sums: tuple[dict[Name, int], list[LinearConstraint]] | None = None

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

    def could_be(self, name: Name, value: int) -> bool:
        """Whether all the other hidden numbers can be made up if this one is `value`."""
        if self._sums is None:
            self._sums = self._of_hidden()
        places, sums = self._sums
        least, most = np.full(len(places), self.least), np.full(len(places), MOST)
        least[places[name]] = most[places[name]] = value
        found = milp(np.zeros(len(places)), integrality=1, bounds=Bounds(least, most), constraints=sums)
        assert found.status in (OPTIMAL, INFEASIBLE), found.message
        return bool(found.status == OPTIMAL)

    def _of_hidden(self) -> tuple[dict[Name, int], list[LinearConstraint]]:
        """Where each hidden number stands, and the claims about them, what is known of the others added up."""
        places = {name: place for place, name in enumerate(self.hidden())}
        rows, low, high = [], [], []
        for claim in self.claims:
            row = np.zeros(len(places))
            for name, factor in claim.terms:
                if name in places:
                    row[places[name]] += factor
            known = sum(factor * (self.numbers[name] or 0) for name, factor in claim.terms)
            rows.append(row)
            low.append(-known)
            high.append(-known if claim.exactly else np.inf)
        return places, [LinearConstraint(np.array(rows), low, high)] if rows else []

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
