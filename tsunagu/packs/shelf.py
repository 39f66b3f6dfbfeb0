"""A shelf: many small rows kept as a few packed documents, beside the truth they are copied from.

Whoever changes the truth writes, in the same transaction, a note: the whole row and its version. A fold (`fold.py`)
merges notes into the packs now and then; a reader (`read.py`) takes notes and packs together. So the packs are exact at
any time, cheap to read, and can be thrown away.

A pack is the document of one bucket. A bucket holds the keys whose hash begins with its bits: `b` everything, `b0` and
`b1` its halves, `b01` a quarter. Documents:

    notes/{key}      {"hash": 16 hex digits, "row": JSON, or None for a key that is gone, "version": int}
    packs/{bucket}   {"rows": Arrow IPC with zstd, "count": int, "turn": int, "lean": see `squeeze.py`}, or the stub
                     {"split": True}

A row is JSON because a map of forty fields takes Firestore's client a third of a millisecond to read, and there are
thousands of notes. `lean` is there for shelves that have a `Lean`.

Only `hash` is ever queried, through its automatic single-field index. `row`, `rows` and `version` must be exempt from
indexing in every collection of notes and packs: a row would cost an entry a field, and an ever-growing indexed
`version` allows 500 writes/s.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any, Protocol

import polars as pl
from google.cloud.firestore import Client, CollectionReference, DocumentReference, DocumentSnapshot

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.squeeze import squeezed

HASH_BITS = 64
MARK = "mark"  # beside the columns of a lean row
_ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)
ROOT = "b"
Key = str | bytes
Snapshot = DocumentSnapshot[DocumentReference]


@dataclass(frozen=True)
class Lean:
    """What rows are counted by, kept beside them in a few bytes each: `make` gives a row for each of the rows, in their
    order; `unite` puts such frames together, also what was made under other schemas, and copies no more than it must.
    """

    make: Callable[[pl.DataFrame], pl.DataFrame]
    unite: Callable[[Sequence[pl.DataFrame]], pl.DataFrame]


class Noted(Protocol):
    """A note as it was read: a snapshot of its document, or less."""

    @property
    def id(self) -> str: ...

    def get(self, field_path: str, /) -> Any: ...


@dataclass(frozen=True)
class Shelf:
    """`schema` begins with "key" (pl.String or pl.Binary) and "version" (pl.Int64); later it may only gain columns.

    Who still has an older one reads without the new columns, and does not fold.
    """

    packs: CollectionReference
    notes: CollectionReference
    schema: Mapping[str, pl.DataType | type[pl.DataType]]
    lean: Lean | None = None

    @property
    def db(self) -> Client:
        client: Client = self.packs._client
        return client

    @property
    def counting(self) -> Lean:
        assert self.lean is not None, "nobody counts what is on this shelf"
        return self.lean

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=dict(self.schema))


def note(
    shelf: Shelf, key: Key, version: int, row: Mapping[str, Any] | None
) -> tuple[DocumentReference, dict[str, Any]]:
    """What a transaction sets beside the truth. `row` None: the key is gone; `key` and `version` in it are optional.

    The id of a note is the key itself, bytes as hex digits.
    """
    content = None
    if row is not None:
        fields = {name: row[name] for name in row if name not in ("key", "version")}
        content = json.dumps(fields, ensure_ascii=False, default=_stored)
    name = key.hex() if isinstance(key, bytes) else key
    return shelf.notes.document(name), {"hash": hash_of(key), "row": content, "version": version}


def rows_of_notes(shelf: Shelf, notes: Iterable[Noted]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows in the notes, and the keys and versions of what is gone."""
    binary = shelf.schema["key"] == pl.Binary
    found = [(bytes.fromhex(note.id) if binary else note.id, note.get("version"), note.get("row")) for note in notes]
    ends = {name: shelf.schema[name] for name in ("key", "version")}
    noted = pl.DataFrame(found, schema={**ends, "row": pl.String}, orient="row")
    fields = {name: kind for name, kind in shelf.schema.items() if name not in ends}
    written = pl.Struct({name: pl.String() if kind in _WRITTEN else kind for name, kind in fields.items()})
    rows = noted.filter(pl.col("row").is_not_null()).with_columns(pl.col("row").str.json_decode(written)).unnest("row")
    return (
        rows.with_columns(_unstored(name, kind) for name, kind in fields.items()).select(list(shelf.schema)),
        noted.filter(pl.col("row").is_null()).drop("row"),
    )


def columns_of_note(note: Noted) -> set[str]:
    return set(json.loads(note.get("row") or "{}"))


def refuse_unknown(shelf: Shelf, columns: Iterable[str]) -> None:
    """Raises TryAgain for columns that whoever folds does not know, and would lose: its schema is an older one."""
    if unknown := set(columns) - set(shelf.schema):
        raise TryAgain(f"packs: {len(unknown)} columns are of a newer schema than this fold's")


