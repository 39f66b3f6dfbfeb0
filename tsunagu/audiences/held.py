"""On which uploaded lists one person is: all that the audiences' part of an erasure reaches."""

from collections.abc import Iterator
from typing import Any

from google.cloud.firestore import Client

from tsunagu.audiences.store import ID_LISTS, list_of, list_reference, parts_with
from tsunagu.residents.store import key_of
from tsunagu.staff.disclose import Section, section


def held(db: Client, user: str) -> dict[str, Section]:
    return {
        "id_lists": section(
            "この方の利用者 ID が載っている、職員が登録した名簿。名簿は expires の日に消えます。",
            "Lists uploaded by staff on which their user id stands. A list ends by itself on the day of `expires`.",
            _lists(db, key_of(user)),
        )
    }


def _lists(db: Client, key: bytes) -> Iterator[dict[str, Any]]:
    """Of a list only that they are on it: the rest is other people's ids."""
    for reference in db.collection(ID_LISTS).list_documents():
        for part in parts_with(db, reference.id, key):
            yield {"document": part.reference.path, "list": reference.id, "expires": part.get("expires")}
            whole = list_reference(db, reference.id).get()
            if whole.exists and part.id.startswith(f"{whole.get('upload')}-"):
                found = list_of(whole)
                about = {"title": found.title, "uploaded_by": found.by, "uploaded_at": found.at}
                yield {"document": whole.reference.path, "list": found.name, **about, "expires": found.expires}
