"""Saved audiences and uploaded lists in Firestore.

    audiences/{name}              an expression under a name, the version counted on with every saving
    id_lists/{name}               what is uploaded under a name, and which upload holds
    id_lists/{name}/parts/{part}  up to 50,000 ids of 16 bytes, sorted; `{upload}-{n}`

An upload takes more than one commit. So its parts come first, under a word of its own, and one last write on the list
names it. What was there before is swept then; what never came so far ends by itself. Time to live: `expires` of both.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud.firestore import Client, CollectionReference, DocumentReference, DocumentSnapshot, Transaction

from tsunagu.audiences.rules import NAME, Audience, NoAudience
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.staff.store import audit_with

AUDIENCES = "audiences"
ID_LISTS = "id_lists"
PARTS = "parts"
ID_BYTES = 16
TRIES = 3  # to read a list that is uploaded anew meanwhile

Snapshot = DocumentSnapshot[DocumentReference]


@dataclass(frozen=True)
class Saved:
    name: str
    title: str
    audience: Audience
    by: str
    at: datetime
    version: int


@dataclass(frozen=True)
class IdList:
    """`count` ids in `parts` parts of the upload that holds; `changed_at` is another after every change."""

    name: str
    title: str
    count: int
    by: str
    at: datetime
    expires: datetime
    upload: str
    parts: int
    changed_at: datetime | None


def saved(db: Client) -> list[Saved]:
    """By their titles."""
    found = [_saved(snapshot) for snapshot in db.collection(AUDIENCES).stream()]
    return sorted(found, key=lambda one: one.title)


def by_name(db: Client) -> dict[str, Audience]:
    """What is saved under each name."""
    return {one.name: one.audience for one in saved(db)}


def get(db: Client, name: str) -> Saved | None:
    snapshot = db.collection(AUDIENCES).document(name).get() if NAME.fullmatch(name) else None
    return _saved(snapshot) if snapshot is not None and snapshot.exists else None


def save(
    db: Client, name: str, title: str, audience: Audience, by: str, now: datetime, version: int | None = None
) -> Saved:
    """Save it, also over what is there; with `version`, only over that one (0: only where there is none).

    Raises Rejected where somebody else has saved since, or where it would be made of something unknown or of itself.
    """
    if not NAME.fullmatch(name):
        raise Rejected(f"the name of an audience is 1 to 40 of a–z, 0–9 and -, not '{name}'")
    collection = db.collection(AUDIENCES)

    def body(transaction: Transaction) -> Saved:
        # All of them are read in it: of two that are made of each other the later commit is refused.
        there = {one.name: one for one in map(_saved, collection.stream(transaction=transaction))}
        last = there[name].version if name in there else 0
        if version is not None and version != last:
            raise Rejected(f"somebody else has saved the audience '{name}' meanwhile: look at it again")
        made = Saved(name, title, audience, by, now, last + 1)
        known = {other.name: other.audience for other in there.values()} | {name: audience}
        try:
            # Also those that are made of this one.
            for each in known.values():
                each.expanded(known)
        except NoAudience as wrong:
            raise Rejected(str(wrong)) from wrong
        document = {"title": title, "audience": audience.to_document(), "by": by, "at": now, "version": made.version}
        transaction.set(collection.document(name), document)
        audit_with(transaction, db, by, "audience.save", name, now)
        return made

    return in_transaction(db, body)


def delete(db: Client, name: str, by: str, now: datetime) -> None:
    """Raises Rejected where there is none, or where another saved audience is made of it."""
    collection = db.collection(AUDIENCES)

    def body(transaction: Transaction) -> None:
        there = {one.name: one for one in map(_saved, collection.stream(transaction=transaction))}
        if name not in there:
            raise Rejected(f"there is no saved audience '{name}'")
        if users := [other.name for other in there.values() if name in other.audience.saved_used()]:
            raise Rejected(f"'{name}' is part of {', '.join(sorted(users))}: change or delete that first")
        transaction.delete(collection.document(name))
        audit_with(transaction, db, by, "audience.delete", name, now)

    in_transaction(db, body)


def expanded(db: Client, audience: Audience) -> Audience:
    """With what is saved now written out; raises Rejected where something of it is not there."""
    if not audience.saved_used():
        return audience
    try:
        return audience.expanded(by_name(db))
    except NoAudience as wrong:
        raise Rejected(str(wrong)) from wrong


def titles(db: Client) -> dict[str, str]:
    """What people call saved audiences and uploaded lists, by their paths: both may have the same name."""
    audiences = {f"{AUDIENCES}/{one.name}": one.title for one in saved(db)}
    return audiences | {f"{ID_LISTS}/{one.name}": one.title for one in lists(db)}


def list_reference(db: Client, name: str) -> DocumentReference:
    return db.collection(ID_LISTS).document(name)


def parts_of(db: Client, name: str) -> CollectionReference:
    """Of every upload, also one that does not hold."""
    parts: CollectionReference = list_reference(db, name).collection(PARTS)
    return parts


def lists(db: Client) -> list[IdList]:
    """By their titles."""
    return sorted(map(list_of, db.collection(ID_LISTS).stream()), key=lambda one: one.title)


def list_there(db: Client, name: str) -> IdList:
    """Raises Rejected where there is none, or none any more."""
    snapshot = list_reference(db, name).get() if NAME.fullmatch(name) else None
    if snapshot is None or not snapshot.exists:
        raise Rejected(f"there is no uploaded list '{name}', or it has expired: upload it again")
    return list_of(snapshot)


def ids_of(db: Client, found: IdList) -> list[bytes]:
    """All its ids; raises Rejected or TryAgain. Never a part of them: whoever is shut out by a list must stay so."""
    for _ in range(TRIES):
        references = [parts_of(db, found.name).document(f"{found.upload}-{n}") for n in range(found.parts)]
        parts = list(db.get_all(references)) if references else []
        if all(part.exists for part in parts):
            return [one for part in parts for one in ids_in(part.get("ids"))]
        before, found = found, list_there(db, found.name)
        if found.upload == before.upload:
            raise Rejected(f"the uploaded list '{found.name}' has expired: upload it again")
    raise TryAgain(f"the list '{found.name}' is being uploaded just now")


def holds(db: Client, name: str, key: bytes) -> bool:
    """Whether one person is on it, without reading others' parts. Raises Rejected."""
    upload = list_there(db, name).upload
    return any(part.id.startswith(f"{upload}-") for part in parts_with(db, name, key))


