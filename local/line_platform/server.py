"""The handler of HTTP requests: a thread for each connection, and the connection kept.

Werkzeug's own closes a connection after one answer. A client that sends 200 multicasts a second would then spend as
much on connecting as on sending, and this platform too.
"""

from http import HTTPStatus
from io import BytesIO
from typing import Any

from werkzeug.serving import WSGIRequestHandler

BODILESS = ("1", "204", "304")  # how statuses begin whose answers have no body: RFC 9110, sections 15.2, 15.3.5, 15.4.5

Headers = list[tuple[str, str]]


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def run_wsgi(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            # Without a length nobody knows where the connection's next request begins.
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        self.environ = self.make_environ()
        # All of it: a body left unread would be taken for the connection's next request.
        self.environ["wsgi.input"] = BytesIO(self.rfile.read(int(length)))
        heads: list[tuple[str, Headers]] = []

        def begin(status: str, headers: Headers, fault: object = None) -> Any:
            heads.append((status, headers))

        parts = self.server.app(self.environ, begin)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        self._answer(*heads[-1], body)

    def _answer(self, status: str, headers: Headers, body: bytes) -> None:
        """Head and body in one write: Nagle's algorithm would hold a second one back."""
        lines = [f"{self.protocol_version} {status}", *(f"{name}: {value}" for name, value in headers)]
        if not status.startswith(BODILESS) and not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Date: {self.date_time_string()}")
        lines.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.connection.sendall(head if self.command == "HEAD" else head + body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The record tells more than a log of lines."""
