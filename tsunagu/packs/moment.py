"""A shelf as it was at one moment of the database: notes and packs fit together, in whatever order they are read.

A note is never older than the row of its key in a pack then, because a fold deletes only what it has merged.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl
from google.cloud.firestore import FieldFilter

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs import raw
from tsunagu.packs.raw import Raw, Stamp
from tsunagu.packs.shelf import ROOT, Shelf, range_of, rows_of_notes


@dataclass(frozen=True)
class Moment:
    """Every property and method reads at most once."""

    shelf: Shelf
    at: datetime

    @classmethod
    def now(cls, shelf: Shelf) -> "Moment":
        return cls(shelf, shelf.packs.document(ROOT).get([]).read_time)

    @cached_property
    def notes(self) -> list[Raw]:
        """In the order of their hashes."""
        return _sorted(raw.stream(self.shelf.notes.select(["hash", "row", "version"]), self.at))

    @cached_property
    def stamps(self) -> dict[str, Stamp]:
        """When each note was written; without what is in them, unless that is there already."""
        notes = self.notes if "notes" in vars(self) else raw.stream(self.shelf.notes.select([]), self.at)
        return {note.id: note.update_time for note in notes}

    @cached_property
    def packs(self) -> dict[str, tuple[Stamp, int]]:
        """When each was changed last, and its rows; without the stubs, in the order of their ranges."""
        found = {
            pack.id: (pack.update_time, int(pack.get("count")))
            for pack in raw.stream(self.shelf.packs.select(["split", "count"]), self.at)
            if pack.get("split") is None
        }
        return {bucket: found[bucket] for bucket in sorted(found, key=range_of)}

    def with_lean(self) -> Iterator[Raw]:
        """All packs with their lean rows, as they come; without the stubs."""
        found = raw.stream(self.shelf.packs.select(["split", "lean"]), self.at)
        return (pack for pack in found if pack.get("split") is None)

    def fetched(self, buckets: Collection[str], field: str) -> list[Raw]:
        """These packs with one of their fields. Raises TryAgain."""
        found = raw.fetch([self.shelf.packs.document(bucket) for bucket in buckets], [field], self.at)
        if len(found) < len(buckets):
            raise TryAgain("packs: a bucket is missing; are they being thrown away?")
        return found

    def noted(self, first: str = ROOT, last: str = ROOT) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What the notes say of these buckets and all between them: rows; the keys and versions of what is gone."""
        return rows_of_notes(self.shelf, self.between(first, last))

    def between(self, first: str, last: str) -> list[Raw]:
        """The notes on these buckets and all between them, in the order of their hashes."""
        if "notes" in vars(self) or first == ROOT:
            return within(self.notes, first, last)
        start, end = range_of(first)[0], range_of(last)[1]
        some = self.shelf.notes.where(filter=FieldFilter("hash", ">=", start))
        some = some.where(filter=FieldFilter("hash", "<", end)).select(["hash", "row", "version"])
        return _sorted(raw.stream(some, self.at))


def within(notes: Sequence[Raw], first: str, last: str) -> list[Raw]:
    """Those of sorted notes that are on these buckets or any between them."""
    places = (bisect_left(notes, hashed, key=_hash) for hashed in (range_of(first)[0], range_of(last)[1]))
    return list(notes[slice(*places)])


def _sorted(notes: Iterable[Raw]) -> list[Raw]:
    return sorted(notes, key=_hash)


def _hash(note: Raw) -> str:
    return str(note.get("hash"))
