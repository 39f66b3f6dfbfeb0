"""Documents in Firestore's protobuf, without the client's wrapped messages, which cost most of the CPU of a write.

Source: google.firestore.v1.Value. Lists, maps and plain values are all that documents here hold.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import Value

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Message = Any  # protobuf's own classes have no types


def write_fields(fields: Message, data: Mapping[str, Any]) -> None:
    """Fill a protobuf map of fields. Raises TypeError for what Firestore does not hold."""
    for name, value in data.items():
        _write(fields[name], value)


def read_fields(fields: Message, db: firestore.Client) -> dict[str, Any]:
    return {name: _read(value, db) for name, value in fields.items()}


def _write(into: Message, value: Any) -> None:
    match value:
        case None:
            into.null_value = 0
        case bool():
            into.boolean_value = value
        case int():
            into.integer_value = value
        case float():
            into.double_value = value
        case str():
            into.string_value = value
        case bytes():
            into.bytes_value = value
        case datetime():
            since = value - EPOCH
            into.timestamp_value.seconds = since.days * 86_400 + since.seconds
            into.timestamp_value.nanos = since.microseconds * 1_000
        case Mapping():
            into.map_value.SetInParent()  # also where it is empty
            write_fields(into.map_value.fields, value)
        case list() | tuple():
            into.array_value.SetInParent()
            for item in value:
                _write(into.array_value.values.add(), item)
        case _:
            raise TypeError(f"Firestore holds no {type(value).__name__}")


def _read(value: Message, db: firestore.Client) -> Any:
    match value.WhichOneof("value_type"):
        case "null_value":
            return None
        case "map_value":
            return read_fields(value.map_value.fields, db)
        case "array_value":
            return [_read(item, db) for item in value.array_value.values]
        case "timestamp_value":
            stamp = value.timestamp_value
            return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1_000)
        case "boolean_value" | "integer_value" | "double_value" | "string_value" | "bytes_value" as plain:
            return getattr(value, plain)
        case _:
            return _helpers.decode_value(Value.wrap(value), db)
