"""A bucket, on the storage emulator and in front of a Storage that refuses."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from google.cloud import storage

from local import processes
from tests.tsunagu.media.test_store import at, storage_that_answers
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.storage import PIECE, Bucket, NotThere, connect


@pytest.fixture
def bucket(storage_host: str, project: str) -> Bucket:
    return Bucket(lambda: connect(project), "private")


def named(project: str) -> str:
    """A name that no other test has."""
    return f"{project}/file.bin"


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, 2 * PIECE + 7])
def test_what_was_kept_comes_back_in_pieces(bucket: Bucket, project: str, size: int, tmp_path: Path) -> None:
    content = os.urandom(size)
    file = tmp_path / "file"
    file.write_bytes(content)
    bucket.keep(named(project), file, "application/octet-stream")
    bucket.keep(f"{project}/same", content, "application/octet-stream")
    for name in (named(project), f"{project}/same"):
        pieces = list(bucket.pieces(name))
        assert content == b"".join(pieces)
        assert set() == {len(piece) for piece in pieces[:-1]} - {PIECE}


def test_an_object_says_what_it_is(bucket: Bucket, project: str) -> None:
    bucket.keep(named(project), b"%PDF", "application/pdf")
    found = storage.Client(project=project).bucket("private").get_blob(named(project))
    assert found is not None
    assert "application/pdf" == found.content_type


def test_what_is_gone_is_said_before_anything_is_sent(bucket: Bucket, project: str) -> None:
    bucket.keep(named(project), b"content", "text/plain")
    bucket.delete([named(project), "never there"])
    with pytest.raises(NotThere):
        bucket.pieces(named(project))


def test_what_is_written_anew_came_just_now(bucket: Bucket, project: str) -> None:
    bucket.keep(named(project), b"content", "text/plain")
    blob = storage.Client(project=project).bucket("private").blob(named(project))
    blob.reload()
    before = blob.time_created
    bucket.renew([named(project), "never there"])
    blob.reload()
    assert before < blob.time_created
    assert (b"content", "text/plain") == (b"".join(bucket.pieces(named(project))), blob.content_type)


def test_no_client_is_made_before_it_is_needed() -> None:
    made: list[str] = []

    def client() -> storage.Client:
        made.append("client")
        return at(processes.free_port())

    bucket = Bucket(client, "private", patience=0.1)
    assert [] == made
    with pytest.raises(TryAgain):
        bucket.keep("name", b"content", "text/plain")
    assert ["client"] == made


Deed = Callable[[Bucket], object]
DEEDS: dict[str, Deed] = {
    "keep": lambda bucket: bucket.keep("name", b"content", "text/plain"),
    "read": lambda bucket: bucket.pieces("name"),
    "delete": lambda bucket: bucket.delete(["name"]),
    "renew": lambda bucket: bucket.renew(["name"]),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_an_account_without_the_right_is_a_sentence(deed: str) -> None:
    with storage_that_answers(403) as client, pytest.raises(Rejected, match="no such thing in the bucket 'private'"):
        DEEDS[deed](Bucket(lambda: client, "private"))


@pytest.mark.parametrize("deed", DEEDS)
def test_storage_that_is_down_is_waited_for_and_then_told(deed: str) -> None:
    with storage_that_answers(503) as client, pytest.raises(TryAgain):
        DEEDS[deed](Bucket(lambda: client, "private", patience=0.1))


def test_a_wrong_bucket_is_a_sentence(storage_host: str, project: str) -> None:
    with pytest.raises(Rejected, match="there is no bucket 'nowhere': see the setting PRIVATE_BUCKET"):
        Bucket(lambda: connect(project), "nowhere").keep("name", b"content", "text/plain")


def test_what_an_earlier_try_left_is_kept() -> None:
    with storage_that_answers(412) as client:
        DEEDS["keep"](Bucket(lambda: client, "private"))


def test_storage_that_dies_on_the_way_breaks_the_stream_off(bucket: Bucket, project: str) -> None:
    bucket.keep(named(project), b"x" * (PIECE + 1), "text/plain")
    client = storage.Client(project=project)
    pieces = Bucket(lambda: client, "private", patience=0.1).pieces(named(project))
    assert PIECE == len(next(pieces))
    client._http.mount("http://", Broken())
    with pytest.raises(TryAgain):
        next(pieces)


class Broken(requests.adapters.HTTPAdapter):
    def send(self, *args: object, **more: object) -> requests.Response:
        raise requests.ConnectionError
