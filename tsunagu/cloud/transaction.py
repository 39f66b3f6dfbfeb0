"""A transaction for the one path that is always busy, an event of LINE's.

Beginning and the first reading are one request; documents are written as protobuf at once. The client's own transaction
begins and reads in a request each, and its wrapped messages cost three times the CPU. See docs/decisions.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from google.api_core.exceptions import Aborted, DeadlineExceeded, GoogleAPICallError, ServiceUnavailable
from google.cloud import firestore
from google.cloud.firestore import DocumentReference
from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import BatchGetDocumentsRequest, CommitRequest, RollbackRequest, Write

from tsunagu.cloud.firestore import TRIES
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.cloud.wire import read_fields, write_fields

T = TypeVar("T")
PAUSE = 0.02  # seconds after the first lost race, doubled with each; a random part of it is waited


@dataclass(frozen=True)
class Found:
    """A document as it was read; `content` None: there is none."""

    content: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any] | None:
        return self.content


class Transaction:
    """Reads first, writes last: what is written reaches Firestore when `transact` commits."""

    def __init__(self, db: firestore.Client, retries: bytes) -> None:
        self.db = db
        self.id = b""
        self._retries = retries
        self._writes: list[Any] = []

    def read(self, *references: DocumentReference) -> list[Found]:
        """The documents in the order asked for; each stays as it is until the transaction ends."""
        database, names = self.db._database_string, [reference._document_path for reference in references]
        request = BatchGetDocumentsRequest.meta.pb(database=database, documents=names)
        if self.id:
            request.transaction = self.id
        else:
            request.new_transaction.read_write.retry_transaction = self._retries
        found: dict[str, Found] = {}
        for wrapped in self._api.batch_get_documents(BatchGetDocumentsRequest.wrap(request), metadata=self._metadata):
            answer = type(wrapped).pb(wrapped)
            self.id = answer.transaction or self.id
            if answer.HasField("found"):
                found[answer.found.name] = Found(read_fields(answer.found.fields, self.db))
        return [found.get(name, Found(None)) for name in names]

    def set(self, reference: DocumentReference, data: Mapping[str, Any]) -> None:
        write = Write.meta.pb()
        write.update.name = reference._document_path
        write_fields(write.update.fields, data)
        self._writes.append(write)

    def create(self, reference: DocumentReference, data: Mapping[str, Any]) -> None:
        self.set(reference, data)
        self._writes[-1].current_document.exists = False

    def update(self, reference: DocumentReference, data: Mapping[str, Any]) -> None:
        """Fields by their paths, such as `owed.others`; the document has to be there."""
        for write in _helpers.pbs_for_update(reference._document_path, dict(data), None):
            self._writes.append(Write.pb(write))

    def delete(self, reference: DocumentReference) -> None:
        self._writes.append(Write.meta.pb(delete=reference._document_path))

    def commit(self) -> None:
        request = CommitRequest.meta.pb(database=self.db._database_string, writes=self._writes, transaction=self.id)
        self._api.commit(CommitRequest.wrap(request), metadata=self._metadata)

    def rollback(self) -> None:
        if self.id:
            request = RollbackRequest(database=self.db._database_string, transaction=self.id)
            self._api.rollback(request, metadata=self._metadata)

    @property
    def _api(self) -> Any:
        return self.db._firestore_api

    @property
    def _metadata(self) -> Sequence[tuple[str, str]]:
        metadata: Sequence[tuple[str, str]] = self.db._rpc_metadata
        return metadata


def transact(db: firestore.Client, body: Callable[[Transaction], T]) -> T:
    """Run `body` in a transaction, again while others win. Raises TryAgain when it never won, or nobody answered."""
    before = b""
    for tried in range(TRIES):
        transaction = Transaction(db, before)
        try:
            result = body(transaction)
            transaction.commit()
            return result
        except Aborted:
            before = transaction.id
            time.sleep(random.uniform(0, PAUSE * 2**tried))
        except (ServiceUnavailable, DeadlineExceeded) as error:
            raise TryAgain("Firestore did not answer") from error
        except BaseException:
            _let_go(transaction)
            raise
    raise TryAgain("Firestore: contention")


def _let_go(transaction: Transaction) -> None:
    """What was locked is free at once instead of after a minute; that it cannot be said changes nothing."""
    try:
        transaction.rollback()
    except GoogleAPICallError:
        return