def merged(packed: pl.DataFrame, rows: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The packed rows with what the notes say: for each key the higher version, without those that are gone."""
    noted = pl.concat([rows.select("key", "version"), gone]).rename({"version": "noted"})
    # Few rows are noted of many that are packed: only those are joined.
    touched = packed["key"].is_in(noted["key"].implode())
    newer = packed.filter(touched).join(noted, on="key").filter(pl.col("version") > pl.col("noted"))
    newer = newer.select(packed.columns)
    return pl.concat([packed.filter(~touched), newer, rows.join(newer.select("key"), on="key", how="anti")])


def halves(rows: pl.DataFrame, depth: int) -> list[pl.DataFrame]:
    """The rows of a bucket `depth` bits deep as its two children hold them."""
    bits = pl.Series("bit", [bit_of(hash_of(key), depth) for key in rows["key"]], dtype=pl.String)
    return [rows.filter(bits == bit) for bit in "01"]


def encode(rows: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    rows.rechunk().write_ipc(written, compression="zstd")
    return written.getvalue()


def contents(shelf: Shelf, rows: pl.DataFrame) -> dict[str, Any]:
    """What a pack's document holds of these rows; the shelf's `turn` comes beside it."""
    found: dict[str, Any] = {"rows": encode(rows), "count": rows.height}
    if shelf.lean is not None:
        found["lean"] = squeezed(lean_rows(shelf, rows))
    return found


def lean_rows(shelf: Shelf, rows: pl.DataFrame) -> pl.DataFrame:
    """With their marks."""
    return shelf.counting.make(rows).with_columns(marks(rows["key"]))


def weight(contents: Mapping[str, Any]) -> int:
    """In bytes, of what is large."""
    return len(contents["rows"]) + len(contents.get("lean", b""))


def marks(keys: pl.Series) -> pl.Series:
    """64 bits of each key, by which a lean row is found: quicker than its hash, and the key itself takes three times
    the room. Keys are random, so of two thousand notes none meets another's row in ten million pages."""
    words = keys.cast(pl.Binary)
    pieces = (words.bin.slice(start, 8) for start in (0, 8, 16, 24))
    frame = pl.DataFrame([piece.alias(str(place)) for place, piece in enumerate(pieces)])
    return frame.select(
        pl.sum_horizontal(
            (pl.col(str(place)) + pl.lit(b"\0" * 8)).bin.slice(0, 8).bin.reinterpret(dtype=pl.UInt64) * odd
            for place, odd in enumerate(_ODD)
        ).alias(MARK)
    )[MARK]


def decode(shelf: Shelf, content: bytes) -> pl.DataFrame:
    """Columns that the schema has gained since are null; columns it does not have are left out."""
    return to_decode(shelf, content, list(shelf.schema)).collect()


def columns_of(content: bytes) -> list[str]:
    return list(pl.read_ipc_schema(io.BytesIO(content)))


def to_decode(shelf: Shelf, content: bytes, columns: Sequence[str]) -> pl.LazyFrame:
    """`decode`, still to be done, of some columns: many packs are quickest collected together."""
    rows = pl.scan_ipc(content)
    there = rows.collect_schema()
    if all(there.get(name) == shelf.schema[name] for name in columns):
        # A plan of fifty casts takes longer than they do.
        return rows if [*there] == [*columns] else rows.select(columns)
    return rows.select(
        (pl.col(name) if name in there else pl.lit(None)).cast(shelf.schema[name]).alias(name) for name in columns
    )


def is_stub(pack: Snapshot) -> bool:
    return "split" in (pack.to_dict() or {})


def hash_of(key: Key) -> str:
    return blake2b(key if isinstance(key, bytes) else key.encode(), digest_size=HASH_BITS // 8).hexdigest()


def bit_of(hashed: str, depth: int) -> str:
    return str(int(hashed, 16) >> (HASH_BITS - 1 - depth) & 1)


def depth_of(bucket: str) -> int:
    return len(bucket) - len(ROOT)


def children_of(bucket: str) -> tuple[str, str]:
    return f"{bucket}0", f"{bucket}1"


def range_of(bucket: str) -> tuple[str, str]:
    """The hashes of a bucket: from the first, up to but not including the second."""
    bits = bucket.removeprefix(ROOT)
    step = 1 << (HASH_BITS - len(bits))
    first = int(bits, 2) * step if bits else 0
    beyond = first + step
    # "g" sorts after every hexadecimal digit.
    return f"{first:016x}", f"{beyond:016x}" if beyond < 1 << HASH_BITS else "g"


_WRITTEN = (pl.Date, pl.Datetime)  # as words


def _stored(value: Any) -> str:
    """JSON has neither instants nor dates."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no column of a shelf holds a {type(value).__name__}")


def _unstored(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if kind == pl.Date:
        return pl.col(name).str.to_date("%Y-%m-%d")
    if kind == pl.Datetime:
        return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%:z", time_unit="us", time_zone="UTC")
    return pl.col(name)
