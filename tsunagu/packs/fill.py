"""Filling an empty shelf with many rows at once: for a seeded city, and for packs built anew from the truth."""

from collections.abc import Iterator

import polars as pl

from tsunagu.packs.fold import NEARLY_FULL
from tsunagu.packs.shelf import HASH_BITS, ROOT, Shelf, children_of, depth_of, encode, halves


def fill(shelf: Shelf, rows: pl.DataFrame, nearly_full: int = NEARLY_FULL) -> int:
    """Write the packs of these rows, and say how many; raises AlreadyExists unless the shelf has no packs.

    The root comes last, so that a reader before that is told to wait instead of being given a part.
    """
    written = list(_packs(ROOT, rows.select(list(shelf.schema)), nearly_full))
    for bucket, document in reversed(written):
        shelf.packs.document(bucket).create(document)
    return len(written)


def _packs(bucket: str, rows: pl.DataFrame, nearly_full: int) -> Iterator[tuple[str, dict[str, object]]]:
    content = encode(rows)
    # Half full, so that the first changes do not split every bucket.
    if len(content) < nearly_full * 2 // 3 or rows.height < 2 or depth_of(bucket) == HASH_BITS:
        yield bucket, {"rows": content, "count": rows.height, "turn": 0}
        return
    yield bucket, {"split": True}
    for child, half in zip(children_of(bucket), halves(rows, depth_of(bucket)), strict=True):
        yield from _packs(child, half, nearly_full)
