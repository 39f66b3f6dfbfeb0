"""Staff at their desks: pages of an app asked for with headers signed as IAP signs them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import flask
from flask.testing import FlaskClient
from google.cloud import firestore
from werkzeug.serving import make_server

from local.staff import AUDIENCE, Signer, hire, new_key
from tsunagu.cloud.identity import HEADER, Verifier
from tsunagu.staff.access import Door

LOOKS = 0.02  # seconds between two looks whether the server shall end; half a second unless told


@contextmanager
def keys_served(signer: Signer) -> Iterator[str]:
    """The address of the signer's public keys."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(signer.keys()).encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, args=(LOOKS,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
    finally:
        server.shutdown()
        server.server_close()


class Office:
    """The local city's people are hired in `db`; `door` knows the keys they sign with."""

    def __init__(self, db: firestore.Client, keys_url: str, signer: Signer) -> None:
        hire(db, datetime.now(UTC))
        self.signer = signer
        self.door = Door(Verifier(AUDIENCE, keys_url), db)

    def token(self, word: str) -> str:
        return self.signer.sign(f"{word}@city.example", datetime.now(UTC))

    def as_(self, word: str, app: flask.Flask) -> FlaskClient:
        """A browser of that person's, behind the gate."""
        client = app.test_client()
        client.environ_base[f"HTTP_{HEADER.upper().replace('-', '_')}"] = self.token(word)
        return client


@contextmanager
def office(db: firestore.Client) -> Iterator[Office]:
    signer = Signer(new_key())
    with keys_served(signer) as url:
        yield Office(db, url, signer)


@contextmanager
def served(app: flask.Flask, token: str) -> Iterator[str]:
    """The app at an address for a real browser, every request signed on the way in."""

    def signed(environ: dict[str, object], start: object) -> object:
        return app.wsgi_app({**environ, f"HTTP_{HEADER.upper().replace('-', '_')}": token}, start)  # type: ignore[arg-type]

    server = make_server("127.0.0.1", 0, signed, threaded=True)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, args=(LOOKS,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
