"""Pictures in the bucket, on the storage emulator."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import pytest
import requests
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage
from PIL import Image

from local import processes
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.media.add import add
from tsunagu.media.encode import Encoded, encode
from tsunagu.media.store import Picture, new_name, put

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ADDRESS = re.compile(r"https://storage\.googleapis\.com/media/([0-9a-f]{32})(-preview)?\.jpg")
HANAKO = "hanako@city.example"


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (1_500, 1_000), "navy").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def added(db: firestore.Client, client: storage.Client) -> Callable[[], Picture]:
    return lambda: add(db, client, "media", photo(), HANAKO, NOW)


def test_a_picture_is_two_https_addresses_that_anybody_can_fetch(
    added: Callable[[], Picture], storage_host: str
) -> None:
    picture, encoded = added(), encode(photo())
    for url, jpeg in ((picture.url, encoded.original), (picture.preview, encoded.preview)):
        fetched = requests.get(url.replace("https://storage.googleapis.com", storage_host), timeout=30)
        assert (200, "image/jpeg", jpeg) == (fetched.status_code, fetched.headers["Content-Type"], fetched.content)


def test_an_object_is_a_jpeg_that_caches_keep_for_a_year(added: Callable[[], Picture], client: storage.Client) -> None:
    blob = client.bucket("media").get_blob(added().url.rpartition("/")[2])
    assert blob is not None
    assert ("image/jpeg", "public, max-age=31536000, immutable") == (blob.content_type, blob.cache_control)
    assert None is blob.metadata


def test_the_same_picture_twice_has_two_names_that_nobody_can_guess(added: Callable[[], Picture]) -> None:
    found = [ADDRESS.fullmatch(url) for picture in (added(), added()) for url in (picture.url, picture.preview)]
    names = [match and match[1] for match in found]
    assert (names[0], names[2]) == (names[1], names[3])
    assert 2 == len(set(names) - {None})
    # 128 bits each: of any 1,000 no two begin alike as far as chance goes.
    assert 1_000 == len({new_name()[:16] for _ in range(1_000)})


def test_who_added_a_picture_is_in_the_audit(added: Callable[[], Picture], db: firestore.Client) -> None:
    name = added().url.rpartition("/")[2]
    (line,) = [line.to_dict() for line in db.collection("audit").stream()]
    assert {"at": NOW, "who": HANAKO, "did": "media.add", "what": name} == line


def test_what_is_no_picture_reaches_neither_audit_nor_bucket(db: firestore.Client, client: storage.Client) -> None:
    before = len(list(client.list_blobs("media")))
    with pytest.raises(Rejected):
        add(db, client, "media", b"hello", HANAKO, NOW)
    assert (0, before) == (len(list(db.collection("audit").stream())), len(list(client.list_blobs("media"))))


def test_another_address_is_that_of_the_citys_own_host(db: firestore.Client, client: storage.Client) -> None:
    picture = add(db, client, "media", photo(), HANAKO, NOW, "https://media.city.example")
    assert True is picture.preview.startswith("https://media.city.example/media/")


TINY = Encoded(b"original", b"preview")


def test_a_wrong_bucket_is_a_sentence(client: storage.Client) -> None:
    with pytest.raises(Rejected, match="there is no bucket 'nowhere': see the setting MEDIA_BUCKET"):
        put(client, "nowhere", new_name(), TINY)


@contextmanager
def storage_that_answers(status: int) -> Iterator[storage.Client]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_DELETE(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer()

        def answer(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield at(server.server_port)
    finally:
        server.shutdown()
        server.server_close()


def at(port: int) -> storage.Client:
    options = ClientOptions(api_endpoint=f"http://127.0.0.1:{port}")
    return storage.Client(project="a", credentials=AnonymousCredentials(), client_options=options)  # type: ignore[no-untyped-call]


def test_an_answer_that_was_lost_does_no_harm() -> None:
    """The second try finds the object of the first, which Storage then refuses to write again."""
    with storage_that_answers(412) as client:
        assert "https://storage.googleapis.com/media/name.jpg" == put(client, "media", "name", TINY).url


def test_an_account_without_the_right_is_a_sentence() -> None:
    with storage_that_answers(403) as client, pytest.raises(Rejected, match="put pictures into the bucket 'media'"):
        put(client, "media", "name", TINY)


def test_storage_that_is_down_is_waited_for_and_then_told() -> None:
    with storage_that_answers(503) as client, pytest.raises(TryAgain):
        put(client, "media", "name", TINY, patience=0.1)
    with pytest.raises(TryAgain):
        put(at(processes.free_port()), "media", "name", TINY, patience=0.1)
