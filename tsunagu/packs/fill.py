"""Filling an empty shelf with many rows at once: for a seeded city, and for packs built anew from the truth."""

from collections.abc import Iterator

import polars as pl

from tsunagu.packs.fold import NEARLY_FULL
from tsunagu.packs.shelf import (
    HASH_BITS,
    ROOT,
    Shelf,
    children_of,
    contents,
    depth_of,
    encode,
    hash_of,
    range_of,
    weight,
)


def fill(shelf: Shelf, rows: pl.DataFrame, nearly_full: int = NEARLY_FULL) -> int:
    """Write the packs of these rows, and say how many; raises AlreadyExists unless the shelf has no packs.

    The root comes last, so that a reader before that is told to wait instead of being given a part.
    """
    hashes = pl.Series([int(hash_of(key), 16) for key in rows["key"]], dtype=pl.UInt64)
    # In the order of the hashes every bucket is one slice.
    order = hashes.arg_sort()
    written = list(_packs(shelf, ROOT, rows.select(list(shelf.schema))[order], hashes.gather(order), nearly_full))
    for bucket, document in reversed(written):
        shelf.packs.document(bucket).create(document)
    return len(written)


def _packs(
    shelf: Shelf, bucket: str, rows: pl.DataFrame, hashes: pl.Series, nearly_full: int
) -> Iterator[tuple[str, dict[str, object]]]:
    if _fits(shelf, rows, nearly_full) or depth_of(bucket) == HASH_BITS:
        yield bucket, {**contents(shelf, rows), "turn": 0}
        return
    yield bucket, {"split": True}
    lower, upper = children_of(bucket)
    middle = hashes.search_sorted(int(range_of(upper)[0], 16))
    yield from _packs(shelf, lower, rows[:middle], hashes[:middle], nearly_full)
    yield from _packs(shelf, upper, rows[middle:], hashes[middle:], nearly_full)


def _fits(shelf: Shelf, rows: pl.DataFrame, nearly_full: int) -> bool:
    # Half full, so that the first changes do not split every bucket.
    limit = nearly_full * 2 // 3
    # What an eighth of the rows overfills need not be encoded whole to see that.
    return rows.height < 2 or (
        len(encode(rows.head(rows.height // 8))) < limit and weight(contents(shelf, rows)) < limit
    )
