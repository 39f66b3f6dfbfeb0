"""Logs: one JSON object a line, in the field names Cloud Logging reads.

A line is a sentence with fields: ids of events, kinds, outcomes, milliseconds. Never a resident's words, id or place.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Protocol, TextIO

TRACE = re.compile(r"[0-9a-f]{32}")
PLACES = 8  # of an error in the code, the innermost


class Headers(Protocol):
    def get(self, key: str, default: str) -> str: ...


class Loggable(Exception):
    """What it says is ours and holds nothing of a resident's. Of any other error a line tells the type alone."""


@dataclass(frozen=True)
class Logger:
    """Writes lines that carry these fields. Each is written in one piece: those of several threads do not mix."""

    fields: Mapping[str, object]

    def bind(self, **fields: object) -> "Logger":
        return Logger({**self.fields, **fields})

    def info(self, message: str, **fields: object) -> None:
        self.log(logging.INFO, message, **fields)

    def warning(self, message: str, **fields: object) -> None:
        self.log(logging.WARNING, message, **fields)

    def error(self, message: str, **fields: object) -> None:
        self.log(logging.ERROR, message, **fields)

    def critical(self, message: str, **fields: object) -> None:
        self.log(logging.CRITICAL, message, **fields)

    def log(self, level: int, message: str, **fields: object) -> None:
        """`level` is one of `logging`'s; the field `error` an exception or None."""
        line = {**_ABOUT.get(), **self.fields, **fields}
        if isinstance(error := line.pop("error", None), BaseException):
            line |= _only_the_kind(error)
        line |= {"severity": logging.getLevelName(level), "message": message, "time": datetime.now(UTC).isoformat()}
        out = Logger.stream or sys.stdout
        out.write(_WRITTEN.encode(line) + "\n")
        out.flush()

    stream: ClassVar[TextIO | None] = None  # None: what stdout is when the line is written


_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))
# What is neither text nor number shows its type: an object's own words may be anybody's. ASCII passes any stream.
_WRITTEN = json.JSONEncoder(default=lambda value: type(value).__name__)
_LOGGER = Logger(MappingProxyType({}))


def _only_the_kind(error: BaseException) -> dict[str, object]:
    """An exception's text may quote what a resident wrote, so a line carries its type and its places in the code."""
    says = {"says": str(error)} if isinstance(error, Loggable) else {}
    return {"error": type(error).__name__, **says, "places": _places(error.__traceback__)}


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-PLACES:]


def logger() -> Logger:
    """The one logger of a process."""
    return _LOGGER


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every line written inside carries these fields."""
    before = _ABOUT.set({**_ABOUT.get(), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(before)


def since(began: float) -> int:
    """Whole milliseconds since `began`, a reading of the monotonic clock."""
    return round((monotonic() - began) * 1000)


def trace_of(project: str, headers: Headers) -> dict[str, Any]:
    """The field that ties a line to its request, from Cloud Run's `X-Cloud-Trace-Context: TRACE/SPAN;o=1` or W3C's
    `traceparent: 00-TRACE-SPAN-01`. A header of any other shape is a stranger's and is not repeated."""
    trace = headers.get("X-Cloud-Trace-Context", "").partition("/")[0]
    if not TRACE.fullmatch(trace):
        trace = headers.get("traceparent", "")[3:35]
    return {"logging.googleapis.com/trace": f"projects/{project}/traces/{trace}"} if TRACE.fullmatch(trace) else {}


def everything(stream: TextIO | None = None) -> None:
    """From now on libraries' lines, warnings and tracebacks too are such lines; all go to `stream` (None: stdout).

    gunicorn gives its logger a handler of its own after the function's code is loaded; a filter of ours comes first.
    """
    Logger.stream = stream
    root = logging.getLogger()
    if not any(isinstance(handler, _OfLibraries) for handler in root.handlers):
        root.addHandler(_OfLibraries())
        logging.getLogger("gunicorn.error").addFilter(_in_place_of_gunicorn)
        logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: logger().critical("the process ends", error=error)
    threading.excepthook = lambda thrown: logger().error("a thread ended", error=thrown.exc_value)
    sys.unraisablehook = lambda thrown: logger().error("an error nobody could take", error=thrown.exc_value)


class _OfLibraries(logging.Handler):
    """A library's sentence without what was filled into it, which may be a URL with a user id. One that was put
    together before it came here cannot be told from what is in it: of that only the place is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        says = record.msg if record.args and isinstance(record.msg, str) else "a line of a library's"
        place = f"{record.filename}:{record.lineno} {record.funcName}"
        error = record.exc_info[1] if record.exc_info else None
        level = min(max(record.levelno // 10 * 10, logging.INFO), logging.CRITICAL)  # only these have names everywhere
        logger().log(level, says, library=record.name, place=place, error=error)


def _in_place_of_gunicorn(record: logging.LogRecord) -> bool:
    _OfLibraries().emit(record)
    return False
