"""The name under which LINE counts who opened a broadcast, of which it takes so many a month.

    units/{YYYYMM}    names: the broadcasts' own, in the city's month; elsewhere: how many others LINE has counted

LINE refuses a send with one name too many, so the city counts by itself what it has used.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud.firestore import Client, DocumentReference, Transaction

from tsunagu.broadcasts.rules import unit_of

UNITS = "units"
NAMES_LIMIT = 990  # LINE takes 1,000 a month, and a broadcast that goes out over the month's end counts in both


def claim_unit(db: Client, transaction: Transaction, broadcast: str, now: datetime, zone: ZoneInfo) -> str | None:
    """Its name, the same however often it is asked for; None when the month's are used up, and then it is sent without.

    Reads, so it comes before everything that the transaction writes.
    """
    name, month = unit_of(broadcast), _month(db, now, zone)
    known = month.get(transaction=transaction).to_dict() or {}
    names = known.get("names", [])
    if name in names:
        return name
    if len(names) + known.get("elsewhere", 0) >= NAMES_LIMIT:
        return None
    transaction.set(month, {"names": [*names, name]}, merge=True)
    return name


def names_counted(db: Client, by_line: int, now: datetime, zone: ZoneInfo) -> None:
    """LINE has counted so many this month: what is more than ours was used by somebody else on the same account."""
    month = _month(db, now, zone)
    ours = len((month.get().to_dict() or {}).get("names", []))
    month.set({"elsewhere": max(0, by_line - ours)}, merge=True)


def _month(db: Client, now: datetime, zone: ZoneInfo) -> DocumentReference:
    return db.collection(UNITS).document(f"{now.astimezone(zone):%Y%m}")
