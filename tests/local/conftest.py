"""What the tests of the local city share: waiting for a thing to come true, who is alive, tiny throw-away functions."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Until = Callable[[Callable[[], bool]], None]
PATIENCE = 60.0  # seconds; only ever used up by a failing test


@pytest.fixture
def until() -> Until:
    def wait(comes_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not comes_true():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def alive() -> Callable[[], dict[int, tuple[int, int]]]:
    """Every process that runs now: id → (parent, group). The dead that nobody has buried yet do not count."""

    def look() -> dict[int, tuple[int, int]]:
        said = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in said.stdout.splitlines()]
        return {int(pid): (int(parent), int(group)) for pid, parent, group, stat in rows if not stat.startswith("Z")}

    return look


TOPOLOGY = """
topics:
  line-events: {dead_letter: line-events-dead, dead_letter_subscription: line-events-dead-kept}
dead_letter_retention_days: 7
retry: {min_backoff_seconds: 1, max_backoff_seconds: 2, attempts: 5}
subscriptions:
  handle-line-event: {topic: line-events, service: handle_line_event, ack_deadline_seconds: 90, retention_hours: 1}
services:
  handle_line_event:
    bundle: tiny
    entry_point: take
    trigger: push
    concurrency: 4
    cpu: 1
    memory: 256Mi
    timeout_seconds: 60
    uses: [pubsub]
    settings: [GOOGLE_CLOUD_PROJECT]
    secrets: [RESPONDENT_SECRET]
  console:
    bundle: tiny
    entry_point: show
    trigger: staff
    concurrency: 4
    cpu: 1
    memory: 256Mi
    timeout_seconds: 60
    uses: [firestore]
    settings: [STAFF_AUDIENCE]
    secrets: []
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    """Writes a topology with a push function `take` and a staff function `show`, both in the source that is given."""

    def write(source: str) -> tuple[Path, Path]:
        topology = tmp_path / "topology.yaml"
        topology.write_text(TOPOLOGY, "utf-8")
        main = tmp_path / "functions" / "tiny" / "main.py"
        main.parent.mkdir(parents=True)
        main.write_text(dedent(source), "utf-8")
        return topology, main.parents[1]

    return write
