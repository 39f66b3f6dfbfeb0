"""Frames of few different values as few bytes, of which hundreds are read as quickly as one.

A frame is an Arrow IPC stream: a schema, and batches of rows. Every column is numbers; what the numbers of an Enum mean
stands in the column's name. So streams of the same schema become one by putting their batches one after the other, and
reading is one call of a library, whatever the number of documents.
https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
"""

import io
import json
from collections.abc import Collection, Iterable, Iterator

import polars as pl

CONTINUES = b"\xff\xff\xff\xff"  # begins each message of a stream; then four bytes of length
END = CONTINUES + bytes(4)


def squeezed(frame: pl.DataFrame) -> bytes:
    """Of columns of Enum, Boolean, numbers and dates."""
    written = io.BytesIO()
    numbers = frame.select(_numbers(name, kind) for name, kind in frame.schema.items())
    numbers.rechunk().write_ipc_stream(written, compression="zstd")
    return written.getvalue()


def expanded(contents: Iterable[bytes], columns: Collection[str] = ()) -> Iterator[pl.DataFrame]:
    """What was squeezed, a frame for each schema there is, its rows in the order of the contents and in many chunks;
    with `columns` only those of them that are there, and the others are not even read."""
    by_schema: dict[bytes, list[bytes]] = {}
    for content in contents:
        length = len(END) + int.from_bytes(content[len(CONTINUES) : len(END)], "little")
        by_schema.setdefault(content[:length], []).append(content[length : -len(END)])
    for schema, batches in by_schema.items():
        # As bytes: what is read from a file of Python's waits for Python, and keeps the other half from being read.
        there = pl.read_ipc_stream(schema + END).columns
        wanted = [name for name in there if not columns or json.loads(name)[0] in columns]
        numbers = pl.read_ipc_stream(b"".join([schema, *batches, END]), columns=wanted)
        yield numbers.select(_meanings(name) for name in wanted)


def _numbers(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Enum):
        return column.to_physical().alias(json.dumps([name, kind.categories.to_list()]))
    if kind == pl.Boolean:
        return column.cast(pl.UInt8).alias(json.dumps([name, True]))  # a bit each takes longer to put together
    return column.alias(json.dumps([name, None]))


def _meanings(written: str) -> pl.Expr:
    name, means = json.loads(written)
    column = pl.col(written)
    if isinstance(means, list):
        column = column.cat.to(pl.Enum(means))
    elif means:
        column = column.cast(pl.Boolean)
    return column.alias(name)
