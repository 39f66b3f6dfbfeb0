"""Writing a broadcast: a draft, which its writers may write anew as long as it is one."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from google.cloud.firestore import Client, Transaction

from tsunagu.audiences.rules import Audience
from tsunagu.audiences.store import expanded
from tsunagu.broadcasts.definition import MINUTE, Definition
from tsunagu.broadcasts.life.step import Declined, seen
from tsunagu.broadcasts.repeat import Repeat
from tsunagu.broadcasts.rules import LATE, State
from tsunagu.broadcasts.store import Broadcast, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction
from tsunagu.staff.store import audit_with

# A document has every field from the beginning. What delivery adds, it adds itself.
UNTOUCHED: Mapping[str, Any] = {
    "due_at": None,
    "needs_approval": None,
    "submitted_by": None,
    "submitted_at": None,
    "approved_by": None,
    "approved_at": None,
    "emergency": None,
    "sent_back": None,
    "series": None,
    "occurrence": None,
    "paused": None,
    "withdrawn_at": None,
    "withdrawn_by": None,
    "ended_at": None,
    "open": False,
    "holds_ids": False,
    "keeps_invited": False,
    "spread": None,
}


def write(
    db: Client,
    definition: Definition,
    by: str,
    now: datetime,
    id: str | None = None,
    version: int | None = None,
) -> Broadcast:
    """A new draft; or, with its `id` and the `version` that the writer has seen, another text for a draft there is.

    Raises Declined: the id is taken, it is no draft any more, somebody else has written since. Raises Rejected: a saved
    audience is not there.
    """
    named = id or definition.id or f"{definition.first(now):%Y%m%d}-{uuid4().hex[:8]}"
    new = id is None
    # What was saved under a name may change; what was approved may not.
    to = expanded(db, definition.audience)

    def body(transaction: Transaction) -> None:
        ref = reference(db, named)
        found = of_snapshot(ref.get(transaction=transaction))
        fields = _written(definition, to, now)
        if found is None:
            if not new:
                raise Declined(f"「{named}」という配信はありません。", f"there is no broadcast '{named}'")
            transaction.create(ref, {**UNTOUCHED, **fields, "by": by, "writers": [by], "version": 1})
        else:
            _may_be_rewritten(found, definition, new, version)
            writers = list(dict.fromkeys([*found.writers, by]))
            transaction.update(ref, {**fields, "writers": writers, "version": found.version + 1})
        audit_with(transaction, db, by, "broadcast.write", named, now)

    in_transaction(db, body)
    written = of_snapshot(reference(db, named).get())
    assert written is not None
    return written


def _may_be_rewritten(found: Broadcast, definition: Definition, new: bool, version: int | None) -> None:
    if new:
        raise Declined(
            f"「{found.id}」という配信がすでにあります。別の ID を付けてください。",
            f"there is a broadcast '{found.id}' already: give this one another id",
        )
    if found.state is not State.DRAFT:
        japanese, english = found.state.label
        raise Declined(
            f"「{found.title}」は{japanese}のため、書き直せません。",
            f"'{found.id}' is {english}: only a draft can be written anew",
        )
    if definition.id not in (None, found.id):
        raise Declined(
            f"ID は変えられません（「{found.id}」のままです）。",
            f"'{found.id}' keeps its id: it cannot become '{definition.id}'",
        )
    # Without a version nobody can tell what the writer has seen.
    seen(found, version or 0)


def _written(definition: Definition, to: Audience, now: datetime) -> dict[str, Any]:
    """The fields that are its writers'."""
    versions, version_for = definition.versions()
    repeat, limit = definition.when, definition.not_after
    lasts = limit if isinstance(limit, timedelta) else LATE
    return {
        "title": definition.title,
        "kind": definition.kind.value,
        "state": State.DRAFT.value,
        "when": definition.first(now),
        "at_once": definition.when == "now",
        "not_after": limit if isinstance(limit, datetime) else None,
        "repeat": {"rule": repeat.to_document(), "minutes": lasts // MINUTE} if isinstance(repeat, Repeat) else None,
        "written_at": now,
        "to": to.to_document(),
        # As text: the order of fields stays, and with it the body of every try.
        "messages": {name: json.dumps(version, ensure_ascii=False) for name, version in versions.items()},
        "version_for": version_for,
        "survey": definition.survey(),
        "remind": definition.remind,
        "over_minutes": definition.over_minutes,
        "source": definition.written(),
    }
