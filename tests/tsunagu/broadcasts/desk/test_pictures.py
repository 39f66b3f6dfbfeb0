"""Pictures that come with the console's form."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud import firestore
from PIL import Image

from tests.tsunagu.broadcasts.desk.consoles import TEXT, console, faults_of, values_of
from tests.tsunagu.media.test_store import storage_that_answers
from tsunagu.broadcasts.desk.compose import BODY_LIMIT

MB = 1024 * 1024


@pytest.fixture
def editor(db: firestore.Client) -> Iterator[FlaskClient]:
    with console(db) as made:
        yield made.as_("editor")


def png() -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG")
    out.seek(0)
    return out


def test_a_picture_goes_to_the_bucket_and_its_address_stays_in_the_form(
    editor: FlaskClient, storage_host: str, db: firestore.Client
) -> None:
    typed = {**TEXT, "messages.1.is": "image", "title": ""}
    answer = editor.post("/broadcasts/new", data={**typed, "messages.1.image.file": (png(), "a.png"), "do": "save"})
    shown = values_of(answer.text)
    assert (422, ["title"]) == (answer.status_code, list(faults_of(answer.text)))
    name = re.fullmatch(r"https://storage\.googleapis\.com/media/([0-9a-f]{32}\.jpg)", shown["messages.1.image.url"])
    assert name is not None and shown["messages.1.image.preview"].endswith("-preview.jpg")
    seen = editor.get(f"/broadcasts/pictures/{name[1]}")
    assert (200, "image/jpeg") == (seen.status_code, seen.content_type)
    assert [404, 404] == [editor.get(f"/broadcasts/pictures/{n}").status_code for n in ("0" * 32 + ".jpg", "x.jpg")]


def test_what_is_no_picture_is_said_at_its_field(editor: FlaskClient, db: firestore.Client) -> None:
    typed = {**TEXT, "messages.1.is": "image", "messages.1.image.file": (BytesIO(b"no picture"), "a.png")}
    answer = editor.post("/broadcasts/new", data={**typed, "do": "save"})
    assert (422, ["messages.1.image.url"]) == (answer.status_code, list(faults_of(answer.text)))
    assert "明日です" == values_of(answer.text)["messages.0.text.ja"]
    assert [] == list(db.collection("broadcasts").stream())


def with_files(*sizes: int) -> dict[str, Any]:
    files = {f"messages.{n}.image.file": (BytesIO(b"x" * size), "a.png") for n, size in enumerate(sizes, 1)}
    return {**TEXT, **{f"messages.{n}.is": "image" for n in range(1, len(sizes) + 1)}, **files, "do": "save"}


@pytest.mark.parametrize("sizes", [(MB * 10 + 1,), (MB * 10, MB * 10, MB * 10)])
def test_pictures_that_together_pass_ten_megabytes_are_looked_at_one_by_one(
    sizes: tuple[int, ...], editor: FlaskClient
) -> None:
    answer = editor.post("/broadcasts/new", data=with_files(*sizes))
    found = [f"messages.{n}.image.url" for n in range(1, len(sizes) + 1)]
    assert (422, found) == (answer.status_code, list(faults_of(answer.text)))
    assert "明日です" == values_of(answer.text)["messages.0.text.ja"]


def test_what_is_too_large_altogether_is_told_what_to_do(editor: FlaskClient) -> None:
    answer = editor.post("/broadcasts/new", data=with_files(MB * 10, MB * 10, MB * 10, MB))
    assert (413, True) == (answer.status_code, "画像を一つずつ選んで「確かめる」を押してください" in answer.text)
    assert BODY_LIMIT < 32 * MB  # of a request to Cloud Run


def test_a_picture_that_the_console_may_not_read_is_not_found(db: firestore.Client) -> None:
    with storage_that_answers(403) as forbidden, console(db, pictures=lambda: forbidden) as made:
        assert 404 == made.as_("editor").get(f"/broadcasts/pictures/{'0' * 32}.jpg").status_code
