"""Keeps processes alive: each leads its own group, is started again when it dies, and ends with the supervisor."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from local import processes

YOUNG = 3.0  # seconds; what ends by itself sooner is probably broken, and is not started again in a hurry
PAUSE = 0.8  # seconds before such a one is tried again; the promise is to be back within a second
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """What to run. `port` is where it will listen on 127.0.0.1; None when it listens nowhere."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    port: int | None = None
    cwd: Path | None = None


@dataclass
class Kept:
    """One program kept alive. Its own thread starts it, so that the process cannot outlive the supervisor."""

    program: Program
    tell: Tell
    changed: Callable[[], None]
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The leader of the group that runs now; None between death and new start."""
        process = self.process
        return process.pid if process is not None and process.returncode is None else None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._keep, name=self.program.name, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """Kill the whole group at once, as a crash of the machine would."""
        if (pid := self.pid) is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def ask_to_end(self) -> None:
        self._ending.set()
        # Under the lock no new process can appear after this look.
        with self._lock:
            process = self.process
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)

    def end(self, patience: float) -> None:
        if self.process is not None:
            processes.end(self.process, patience=patience)
        if self._thread is not None:
            self._thread.join()

    def wait_until_up(self, deadline: float) -> None:
        """Return once its port takes connections. Raises processes.DidNotStart, also when it keeps dying."""
        while self.program.port is not None and not processes.listens(self.program.port):
            if self.starts > 2:
                raise processes.DidNotStart(
                    f"{self.program.name} keeps ending instead of starting:\n{processes.last_lines(self.program.log)}"
                )
            if time.monotonic() > deadline:
                raise processes.DidNotStart(
                    f"{self.program.name} is not up in time:\n{processes.last_lines(self.program.log)}"
                )
            time.sleep(0.05)

    def _keep(self) -> None:
        program = self.program
        while True:
            with self._lock:
                if self._ending.is_set():
                    return
                began = time.monotonic()
                process = processes.start(program.command, env=program.env, log=program.log, cwd=program.cwd)
                self.process, self.starts = process, self.starts + 1
            self.changed()
            code = process.wait()
            processes.end(process, patience=0.0)
            if self._ending.is_set():
                return
            lines = processes.last_lines(program.log, 6)
            said = f"; it said last:\n{lines}" if lines else ""
            self.tell(f"{program.name} ended with {code} and is started again{said}")
            # What a signal ended (a negative code) was not at fault.
            if code >= 0 and time.monotonic() - began < YOUNG:
                self._ending.wait(PAUSE)


class Supervisor:
    """Use as a context: leaving it ends every process.

    `tell` hears about deaths, `changed` is called after every start; both from the threads of the programs.
    """

    def __init__(self, tell: Tell, changed: Callable[[], None] = lambda: None) -> None:
        self._tell = tell
        self._changed = changed
        self._kept: list[Kept] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def pids(self) -> list[int]:
        """The leaders of all process groups that run now."""
        return [kept.pid for kept in self._kept if kept.pid is not None]

    def add(self, program: Program) -> Kept:
        """Start a program and keep it alive; `wait_until_up` says when all of them are."""
        kept = Kept(program, self._tell, self._changed)
        self._kept.append(kept)
        kept.begin()
        return kept

    def wait_until_up(self, patience: float = 60.0) -> None:
        deadline = time.monotonic() + patience
        for kept in self._kept:
            kept.wait_until_up(deadline)

    def end(self, patience: float = 5.0) -> None:
        """All are asked together; what is left after `patience` seconds is killed with its whole group."""
        for kept in self._kept:
            kept.ask_to_end()
        deadline = time.monotonic() + patience
        for kept in self._kept:
            kept.end(max(0.0, deadline - time.monotonic()))
        self._kept.clear()
