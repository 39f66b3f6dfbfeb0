"""The lean rows of a shelf (`shelf.Lean`), kept in memory: of its packs only those are read again that have changed.

As exact as `read.py`, because everything is read as it was at one moment (`moment.py`): there the rows of notes stand
in the place of the packed ones, and versions need not be compared.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

from tsunagu.packs.moment import Moment
from tsunagu.packs.raw import Raw, Stamp
from tsunagu.packs.shelf import MARK, contents, decode, lean_rows, marks
from tsunagu.packs.squeeze import expanded


@dataclass
class KeptLean:
    """Threads may share one."""

    _lock: Lock = field(default_factory=Lock)
    _packs: dict[str, tuple[Stamp, bytes]] = field(default_factory=dict)  # as they are stored
    _packed: list[pl.DataFrame] = field(default_factory=list)  # the rows in those
    _notes: dict[str, Stamp] = field(default_factory=dict)  # what is laid over them in `_rows`
    _rows: pl.DataFrame | None = None

    def read(self, moment: Moment) -> pl.DataFrame:
        """A row for every row of the shelf, in no particular order; the very same frame as last time where nothing has
        changed. Always of one shelf, with one schema. Raises TryAgain."""
        with self._lock, ThreadPoolExecutor(1) as beside:
            coming = beside.submit(_stamps if self._rows is not None else _all_notes, moment)
            if not self._catch_up(moment):
                # First what nobody has: it knows all columns there are, and their values in the order of today.
                nothing = lean_rows(moment.shelf, moment.shelf.empty())
                self._packed = [nothing, *expanded(content for _, content in self._packs.values())]
                self._rows = None
            notes = coming.result()
            if self._rows is None or notes != self._notes:
                self._rows, self._notes = _laid_over(self._packed, moment), notes
            return self._rows

    def _catch_up(self, moment: Moment) -> bool:
        """Whether the packs are as they were."""
        if not self._packs:
            self._packs = _stored(moment, moment.with_lean())
            return False
        there = moment.packs
        changed = [bucket for bucket, (stamp, _) in there.items() if self._stamp(bucket) != stamp]
        if not changed and there.keys() == self._packs.keys():
            return True
        kept = {bucket: self._packs[bucket] for bucket in there if bucket not in changed}
        self._packs = kept | _stored(moment, moment.fetched(changed, "lean"))
        return False

    def _stamp(self, bucket: str) -> Stamp | None:
        return self._packs[bucket][0] if bucket in self._packs else None


def _all_notes(moment: Moment) -> dict[str, Stamp]:
    """With what is in them, which will be needed."""
    _ = moment.notes
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


def _laid_over(packed: Sequence[pl.DataFrame], moment: Moment) -> pl.DataFrame:
    rows, gone = moment.noted()
    noted = marks(pl.concat([rows["key"], gone["key"]])).implode()
    others = [frame.filter(~frame[MARK].is_in(noted)) for frame in packed] if len(moment.notes) else packed
    return moment.shelf.counting.unite([*others, lean_rows(moment.shelf, rows)])
