import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from local import processes
from local.functions import surroundings


def test_connections_go_round_the_backends(tmp_path: Path) -> None:
    with _backend("a") as one, _backend("b") as two, _balancer(tmp_path, one, two) as url:
        answers = Counter(requests.get(url, timeout=10).text for _ in range(20))
    assert {"a", "b"} == set(answers)
    assert True is (max(answers.values()) - min(answers.values()) <= 1)


def test_a_dead_backend_is_passed_over(tmp_path: Path) -> None:
    with _backend("a") as alive, _balancer(tmp_path, processes.free_port(), alive) as url:
        assert ["a"] * 10 == [requests.get(url, timeout=10).text for _ in range(10)]


def test_a_backend_that_comes_back_is_used_again(tmp_path: Path) -> None:
    port = processes.free_port()
    with _backend("a") as alive, _balancer(tmp_path, port, alive) as url:
        assert {"a"} == {requests.get(url, timeout=10).text for _ in range(4)}
        with _backend("b", port):
            assert {"a", "b"} == {requests.get(url, timeout=10).text for _ in range(4)}


def test_without_any_backend_the_answer_is_503(tmp_path: Path) -> None:
    with _balancer(tmp_path, processes.free_port(), processes.free_port()) as url:
        assert 503 == requests.get(url, timeout=10).status_code


def test_bodies_pass_unchanged_in_both_directions(tmp_path: Path) -> None:
    body = bytes(range(256)) * 8_192
    with _backend("a") as port, _balancer(tmp_path, port) as url, requests.Session() as session:
        for _ in range(3):
            assert body == session.post(url, data=body, timeout=10).content


def test_a_connection_that_breaks_behind_breaks_in_front(tmp_path: Path) -> None:
    with _backend("a") as port, _balancer(tmp_path, port) as url, pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/break", timeout=10)


@contextmanager
def _balancer(folder: Path, *backends: int) -> Iterator[str]:
    port, log = processes.free_port(), folder / "balancer.log"
    command = [sys.executable, "-m", "local.balancer", "--port", str(port)]
    command += [part for backend in backends for part in ("--backend", str(backend))]
    process = processes.start(command, env=surroundings(), log=log)
    try:
        processes.wait_until_answers("the balancer", port, process, log, 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.end(process)


@contextmanager
def _backend(name: str, port: int = 0) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/break":
                self.close_connection = True
            else:
                self._answer(name.encode())

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()  # looks whether to end
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
