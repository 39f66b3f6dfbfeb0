import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from local.supervisor import Kept, Program, Supervisor

Until = Callable[[Callable[[], bool]], None]
Alive = Callable[[], dict[int, tuple[int, int]]]

SLEEPS = "import time; time.sleep(600)"
HAS_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPS!r}])"
IS_DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEPS}"
FAILS = "import sys; sys.exit('the reason is here')"


def test_a_killed_group_is_started_again_as_another_group(tmp_path: Path, until: Until) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        kept = supervisor.add(_program(tmp_path, SLEEPS))
        until(lambda: kept.pid is not None)
        first = kept.pid
        kept.kill()
        until(lambda: kept.starts == 2 and kept.pid not in (None, first))
        assert kept.pid == os.getpgid(kept.pid or 0)
    assert 1 == len(said)


def test_a_leader_that_dies_alone_takes_its_children_with_it(tmp_path: Path, until: Until, alive: Alive) -> None:
    with Supervisor(lambda says: None) as supervisor:
        kept = supervisor.add(_program(tmp_path, HAS_A_CHILD))
        until(lambda: len(_group(alive, kept)) == 2)
        first = kept.pid
        os.kill(first or 0, signal.SIGKILL)
        until(lambda: kept.starts == 2)
        assert [] == [pid for pid, (_, group) in alive().items() if group == first]


def test_the_last_lines_of_the_dead_are_told(tmp_path: Path, until: Until) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        kept = supervisor.add(_program(tmp_path, FAILS))
        until(lambda: kept.starts == 3)
    assert True is said[0].startswith("one ended with 1 and is started again; it said last:\nthe reason is here")


def test_ending_leaves_nobody_even_of_those_who_do_not_listen(tmp_path: Path, until: Until, alive: Alive) -> None:
    with Supervisor(lambda says: None) as supervisor:
        deaf, parent = (
            supervisor.add(_program(tmp_path, IS_DEAF, "deaf")),
            supervisor.add(_program(tmp_path, HAS_A_CHILD)),
        )
        until(lambda: "deaf" in _log(deaf) and len(_group(alive, parent)) == 2)
        groups = {deaf.pid, parent.pid}
        supervisor.end(patience=0.5)
        assert [] == [pid for pid, (_, group) in alive().items() if group in groups]


def test_every_start_is_announced(tmp_path: Path, until: Until) -> None:
    changes: list[int] = []
    with Supervisor(lambda says: None, lambda: changes.append(1)) as supervisor:
        kept = supervisor.add(_program(tmp_path, SLEEPS))
        until(lambda: len(changes) == 1)
        kept.kill()
        until(lambda: len(changes) == 2)


def _program(folder: Path, code: str, name: str = "one") -> Program:
    return Program(name, [sys.executable, "-c", code], os.environ, folder / f"{name}.log")


def _group(alive: Alive, kept: Kept) -> list[int]:
    return [pid for pid, (_, group) in alive().items() if group == kept.pid]


def _log(kept: Kept) -> str:
    return kept.program.log.read_text() if kept.program.log.exists() else ""
