"""What Firestore demands of a query's indexes, as far as queries are made here.

https://firebase.google.com/docs/firestore/query-data/index-overview: one field alone, or equalities however many, are
served by the automatic single-field indexes, in the scope of one collection; all else needs a composite index.
"""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EQUALITIES = {"EQUAL", "IN", "IS_NULL", "IS_NAN"}
ARRAYS = {"ARRAY_CONTAINS", "ARRAY_CONTAINS_ANY"}
KEY = ("__name__", "ASCENDING")
REVERSED = {"ASCENDING": "DESCENDING", "DESCENDING": "ASCENDING"}
Order = tuple[str, str]


@dataclass(frozen=True)
class Query:
    """One shape of a query: (field, operator) pairs and (field, direction) pairs, in Firestore's words."""

    collection: str
    group: bool
    filters: tuple[tuple[str, str], ...]
    orders: tuple[Order, ...]
    asked_by: str = ""

    @property
    def fields(self) -> set[str]:
        return {field for field, _ in (*self.filters, *self.orders)} - {"__name__"}

    def __str__(self) -> str:
        asks = [f"{field} {how}" for field, how in (*self.filters, *self.orders)]
        return f"{self.collection}{' (group)' if self.group else ''}: {', '.join(asks)} ({self.asked_by or 'a test'})"


@dataclass(frozen=True)
class Composite:
    """An index over several fields: (field, direction or CONTAINS) pairs in their order."""

    collection: str
    group: bool
    fields: tuple[Order, ...]


@dataclass(frozen=True)
class Indexes:
    """What infra/ declares: composite indexes, and by collection the fields that have no index of their own."""

    composites: Set[Composite]
    exempt: Mapping[str, Iterable[str]]

    def lacking(self, query: Query) -> str | None:
        """A sentence where Firestore would refuse the query."""
        apart, sequence = _demand(query)
        if not apart and not sequence:
            return None
        for index in self.composites:
            if (index.collection, index.group) == (query.collection, query.group) and _serves(index, apart, sequence):
                return None
        arrays = {field for field, how in query.filters if how in ARRAYS}
        if "" in query.fields:
            return f"{query}: OR is not understood here, look its indexes up"
        if query.group:
            return f"{query}: automatic indexes are of one collection, a collection group needs its own"
        by_key = "__name__" in dict(sequence)
        if by_key or (sequence and (apart or len(sequence) > 1)) or (arrays and len(apart) > 1):
            wanted = [*sorted(apart), *(f"{field} {direction}" for field, direction in sequence)]
            return f"{query}: needs a composite index on {', '.join(wanted)}"
        for field in sorted(query.fields):
            if any(field == one or field.startswith(f"{one}.") for one in self.exempt.get(query.collection, ())):
                return f"{query}: {field} is exempt from indexing"
        return None


def _demand(query: Query) -> tuple[set[str], list[Order]]:
    """Fields compared for equality (in any order), and then those that must be sorted (in this order)."""
    apart = {field for field, how in query.filters if how in EQUALITIES | ARRAYS and field != "__name__"}
    ranged = dict.fromkeys(field for field, how in query.filters if how not in EQUALITIES | ARRAYS)
    sequence = [order for order in query.orders if order[0] not in apart]
    ordered = {field for field, _ in sequence}
    sequence += [(field, "ASCENDING") for field in ranged if field not in ordered]
    # Every index ends with the key, in the direction of the field before it.
    if sequence and sequence[-1] == (KEY if len(sequence) == 1 else ("__name__", sequence[-2][1])):
        sequence.pop()
    return apart, sequence


def _serves(index: Composite, apart: set[str], sequence: list[Order]) -> bool:
    first, last = index.fields[: len(apart)], list(index.fields[len(apart) :])
    backwards = [(field, REVERSED[direction]) for field, direction in sequence]
    return {field for field, _ in first} == apart and last in (sequence, backwards)


def read(*files: Path) -> set[Query]:
    """The queries that tests/recording noted in these files."""
    return {_query(json.loads(line)) for file in files for line in file.read_text("utf-8").splitlines()}


def _query(noted: dict[str, Any]) -> Query:
    pairs = {key: tuple((field, how) for field, how in noted[key]) for key in ("filters", "orders")}
    return Query(noted["collection"], noted["group"], pairs["filters"], pairs["orders"], noted["asked_by"])
