"""Scheduling a broadcast: what was checked becomes a document that run_due_work will find."""

import json
from datetime import datetime
from uuid import uuid4

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore import Client

from tsunagu.broadcasts.definition import Definition
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import reference
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import audit


def schedule(db: Client, definition: Definition, by: str, now: datetime) -> str:
    """Gives its id; raises Rejected when that id is taken. The audit has it before it exists."""
    when = now if definition.when == "now" else definition.when
    broadcast = definition.id or f"{when:%Y%m%d}-{uuid4().hex[:8]}"
    versions, version_for = definition.versions()
    audit(db, by, "broadcast.schedule", broadcast, now)
    try:
        reference(db, broadcast).create(
            {
                "title": definition.title,
                "kind": definition.kind.value,
                "state": State.SCHEDULED.value,
                "when": when,
                "by": by,
                "scheduled_at": now,
                "to": {name: list(group) for name, group in definition.audience},
                # As text: the order of fields stays, and with it the body of every try.
                "messages": {name: json.dumps(version, ensure_ascii=False) for name, version in versions.items()},
                "version_for": version_for,
                "survey": definition.survey(),
                "source": definition.model_dump_json(exclude_none=True),
                "open": True,
                "holds_ids": False,
            }
        )
    except AlreadyExists as error:
        raise Rejected(f"there is a broadcast '{broadcast}' already: give this one another id") from error
    return broadcast
