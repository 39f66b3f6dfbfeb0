"""Whatever is thrown or warned of, a line is one JSON object and holds nothing of a resident's."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tsunagu.cloud import logs
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.settings import SettingsMissing

ROOT = Path(__file__).parents[3]
CANARY = "カナリア"
TRACE = "0123456789abcdef" * 2

EVERYTHING_GOES_WRONG = f"""
import gc, logging, sys, threading, warnings
from tsunagu.cloud import logs
logs.everything()
words = "{CANARY}"

class Noisy:
    def __del__(self):
        raise ValueError(words)

logging.getLogger("urllib3.connectionpool").warning("Retrying (%r): %s", words, "/v2/bot/profile/" + words)
logging.getLogger("google.api_core").error(f"made before it came here: {{words}}")
logging.getLogger("grpc").log(35, "a level of its own: %s", words)
logging.getLogger("flask").critical("with %s", words, exc_info=ValueError(words))
gunicorn = logging.getLogger("gunicorn.error")
gunicorn.propagate = False
gunicorn.addHandler(logging.StreamHandler())
gunicorn.error("Error handling request %s", words)
warnings.warn(words)
Noisy(); gc.collect()
thread = threading.Thread(target=lambda: {{}}[words])
thread.start(); thread.join()
logs.logger().info("an object", of=Noisy.__init__, what=[ValueError(words)], error=ValueError(words))
logs.logger().info("half a pair \\ud83d", text="\\u2028")
raise KeyError(words)
"""


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_libraries_warnings_and_tracebacks_are_lines_without_what_was_filled_into_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING_GOES_WRONG], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = lines(done.stdout)
    assert ("", 1) == (done.stderr, done.returncode)
    assert CANARY not in str(found)
    assert [
        "Retrying (%r): %s", "a line of a library's", "a level of its own: %s", "with %s", "Error handling request %s",
    ] == [line["message"] for line in found[:5]]  # fmt: skip
    assert ["WARNING", "ERROR", "WARNING", "CRITICAL", "ERROR"] == [line["severity"] for line in found[:5]]
    assert {"ValueError", "KeyError"} == {line["error"] for line in found if "error" in line}
    assert ("the process ends", "KeyError") == (found[-1]["message"], found[-1]["error"])
    assert all({"severity", "message", "time"} <= line.keys() for line in found)
    assert 11 == len(found)


def test_of_an_error_its_kind_and_places_are_told_and_what_it_says_only_where_it_is_ours(
    capfd: pytest.CaptureFixture[str],
) -> None:
    for error in (ValueError(CANARY), Rejected("no such survey"), SettingsMissing("set in the environment: A")):
        try:
            raise error
        except Exception as caught:
            logs.logger().error("a bug", error=caught)
    found = lines(capfd.readouterr().out)
    assert ["ValueError", "Rejected", "SettingsMissing"] == [line["error"] for line in found]
    assert [None, "no such survey", "set in the environment: A"] == [line.get("says") for line in found]
    assert all(line["places"][-1].startswith("test_logs.py:") for line in found)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Cloud-Trace-Context": f"{TRACE}/123;o=1"}, TRACE),
        ({"X-Cloud-Trace-Context": TRACE}, TRACE),
        ({"traceparent": f"00-{TRACE}-0123456789abcdef-01"}, TRACE),
        ({"X-Cloud-Trace-Context": "nonsense", "traceparent": f"00-{TRACE}-0123456789abcdef-01"}, TRACE),
        ({"X-Cloud-Trace-Context": f"{TRACE}{CANARY}/1"}, None),
        ({"traceparent": f"00-{CANARY}"}, None),
        ({}, None),
    ],
)
def test_a_line_is_tied_to_its_request_by_either_header(headers: dict[str, str], expected: str | None) -> None:
    trace = {"logging.googleapis.com/trace": f"projects/p/traces/{expected}"} if expected else {}
    assert trace == logs.trace_of("p", headers)


def test_lines_written_inside_a_request_carry_what_it_is_about(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.about(message_id="7", kind="message"):
        logs.logger().info("inside")
    logs.logger().info("outside")
    inside, outside = lines(capfd.readouterr().out)
    assert ("7", "message") == (inside["message_id"], inside["kind"])
    assert "message_id" not in outside


def test_a_library_that_is_only_talkative_is_not_heard(capfd: pytest.CaptureFixture[str]) -> None:
    logs.everything()
    logging.getLogger("urllib3.connectionpool").debug("http://%s", CANARY)
    assert ("", "") == capfd.readouterr()
