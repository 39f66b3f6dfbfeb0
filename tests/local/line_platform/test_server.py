"""The connection: it is kept from one request to the next, and what one leaves unread does not reach another."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from tests.local.line_platform.drive import TOKEN, Line

BODY = json.dumps({"to": ["U" + "0" * 32], "messages": [{"type": "text", "text": "a"}]})
HEADERS = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


@pytest.fixture
def connection(line: Line) -> Iterator[HTTPConnection]:
    opened = HTTPConnection(urlsplit(line.url).netloc, timeout=10)
    yield opened
    opened.close()


def ask(connection: HTTPConnection, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    connection.request(method, path, body, HEADERS)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_connection_is_kept_from_one_request_to_the_next(connection: HTTPConnection) -> None:
    connection.connect()
    first = connection.sock
    for _ in range(3):
        assert (200, b"{}") == ask(connection, "POST", "/v2/bot/message/multicast", BODY)
    assert first is connection.sock


@pytest.mark.parametrize(
    ("path", "status"), [("/control/nothing", 404), ("/v2/bot/nothing", 404), ("/control/reset", 200)]
)
def test_a_body_that_nobody_reads_is_not_taken_for_the_next_request(
    connection: HTTPConnection, path: str, status: int
) -> None:
    assert status == ask(connection, "POST", path, BODY)[0]
    first = connection.sock
    assert (200, b"{}") == ask(connection, "POST", "/v2/bot/message/multicast", BODY)
    assert first is connection.sock


def test_a_head_has_no_body(connection: HTTPConnection) -> None:
    assert (200, b"") == ask(connection, "HEAD", "/control/health")
    assert 200 == ask(connection, "GET", "/control/health")[0]


def test_who_wants_the_connection_closed_has_it_closed(connection: HTTPConnection) -> None:
    connection.request("GET", "/control/health", headers={"connection": "close"})
    assert b'{"ok":true}' == connection.getresponse().read().strip()
    assert None is connection.sock


def test_a_body_whose_length_is_not_told_is_refused(line: Line) -> None:
    pieces = iter([BODY.encode()])
    assert (
        411
        == requests.post(f"{line.url}/v2/bot/message/multicast", data=pieces, headers=HEADERS, timeout=10).status_code
    )
