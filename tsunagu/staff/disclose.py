"""The file handed to one person who asks what is held about them: sections, each of which says what it is.

Every subject offers `held(…, user)`, a part of the sections; the top of the house puts them together.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud.firestore import DocumentReference, DocumentSnapshot

Section = dict[str, Any]

SOMETHING = {
    "ja": "この利用者 ID について、つなぐが保存しているすべての情報です。held が空の項目には、何も保存していません。"
    "時刻は市の時刻です。障害で届かなかったメッセージと控え（バックアップ）は7日で消え、ここには含みません。"
    "LINE 自身が持つ情報も含みません。",
    "en": "Everything that Tsunagu holds about this user id. Of a section whose `held` is empty nothing is held."
    " Times are the city's. Not part of this: messages that could not be handled, and backups, which end after seven"
    " days, and what LINE itself holds.",
}
NOTHING = {
    "ja": "この利用者 ID について、つなぐは何も保存していません。LINE 自身が持つ情報は含みません。",
    "en": "Tsunagu holds nothing about this user id. What LINE itself holds is not part of this.",
}


def section(ja: str, en: str, held: Iterable[Mapping[str, Any]]) -> Section:
    return {"about": {"ja": ja, "en": en}, "held": list(held)}


def stored(*snapshots: DocumentSnapshot[DocumentReference], **more: object) -> list[dict[str, Any]]:
    """Those of the documents that there are, as they are; `more` explains what is in them."""
    return [
        {"document": snapshot.reference.path, **more, "fields": snapshot.to_dict()}
        for snapshot in snapshots
        if snapshot.exists
    ]


def holds_nothing(sections: Mapping[str, Section]) -> bool:
    return not any(one["held"] for one in sections.values())


def file_of(user: str, sections: Mapping[str, Section], at: datetime, zone: ZoneInfo) -> bytes:
    """JSON in UTF-8 that a person can read: times in the city's zone, bytes as hexadecimal digits."""

    def readable(value: object) -> str:
        if isinstance(value, datetime):
            return value.astimezone(zone).isoformat(timespec="milliseconds")
        if isinstance(value, bytes):
            return value.hex()
        return str(value)

    about = NOTHING if holds_nothing(sections) else SOMETHING
    whole = {"about": about, "user": user, "made_at": at, **sections}
    return (json.dumps(whole, ensure_ascii=False, indent=2, default=readable) + "\n").encode()
