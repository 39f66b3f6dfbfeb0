"""Photos that answer a survey: fetched from LINE, drawn anew without metadata, and kept in the private bucket.

A photo is there before the transaction that names it commits. One that no response ever names is seen by nobody and
ends like all others, with the days that infra/ gives them.
"""

from collections.abc import Iterable

from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.storage import Bucket
from tsunagu.line import contents
from tsunagu.line.contents import Contents
from tsunagu.media.encode import UPLOAD_LIMIT, encode
from tsunagu.surveys import store
from tsunagu.surveys.store import Survey

FOLDER = "surveys"  # of the bucket; infra/ lets the chat into no other
JPEG = "image/jpeg"

NotYet, Gone = contents.NotYet, contents.Gone


class NoPhoto(Rejected):
    """Too large, broken, or no picture at all: a sentence for whoever sent it."""


class Photos:
    def __init__(self, contents: Contents, bucket: Bucket, respondent_secret: str) -> None:
        self._contents = contents
        self.bucket = bucket
        self._secret = respondent_secret

    def fetch_and_keep(self, survey: Survey, respondent: str, message_id: str) -> str:
        """The name of its object; the same at every try.

        Raises NotYet while LINE prepares it, Gone, NoPhoto, Rejected where the bucket is not to be had, and TryAgain.
        """
        if survey.salt is None:
            raise Rejected(f"survey {survey.id} takes no answers any more")
        named = store.pseudonym(self._secret, survey.salt, f"{respondent}/{message_id}")
        try:
            photo = self._contents.fetch(message_id, UPLOAD_LIMIT)
        except contents.Unreachable as error:
            raise TryAgain("LINE did not hand out a photo") from error
        name = name_of(survey.id, f"{named}.jpg")
        try:
            drawn = encode(photo).original
        except Rejected as error:
            raise NoPhoto(error.reason) from error
        self.bucket.keep(name, drawn, JPEG)
        return name

    def delete(self, names: Iterable[str]) -> None:
        """Of answers that were taken back or erased. Idempotent. Raises TryAgain."""
        self.bucket.delete(names)


def name_of(survey: str, file: str) -> str:
    return f"{FOLDER}/{survey}/{file}"
