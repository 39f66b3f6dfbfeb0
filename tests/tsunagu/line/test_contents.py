"""LINE's host of contents: the stand-in platform, and one that misbehaves."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local import processes
from local.phones import Phones
from local.stand_in import StandIn
from tsunagu.line.contents import Contents, Gone, NotYet, Outcome, Unreachable, outcome_of

PICTURE = b"\xff\xd8 a picture"


@pytest.fixture
def contents(platform: StandIn) -> Contents:
    return Contents(platform.channel_access_token, platform.url)


@pytest.fixture
def sent(phones: Phones) -> str:
    """The id of a message with a picture."""
    phone = phones.add(1)[0]
    phone.follow()
    return str(phone.send_picture(PICTURE)["message_id"])


def test_every_status_has_one_meaning() -> None:
    meanings = {status: outcome_of(status) for status in range(200, 600)}
    assert [200] == [status for status, meaning in meanings.items() if meaning is Outcome.HERE]
    assert [202] == [status for status, meaning in meanings.items() if meaning is Outcome.NOT_YET]
    assert [400, 404, 410] == [status for status, meaning in meanings.items() if meaning is Outcome.GONE]
    assert Outcome.UNKNOWN is meanings[401] is meanings[429] is meanings[503]


def test_what_a_resident_sent_is_fetched(contents: Contents, sent: str) -> None:
    assert PICTURE == contents.fetch(sent, len(PICTURE))


def test_of_what_is_too_large_no_more_is_read_than_shows_it(contents: Contents, sent: str) -> None:
    assert PICTURE[:5] == contents.fetch(sent, 4)


def test_what_line_still_prepares_is_there_later(contents: Contents, sent: str, phones: Phones) -> None:
    phones.control("POST", f"/contents/{sent}", {"state": "preparing"})
    with pytest.raises(NotYet):
        contents.fetch(sent, 100)
    phones.control("POST", f"/contents/{sent}", {"state": "ready"})
    assert PICTURE == contents.fetch(sent, 100)


def test_what_line_no_longer_has_is_gone(contents: Contents, sent: str, phones: Phones) -> None:
    phones.control("POST", f"/contents/{sent}", {"state": "gone"})
    for message_id in (sent, "1234567890"):
        with pytest.raises(Gone):
            contents.fetch(message_id, 100)


def test_a_token_that_line_does_not_know_is_no_answer(platform: StandIn, sent: str) -> None:
    with pytest.raises(Unreachable):
        Contents("another token", platform.url).fetch(sent, 100)


def test_a_line_that_is_away_is_no_answer() -> None:
    with pytest.raises(Unreachable):
        Contents("token", f"http://127.0.0.1:{processes.free_port()}").fetch("1", 100)


@contextmanager
def line_that_sends(length: int, pieces: list[bytes], between: float = 0.0) -> Iterator[Contents]:
    """Says so many bytes, and sends these."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
                    time.sleep(between)
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Contents("token", f"http://127.0.0.1:{server.server_port}", at_most=0.2)
    finally:
        server.shutdown()
        server.server_close()


def test_half_a_picture_is_no_answer() -> None:
    with line_that_sends(100, [b"x" * 50]) as contents, pytest.raises(Unreachable):
        contents.fetch("1", 100)


def test_a_picture_that_drips_in_is_not_waited_for() -> None:
    drops = [b"x" * 300_000] * 50
    with line_that_sends(15_000_000, drops, between=0.05) as contents, pytest.raises(Unreachable):
        contents.fetch("1", 20_000_000)
