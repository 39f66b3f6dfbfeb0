"""The ledger of a broadcast: what became of each slice, kept after the ids are gone, and sealed when it ends.

    broadcasts/{id}/ledger/{chunk}    {"rows": the chunk's lines of the CSV}

The digest of the whole CSV goes into the audit once, as `audit/ledger-{id}`, in the transaction of the broadcast's end:
so a ledger that was changed afterwards, here or in a file somebody brings, is found out.
"""

import csv as csv_format
import io
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from typing import Any

from google.cloud.firestore import Client, CollectionReference, WriteBatch

from tsunagu.broadcasts.delivery.slices import End, Slice, positions_in, retry_key
from tsunagu.broadcasts.rules import ITSELF, Totals
from tsunagu.broadcasts.store import Broadcast, Snapshot, get, reference
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import seal, seal_of

COLUMNS = (
    "broadcast", "freeze", "chunk", "slice", "version", "ids", "left_out", "ids_sha256", "retry_key",
    "line_request_id", "first_try", "last_try", "outcome",
)  # fmt: skip
WRITES_AT_ONCE = 8  # pages, of up to half a MiB: a commit ends at 10 MiB, the emulator's at 4


def write(db: Client, broadcast: Broadcast, chunks: Iterable[Snapshot]) -> int:
    """Keep what the chunks say, which end before it does; writing it again changes nothing. Gives how many writes."""
    pages = [(chunk.id, _lines(broadcast, chunk)) for chunk in chunks]
    for start in range(0, len(pages), WRITES_AT_ONCE):
        batch = db.batch()
        for chunk, lines in pages[start : start + WRITES_AT_ONCE]:
            batch.set(_pages(db, broadcast.id).document(chunk), {"rows": lines})
        batch.commit()
    return len(pages)


def seal_ledger(db: Client, batch: WriteBatch, broadcast: str, digest: str, now: datetime) -> None:
    """Once, with the end of the broadcast."""
    seal(db, batch, ITSELF, "broadcast.ledger", broadcast, digest, now)


def csv(db: Client, broadcast: str) -> bytes:
    """UTF-8 with CRLF; the same bytes whenever it is asked for."""
    pages = {int(page.id): str(page.get("rows")) for page in _pages(db, broadcast).stream()}
    return (_written([COLUMNS]) + "".join(pages[chunk] for chunk in sorted(pages))).encode()


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def verify(db: Client, broadcast: str, file: bytes | None = None, zone: tzinfo = UTC) -> str:
    """Hold the ledger that is kept, and `file` where one is given, against the seal; a sentence. Raises Rejected."""
    found, sealed = get(db, broadcast), seal_of(db, "broadcast.ledger", broadcast)
    if found is None:
        raise Rejected(f"there is no broadcast '{broadcast}'")
    if sealed is None:
        raise Rejected(f"'{broadcast}' has no sealed ledger: it is {found.state.value}, and one is sealed at the end")
    kept = csv(db, broadcast)
    if digest_of(kept) != sealed["digest"]:
        at = sealed["at"].astimezone(zone)
        raise Rejected(f"the ledger of '{broadcast}' is NOT what was sealed on {at:%Y-%m-%d %H:%M %Z}")
    if file is not None and digest_of(file) != sealed["digest"]:
        raise Rejected(f"the file is NOT the ledger of '{broadcast}' that was sealed; the one kept here is")
    counted, kept_totals = _accepted(kept), (found.totals or Totals()).accepted
    if counted != kept_totals:
        raise Rejected(f"the ledger counts {counted:,} people accepted, the broadcast {kept_totals:,}")
    what = f"the ledger of '{broadcast}' is" if file is None else f"the file and the ledger of '{broadcast}' are"
    return f"{what} as sealed: {counted:,} people accepted, sha256 {sealed['digest']}"


def _lines(broadcast: Broadcast, chunk: Snapshot) -> str:
    assert broadcast.attempt is not None
    slices = {name: Slice.of_document(one) for name, one in (chunk.get("slices") or {}).items()}
    # A split slice stands before its halves.
    names = sorted(slices, key=lambda name: (positions_in(name).start, -positions_in(name).stop))
    return _written(_row(broadcast, broadcast.attempt, chunk, name, slices[name]) for name in names)


def _row(broadcast: Broadcast, attempt: str, chunk: Snapshot, name: str, one: Slice) -> tuple[Any, ...]:
    return (
        broadcast.id,
        attempt,
        chunk.id,
        name,
        chunk.get("version"),
        one.sent,
        len(one.left_out),
        one.digest,
        retry_key(broadcast.id, attempt, int(chunk.id), name),
        one.request_id,
        _at(one.first_try) if one.last_try else "",
        _at(one.last_try) if one.last_try else "",
        one.end.value if one.end else "",
    )


def _written(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv_format.writer(text).writerows(rows)
    return text.getvalue()


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _accepted(content: bytes) -> int:
    rows = csv_format.DictReader(io.StringIO(content.decode(), newline=""))
    return sum(int(row["ids"]) for row in rows if row["outcome"] == End.ACCEPTED.value)


def _pages(db: Client, broadcast: str) -> CollectionReference:
    pages: CollectionReference = reference(db, broadcast).collection("ledger")
    return pages
