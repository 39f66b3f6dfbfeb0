import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from local.topology import ROOT, read

Until = Callable[[Callable[[], bool]], None]
Alive = Callable[[], dict[int, tuple[int, int]]]


def test_up_says_in_one_line_where_the_city_is_and_sigterm_ends_all_of_it(
    project: str, alive: Alive, until: Until
) -> None:
    with _up(project, "--workers", "send_chunk_normal=2") as (process, ready):
        assert set(read().services) == set(ready["functions"])
        assert {True} == {os.getpgid(pid) == pid for one in ready["functions"].values() for pid in one["pids"]}
        assert 2 == len(ready["functions"]["send_chunk_normal"]["pids"])
        for role, status in {"admin": 200, "visitor": 403}.items():
            for page in ("console", "survey_report"):
                signed = {ready["staff"]["header"]: ready["staff"]["tokens"][role]}
                assert status == requests.get(ready["functions"][page]["url"], headers=signed, timeout=60).status_code
        old = ready["functions"]["console"]["pids"]
        os.killpg(old[0], signal.SIGKILL)
        file = ROOT / "build" / "city" / project / "ready.json"
        until(lambda: json.loads(file.read_text())["functions"]["console"]["pids"] not in ([], old))
        family = _family(process.pid, alive())
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)
        assert (0, "") == (process.returncode, rest)
        assert (set(), False) == (family & set(alive()), file.exists())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent's life")
def test_even_a_killed_city_leaves_nobody(project: str, alive: Alive, until: Until) -> None:
    with _up(project) as (process, _):
        family = _family(process.pid, alive())
        process.kill()
        process.wait()
        until(lambda: not family & set(alive()))


def test_a_wrong_name_is_a_sentence() -> None:
    said = subprocess.run([*UP, "--workers", "nobody=2"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (1, "") == (said.returncode, said.stdout)
    assert True is ("no function is called nobody" in said.stderr)


UP = [sys.executable, "-m", "local", "up", "--json"]


@contextmanager
def _up(project: str, *more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [*UP, "--project", project, *more]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield process, json.loads(line)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        shutil.rmtree(ROOT / "build" / "city" / project, ignore_errors=True)


def _family(root: int, running: dict[int, tuple[int, int]]) -> set[int]:
    """`root` and everyone who descends from it."""
    family = {root}
    while more := {pid for pid, (parent, _) in running.items() if parent in family} - family:
        family |= more
    return family
