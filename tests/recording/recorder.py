"""Notes the shape of every Firestore query a process makes: collection, scope, filters, orders, and whose code asked.

Put into every Python process of a test session by tests/conftest.py, the city's functions too; nothing deployed knows
of it. A shape is one line of JSON in `queries-{pid}.jsonl`, written when it is first seen; never a value.
"""

import functools
import importlib.abc
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

CLIENT = "google.cloud.firestore_v1.services.firestore.client"
ROOT = Path(__file__).parents[2]
DEPLOYED = (f"{ROOT}{os.sep}tsunagu{os.sep}", f"{ROOT}{os.sep}functions{os.sep}")


def record_into(folder: Path) -> None:
    """From now on; Firestore's client is not imported for it."""
    seen: set[str] = set()

    def note(query: dict[str, Any]) -> None:
        line = json.dumps(query, sort_keys=True)
        if line not in seen:
            seen.add(line)
            with (folder / f"queries-{os.getpid()}.jsonl").open("a", encoding="utf-8") as out:
                out.write(f"{line}\n")

    if CLIENT in sys.modules:
        _listen(sys.modules[CLIENT], note)
    else:
        sys.meta_path.insert(0, _WhenImported(note))


class _WhenImported(importlib.abc.MetaPathFinder):
    def __init__(self, note: Callable[[dict[str, Any]], None]) -> None:
        self._note = note

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != CLIENT:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None and spec.loader is not None
        really = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            really(module)
            _listen(module, self._note)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _listen(module: ModuleType, note: Callable[[dict[str, Any]], None]) -> None:
    for name in ("run_query", "run_aggregation_query"):
        setattr(module.FirestoreClient, name, _noting(getattr(module.FirestoreClient, name), note))


def _noting(call: Callable[..., Any], note: Callable[[dict[str, Any]], None]) -> Callable[..., Any]:
    @functools.wraps(call)
    def noted(self: Any, request: Any = None, **more: Any) -> Any:
        note(_shape(request) | {"asked_by": _asked_by(sys._getframe(1))})
        return call(self, request, **more)

    return noted


def _shape(request: Any) -> dict[str, Any]:
    aggregated = request.get("structured_aggregation_query")
    query = request["structured_query"] if aggregated is None else aggregated.structured_query
    source = query.from_[0]
    return {
        "collection": source.collection_id,
        "group": source.all_descendants,
        "filters": [list(pair) for pair in _filters(query.where)],
        "orders": [[order.field.field_path, order.direction.name] for order in query.order_by],
    }


def _filters(where: Any) -> Iterator[tuple[str, str]]:
    """Field and operator of every condition; an OR counts as a field of its own that nothing serves."""
    if "composite_filter" in where:
        if where.composite_filter.op.name != "AND":
            yield "", "OR"
        for part in where.composite_filter.filters:
            yield from _filters(part)
    elif "unary_filter" in where:
        yield where.unary_filter.field.field_path, where.unary_filter.op.name
    elif "field_filter" in where:
        yield where.field_filter.field.field_path, where.field_filter.op.name


def _asked_by(frame: FrameType | None) -> str:
    """The nearest place in what is deployed; empty where a test or the local city asks."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(DEPLOYED):
            return f"{os.path.relpath(frame.f_code.co_filename, ROOT)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
