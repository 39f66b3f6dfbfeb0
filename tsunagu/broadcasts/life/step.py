"""One step in the life of a broadcast: what it was, what it becomes, and the line in the audit, in one transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from google.cloud.firestore import Client, Transaction

from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast, of_snapshot, reference
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.store import audit_with

Change = Mapping[str, Any]


class Declined(Rejected):
    """`says`: why, in Japanese and in English."""

    def __init__(self, japanese: str, english: str) -> None:
        super().__init__(english)
        self.says = (japanese, english)


def step(
    db: Client,
    broadcast: str,
    deed: Callable[[Broadcast], tuple[str, State, Change]],
    by: str,
    now: datetime,
    why: str = "",
) -> tuple[Broadcast, Broadcast]:
    """Gives it as it was and as it became. `deed` says what the audit calls it, what it becomes, and what else changes.

    Raises Declined, also for a state that cannot become that.
    """

    def body(transaction: Transaction) -> Broadcast:
        found = of_snapshot(reference(db, broadcast).get(transaction=transaction))
        if found is None:
            raise Declined(f"「{broadcast}」という配信はありません。", f"there is no broadcast '{broadcast}'")
        did, state, change = deed(found)
        if not found.state.may_become(state):
            japanese, english = found.state.label
            raise Declined(
                f"「{found.title}」は{japanese}のため、{state.label[0]}にできません。",
                f"'{broadcast}' is {english}: it cannot become {state.label[1]}",
            )
        transaction.update(reference(db, broadcast), {**change, "state": state.value})
        audit_with(transaction, db, by, did, broadcast, now, why)
        return found

    before = in_transaction(db, body)
    after = of_snapshot(reference(db, broadcast).get())
    assert after is not None
    return before, after


def seen(found: Broadcast, version: int | None) -> None:
    """Whether it is as whoever decides has seen it; None is not asked. Raises Declined."""
    if version is not None and version != found.version:
        raise Declined(
            f"「{found.title}」は、見ていた間に書き直されました。もう一度ご確認ください。",
            f"'{found.id}' was rewritten meanwhile (version {found.version}, not {version}): look at it again",
        )
