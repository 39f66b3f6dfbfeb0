"""Revising a survey that residents are answering: a new edition for whoever begins from now on.

Answers begun under an earlier edition go on under it, and the report reads all. So the earlier definition is stored,
and the new one takes its place, in one transaction. A fold under way, which knows only the columns of before, refuses
what has others (tsunagu.packs.fold) and is done again.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from google.cloud import firestore

from tsunagu.broadcasts.life.step import Declined
from tsunagu.cloud.firestore import in_transaction
from tsunagu.staff.store import audit_with
from tsunagu.surveys import moves, store
from tsunagu.surveys.changes import changes
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.life.act import not_past
from tsunagu.surveys.rules import State


def revise(db: firestore.Client, definition: Definition, seen: int, by: str, now: datetime, city: ZoneInfo) -> int:
    """The new edition's number. `definition` has been checked against the others (`sound.problems_of_edition`), of
    which the last that was seen is edition `seen`. Raises Declined.
    """

    def body(transaction: firestore.Transaction) -> int:
        survey = store.read_to_change(db, transaction, definition.id)
        if survey.state not in (State.OPEN, State.PAUSED):
            raise moves.not_to_revise(survey.id, survey.state)
        if survey.edition != seen:
            raise moves.written_meanwhile(survey.id, known=True)
        if not changes(survey.definition, definition):
            raise Declined("何も変わっていません。", f"nothing would change: this is edition {seen} of {survey.id}")
        not_past(definition, now, city)
        reference = store.reference(db, survey.id)
        earlier = reference.collection(store.EDITIONS).document(str(survey.edition))
        transaction.create(earlier, {"definition": survey.definition.written(), "until": now})
        change = {"definition": definition.written(), "edition": survey.edition + 1, "recount": True}
        transaction.update(reference, change)
        audit_with(transaction, db, by, "survey.revise", survey.id, now)
        return survey.edition + 1

    return in_transaction(db, body)
