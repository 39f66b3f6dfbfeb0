"""Uploading a list of user ids: good lines count, the others are listed and stop nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.audiences.erase import take_out
from tsunagu.audiences.rules import NAME
from tsunagu.audiences.store import list_reference, parts_of
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.store import stop_id, stopped_since
from tsunagu.staff.store import audit_with

PART = 50_000  # ids: 800 KB of a document that ends at 1 MiB
IDS_LIMIT = 1_000_000  # a city
JUNK_LISTED = 100  # lines; who sees more of them than that has the wrong file
KEPT = timedelta(days=90)
KEPT_LIMIT = timedelta(days=366)
AGO = timedelta(minutes=10)  # that an erasure may have begun before its stop is written
DELETES_AT_ONCE = 450  # Firestore takes 500 writes in one commit

USER = re.compile(r"[Uu][0-9A-Fa-f]{32}")
NOTHING_TO_SEE = "\ufeff\x00 \t\"'"  # around an id, where a spreadsheet was
Junk = tuple[int, str]


@dataclass
class Reading:
    """Of a file: the ids, how many stood there again, and what is no id: the number of the line, from 1, and why."""

    ids: set[bytes] = field(default_factory=set)
    repeated: int = 0
    junk: list[Junk] = field(default_factory=list)  # no more than JUNK_LISTED
    junk_lines: int = 0


@dataclass(frozen=True)
class Uploaded:
    """`junk` has the first JUNK_LISTED of `junk_lines`; `again` ids were there more than once."""

    count: int
    again: int
    junk: list[Junk]
    junk_lines: int
    expires: datetime


def reading(content: bytes) -> Reading:
    """A user id a line; blank lines are nothing, and case does not matter. No line is quoted: it may name somebody."""
    found = Reading()
    for number, line in enumerate(_text(content).splitlines(), 1):
        word = line.strip(NOTHING_TO_SEE)
        if USER.fullmatch(word):
            key = bytes.fromhex(word[1:])
            found.repeated += key in found.ids
            found.ids.add(key)
        elif word:
            found.junk_lines += 1
            if len(found.junk) < JUNK_LISTED:
                found.junk.append((number, _why(word)))
    return found


def upload(
    db: Client, name: str, title: str, content: bytes, by: str, now: datetime, kept: timedelta = KEPT
) -> Uploaded:
    """Keep the ids of a file under a name, in place of what was there. Raises Rejected where none can be."""
    if not NAME.fullmatch(name):
        raise Rejected(f"the name of a list is 1 to 40 of a–z, 0–9 and -, not '{name}'")
    if not timedelta() < kept <= KEPT_LIMIT:
        raise Rejected(f"a list can be kept for 1 to {KEPT_LIMIT.days} days, not {kept.days}")
    found = reading(content)
    if not found.ids:
        first = f"; line {found.junk[0][0]} {found.junk[0][1]}" if found.junk else ""
        raise Rejected(f"there is no user id in it: it needs one a line, U and 32 hexadecimal digits{first}")
    if len(found.ids) > IDS_LIMIT:
        raise Rejected(f"there are {len(found.ids):,} user ids in it; {IDS_LIMIT:,} fit")
    word, ids, expires = uuid4().hex[:12], sorted(found.ids), now + kept
    parts = [ids[start : start + PART] for start in range(0, len(ids), PART)]
    for number, part in enumerate(parts):
        ends = {"from": part[0][:2], "to": part[-1][:2]}
        document = {"ids": b"".join(part), "n": len(part), **ends, "expires": expires}
        parts_of(db, name).document(f"{word}-{number}").create(document)
    # Whoever erased themselves before a part was there was not found in it; whoever does from here on will be.
    gone = {stop for stop, why in stopped_since(db, now - AGO).items() if why == "erased"}
    for key in ids if gone else ():
        if stop_id(f"U{key.hex()}") in gone:
            take_out(db, name, key)

    def body(transaction: Transaction) -> int:
        written = [parts_of(db, name).document(f"{word}-{n}") for n in range(len(parts))]
        there = list(db.get_all(written, field_paths=["n"], transaction=transaction))
        if not all(part.exists for part in there):
            raise Rejected(f"somebody else has uploaded or deleted the list '{name}' meanwhile: upload it again")
        count = sum(int(part.get("n")) for part in there)
        holds = {"title": title, "count": count, "by": by, "at": now, "expires": expires}
        transaction.set(list_reference(db, name), holds | {"upload": word, "parts": len(parts)})
        audit_with(transaction, db, by, "list.upload", name, now)
        return count

    count = in_transaction(db, body)
    _sweep(db, name)
    return Uploaded(count, found.repeated, found.junk, found.junk_lines, expires)


def delete(db: Client, name: str, by: str, now: datetime) -> None:
    """Raises Rejected where there is none."""

    def body(transaction: Transaction) -> None:
        if not NAME.fullmatch(name) or not list_reference(db, name).get(transaction=transaction).exists:
            raise Rejected(f"there is no uploaded list '{name}'")
        transaction.delete(list_reference(db, name))
        audit_with(transaction, db, by, "list.delete", name, now)

    in_transaction(db, body)
    _sweep(db, name)


def _sweep(db: Client, name: str) -> None:
    """Delete the parts of all uploads but the one that holds."""
    found = [part.reference for part in parts_of(db, name).select(["from"]).stream()]
    for start in range(0, len(found), DELETES_AT_ONCE):
        _sweep_some(db, name, found[start : start + DELETES_AT_ONCE])


def _sweep_some(db: Client, name: str, parts: Sequence[DocumentReference]) -> None:
    def body(transaction: Transaction) -> None:
        # Read in it: another upload may have come to hold since its parts were listed.
        holds = (list_reference(db, name).get(transaction=transaction).to_dict() or {}).get("upload")
        for part in parts:
            if not part.id.startswith(f"{holds}-"):
                transaction.delete(part)

    in_transaction(db, body)


def _text(content: bytes) -> str:
    """Ids are ASCII in whatever encoding there is; what a spreadsheet calls Unicode is UTF-16."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if wide else "utf-8", errors="replace")


def _why(word: str) -> str:
    if USER.search(word):
        return "holds more than a user id"
    if word[0] not in "Uu":
        return "does not begin with U"
    if len(word) != 33:
        return f"has {len(word)} characters, not 33"
    return "holds what is no hexadecimal digit"
