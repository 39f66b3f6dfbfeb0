"""Approving what somebody else wrote, or sending it back to them with a word."""

from datetime import datetime

from google.cloud.firestore import Client

from tsunagu.broadcasts.life.house import House
from tsunagu.broadcasts.life.step import Change, Declined, seen, step
from tsunagu.broadcasts.life.submit import goes_out
from tsunagu.broadcasts.rules import LATE, State
from tsunagu.broadcasts.store import Broadcast


def approve(
    db: Client,
    broadcast: str,
    by: str,
    now: datetime,
    rules: House,
    emergency: str | None = None,
    version: int | None = None,
) -> Broadcast:
    """With `emergency`, the reason why there is no time for somebody else, also what one wrote oneself.

    What was to go out a while ago goes out now; what was to go out longer ago than LATE is declined. Raises Declined.
    """
    why = (emergency or "").strip()

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        _is_waiting(found)
        seen(found, version)
        own = by.lower() in {writer.lower() for writer in (*found.writers, found.submitted_by or "")}
        if own and not why:
            raise Declined(
                f"「{found.title}」はご自身が書いたため、ほかの承認者の承認が必要です。",
                f"'{found.id}' is your own: somebody else must approve it, or say what the emergency is",
            )
        change = {
            "approved_by": by,
            "approved_at": now,
            "emergency": why if own else None,
            **goes_out(found, now, rules, late=LATE),
        }
        return "broadcast.emergency" if own else "broadcast.approve", State.SCHEDULED, change

    return step(db, broadcast, deed, by, now, why)[1]


def send_back(db: Client, broadcast: str, by: str, now: datetime, why: str) -> Broadcast:
    """A draft again. Raises Declined."""
    why = why.strip()
    if not why:
        raise Declined("差し戻す理由を書いてください。", "say why it is sent back")

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        _is_waiting(found)
        sent_back = {"by": by, "at": now, "why": why}
        nobody = {"submitted_by": None, "submitted_at": None, "needs_approval": None}
        return "broadcast.send_back", State.DRAFT, {"sent_back": sent_back, "open": False, **nobody}

    return step(db, broadcast, deed, by, now, why)[1]


def _is_waiting(found: Broadcast) -> None:
    if found.state is not State.WAITING:
        japanese, english = found.state.label
        raise Declined(
            f"「{found.title}」は承認待ちではありません（{japanese}）。",
            f"'{found.id}' is not waiting for approval: it is {english}",
        )
