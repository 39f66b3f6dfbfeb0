"""The lean rows of a shelf (`shelf.Lean`), kept in memory: of its packs only those are read again that have changed.

As exact as `read.py`, because everything is read as it was at one moment (`moment.py`): there the rows of notes stand
in the place of the packed ones, and versions need not be compared.
"""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

from tsunagu.packs.moment import Moment
from tsunagu.packs.raw import Raw, Stamp
from tsunagu.packs.shelf import MARK, Shelf, contents, decode, lean_rows, marks
from tsunagu.packs.squeeze import expanded

HALVES = 2  # threads that read packs


@dataclass(frozen=True)
class Laid:
    """Lean rows, in no particular order. `holds`: which of them still do; None: all. The others are of somebody who has
    a newer row behind them, or is gone: to leave them out of every count is quicker than to copy all the others."""

    frame: pl.DataFrame
    holds: pl.Series | None

    @property
    def height(self) -> int:
        return self.frame.height if self.holds is None else int(self.holds.sum())


@dataclass
class KeptLean:
    """Threads may share one."""

    _lock: Lock = field(default_factory=Lock)
    _packs: dict[str, tuple[Stamp, bytes]] = field(default_factory=dict)  # as they are stored
    _packed: pl.DataFrame = field(default_factory=pl.DataFrame)  # the rows in those
    _notes: dict[str, Stamp] = field(default_factory=dict)  # what is laid over them in `_rows`
    _rows: Laid | None = None

    def read(self, moment: Moment) -> Laid:
        """A row for every row of the shelf; the very same ones as last time where nothing has changed. Always of one
        shelf, with one schema. Raises TryAgain."""
        with self._lock, ThreadPoolExecutor(1) as beside:
            coming = beside.submit(_stamps if self._rows is not None else _all_notes, moment)
            if (packs := self._changed(moment)) is not None:
                packed = unpacked(moment.shelf, [content for _, content in packs.values()])
                self._packs, self._packed, self._rows = packs, packed, None
            notes = coming.result()
            if self._rows is None or notes != self._notes:
                self._rows, self._notes = _laid_over(self._packed, moment), notes
            return self._rows

    def _changed(self, moment: Moment) -> dict[str, tuple[Stamp, bytes]] | None:
        """The packs; None: they are as they were."""
        if not self._packs:
            return _stored(moment, moment.with_lean())
        there = moment.packs
        changed = [bucket for bucket, (stamp, _) in there.items() if self._stamp(bucket) != stamp]
        if not changed and there.keys() == self._packs.keys():
            return None
        kept = {bucket: self._packs[bucket] for bucket in there if bucket not in changed}
        return kept | _stored(moment, moment.fetched(changed, "lean"))

    def _stamp(self, bucket: str) -> Stamp | None:
        return self._packs[bucket][0] if bucket in self._packs else None


def count(moment: Moment) -> int:
    """The rows of a shelf. Raises TryAgain."""
    if not moment.stamps:
        return sum(number for _, number in moment.packs.values())
    packs = [content for _, content in _stored(moment, moment.with_lean()).values()]
    rows, gone = moment.noted()
    old = _replaced(unpacked(moment.shelf, packs, [MARK]), rows, gone)
    return len(old) - int(old.sum()) + rows.height


def _all_notes(moment: Moment) -> dict[str, Stamp]:
    """With what is in them, which will be needed."""
    _ = moment.noted()
    return moment.stamps


def _stamps(moment: Moment) -> dict[str, Stamp]:
    return moment.stamps


def _stored(moment: Moment, packs: Iterable[Raw]) -> dict[str, tuple[Stamp, bytes]]:
    found = {pack.id: (pack.update_time, pack.get("lean")) for pack in packs}
    # Folded before there was such a field.
    for bare in moment.fetched([bucket for bucket, (_, content) in found.items() if content is None], "rows"):
        rows = decode(moment.shelf, bare.get("rows"))
        found[bare.id] = bare.update_time, contents(moment.shelf, rows)["lean"]
    return found


def unpacked(shelf: Shelf, contents: Sequence[bytes], columns: Collection[str] = ()) -> pl.DataFrame:
    """The lean rows of some packs, in one piece of memory, which every count goes through; `columns`: only those."""
    # First what nobody has: it knows all columns there are, and their values in the order of today.
    nobody = lean_rows(shelf, shelf.empty())
    frames = [nobody.select(name for name in nobody.columns if not columns or name in columns)]
    with ThreadPoolExecutor(HALVES) as halves:
        for some in halves.map(lambda half: [*expanded(contents[half::HALVES], columns)], range(HALVES)):
            frames += some
    return shelf.counting.unite(frames).rechunk()


def _laid_over(packed: pl.DataFrame, moment: Moment) -> Laid:
    if not moment.notes:
        return Laid(packed, None)
    rows, gone = moment.noted()
    newer = pl.Series([True]).new_from_index(0, rows.height)
    holds = pl.concat([~_replaced(packed, rows, gone), newer], rechunk=True)
    return Laid(moment.shelf.counting.unite([packed, lean_rows(moment.shelf, rows)]), holds)


def _replaced(packed: pl.DataFrame, rows: pl.DataFrame, gone: pl.DataFrame) -> pl.Series:
    """Which of the packed lean rows notes are about."""
    return packed[MARK].is_in(marks(pl.concat([rows["key"], gone["key"]])).implode())
