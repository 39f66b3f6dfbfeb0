"""Logs: one JSON object a line, in the field names Cloud Logging reads.

A line is a sentence with fields: ids of events, kinds, outcomes, milliseconds. Never a resident's words, id or place.
"""

import logging
import sys
from functools import cache
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger


def _as_cloud_logging(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    entry["severity"] = entry.pop("level", "info").upper()
    entry["message"] = entry.pop("event")
    return entry


def _only_the_kind_of_error(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """An exception's text may quote what a resident wrote, so a line carries its type and its places in the code."""
    error = entry.pop("error", None)
    if isinstance(error, BaseException):
        entry["error"] = type(error).__name__
        places = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        entry["places"] = places[-8:]
    return entry


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
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    return cast(FilteringBoundLogger, structlog.get_logger())


def trace_of(project: str, header: str | None) -> dict[str, Any]:
    """The field that ties a line to its request, from Cloud Run's `X-Cloud-Trace-Context: TRACE/SPAN;o=1`."""
    trace = (header or "").partition("/")[0]
    return {"logging.googleapis.com/trace": f"projects/{project}/traces/{trace}"} if trace else {}
