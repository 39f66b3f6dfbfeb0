"""Requests over kept connections, from a process of its own, so that making them costs the measured ones little.

python -m local.bench.load PORT CONNECTIONS < requests    → {"count", "seconds", "wrong"}
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.functions import surroundings
from local.topology import ROOT


@dataclass(frozen=True)
class Answered:
    """`count` requests answered with a 2xx in `seconds`, first request to last answer; `wrong`: other answers."""

    count: int
    seconds: float
    wrong: int

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def written(body: bytes, headers: Mapping[str, str], path: str = "/") -> bytes:
    """A whole HTTP/1.1 POST, as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def drive(url: str, requests: Sequence[bytes], connections: int) -> Answered:
    """Send every request once, over so many connections. Raises RuntimeError when one is not answered at all."""
    command = [sys.executable, "-m", "local.bench.load", url.rpartition(":")[2].strip("/"), str(connections)]
    lines = "".join(json.dumps(request.decode()) + "\n" for request in requests)
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, env=surroundings(), cwd=ROOT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the load on {url} broke off: {done.stderr[-500:]}")
    return Answered(**json.loads(done.stdout))


def main(port: int, connections: int, requests: Sequence[bytes]) -> Answered:
    todo = iter(requests)
    take = threading.Lock()
    statuses: list[int] = []
    broken: list[BaseException] = []

    def one_connection() -> None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while True:
                    with take:
                        request = next(todo, None)
                    if request is None:
                        return
                    connection.sendall(request)
                    statuses.append(_status(connection))
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=one_connection) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    if broken:
        raise broken[0]
    good = sum(200 <= status < 300 for status in statuses)
    return Answered(good, seconds, len(statuses) - good)


def _status(connection: socket.socket) -> int:
    """Reads one whole answer; they are short, and say their length."""
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(connection)
    head = received[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    missing = length - (len(received) - end - 4)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head.split(b" ", 2)[1])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("closed in the middle of an answer")
    return data


if __name__ == "__main__":
    prepared = [json.loads(line).encode() for line in sys.stdin]
    outcome = main(int(sys.argv[1]), int(sys.argv[2]), prepared)
    print(json.dumps({"count": outcome.count, "seconds": outcome.seconds, "wrong": outcome.wrong}))
