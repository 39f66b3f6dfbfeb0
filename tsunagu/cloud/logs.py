"""Logs: one JSON object a line, in the field names Cloud Logging reads.

A line is a sentence with fields: ids of events, kinds, outcomes, milliseconds. Never a resident's words, id or place.
"""

import json
import logging
import re
import sys
import threading
from contextlib import AbstractContextManager
from functools import cache
from time import monotonic
from types import TracebackType
from typing import Any, Protocol, TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

TRACE = re.compile(r"[0-9a-f]{32}")
PLACES = 8  # of an error in the code, the innermost


class Headers(Protocol):
    def get(self, key: str, default: str) -> str: ...


class Loggable(Exception):
    """What it says is ours and holds nothing of a resident's. Of any other error a line tells the type alone."""


class _Out:
    """Looked up at each line, and written in one piece: lines of several threads do not run into each other."""

    stream: TextIO | None = None  # None: what stdout is when the line is written

    def msg(self, line: str) -> None:
        out = _Out.stream or sys.stdout
        out.write(line + "\n")
        out.flush()

    debug = info = warning = error = critical = msg


def _as_cloud_logging(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    entry["severity"] = entry.pop("level", "info").upper()
    entry["message"] = entry.pop("event")
    return entry


def _only_the_kind_of_error(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """An exception's text may quote what a resident wrote, so a line carries its type and its places in the code."""
    error = entry.pop("error", None)
    if isinstance(error, BaseException):
        entry["error"] = type(error).__name__
        if isinstance(error, Loggable):
            entry["says"] = str(error)
        entry["places"] = _places(error.__traceback__)
    return entry


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-PLACES:]


# What is neither text nor number shows its type: an object's own words may be anybody's. ASCII passes any stream.
_WRITTEN = json.JSONEncoder(default=lambda value: type(value).__name__)


def _json(entry: EventDict, **_: Any) -> str:
    return _WRITTEN.encode(entry)


@cache
def logger() -> FilteringBoundLogger:
    """The one logger of a process; configured when first asked for."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _only_the_kind_of_error,
            _as_cloud_logging,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Out(),
        cache_logger_on_first_use=True,
    )
    return cast(FilteringBoundLogger, structlog.get_logger().bind())


def about(**fields: object) -> AbstractContextManager[Any]:
    """Every line written inside carries these fields."""
    return structlog.contextvars.bound_contextvars(**fields)


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
    _Out.stream = stream
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
