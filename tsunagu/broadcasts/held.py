"""Which frozen audiences hold one person's id: all that the broadcasts' part of an erasure reaches."""

from collections.abc import Iterator
from typing import Any

from google.cloud.firestore import Client

from tsunagu.broadcasts import testers
from tsunagu.broadcasts.delivery.slices import Slice, positions_in, positions_of
from tsunagu.broadcasts.store import Broadcast, chunks_of, freezes_of, holding_ids
from tsunagu.residents.store import key_of
from tsunagu.staff.disclose import Section, section


def held(db: Client, user: str) -> dict[str, Section]:
    return {
        "broadcasts": section(
            "この方の利用者 ID が宛先として保存されている配信と、その方への送信の結果。宛先は配信の終了から48時間で消"
            "えます。",
            "Broadcasts in whose frozen audience their user id stands, and what became of the sending to them."
            " Audiences end 48 hours after the broadcast.",
            _chunks(db, key_of(user)),
        ),
        **testers.held(db, user),
    }


def _chunks(db: Client, key: bytes) -> Iterator[dict[str, Any]]:
    for broadcast in holding_ids(db):
        for attempt in freezes_of(db, broadcast.id):
            for chunk in chunks_of(db, broadcast.id, attempt).select(["from", "to"]).stream():
                if chunk.get("from") <= key[:2] <= chunk.get("to"):
                    data = chunk.reference.get().to_dict() or {"ids": b""}
                    for position in positions_of(data["ids"], key):
                        yield {"document": chunk.reference.path} | _place(broadcast, attempt, data, position)


def _place(broadcast: Broadcast, attempt: str, chunk: dict[str, Any], position: int) -> dict[str, Any]:
    """Of a chunk only what is theirs: the rest is other people's ids."""
    # The smallest slice that holds the position is the one that was sent last.
    named = [name for name in chunk["slices"] if position in positions_in(name)]
    tried = min(named, key=lambda name: len(positions_in(name)), default=None)
    sent = Slice.of_document(chunk["slices"][tried]) if tried else None
    return {
        "broadcast": broadcast.id,
        "title": broadcast.title,
        "when": broadcast.when,
        "counts": attempt == broadcast.attempt,
        "position": position,
        "left_out": sent.left_out.get(str(position)) if sent else None,
        "first_try": sent.first_try if sent else None,
        "end": sent.end if sent else None,
        "to_be_erased": position in chunk["forget"],
    }
