"""python -m local.line_platform: runs the stand-in platform until SIGTERM."""

import signal
import threading
from types import FrameType
from typing import Annotated

import typer
from werkzeug.serving import make_server

from local.line_platform.app import make_app
from local.line_platform.limits import BUCKET_CAPACITY
from local.line_platform.platform import Platform
from local.line_platform.server import Handler
from local.line_platform.settings import Settings


def main(
    port: Annotated[int, typer.Option(help="0 takes a free port")],
    channel_secret: Annotated[str, typer.Option()],
    channel_access_token: Annotated[str, typer.Option()],
    webhook: Annotated[str | None, typer.Option(help="where webhooks go; may be set later")] = None,
    media: Annotated[list[str] | None, typer.Option(help="PREFIX=ADDRESS: where such pictures are fetched")] = None,
    capacity: Annotated[float, typer.Option(help="of every token bucket, in requests")] = BUCKET_CAPACITY,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
) -> None:
    """A stand-in for the LINE platform, with a page that looks like a phone."""
    settings = Settings(webhook=webhook)
    settings.media |= dict(one.split("=", 1) for one in media or [])
    app = make_app(Platform(channel_secret, channel_access_token, settings, capacity))
    server = make_server(host, port, app, threaded=True, request_handler=Handler)

    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever(), which this very thread is running.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"http://{host}:{server.server_port}/", flush=True)
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    typer.run(main)
