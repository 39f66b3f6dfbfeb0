"""Documents as Firestore sends them. Its client takes a third of a millisecond to make a snapshot of each, and of notes
there are thousands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud.firestore import DocumentReference
from google.cloud.firestore_v1.base_query import BaseQuery

Stamp = tuple[int, int]  # when a document was changed last: seconds, nanoseconds


@dataclass(frozen=True)
class Raw:
    """`document` is the protocol's own message."""

    document: Any

    @property
    def id(self) -> str:
        return str(self.document.name.rpartition("/")[2])

    @property
    def update_time(self) -> Stamp:
        return self.document.update_time.seconds, self.document.update_time.nanos

    def get(self, field_path: str, /) -> Any:
        """Of a plain field; None where there is none."""
        if field_path not in self.document.fields:
            return None
        value = self.document.fields[field_path]
        kind = value.WhichOneof("value_type")
        return None if kind == "null_value" else getattr(value, kind)


def stream(query: BaseQuery, moment: datetime) -> Iterator[Raw]:
    """What the query finds in the database as it was at that moment."""
    collection = query._parent
    client = collection._client
    request = {
        "parent": collection._parent_info()[0],
        "structured_query": query._to_protobuf(),
        "read_time": moment,
    }
    for answer in client._firestore_api.run_query(request=request, metadata=client._rpc_metadata):
        if answer._pb.HasField("document"):
            yield Raw(answer._pb.document)


def fetch(documents: Sequence[DocumentReference], fields: Sequence[str], moment: datetime) -> list[Raw]:
    """Those that existed at that moment, with these fields, in no particular order."""
    if not documents:
        return []
    client = documents[0]._client
    request = {
        "database": client._database_string,
        "documents": [document._document_path for document in documents],
        "mask": {"field_paths": fields},
        "read_time": moment,
    }
    answers = client._firestore_api.batch_get_documents(request=request, metadata=client._rpc_metadata)
    return [Raw(answer._pb.found) for answer in answers if answer._pb.HasField("found")]
