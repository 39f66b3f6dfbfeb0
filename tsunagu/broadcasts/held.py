"""Which frozen audiences and invitations hold one person's id: all that the broadcasts' part of an erasure reaches."""

from collections.abc import Iterator
from typing import Any

from google.cloud.firestore import Client

from tsunagu.broadcasts import invited, testers
from tsunagu.broadcasts.delivery.slices import Slice, positions_in, positions_of
from tsunagu.broadcasts.delivery.spread import sought_at
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
        "invitations": section(
            "この方をアンケートに招待した配信。回答を終えていない方に催促を送るため、利用者 ID を保存しています。アンケ"
            "ートが締め切られると消え、遅くとも expires の日に消えます。",
            "Broadcasts that invited them to a survey. Their user id is kept to remind those who have not finished; it"
            " goes when the survey closes, at the latest on the day of `expires`.",
            _invitations(db, key_of(user)),
        ),
        **testers.held(db, user),
    }


def _chunks(db: Client, key: bytes) -> Iterator[dict[str, Any]]:
    for broadcast in holding_ids(db):
        for attempt in freezes_of(db, broadcast.id):
            sought = sought_at(broadcast, attempt, key)
            for chunk in chunks_of(db, broadcast.id, attempt).select(["from", "to"]).stream():
                if chunk.get("from") <= sought <= chunk.get("to"):
                    data = chunk.reference.get().to_dict() or {"ids": b""}
                    for position in positions_of(data["ids"], key):
                        yield {"document": chunk.reference.path} | _place(broadcast, attempt, data, position)


def _invitations(db: Client, key: bytes) -> Iterator[dict[str, Any]]:
    """Of a part only that they are in it: the rest is other people's ids."""
    for broadcast in invited.holding(db):
        for part in invited.parts_with(db, broadcast.id, key):
            about = {"broadcast": broadcast.id, "title": broadcast.title, "survey": broadcast.survey}
            yield {"document": part.reference.path} | about | {"expires": part.get("expires")}


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