def parts_with(db: Client, name: str, key: bytes) -> Iterator[Snapshot]:
    """The parts, of any upload, in which it is."""
    for part in parts_of(db, name).select(["from", "to"]).stream():
        if part.get("from") <= key[:2] <= part.get("to"):
            whole = part.reference.get()
            if whole.exists and place_of(whole.get("ids"), key) is not None:
                yield whole


def ids_in(ids: bytes) -> list[bytes]:
    return [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]


def place_of(ids: bytes, key: bytes) -> int | None:
    """At which byte it begins among sorted ids."""
    found = bisect_left(range(len(ids) // ID_BYTES), key, key=lambda n: ids[n * ID_BYTES : (n + 1) * ID_BYTES])
    start = found * ID_BYTES
    return start if ids[start : start + ID_BYTES] == key else None


def list_of(snapshot: Snapshot) -> IdList:
    data: Mapping[str, Any] = snapshot.to_dict() or {}
    fields = {name: data[name] for name in ("title", "count", "by", "at", "expires", "upload", "parts")}
    return IdList(name=snapshot.id, changed_at=snapshot.update_time, **fields)


def _saved(snapshot: Snapshot) -> Saved:
    data: Mapping[str, Any] = snapshot.to_dict() or {}
    audience = Audience.model_validate(data["audience"])
    return Saved(snapshot.id, data["title"], audience, data["by"], data["at"], data["version"])
