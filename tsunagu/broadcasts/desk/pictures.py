"""Pictures of a broadcast in the console: taken from the form into the media bucket, and shown from there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import flask
from google.api_core.exceptions import Forbidden
from google.api_core.exceptions import NotFound as NoObject
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.cloud.definitions import Fault
from tsunagu.cloud.outcomes import Rejected
from tsunagu.media.add import add as add_picture
from tsunagu.web.forms import Form, place_of

FILE = re.compile(r"messages\.(\d{1,3})\.(image|card)\.file")
NAME = re.compile(r"[0-9a-f]{32}(-preview)?\.jpg")
ADDRESS = re.compile(r"messages\.\d{1,3}\.image\.url")
PATIENCE = 10.0  # seconds
CHOOSE = "choose a picture, or give an address that begins with https://"


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/broadcasts/pictures/<name>")
    def picture(name: str) -> flask.Response:
        """Pages show nothing from elsewhere, so a picture of ours comes by way of the console."""
        if not NAME.fullmatch(name):
            raise NotFound
        blob = desk.media.client().bucket(desk.media.bucket).blob(name)
        try:
            return flask.Response(blob.download_as_bytes(timeout=PATIENCE), content_type="image/jpeg")
        except (NoObject, Forbidden) as error:
            # Who may not list a bucket hears 403 of what is not in it.
            raise NotFound from error


def taken(desk: Desk, form: Form, files: Mapping[str, FileStorage], by: str) -> tuple[Form, list[Fault]]:
    """The form with the addresses of the pictures that came with it, and why others were refused.

    They are put away at once, whatever else is wrong: a browser would not keep the file for the next try.
    """
    addresses: dict[str, tuple[str, ...]] = {}
    faults = []
    for name, file in files.items():
        match = FILE.fullmatch(name)
        if match is None or not file.filename:
            continue
        number, kind = match.groups()
        try:
            found = add_picture(
                desk.db, desk.media.client(), desk.media.bucket, file.read(), by, desk.clock(), desk.media.address
            )
        except Rejected as error:
            field = f"messages[{number}].{'image.url' if kind == 'image' else 'card.image'}"
            faults.append(Fault(0, field, error.reason))
            continue
        if kind == "image":
            addresses[f"messages.{number}.image.url"] = (found.url,)
            addresses[f"messages.{number}.image.preview"] = (found.preview,)
        else:
            addresses[f"messages.{number}.card.image"] = (found.url,)
    return replace(form, typed={**form.typed, **addresses}), faults


def none_chosen(form: Form, faults: Sequence[Fault]) -> list[Fault]:
    """With what to do where neither a file nor an address was given: the definition knows nothing of files."""
    return [
        replace(fault, says=CHOOSE)
        if (place := place_of(fault.field, ADDRESS)) and not form.value(place).strip()
        else fault
        for fault in faults
    ]
