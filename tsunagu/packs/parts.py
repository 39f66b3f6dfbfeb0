"""Reading a shelf of any size a few packs at a time, in little memory.

Notes and packs are read as they were at one and the same moment of the database, so no row can move between them
meanwhile: what is read is exact, also while rows are folded, packs split, or keys exchanged for others.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from tsunagu.packs.moment import Moment, within
from tsunagu.packs.raw import Raw
from tsunagu.packs.shelf import ROOT, Shelf, merged, rows_of_notes, to_decode

Noted = tuple[pl.DataFrame, pl.DataFrame]  # rows; the keys and versions of what is gone
AT_ONCE = 2  # packs in memory, each of up to a megabyte as it is stored
SPAN = 8  # groups of packs whose notes are asked for together


def parts(
    shelf: Shelf,
    columns: Sequence[str] = (),
    at_once: int = AT_ONCE,
    moment: Moment | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Iterator[pl.DataFrame]:
    """Every row once, in the order of the hashes of their keys from part to part, and of their keys in a part; with the
    columns that `read.read` gives. At least one part, which may be empty. To be read to its end within the hour for
    which Firestore remembers what was. `told` after each part how many of the packed rows are done.
    """
    wanted = [name for name in shelf.schema if name in ("key", "version", *(columns or shelf.schema))]
    moment = moment or Moment.now(shelf)
    leaves = [*moment.packs] or [ROOT]
    groups = [leaves[start : start + at_once] for start in range(0, len(leaves), at_once)]
    total, done = sum(count for _, count in moment.packs.values()), 0
    for group, (packs, noted) in zip(groups, _fetched(moment, groups), strict=True):
        yield _part(shelf, packs, noted, wanted)
        done += sum(moment.packs[bucket][1] for bucket in group if moment.packs)
        told(done, total)


def _part(shelf: Shelf, packs: Sequence[Raw], noted: Noted, columns: Sequence[str]) -> pl.DataFrame:
    packed, (newer, removed) = _decoded(shelf, packs, columns), noted
    if newer.height or removed.height:
        packed = merged(packed, newer.select(columns), removed)
    return packed.sort("key")


def _fetched(moment: Moment, groups: Sequence[Sequence[str]]) -> Iterator[tuple[list[Raw], Noted]]:
    """The packs of each group and the notes about them, those of the next one already on their way."""
    notes: list[Raw] = []

    def fetch(at: int) -> tuple[list[Raw], Noted]:
        if at % SPAN == 0:
            notes[:] = moment.between(groups[at][0], groups[at : at + SPAN][-1][-1])
        packs = moment.fetched(groups[at], "rows") if moment.packs else []
        return packs, rows_of_notes(moment.shelf, within(notes, groups[at][0], groups[at][-1]))

    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(fetch, 0)
        for at in range(1, len(groups)):
            found, coming = coming.result(), ahead.submit(fetch, at)
            yield found
        yield coming.result()


def _decoded(shelf: Shelf, packs: Sequence[Raw], columns: Sequence[str]) -> pl.DataFrame:
    if not packs:
        return shelf.empty().select(columns)
    return pl.concat([to_decode(shelf, pack.get("rows"), columns) for pack in packs]).collect()
