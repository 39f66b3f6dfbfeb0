"""Cloud Storage: connecting, and a bucket that keeps what it is given under names that are used once."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, PreconditionFailed, RetryError
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

from tsunagu.cloud.outcomes import Rejected, TryAgain

PIECE = 4 * 1024 * 1024  # bytes in memory at a time, up and down; a multiple of 256 KiB, as Storage wants
PATIENCE = 20.0  # seconds for all tries of one request
ONCE = 0  # the generation of what is not there yet: an object is never overwritten


def connect(project: str) -> storage.Client:
    """One client a process; it finds the emulator by STORAGE_EMULATOR_HOST (with its http://) by itself."""
    return storage.Client(project=project)


class NotThere(Exception):
    """There is no such object, or no more."""


class Bucket:
    """`client` is asked for when first needed. Raises Rejected for a bucket that is not there or not open to us, and
    TryAgain while Storage does not answer."""

    def __init__(self, client: Callable[[], storage.Client], name: str, patience: float = PATIENCE) -> None:
        self._client = client
        self._name = name
        self._patience = patience

    def keep(self, name: str, content: bytes | Path, kind: str) -> None:
        """All of it is there when this returns, and nothing of it before; what has that name already stays.

        `kind` is a media type.
        """
        blob = self._client().bucket(self._name).blob(name, chunk_size=PIECE)
        how = {"content_type": kind, "if_generation_match": ONCE, "timeout": self._patience, "retry": self._retry}
        try:
            with self._told():
                if isinstance(content, Path):
                    blob.upload_from_filename(str(content), **how)
                else:
                    blob.upload_from_string(content, **how)
        except PreconditionFailed:
            pass  # an earlier try was taken and its answer lost
        except NotFound as error:
            raise Rejected(f"there is no bucket '{self._name}': see the setting PRIVATE_BUCKET") from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """Raises NotThere at once, before the first piece is asked for."""
        blob = self._client().bucket(self._name).blob(name)
        reader = blob.open("rb", chunk_size=PIECE, timeout=self._patience, retry=self._retry)
        try:
            with self._told():
                first = reader.read(PIECE)
        except NotFound as error:
            raise NotThere(name) from error

        def rest() -> Iterator[bytes]:
            piece = first
            while piece:
                yield piece
                with self._told():
                    piece = reader.read(PIECE)

        return rest()

    def delete(self, names: Iterable[str]) -> None:
        """What is not there is as it should be."""
        bucket = self._client().bucket(self._name)
        for name in names:
            try:
                with self._told():
                    bucket.blob(name).delete(timeout=self._patience, retry=self._retry)
            except NotFound:
                continue

    def renew(self, names: Iterable[str]) -> None:
        """Written anew under their names: what Storage knows of when each came is this moment. One at a time."""
        bucket = self._client().bucket(self._name)
        for name in names:
            try:
                with self._told():
                    bucket.copy_blob(bucket.blob(name), bucket, name, timeout=self._patience, retry=self._retry)
            except NotFound:
                continue

    @property
    def _retry(self) -> object:
        return DEFAULT_RETRY.with_timeout(self._patience)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (NotFound, PreconditionFailed):
            raise
        except Forbidden as error:
            raise Rejected(f"Google lets this account do no such thing in the bucket '{self._name}'") from error
        except (GoogleAPICallError, RetryError, RequestException) as error:
            raise TryAgain("Cloud Storage did not answer") from error
