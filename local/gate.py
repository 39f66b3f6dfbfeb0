"""The gate: stands in for Identity-Aware Proxy in front of the staff's pages.

    GATE_KEY=… python -m local.gate --door console:18000:http://127.0.0.1:18001 --door …

Each door is an address of its own that leads to one staff service. Whoever comes without a cookie chooses who to be;
every request then goes on with the signed header, and without any identity header that the client wrote itself. The
public key is at /keys, and IAP's own address for signing out, /_gcp_iap/clear_login_cookie, leads back to the choice.
"""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated
from urllib.parse import quote

import flask
import typer
import urllib3
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from local.staff import PEOPLE, Signer
from tsunagu.cloud.identity import HEADER

COOKIE = "tsunagu_gate"
KEY = "GATE_KEY"
CHOICE = "/_gate/who"
SIGN_OUT = "/_gcp_iap/clear_login_cookie"
WAITS = urllib3.Timeout(connect=3, read=300)
# What belongs to one connection only, RFC 9110 section 7.6.1.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
LABELS = {"console": ("管理画面", "Console"), "survey_report": ("集計レポート", "Survey reports")}


@dataclass(frozen=True)
class Door:
    name: str
    port: int
    upstream: str

    @classmethod
    def parse(cls, written: str) -> "Door":
        """From `name:port:url`. Raises ValueError."""
        name, port, upstream = written.split(":", 2)
        return cls(name, int(port), upstream.rstrip("/"))

    @property
    def label(self) -> tuple[str, str]:
        return LABELS.get(self.name, (self.name, self.name))


def make_app(door: Door, doors: list[Door], signer: Signer) -> flask.Flask:
    # A static folder would take /static away from the pages behind the gate.
    app = flask.Flask(__name__, static_folder=None)
    pool = urllib3.PoolManager(maxsize=16, timeout=WAITS, retries=False)
    emails = {person.email for person in PEOPLE}

    @app.get("/keys")
    def keys() -> flask.Response:
        return flask.jsonify(signer.keys())

    @app.get(CHOICE)
    def who() -> str:
        return flask.render_template(
            "who.html", people=PEOPLE, door=door, doors=doors, now=_who(), then=_inside(flask.request.args.get("then"))
        )

    @app.post(CHOICE)
    def choose() -> Response:
        email = flask.request.form.get("email", "")
        if email not in emails:
            flask.abort(400)
        answer = flask.redirect(_inside(flask.request.form.get("then")), 303)
        answer.set_cookie(COOKIE, email, httponly=True, samesite="Lax")
        return answer

    @app.get(SIGN_OUT)
    def sign_out() -> Response:
        answer = flask.redirect(CHOICE, 303)
        answer.delete_cookie(COOKIE)
        return answer

    @app.route("/", defaults={"path": ""}, methods=METHODS)
    @app.route("/<path:path>", methods=METHODS)
    def pass_on(path: str) -> flask.typing.ResponseReturnValue:
        email = _who()
        if email not in emails:
            if flask.request.method == "GET" and flask.request.accept_mimetypes.accept_html:
                return flask.redirect(f"{CHOICE}?then={quote(flask.request.full_path.rstrip('?'), safe='')}")
            return "choose who you are first\n", 401
        return _forward(pool, door, signer.sign(email, datetime.now(UTC)))

    return app


def _who() -> str:
    return flask.request.cookies.get(COOKIE, "")


def _inside(path: str | None) -> str:
    """A path of this very door; anything that could lead elsewhere becomes its first page."""
    path = path or "/"
    return path if path.startswith("/") and not path.startswith(("//", "/\\", CHOICE)) else "/"


def _forward(pool: urllib3.PoolManager, door: Door, token: str) -> flask.typing.ResponseReturnValue:
    request = flask.request
    # The path as it was sent: decoding and quoting it again could change which page it names.
    target = request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    try:
        answer = pool.request(
            request.method,
            door.upstream + target,
            body=request.get_data() or None,
            headers=urllib3.HTTPHeaderDict([*_passed(), (HEADER, token)]),
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
    except urllib3.exceptions.HTTPError:
        return flask.render_template("away.html", door=door), 502
    kept = [(name, value) for name, value in answer.headers.iteritems() if name.lower() not in HOP_BY_HOP]
    return flask.Response(_pieces(answer), answer.status, kept)


def _passed() -> Iterator[tuple[str, str]]:
    """The client's headers, without the connection's own, the gate's cookie, and all that claims an identity."""
    for name, value in flask.request.headers:
        low = name.lower()
        if low == "cookie":
            value = "; ".join(part for part in value.split("; ") if not part.startswith(f"{COOKIE}="))
            if not value:
                continue
        if low not in HOP_BY_HOP and not low.startswith(("x-goog-iap-", "x-goog-authenticated-user-")):
            yield name, value


def _pieces(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from answer.stream(65_536, decode_content=False)
    finally:
        answer.release_conn()


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The functions behind keep their own logs."""


def main(door: Annotated[list[str], typer.Option(help="NAME:PORT:URL of the service behind it")]) -> None:
    """Guard the staff's pages of a local city."""
    signer = Signer(os.environ[KEY])
    doors = [Door.parse(written) for written in door]
    servers = [
        make_server("127.0.0.1", each.port, make_app(each, doors, signer), threaded=True, request_handler=Handler)
        for each in doors
    ]

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    typer.run(main)
