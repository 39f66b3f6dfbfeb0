"""Testers: staff whose own phones get a broadcast before anybody else does.

    testers/{userId}        name, email, at, by: the phone of a member of staff
    tester_codes/{code}     name, email, by, expires: shown in the console, typed in LINE as 「テスト登録 123456」
    tester_tries/{userId}   wrong, expires: when somebody typed a wrong code of late

Nobody types a user id, and nobody is linked who does not hold the phone. Time to live: `expires` of codes and of tries.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.cloud.firestore import Client, DocumentReference, DocumentSnapshot, Transaction

from tsunagu.chat.turn import Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import as_typed
from tsunagu.staff import store as staff
from tsunagu.staff.disclose import Section, section, stored
from tsunagu.staff.store import audit_with

TESTERS = "testers"
CODES = "tester_codes"
TRIES = "tester_tries"
CODE_DIGITS = 6
CODE_LASTS = timedelta(minutes=10)
WRONG_LIMIT = 5  # in that time: of a million codes a guess would need years

LINK = re.compile(rf"(?:{as_typed('テスト登録')}|tester):?([0-9]*)")  # as typed, so without spaces
UNLINK = (as_typed("テスト解除"), as_typed("tester off"))

Said = tuple[str, dict[str, object]]
"""An entry of the catalogue, and what it is filled with."""


@dataclass(frozen=True)
class Tester:
    user: str
    name: str
    email: str
    at: datetime
    by: str


def every(db: Client) -> list[Tester]:
    """By name; somebody with two phones is here twice."""
    found = [_tester(snapshot) for snapshot in db.collection(TESTERS).stream()]
    return sorted(found, key=lambda tester: (tester.name, tester.at))


def new_code(db: Client, email: str, name: str, now: datetime, by: str = "") -> str:
    """Six digits that link one phone to this member of staff within ten minutes; `by`: who asked, if somebody else.

    Raises Rejected for one who is not of the staff.
    """
    if not email or "/" in email or staff.read(db, email) is None:
        raise Rejected(f"'{email}' is not of the city's staff, and only staff can be testers")

    def body(transaction: Transaction) -> str | None:
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        taken = _code(db, code).get(transaction=transaction)
        if taken.exists and taken.get("expires") > now:
            return None
        fields = {"name": name or email, "email": email.lower(), "by": by or email, "expires": now + CODE_LASTS}
        transaction.set(_code(db, code), fields)
        audit_with(transaction, db, by or email, "tester.code", email.lower(), now)
        return code

    while (code := in_transaction(db, body)) is None:
        pass
    return code


def remove(db: Client, user: str, by: str, now: datetime) -> Tester:
    """Raises Rejected where that phone is nobody's."""
    unknown = Rejected("that phone is not a tester's (any more)")
    if not user or "/" in user:  # from a form, as it came
        raise unknown

    def body(transaction: Transaction) -> Tester:
        found = _reference(db, user).get(transaction=transaction)
        if not found.exists:
            raise unknown
        tester = _tester(found)
        transaction.delete(found.reference)
        audit_with(transaction, db, by, "tester.remove", tester.email, now)
        return tester

    return in_transaction(db, body)


def concerns(typed: str | None) -> bool:
    """Whether these words, as compared, are about being a tester."""
    return typed is not None and (typed in UNLINK or LINK.fullmatch(typed) is not None)


def hear(turn: Turn, typed: str) -> Said:
    """Link or unlink the phone they were typed on, and what to say to that."""
    match = LINK.fullmatch(typed)
    return _unlink(turn) if match is None else _link(turn, match[1])


def erase(db: Client, user: str, now: datetime) -> None:
    """As a part of an erasure: the phone gets no tests any more, and nothing tells that it tried."""
    _reference(db, user).delete()
    _tries(db, user).delete()


def held(db: Client, user: str) -> dict[str, Section]:
    return {
        "tester": section(
            "市の職員として試験用の配信を受け取る登録と、登録の番号を間違えた時刻。番号を間違えた時刻は10分で無効にな"
            "り、そのあと消えます。",
            "That this is the phone of a member of staff who gets test sends, and when they mistyped the code for it,"
            " which counts for ten minutes and ends soon after.",
            stored(_reference(db, user).get(), _tries(db, user).get()),
        )
    }


def _link(turn: Turn, code: str) -> Said:
    tries = _tries(turn.db, turn.user)
    wrong = [at for at in (turn.read(tries).to_dict() or {}).get("wrong", []) if at + CODE_LASTS > turn.now]
    if len(wrong) >= WRONG_LIMIT:
        return "tester_wait", {}
    if len(code) != CODE_DIGITS:
        return "tester_code", {}
    offered = turn.read(_code(turn.db, code))
    if not offered.exists or offered.get("expires") <= turn.now:
        turn.set(tries, {"wrong": [*wrong, turn.now], "expires": turn.now + CODE_LASTS})
        return "tester_code", {}
    name, email, by = (offered.get(field) for field in ("name", "email", "by"))
    turn.delete(offered.reference)
    turn.delete(tries)
    turn.set(_reference(turn.db, turn.user), {"name": name, "email": email, "at": turn.now, "by": by})
    audit_with(turn, turn.db, email, "tester.link", email, turn.now)
    return "tester_linked", {"name": name}


def _unlink(turn: Turn) -> Said:
    found = turn.read(_reference(turn.db, turn.user))
    if not found.exists:
        return "tester_none", {}
    tester = _tester(found)
    turn.delete(found.reference)
    audit_with(turn, turn.db, tester.email, "tester.remove", tester.email, turn.now)
    return "tester_unlinked", {"name": tester.name}


def _tester(found: DocumentSnapshot[DocumentReference]) -> Tester:
    return Tester(found.id, *(found.get(field) for field in ("name", "email", "at", "by")))


def _reference(db: Client, user: str) -> DocumentReference:
    return db.collection(TESTERS).document(user)


def _code(db: Client, code: str) -> DocumentReference:
    return db.collection(CODES).document(code)


def _tries(db: Client, user: str) -> DocumentReference:
    return db.collection(TRIES).document(user)
