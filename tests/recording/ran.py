"""Which tests have run, whichever process ran them: so that what has to come after all others can wait for them."""

import os
import time
from collections.abc import Set
from pathlib import Path

PATIENCE = 600.0  # seconds; as long as the slowest test takes beside others, and only ever used up by a failing run


def note(folder: Path, test: str) -> None:
    with (folder / f"ran-{os.getpid()}").open("a", encoding="utf-8") as ran:
        ran.write(f"{test}\n")


def wait_for(folder: Path, tests: Set[str], patience: float = PATIENCE) -> None:
    """Return once all of them have run, here or in another process that notes into `folder`."""
    deadline = time.monotonic() + patience
    while missing := tests - _noted(folder):
        assert time.monotonic() < deadline, f"{len(missing)} tests did not come to an end, such as {min(missing)}"
        time.sleep(0.1)


def runners(folder: Path) -> set[int]:
    """The ids of the processes that have run tests."""
    return {int(file.name.partition("-")[2]) for file in folder.glob("ran-*")}


def _noted(folder: Path) -> set[str]:
    return {test for file in folder.glob("ran-*") for test in file.read_text("utf-8").splitlines()}
