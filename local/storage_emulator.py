"""python -m local.storage_emulator --port 8000 --bucket media --bucket private: gcp-storage-emulator in memory.

With threads: its own server takes one connection at a time, and a browser opens some that it does not use yet: the
phone page would wait for its pictures.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from http.server import ThreadingHTTPServer
from typing import Annotated, Any

import typer
from gcp_storage_emulator.handlers.buckets import create_bucket
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

# Connections wait side by side, requests are answered one after the other: the emulator's memory has no lock.
_ONE_REQUEST = threading.Lock()


def _alone(answer: Callable[[Any], None]) -> Callable[[Any], None]:
    def guarded(handler: Any) -> None:
        with _ONE_REQUEST:
            answer(handler)

    return guarded


class Handler(RequestHandler):  # type: ignore[misc]
    do_GET = _alone(RequestHandler.do_GET)
    do_POST = _alone(RequestHandler.do_POST)
    do_PUT = _alone(RequestHandler.do_PUT)
    do_PATCH = _alone(RequestHandler.do_PATCH)
    do_DELETE = _alone(RequestHandler.do_DELETE)


def main(
    port: Annotated[int, typer.Option()],
    bucket: Annotated[list[str], typer.Option(help="a bucket that is there from the beginning")],
    host: Annotated[str, typer.Option()] = "127.0.0.1",
) -> None:
    """Cloud Storage for a local city. It signs no addresses and ignores preconditions."""
    logging.disable()
    storage = Storage(use_memory_fs=True)
    for name in bucket:
        create_bucket(name, storage)
    ThreadingHTTPServer((host, port), partial(Handler, storage)).serve_forever()


if __name__ == "__main__":
    typer.run(main)
