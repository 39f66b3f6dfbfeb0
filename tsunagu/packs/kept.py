"""A shelf kept in memory: of its packs only those are read again that have changed.

As exact as `read.py`, and for the same reason: notes first, then packs, and the higher version wins. A listing without
the packs' rows shows which of them are other than the one that is kept: every fold changes a pack's `update_time`. What
is fetched after the listing is newer or the same; where it has become a stub meanwhile, the listing is made again.
"""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import accumulate
from threading import Lock
from typing import Any

import polars as pl

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.read import PAUSE, TRIES, fit_together
from tsunagu.packs.shelf import Shelf, Snapshot, is_stub, merged, rows_of_notes, to_decode

Prepare = Callable[[pl.DataFrame], pl.DataFrame]


class Kept:
    """`columns` as for `read.read`. `prepare` is done once with all rows: it keeps their number, their order and the
    columns key and version. Threads may share one.
    """

    def __init__(self, shelf: Shelf, columns: Sequence[str] = (), prepare: Prepare = lambda rows: rows) -> None:
        self._shelf, self._prepare = shelf, prepare
        self._wanted = [name for name in shelf.schema if name in ("key", "version", *(columns or shelf.schema))]
        self._lock = Lock()
        self._packs: dict[str, tuple[Any, pl.DataFrame]] = {}  # bucket → its update_time, its rows prepared
        self._packed: pl.DataFrame | None = None  # all of those
        self._notes: dict[str, datetime | None] = {}  # what is laid over them in
        self._rows: pl.DataFrame | None = None
        self._reads = 0

    def read(self) -> tuple[pl.DataFrame, int]:
        """What `read.read` gives, prepared, and how many documents were read for it; the very same frame as last time
        where nothing has changed. Raises TryAgain.
        """
        with self._lock:
            found = list(self._shelf.notes.stream())
            self._reads = len(found)
            packed = self._catch_up()
            notes = {note.id: note.update_time for note in found}
            if self._rows is None or notes != self._notes:
                rows, gone = rows_of_notes(self._shelf, found)
                changes = self._prepare(rows.select(self._wanted))
                self._rows = merged(packed, changes, gone) if found else packed
                self._notes = notes
            return self._rows, self._reads

    def _catch_up(self) -> pl.DataFrame:
        """The rows of all packs."""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE * 2**attempt)
            packs = self._listed()
            if not fit_together(packs):
                continue
            leaves = {pack.id: pack for pack in packs if not is_stub(pack)}
            changed = [pack for pack in leaves.values() if self._changed_at(pack.id) != pack.update_time]
            fetched = self._fetched(changed)
            if all(pack.exists and not is_stub(pack) for pack in fetched):
                if self._packed is None or fetched or leaves.keys() != self._packs.keys():
                    self._packed = self._put(leaves.keys(), fetched)
                return self._packed
        raise TryAgain("packs: the listing never fitted together")

    def _listed(self) -> list[Snapshot]:
        """At first with their rows, which saves fetching them."""
        packs = self._shelf.packs
        found: list[Snapshot] = list(packs.select(["split"]).stream() if self._packs else packs.stream())
        self._reads += len(found)
        return found

    def _changed_at(self, bucket: str) -> Any:
        return self._packs[bucket][0] if bucket in self._packs else None

    def _fetched(self, packs: list[Snapshot]) -> list[Snapshot]:
        if not packs or not self._packs:
            return packs
        self._reads += len(packs)
        return list(self._shelf.db.get_all([pack.reference for pack in packs]))

    def _put(self, leaves: Collection[str], fetched: list[Snapshot]) -> pl.DataFrame:
        packs = {bucket: pack for bucket, pack in self._packs.items() if bucket in leaves}
        if fetched:
            # All at once: to decode and prepare ten packs takes little longer than one.
            decoded = pl.concat([to_decode(self._shelf, pack.get("rows"), self._wanted) for pack in fetched]).collect()
            parts = _cut(self._prepare(decoded), [pack.get("count") for pack in fetched])
            packs |= {pack.id: (pack.update_time, rows) for pack, rows in zip(fetched, parts, strict=True)}
        frames = [rows for _, rows in packs.values()]
        packed = pl.concat(frames).rechunk() if frames else self._prepare(self._shelf.empty().select(self._wanted))
        # Kept as views of the whole, so that every row is in memory once.
        views = zip(packs.items(), _cut(packed, [rows.height for rows in frames]), strict=True)
        self._packs = {bucket: (changed_at, rows) for (bucket, (changed_at, _)), rows in views}
        self._rows = None
        return packed


def _cut(whole: pl.DataFrame, heights: Sequence[int]) -> list[pl.DataFrame]:
    """Views of it, one after the other, of so many rows each."""
    ends = list(accumulate(heights, initial=0))
    return [whole.slice(start, height) for start, height in zip(ends, heights, strict=False)]
