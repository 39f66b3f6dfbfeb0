"""`tsunagu media add`."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tsunagu.cloud import settings, storage, terminal
from tsunagu.cloud.firestore import connect
from tsunagu.cloud.outcomes import Rejected
from tsunagu.media.add import add as add_it
from tsunagu.media.store import ADDRESS
from tsunagu.staff.access import require
from tsunagu.staff.rules import Deed

app = typer.Typer(help="Pictures that broadcasts show.", no_args_is_help=True)


@dataclass(frozen=True)
class Settings:
    google_cloud_project: str
    media_bucket: str
    media_url: str = ADDRESS


@app.callback()
def root() -> None:
    """Keeps `add` a command of its own while it is the only one."""


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A picture: JPEG, PNG, GIF, WebP or BMP, at most 10 MB.")],
    by: Annotated[str, typer.Option(help="Your own address, for the audit.")],
) -> None:
    """Put a picture where LINE can fetch it, and print what to paste below `messages:` of a broadcast.

    It is turned upright and drawn anew, so that neither place nor time of a photo goes out.
    """
    given = settings.read(Settings, os.environ)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Rejected(f"{file} cannot be read: {error.strerror}") from error
    db = connect(given.google_cloud_project)
    require(db, by, Deed.WRITE_BROADCASTS)
    client = storage.connect(given.google_cloud_project)
    picture = add_it(db, client, given.media_bucket, data, by, datetime.now(UTC), given.media_url)
    terminal.say(f"  - image:\n      url: {picture.url}\n      preview: {picture.preview}")
