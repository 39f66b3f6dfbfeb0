"""Broken HTTP over real sockets, to receive_webhook in a process of its own."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from local import processes
from tests.hostile.bodies import LIMIT, SECRET, Post, Poster
from tsunagu.line.signature import sign

ROOT = Path(__file__).parents[2]
SOUND = b'{"destination":"U","events":[]}'
EVENTS = json.dumps({"events": [{"type": "message", "webhookEventId": "01H"}]}).encode()
NOTHING = 0  # the connection ended without an answer


@dataclass
class Served:
    port: int
    log: Path
    subscriber: SubscriberClient
    subscription: str

    def says(self, *pieces: bytes, close: bool = False, pause: float = 0.0) -> int:
        """The status of the answer to these bytes; with `close` nobody waits for one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            try:
                for piece in pieces:
                    line.sendall(piece)
                    time.sleep(pause)
                if close:
                    return NOTHING
                line.shutdown(socket.SHUT_WR)
                answer = line.recv(65_536)
            except (ConnectionResetError, BrokenPipeError):
                return NOTHING
        return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else NOTHING

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def served(pubsub_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    project, port, log = "test-sockets", processes.free_port(), tmp_path_factory.mktemp("sockets") / "webhook.log"
    topic = PublisherClient.topic_path(project, "line-events")
    PublisherClient().create_topic(name=topic)
    subscriber, subscription = SubscriberClient(), SubscriberClient.subscription_path(project, "seen-by-the-test")
    subscriber.create_subscription(name=subscription, topic=topic)
    settings = {"LINE_CHANNEL_SECRET": SECRET, "GOOGLE_CLOUD_PROJECT": project, "PYTHONPATH": str(ROOT), "THREADS": "8"}
    source = str(ROOT / "functions/webhook/main.py")
    command = [sys.executable, "-m", "functions_framework", "--source", source, "--target", "receive_webhook"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    process = processes.start(command, env=os.environ | settings, log=log)
    try:
        processes.wait_until_answers("receive_webhook", port, process, log, 30)
        yield Served(port, log, subscriber, subscription)
    finally:
        processes.end(process)


def request(body: bytes, *headers: bytes, signature: str | None = None, first: bytes = b"POST / HTTP/1.1") -> bytes:
    signed = b"X-Line-Signature: " + (sign(SECRET, body) if signature is None else signature).encode()
    return b"\r\n".join([first, b"Host: localhost", signed, *headers, b"", body])


def length(body: bytes) -> bytes:
    return b"Content-Length: " + str(len(body)).encode()


CHUNKED = b"Transfer-Encoding: chunked"
PLAIN = request(EVENTS, length(EVENTS))
OPENED = PLAIN.partition(b"\r\n\r\n")[0]
IN_CHUNKS = request(SOUND).partition(b"\r\n\r\n")[0] + b"\r\n" + CHUNKED + b"\r\n\r\n"
BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "one word": b"GET\r\n\r\n",
    "no version": b"POST /\r\n\r\n",
    "a version of the future": request(EVENTS, length(EVENTS), first=b"POST / HTTP/9.9"),
    "no path": request(EVENTS, length(EVENTS), first=b"POST HTTP/1.1"),
    "a header without a colon": request(EVENTS, b"nonsense", length(EVENTS)),
    "a header of 100 KB": request(EVENTS, b"X-Long: " + b"x" * 100_000, length(EVENTS)),
    "a thousand headers": request(EVENTS, *[b"X-Many: x"] * 1_000, length(EVENTS)),
    "NUL in a header": request(EVENTS, b"X-Null: \x00", length(EVENTS)),
    "a name of spaces": request(EVENTS, b"X Space: x", length(EVENTS)),
    "length and chunks": request(EVENTS, length(EVENTS), CHUNKED),
    "two lengths": request(EVENTS, length(EVENTS), b"Content-Length: 1"),
    "a negative length": request(EVENTS, b"Content-Length: -5"),
    "a length of letters": request(EVENTS, b"Content-Length: abc"),
    "a length too long": request(EVENTS, b"Content-Length: 9" + b"9" * 5_000),
    "chunks of no size": request(b"zz\r\n" + EVENTS, CHUNKED),
    "a negative chunk": request(b"-1\r\n" + EVENTS, CHUNKED),
    "chunks without an end": IN_CHUNKS + b"1f\r\n" + SOUND,
    "an unknown coding": request(EVENTS, b"Transfer-Encoding: brainwave"),
    "less than its length": request(EVENTS, b"Content-Length: 900"),
    "half of its headers": OPENED[:-30],
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_http_is_refused_or_cut_and_nothing_is_published(served: Served, what: str) -> None:
    assert served.says(BROKEN[what]) in (400, 401, 405, 431, 501, 505, NOTHING)
    assert served.says(BROKEN[what][: len(BROKEN[what]) // 2], close=True) == NOTHING
    assert 200 == served.says(request(SOUND, length(SOUND)))


def test_what_is_only_unusual_is_taken(served: Served) -> None:
    for pieces in (
        [IN_CHUNKS, b"%x\r\n" % len(SOUND), SOUND, b"\r\n0\r\n\r\n"],
        [IN_CHUNKS, b"".join(b"1\r\n%c\r\n" % byte for byte in SOUND), b"0\r\n\r\n"],
        [request(SOUND, length(SOUND), first=b"POST http://elsewhere.example/ HTTP/1.1")],
        [request(SOUND, length(SOUND), first=b"POST /%ff%00/../?q=%zz HTTP/1.1")],
        [request(SOUND, length(SOUND), b"Content-Type: application/xml; charset=nonsense")],
        [request(SOUND, length(SOUND), b"X-Cloud-Trace-Context: \xff\xfe", b"traceparent: 00")],
        [request(SOUND, length(SOUND), first=b"POST / HTTP/1.0")],
    ):
        assert 200 == served.says(*pieces), pieces


def test_slow_ones_hold_nobody_up(served: Served) -> None:
    slow = request(SOUND, length(SOUND))
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as line:
        line.sendall(slow[:-5])
        assert 200 == served.says(request(SOUND, length(SOUND)))
        line.sendall(slow[-5:])
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    assert 200 == served.says(*[slow[at : at + 8] for at in range(0, len(slow), 8)], pause=0.005)


def test_a_body_of_any_size_is_refused_without_being_kept(served: Served) -> None:
    """Also one that is let through unsigned, by a method that is not taken, or that never says how long it is."""
    before = memory(served)
    big = b"x" * (24 * LIMIT)
    assert 413 == served.says(request(big, length(big), signature="none"))
    assert 405 == served.says(request(big, length(big), first=b"PUT / HTTP/1.1"))
    assert 413 == served.says(IN_CHUNKS, b"%x\r\n" % len(big), big, b"\r\n0\r\n\r\n")
    assert memory(served) - before < 12 * LIMIT


def memory(served: Served) -> int:
    """The most that any process of the service has ever held, in bytes."""
    found = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if str(served.port).encode() in (status.parent / "cmdline").read_bytes():
                words = status.read_text().split()
                found.append(int(words[words.index("VmHWM:") + 1]) * 1024)
        except (OSError, ValueError):
            continue
    return max(found)


def test_some_hundred_of_the_bodies_are_answered_as_in_process(served: Served) -> None:
    posts = [post for post in Poster(7).posts(400) if not post.environ and not post.events]
    assert len(posts) > 200
    for post in posts:
        assert post.status == served.says(over_the_wire(post)), post.body[:40]


def over_the_wire(post: Post) -> bytes:
    signature = sign(SECRET, post.body) if post.signature is None else post.signature
    header = b"X-Line-Signature: " + signature.encode("latin-1")
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: localhost", header, length(post.body), b"", post.body])


def test_nothing_was_published_and_every_line_is_json(served: Served) -> None:
    with pytest.warns(DeprecationWarning):
        pull = {"subscription": served.subscription, "max_messages": 9, "return_immediately": True}
        assert [] == list(served.subscriber.pull(request=pull, timeout=10).received_messages)
    lines = served.lines()
    assert all({"severity", "message", "time"} <= line.keys() for line in lines)
    assert {"published", "refused"} == {line["outcome"] for line in lines if "outcome" in line}
    assert [] == [line for line in lines if "error" in line]
