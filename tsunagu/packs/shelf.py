"""A shelf: many small rows kept as a few packed documents, beside the truth they are copied from.

Whoever changes the truth writes, in the same transaction, a note: the whole row and its version. A fold (`fold.py`)
merges notes into the packs now and then; a reader (`read.py`) takes notes and packs together. So the packs are exact at
any time, cheap to read, and can be thrown away.

A pack is the document of one bucket. A bucket holds the keys whose hash begins with its bits: `b` everything, `b0` and
`b1` its halves, `b01` a quarter. Documents:

    notes/{key}      {"hash": 16 hex digits, "row": map, or None for a key that is gone, "version": int}
    packs/{bucket}   {"rows": Arrow IPC with zstd, "count": int, "turn": int}, or the stub {"split": True}

Only `hash` is ever queried, through its automatic single-field index. `row`, `rows` and `version` must be exempt from
indexing in every collection of notes and packs: a row would cost an entry a field, and an ever-growing indexed
`version` allows 500 writes/s.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import polars as pl
from google.cloud.firestore import Client, CollectionReference, DocumentReference, DocumentSnapshot

HASH_BITS = 64
ROOT = "b"
Key = str | bytes
Snapshot = DocumentSnapshot[DocumentReference]


@dataclass(frozen=True)
class Shelf:
    """`schema` begins with "key" (pl.String or pl.Binary) and "version" (pl.Int64); later it may only gain columns."""

    packs: CollectionReference
    notes: CollectionReference
    schema: Mapping[str, pl.DataType | type[pl.DataType]]

    @property
    def db(self) -> Client:
        client: Client = self.packs._client
        return client

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=dict(self.schema))


def note(
    shelf: Shelf, key: Key, version: int, row: Mapping[str, Any] | None
) -> tuple[DocumentReference, dict[str, Any]]:
    """What a transaction sets beside the truth. `row` None: the key is gone; `key` and `version` in it are optional.

    The id of a note is the key itself, bytes as hex digits.
    """
    content = None if row is None else {name: _stored(row[name]) for name in row if name not in ("key", "version")}
    name = key.hex() if isinstance(key, bytes) else key
    return shelf.notes.document(name), {"hash": hash_of(key), "row": content, "version": version}


def rows_of_notes(shelf: Shelf, notes: Iterable[Snapshot]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows in the notes, and the keys and versions of what is gone."""
    binary = shelf.schema["key"] == pl.Binary
    rows, gone = [], []
    for found in notes:
        key: Key = bytes.fromhex(found.id) if binary else found.id
        row, version = found.get("row"), found.get("version")
        if row is None:
            gone.append((key, version))
        else:
            columns = (_unstored(row.get(name), kind) for name, kind in list(shelf.schema.items())[2:])
            rows.append((key, version, *columns))
    ends = {name: shelf.schema[name] for name in ("key", "version")}
    return (
        pl.DataFrame(rows, schema=dict(shelf.schema), orient="row"),
        pl.DataFrame(gone, schema=ends, orient="row"),
    )


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


def decode(shelf: Shelf, content: bytes) -> pl.DataFrame:
    """Columns that the schema has gained since are null; columns it does not have are left out."""
    return to_decode(shelf, content, list(shelf.schema)).collect()


def to_decode(shelf: Shelf, content: bytes, columns: Sequence[str]) -> pl.LazyFrame:
    """`decode`, still to be done, of some columns: many packs are quickest collected together."""
    rows = pl.scan_ipc(io.BytesIO(content))
    there = rows.collect_schema().names()
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


def _stored(value: Any) -> Any:
    """Firestore has instants but no dates."""
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _unstored(value: Any, kind: pl.DataType | type[pl.DataType]) -> Any:
    return date.fromisoformat(value) if kind == pl.Date and isinstance(value, str) else value
