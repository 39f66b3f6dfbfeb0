"""What is measured in a process of its own, which does nothing else: run here, weighed there."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.functions import surroundings
from local.topology import ROOT


def alone(module: str, *arguments: str) -> Any:
    """What `python -m MODULE …` prints last, as JSON. Raises RuntimeError with what it said instead."""
    command = [sys.executable, "-m", module, *arguments]
    # A running city names its emulators in our environment.
    env = surroundings() | {"FIRESTORE_EMULATOR_HOST": os.environ["FIRESTORE_EMULATOR_HOST"]}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def peak(pid: int | None = None) -> float:
    """The most that a process has had, in MiB; without `pid` this one.

    Linux's ru_maxrss begins with what the parent had; macOS has no /proc, and counts in bytes.
    """
    return _of_linux("VmHWM", pid or os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def resident() -> float:
    """What this process has now, in MiB; where nobody tells, the most it has had."""
    return _of_linux("VmRSS", os.getpid()) or peak()


def _of_linux(field: str, pid: int) -> float | None:
    status = Path(f"/proc/{pid}/status")
    return int(status.read_text().partition(f"{field}:")[2].split()[0]) / 1024 if status.exists() else None
