"""Folding: merging notes into the packs of their buckets, with no transaction and any number of folds at once.

For every bucket that has notes, in this order:

1. read the bucket, and remember its `update_time`;
2. read the notes of its range;
3. merge by higher version and write the bucket under that `update_time` (a new one: if it still does not exist);
4. delete each merged note under the note's own `update_time`, so that a note written anew meanwhile stays.

The bucket comes before its notes because a tombstone removes its row at once and leaves no trace (nothing of the erased
stays). With the notes in hand first, a fold could be overtaken by a tombstone and by the fold that packs it, read the
bucket after that, and bring the row back. With the bucket read first, that other fold has changed the bucket, and the
write is refused. For the same reason every fold writes its bucket even when no row changes, with a `turn` that counts
on: Firestore leaves `update_time` alone when a write changes nothing.

A fold whose schema lacks a column of its bucket or of a note refuses: it began before the schema grew, and would write
the bucket without that column. The next one, begun since, takes them.

A bucket near the limit of a document becomes two in one commit. Its own document stays for ever as a stub, so that a
fold that still knows it whole cannot make it anew.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud.firestore import DELETE_FIELD
from google.cloud.firestore_v1.base_query import FieldFilter

from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.shelf import (
    HASH_BITS,
    ROOT,
    Shelf,
    Snapshot,
    bit_of,
    children_of,
    columns_of,
    columns_of_note,
    contents,
    decode,
    depth_of,
    halves,
    is_stub,
    merged,
    range_of,
    refuse_unknown,
    rows_of_notes,
    weight,
)

NEARLY_FULL = 900_000  # bytes of rows at which a bucket splits; Firestore's documents end at 1 MiB
NOTES_AT_ONCE = 5_000  # notes merged into one bucket by one write
MANY = 20  # notes merged into a bucket, after which the next one has some too, without its being asked
DELETES_AT_ONCE = 450  # Firestore takes 500 writes in one commit
TRIES = 5  # times that a bucket is begun again after losing a race; then the next fold takes it

LOST = (Aborted, AlreadyExists, FailedPrecondition, NotFound)


@dataclass
class FoldResult:
    """`lost` counts the buckets left to the next fold because others kept changing them."""

    merged: int = 0
    deleted: int = 0
    buckets_written: int = 0
    splits: int = 0
    lost: int = 0


def fold(shelf: Shelf, nearly_full: int = NEARLY_FULL) -> FoldResult:
    """Merge every note there is at the beginning; notes that come meanwhile may be left. Raises TryAgain."""
    run = Fold(shelf, nearly_full)
    for _ in run.steps():
        pass
    return run.result


@dataclass
class Fold:
    """One fold as steps, each with one reading or writing in it; it may stop for ever between any two."""

    shelf: Shelf
    nearly_full: int = NEARLY_FULL
    notes_at_once: int = NOTES_AT_ONCE
    result: FoldResult = field(default_factory=FoldResult)
    _stubs: set[str] = field(default_factory=set)

    def steps(self) -> Generator[str, None, None]:
        at, end = range_of(ROOT)
        taken = 0
        while at < end:
            if taken < MANY:
                dirty = self._first_dirty(at)
                if dirty is None:
                    return
                at = dirty
                yield "found"
            before = self.result.merged
            at = yield from self._clean(at)
            taken = self.result.merged - before

    def _first_dirty(self, at: str) -> str | None:
        query = self.shelf.notes.where(filter=FieldFilter("hash", ">=", at)).order_by("hash").limit(1)
        return next((found.get("hash") for found in query.select(["hash"]).stream()), None)

    def _clean(self, dirty: str) -> Generator[str, None, str]:
        """Merge all notes of the bucket of this hash; gives the hash at which to look on."""
        tries = 0
        while True:
            bucket, pack = self._bucket_of(dirty)
            yield "bucket read"
            notes = self._notes_of(bucket)
            yield "notes read"
            if notes:
                try:
                    taken = self._merge(bucket, pack, notes)
                except LOST:
                    tries += 1
                    if tries < TRIES:
                        continue
                    self.result.lost += 1
                    return range_of(bucket)[1]
                yield "written"
                for start in range(0, len(taken), DELETES_AT_ONCE):
                    self._delete(taken[start : start + DELETES_AT_ONCE])
                    yield "deleted"
            if len(notes) < self.notes_at_once and (not notes or len(taken) == len(notes)):
                return range_of(bucket)[1]

    def _bucket_of(self, hashed: str) -> tuple[str, Snapshot]:
        bucket = ROOT
        while True:
            while bucket in self._stubs:
                bucket += bit_of(hashed, depth_of(bucket))
            pack = self.shelf.packs.document(bucket).get()
            if is_stub(pack):
                self._stubs.add(bucket)
            elif pack.exists or bucket == ROOT:
                return bucket, pack
            else:
                self._stubs.clear()
                raise TryAgain("packs: a bucket is missing; are they being thrown away?")

    def _notes_of(self, bucket: str) -> list[Snapshot]:
        first, beyond = range_of(bucket)
        query = self.shelf.notes.where(filter=FieldFilter("hash", ">=", first)).where(
            filter=FieldFilter("hash", "<", beyond)
        )
        return list(query.order_by("hash").limit(self.notes_at_once).stream())

    def _merge(self, bucket: str, pack: Snapshot, notes: list[Snapshot]) -> list[Snapshot]:
        """Write the bucket with as many of the notes as fit, and say which."""
        self._refuse_what_is_newer(pack, notes)
        packed = decode(self.shelf, pack.get("rows")) if pack.exists else self.shelf.empty()
        while True:
            rows = merged(packed, *rows_of_notes(self.shelf, notes))
            content = contents(self.shelf, rows)
            if weight(content) < self.nearly_full or rows.height < 2 or depth_of(bucket) == HASH_BITS:
                self._write(bucket, pack, content)
                break
            children = [contents(self.shelf, half) for half in halves(rows, depth_of(bucket))]
            # A half that is itself too full splits when its next note comes, unless even a document cannot hold it.
            if not notes or max(map(weight, children)) < self.nearly_full * 11 // 10:
                self._split(bucket, pack, children)
                break
            notes = notes[: len(notes) // 2]
        self.result.merged += len(notes)
        return notes

    def _refuse_what_is_newer(self, pack: Snapshot, notes: list[Snapshot]) -> None:
        """Whatever else happens meanwhile, the bucket is written as it was looked at here, or not at all."""
        if pack.exists:
            refuse_unknown(self.shelf, columns_of(pack.get("rows")))
        for found in notes:
            refuse_unknown(self.shelf, columns_of_note(found))

    def _write(self, bucket: str, pack: Snapshot, content: Mapping[str, Any]) -> None:
        ref = self.shelf.packs.document(bucket)
        document = {**content, "turn": pack.get("turn") + 1 if pack.exists else 0}
        if pack.exists:
            ref.update(document, option=self.shelf.db.write_option(last_update_time=pack.update_time))
        else:
            ref.create(document)
        self.result.buckets_written += 1

    def _split(self, bucket: str, pack: Snapshot, children: Sequence[Mapping[str, Any]]) -> None:
        db, ref = self.shelf.db, self.shelf.packs.document(bucket)
        batch = db.batch()
        if pack.exists:
            held = dict.fromkeys(("rows", "count", "turn", "lean"), DELETE_FIELD)
            batch.update(ref, {**held, "split": True}, option=db.write_option(last_update_time=pack.update_time))
        else:
            batch.create(ref, {"split": True})
        for child, content in zip(children_of(bucket), children, strict=True):
            batch.create(self.shelf.packs.document(child), {**content, "turn": 0})
        batch.commit()
        self.result.buckets_written += 2
        self.result.splits += 1

    def _delete(self, notes: Sequence[Snapshot]) -> None:
        """Each note under its own `update_time`; one refusal fails a commit, so a refused commit is halved."""
        db = self.shelf.db
        batch = db.batch()
        for found in notes:
            batch.delete(found.reference, option=db.write_option(last_update_time=found.update_time))
        try:
            batch.commit()
            self.result.deleted += len(notes)
        except LOST:
            middle = len(notes) // 2
            if middle:
                self._delete(notes[:middle])
                self._delete(notes[middle:])
