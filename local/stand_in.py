"""The stand-in LINE platform as a process: its command, and a context that runs it alone."""

import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.functions import surroundings
from local.topology import ROOT

STARTS_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class StandIn:
    url: str
    channel_secret: str
    channel_access_token: str


def command(
    port: int,
    channel_secret: str,
    channel_access_token: str,
    webhook: str | None,
    media: Mapping[str, str] | None = None,
) -> list[str]:
    """`webhook` may be set later through the platform's own control; `media`: where the phone page fetches pictures
    whose address begins so."""
    parts = [sys.executable, "-m", "local.line_platform", "--port", str(port)]
    parts += ["--channel-secret", channel_secret, "--channel-access-token", channel_access_token]
    parts += [part for prefix, address in (media or {}).items() for part in ("--media", f"{prefix}={address}")]
    return parts + (["--webhook", webhook] if webhook else [])


@contextmanager
def line_platform(webhook: str | None = None) -> Iterator[StandIn]:
    """Run the platform by itself. Raises processes.DidNotStart."""
    port = processes.free_port()
    here = StandIn(f"http://127.0.0.1:{port}", secrets.token_hex(16), secrets.token_hex(32))
    with tempfile.TemporaryDirectory(prefix="tsunagu-") as folder:
        log = Path(folder) / "line_platform.log"
        parts = command(port, here.channel_secret, here.channel_access_token, webhook)
        process = processes.start(parts, env=surroundings(), log=log, cwd=ROOT)
        try:
            processes.wait_until_answers("the stand-in LINE platform", port, process, log, STARTS_WITHIN)
            yield here
        finally:
            processes.end(process)
