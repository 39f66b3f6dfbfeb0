"""What staff do with a survey by hand: open, pause, resume, close, archive, and take out of the archive again."""

from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud import firestore

from tsunagu.cloud.firestore import in_transaction
from tsunagu.staff.store import audit_with
from tsunagu.surveys import moves, store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.moves import Verb
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import Survey


def act(db: firestore.Client, id: str, verb: Verb, by: str, now: datetime, city: ZoneInfo) -> bool:
    """False: it was so already. Raises Declined, which says what to do instead."""

    def wanted(survey: Survey) -> State:
        state = verb.wanted(id, survey.state)
        if verb == Verb.RESUME:
            not_past(survey.definition, now, city)
        return state

    return store.move(db, id, wanted, now, by)


def open_draft(db: firestore.Client, id: str, by: str, now: datetime, city: ZoneInfo, seen: str | None = None) -> State:
    """Open a draft; one whose `opens` lies ahead is left to the clock. Gives the state it has now.

    `seen` as for `store.put`. Raises Declined.
    """

    def body(transaction: firestore.Transaction) -> State:
        survey = store.read_to_change(db, transaction, id)
        Verb.OPEN.wanted(id, survey.state)
        if seen is not None and seen != store.digest(survey.definition):
            raise moves.written_meanwhile(id, known=True)
        if survey.state == State.OPEN:
            return State.OPEN
        not_past(survey.definition, now, city)
        opens = survey.definition.opens_at(city)
        if opens is not None and opens > now:
            transaction.update(store.reference(db, id), {"ready": True})
            audit_with(transaction, db, by, f"survey.{Verb.OPEN.value}", id, now)
            return State.DRAFT
        store.move_in(db, transaction, survey, State.OPEN, now, by)
        return State.OPEN

    return in_transaction(db, body)


def not_past(definition: Definition, now: datetime, city: ZoneInfo) -> None:
    """Raises Declined where nobody could answer any more."""
    closes = definition.closes_at(city)
    if closes is not None and closes <= now:
        raise moves.is_past(definition.id, f"{definition.closes:%Y-%m-%d %H:%M}")
