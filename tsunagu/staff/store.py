"""`staff/{email}`: who works for the city, and as what. `audit/{auto}`: who did what, when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from google.cloud import firestore

from tsunagu.staff.rules import Role

STAFF = "staff"
AUDIT = "audit"


@dataclass(frozen=True)
class Member:
    email: str
    name: str
    roles: frozenset[Role]
    added_by: str = ""
    added_at: datetime | None = None


def read(db: firestore.Client, email: str) -> Member | None:
    document = db.collection(STAFF).document(email.lower()).get()
    return _member(document) if document.exists else None


def everyone(db: firestore.Client) -> list[Member]:
    return [_member(document) for document in db.collection(STAFF).order_by("__name__").stream()]


def admins(db: firestore.Client, limit: int) -> list[Member]:
    """Whom to ask for a role."""
    query = db.collection(STAFF).where(filter=firestore.FieldFilter("roles", "array_contains", Role.ADMIN.value))
    return [_member(document) for document in query.limit(limit).stream()]


def add(db: firestore.Client, email: str, name: str, roles: Iterable[Role], by: str, now: datetime) -> Member:
    """Add a member, or give one other roles; written together with its line in the audit."""
    member = Member(email.lower(), name, frozenset(roles), by, now)
    names = sorted(role.value for role in member.roles)
    batch = db.batch()
    batch.set(
        db.collection(STAFF).document(member.email),
        {"name": name, "roles": names, "added_by": by, "added_at": now},
    )
    batch.create(db.collection(AUDIT).document(), _line(by, "staff.add", f"{member.email}: {', '.join(names)}", now))
    batch.commit()
    return member


def audit(db: firestore.Client, who: str, did: str, what: str, now: datetime, why: str = "") -> None:
    """Written before the deed: what could not be written down is not done. `why`: more than what it was done to."""
    db.collection(AUDIT).document().create(_line(who, did, what, now, why))


class Creates(Protocol):
    """A transaction, a batch, or a turn of the chat."""

    def create(self, reference: Any, data: Any, /) -> object: ...


def audit_with(
    batch: Creates, db: firestore.Client, who: str, did: str, what: str, now: datetime, why: str = ""
) -> None:
    """The same, in the transaction or batch of the deed: neither is there without the other."""
    batch.create(db.collection(AUDIT).document(), _line(who, did, what, now, why))


def seal(
    db: firestore.Client, batch: firestore.WriteBatch, who: str, did: str, what: str, digest: str, now: datetime
) -> None:
    """A line that can be there once only, with the digest of what was done."""
    batch.create(_seal(db, did, what), _line(who, did, what, now) | {"digest": digest})


def seal_of(db: firestore.Client, did: str, what: str) -> dict[str, Any] | None:
    return _seal(db, did, what).get().to_dict()


def _seal(db: firestore.Client, did: str, what: str) -> firestore.DocumentReference:
    return db.collection(AUDIT).document(f"{did}-{what}")


def naming(db: firestore.Client, what: str) -> list[firestore.DocumentSnapshot[firestore.DocumentReference]]:
    """The lines of the audit about exactly this, the oldest first."""
    lines = db.collection(AUDIT).where(filter=firestore.FieldFilter("what", "==", what)).stream()
    return sorted(lines, key=lambda line: line.get("at"))


def _line(who: str, did: str, what: str, now: datetime, why: str = "") -> dict[str, Any]:
    return {"at": now, "who": who, "did": did, "what": what, **({"why": why} if why else {})}


def _member(document: firestore.DocumentSnapshot[firestore.DocumentReference]) -> Member:
    data = document.to_dict() or {}
    known = {role.value: role for role in Role}
    return Member(
        email=document.id,
        name=data.get("name") or document.id,
        # A role written by a later version means nothing here rather than everything.
        roles=frozenset(known[name] for name in data.get("roles", []) if name in known),
        added_by=data.get("added_by", ""),
        added_at=data.get("added_at"),
    )
