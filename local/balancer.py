"""A small TCP balancer in front of several processes of one function.

    python -m local.balancer --port 18000 --backend 18001 --backend 18002

Connections go round the backends; one that refuses (it is being restarted) is passed over for the next. A connection
that breaks half-way is broken for the client too, as when an instance dies in the cloud.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import count
from typing import Annotated

import typer

HOST = "127.0.0.1"
PIECE = 65_536  # bytes
NONE_ANSWERS = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Balancer:
    """`ports` are the backends on this machine."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turns = count()

    async def serve(self, port: int) -> None:
        server = await asyncio.start_server(self._carry, HOST, port, backlog=1024)
        async with server:
            await server.serve_forever()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            backend = await self._connect()
            if backend is None:
                writer.write(NONE_ANSWERS)
                await writer.drain()
                return
            to_reader, to_writer = backend
            try:
                await _both(
                    asyncio.create_task(_pour(reader, to_writer)), asyncio.create_task(_pour(to_reader, writer))
                )
            finally:
                await _close(to_writer)
        except OSError:
            # One side broke: closing both lets the other side see it.
            pass
        finally:
            await _close(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turns)
        for offset in range(len(self._ports)):
            port = self._ports[(first + offset) % len(self._ports)]
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(HOST, port)
        return None


async def _both(up: asyncio.Task[None], down: asyncio.Task[None]) -> None:
    """Until the backend has said everything, or either side broke.

    A backend that closes is final, or the client would keep a dead connection in its pool.
    """
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        if not down.done():
            up.result()
        await down
    finally:
        up.cancel()
        down.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    # RuntimeError: asyncio's own, for a connection that was cut while somebody already waited for its end.
    with contextlib.suppress(OSError, RuntimeError):
        await writer.wait_closed()


def main(port: Annotated[int, typer.Option()], backend: Annotated[list[int], typer.Option()]) -> None:
    """Spread the connections to PORT over the BACKEND ports, in turn."""
    asyncio.run(Balancer(backend).serve(port))


if __name__ == "__main__":
    typer.run(main)
