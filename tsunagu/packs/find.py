"""One row as it is packed, without reading the others' buckets."""

from typing import Any

import polars as pl

from tsunagu.packs.shelf import ROOT, Key, Shelf, bit_of, decode, depth_of, hash_of, is_stub


def find(shelf: Shelf, key: Key) -> tuple[str, dict[str, Any]] | None:
    """The path of the pack that holds `key`, and its row; None where it is not packed. A note may know better."""
    bucket = ROOT
    while is_stub(pack := shelf.packs.document(bucket).get()):
        bucket += bit_of(hash_of(key), depth_of(bucket))
    rows = decode(shelf, pack.get("rows")).filter(pl.col("key") == key) if pack.exists else shelf.empty()
    return None if rows.is_empty() else (pack.reference.path, rows.row(0, named=True))
