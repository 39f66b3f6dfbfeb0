"""A recount by hand: from packed rows one by one, in plain Python, knowing nothing of how the report counts."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from tsunagu.surveys.definition import Asking, Definition, Multiple

ZONE = ZoneInfo("Asia/Tokyo")
Row = Mapping[str, Any]
STATES = {0: "given", 1: "skipped", 2: "declined", 3: "not_asked", None: "blank"}


def state(row: Row, question: Asking) -> str:
    return STATES[row[f"s_{question.id}"]]


def chosen(row: Row, question: Asking) -> list[str]:
    """What is counted: the answer as a word, every option of a multiple one."""
    answer = row[f"a_{question.id}"]
    if state(row, question) != "given":
        return []
    return list(answer) if isinstance(question, Multiple) else [str(answer)]


def measured(row: Row, question: Asking) -> Any:
    answer = row[f"a_{question.id}"]
    if answer is None or question.type not in ("datetime", "time"):
        return answer
    return datetime.fromisoformat(answer) if question.type == "datetime" else answer


def words(row: Row, question: Asking) -> str | None:
    other = question.type in ("single", "multiple")
    found: str | None = row[f"o_{question.id}" if other else f"a_{question.id}"]
    return found


def day(row: Row) -> date:
    return row["started_at"].astimezone(ZONE).date()  # type: ignore[no-any-return]


def meant(rows: Iterable[Row], pairs: Sequence[tuple[str, str]], definition: Definition) -> list[Row]:
    """The rows that an address means."""
    wanted: dict[str, list[str]] = {}
    for name, value in pairs:
        wanted.setdefault(name, []).append(value)
    return [row for row in rows if all(holds(row, name, values, definition) for name, values in wanted.items())]


def holds(row: Row, name: str, values: Sequence[str], definition: Definition) -> bool:
    if name in ("ward", "district", "age_band", "language"):
        return (row[name] or "-") in values
    if name == "from":
        return day(row) >= date.fromisoformat(values[0])
    if name == "to":
        return day(row) <= date.fromisoformat(values[0])
    if name == "edition":
        return str(row["edition"]) in values
    kind, _, id = name.partition(".")
    question = definition.question(id)
    assert question is not None
    if kind == "a":
        return bool({*chosen(row, question)} & {*values})
    if kind == "s":
        return state(row, question) in values
    if kind == "has":
        text = words(row, question)
        return text is not None and all(plain(part) in plain(text) for part in values[0].split())
    return state(row, question) == "given" and compared(question, row[f"a_{id}"], kind, values[0])


def compared(question: Asking, answer: Any, end: str, bound: str) -> bool:
    limit: Any = bound
    match question.type:
        case "number" | "scale":
            limit = float(bound)
        case "date":
            limit = date.fromisoformat(bound)
    return bool(answer >= limit) if end == "min" else bool(answer <= limit)


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def crossed(
    rows: Sequence[Row], places: Sequence[Callable[[Row], list[str]]]
) -> tuple[int, Counter[tuple[str, ...]], list[Counter[tuple[str, ...]]]]:
    """n, the cells, and for each axis the respondents in each of its places (with the layer, where there is one)."""
    cells: Counter[tuple[str, ...]] = Counter()
    margins: list[Counter[tuple[str, ...]]] = [Counter() for _ in places]
    n = 0
    for row in rows:
        found = [place(row) for place in places]
        if not all(found):
            continue
        n += 1
        cells.update(product(*found))
        layers: list[tuple[str, ...]] = [(layer,) for layer in found[2]] if len(found) == 3 else [()]
        for margin, places_of in zip(margins, found, strict=True):
            margin.update((place, *layer) for place, layer in product(places_of, layers))
    return n, cells, margins
