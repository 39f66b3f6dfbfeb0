"""Add a picture that a broadcast may show."""

from datetime import datetime

from google.cloud import firestore, storage

from tsunagu.media.encode import encode
from tsunagu.media.store import ADDRESS, Picture, new_name, put
from tsunagu.staff.store import audit


def add(
    db: firestore.Client,
    client: storage.Client,
    bucket: str,
    data: bytes,
    by: str,
    now: datetime,
    address: str = ADDRESS,
) -> Picture:
    """`data` is somebody's file as it is. Raises Rejected, with a sentence for them, or TryAgain.

    The same file twice is two pictures: who knows one address learns nothing about another.
    """
    encoded = encode(data)
    name = new_name()
    audit(db, by, "media.add", f"{name}.jpg", now)
    return put(client, bucket, name, encoded, address)
