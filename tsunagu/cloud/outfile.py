"""A file that a command was told to write: whole, or not there."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tsunagu.cloud.outcomes import Rejected


@contextmanager
def whole(out: Path, force: bool) -> Iterator[Path]:
    """A place beside the file, which becomes the file when all went well; nothing is left of it otherwise.

    `force`: whatever is there is overwritten, as who may read it stays. What is no file, such as a pipe, is written
    into at the end. Raises Rejected where it cannot be written.
    """
    try:
        there = out.resolve()
        _refuse_what_is_there(out, force)
        into = there.exists() and not there.is_file()
        folder = Path(tempfile.gettempdir()) if into else there.parent
        beside = folder / f".{secrets.token_hex(8)}"  # of whatever length the file's own name is
        try:
            beside.touch()
            yield beside
            _refuse_what_is_there(out, force)
            if into:
                with beside.open("rb") as made, there.open("wb") as pipe:
                    shutil.copyfileobj(made, pipe)
            else:
                if there.exists():
                    shutil.copymode(there, beside)
                beside.replace(there)
        finally:
            beside.unlink(missing_ok=True)
    except ConnectionError:  # of what is written, not of where
        raise
    except OSError as error:
        raise Rejected(f"{out} cannot be written: {error.strerror or error}") from error


def _refuse_what_is_there(out: Path, force: bool) -> None:
    if not out.parent.is_dir():
        raise Rejected(f"there is no folder {out.parent}")
    if out.is_dir():
        raise Rejected(f"{out} is a folder: say which file in it")
    if not force and out.is_file():
        raise Rejected(f"{out} is there already: give --force to overwrite it, or another name")
