"""Residents in Firestore: the truth, its row in the roster, and who must not be sent to any more."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

import polars as pl
from google.cloud import firestore
from google.cloud.firestore import DocumentReference, FieldFilter

from tsunagu.chat.turn import Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.packs.shelf import Shelf, note
from tsunagu.residents.city import city
from tsunagu.residents.rules import Resident, row

RESIDENTS = "residents"
STOPS = "stops"
STOPS_KEPT = timedelta(days=4)  # longer than a frozen audience can be sent to
ERASURES_KEPT = timedelta(days=3 * 365)  # they were told that nothing more will come, and may still be friends on LINE

Why = Literal["blocked", "stopped", "erased"]

ROSTER_SCHEMA = {
    "key": pl.Binary(),
    "version": pl.Int64(),
    "following": pl.Boolean(),
    "quiet": pl.Boolean(),
    "wards": pl.List(pl.String()),
    "districts": pl.List(pl.String()),
    "topics": pl.List(pl.String()),
    "tags": pl.List(pl.String()),
    "language": pl.String(),
    "age_band": pl.String(),
    "since": pl.Datetime("us", "UTC"),
}


def residents_shelf(db: firestore.Client) -> Shelf:
    """The roster: a row for everyone known, the key being the 16 bytes of their user id."""
    return Shelf(db.collection("roster"), db.collection("roster_changes"), ROSTER_SCHEMA)


def key_of(user: str) -> bytes:
    """The 16 bytes of a user id, as rosters and chunks hold it."""
    return bytes.fromhex(user[1:])


def stop_id(user: str) -> str:
    """A name for a user that nobody can read back: user ids are 128 random bits."""
    return sha256(user.encode()).hexdigest()[:32]


def reference(db: firestore.Client, user: str) -> DocumentReference:
    return db.collection(RESIDENTS).document(user)


def of_document(document: Mapping[str, Any]) -> Resident:
    lists = {name: tuple(document[name]) for name in ("wards", "districts", "topics", "tags")}
    return Resident(**{**document, **lists})


def documents_of(db: firestore.Client, user: str, resident: Resident) -> list[tuple[DocumentReference, dict[str, Any]]]:
    """The two documents that change together: the truth, and its note for the roster."""
    # Not `asdict`: it copies every value of every field, which took longer than writing them.
    truth = {field.name: getattr(resident, field.name) for field in fields(resident)}
    truth |= {name: list(truth[name]) for name in ("wards", "districts", "topics", "tags")}
    return [
        (reference(db, user), truth),
        note(residents_shelf(db), key_of(user), resident.version, row(resident, city().ward_of)),
    ]


def read(turn: Turn, user: str) -> Resident | None:
    document = turn.read(reference(turn.db, user)).to_dict()
    return of_document(document) if document is not None else None


def get(db: firestore.Client, user: str) -> Resident | None:
    document = reference(db, user).get().to_dict()
    return of_document(document) if document is not None else None


def write(turn: Turn, resident: Resident) -> Resident:
    """Store what changed under the next version, with its note for the roster."""
    newer = resident.newer(turn.now)
    for document, content in documents_of(turn.db, turn.user, newer):
        turn.set(document, content)
    return newer


def was_erased_after(turn: Turn, at: int) -> bool:
    """Whether the user erased themselves after epoch milliseconds `at`: such an event comes too late."""
    stop = turn.read(stop_reference(turn.db, turn.user)).to_dict()
    return stop is not None and stop["why"] == "erased" and stop["at"].timestamp() * 1000 >= at


def stop(turn: Turn, why: Why) -> None:
    """From this commit on no sending that has not reached them yet will."""
    turn.set(stop_reference(turn.db, turn.user), stop_document(why, turn.now))


def stop_no_more(turn: Turn) -> None:
    turn.delete(stop_reference(turn.db, turn.user))


def stopped_since(db: firestore.Client, at: datetime) -> dict[str, str]:
    """`stop_id` of everyone who blocked, stopped or erased since `at`, and which of these."""
    stops = db.collection(STOPS).where(filter=FieldFilter("at", ">=", at))
    return {snapshot.id: snapshot.get("why") for snapshot in stops.stream()}


def erase(db: firestore.Client, user: str, now: datetime) -> None:
    """The profile goes, a note takes the row out of the roster, and a stop keeps late events from bringing it back."""

    def body(transaction: firestore.Transaction) -> None:
        document = reference(db, user).get(transaction=transaction).to_dict()
        transaction.set(stop_reference(db, user), stop_document("erased", now))
        if document is not None:
            gone = of_document(document).newer(now)
            transaction.delete(reference(db, user))
            transaction.set(*note(residents_shelf(db), key_of(user), gone.version, None))

    in_transaction(db, body)


def stop_document(why: Why, now: datetime) -> dict[str, Any]:
    return {"at": now, "why": why, "expires": now + (ERASURES_KEPT if why == "erased" else STOPS_KEPT)}


def stop_reference(db: firestore.Client, user: str) -> DocumentReference:
    return db.collection(STOPS).document(stop_id(user))
