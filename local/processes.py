"""Processes that lead their own group: starting one, ending it with all its children, and a port for it."""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

# Below the ports that Linux gives to clients (32768 and up): a restart finds its port still free.
PORTS = range(18000, 32000)
# A port is free until its server listens: whoever looks in between, here or in another process, must find another.
_places = itertools.count(os.getpid() * 211)


class DidNotStart(Exception):
    """Says which process did not come up, with the last lines it wrote."""


def start(
    command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a new process group; what it prints goes to the end of `log`.

    Where the system can (Linux's `setpriv`), it dies with the thread that started it, even if that one is killed.
    """
    leash = shutil.which("setpriv")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(
            [*([leash, "--pdeathsig", "KILL"] if leash else []), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )


def end(*processes: subprocess.Popen[bytes], patience: float = 5.0) -> None:
    """End the whole group of each: asked first, killed when `patience` seconds are over. Nothing of it stays."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + patience
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        # A leader may be gone while its children still work.
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now, and that this process has not named before."""
    for place in itertools.islice(_places, 200):
        port = PORTS[place % len(PORTS)]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise DidNotStart(f"no free port was found between {PORTS.start} and {PORTS.stop}")


def wait_until_answers(name: str, port: int, process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    """Return once `port` answers HTTP (any status). Raises DidNotStart when the process ends or time is up."""
    deadline = time.monotonic() + patience
    while not answers(port):
        if process.poll() is not None:
            raise DidNotStart(f"{name} ended with {process.returncode} instead of starting:\n{last_lines(log)}")
        if time.monotonic() > deadline:
            raise DidNotStart(f"{name} did not answer within {patience:.0f} seconds:\n{last_lines(log)}")
        time.sleep(0.05)


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
        return True
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for showing why something died."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])
