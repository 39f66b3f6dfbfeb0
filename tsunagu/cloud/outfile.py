"""A file that a command was told to write: whole, or not there."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tsunagu.cloud.outcomes import Rejected


@contextmanager
def whole(out: Path, force: bool) -> Iterator[Path]:
    """A place beside the file, which becomes the file when all went well; nothing is left of it otherwise.

    `force`: whatever is there is overwritten. Raises Rejected where it cannot be written.
    """
    beside = out.parent / f".{secrets.token_hex(8)}"  # of whatever length the file's own name is
    try:
        _refuse_what_is_there(out, force)
        try:
            beside.touch()
            yield beside
            _refuse_what_is_there(out, force)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Rejected(f"{out} cannot be written: {error.strerror or error}") from error


def _refuse_what_is_there(out: Path, force: bool) -> None:
    if not out.parent.is_dir():
        raise Rejected(f"there is no folder {out.parent}")
    if out.is_dir():
        raise Rejected(f"{out} is a folder: say which file in it")
    if not force and out.exists():
        raise Rejected(f"{out} is there already: give --force to overwrite it, or another name")
