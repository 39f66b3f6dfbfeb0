"""Erasure: what one person answered goes, wherever it can still be told whose it is."""

from datetime import datetime

from google.cloud import firestore

from tsunagu.cloud.firestore import in_transaction
from tsunagu.packs.shelf import note
from tsunagu.surveys import store
from tsunagu.surveys.store import Survey


def erase(db: firestore.Client, secret: str, user: str, now: datetime) -> None:
    """Idempotent. The responses of an anonymous survey that has been anonymised can no longer be found."""
    for survey in store.everything(db):
        if survey.salt is not None:
            _erase(db, survey, store.pseudonym(secret, survey.salt, user), now)


def _erase(db: firestore.Client, survey: Survey, respondent: str, now: datetime) -> None:
    truth = store.response_reference(db, survey, respondent)

    def body(transaction: firestore.Transaction) -> None:
        document = truth.get(transaction=transaction).to_dict()
        if document is None:
            return
        version = store.next_version(document["version"], now)
        transaction.delete(truth)
        transaction.set(*note(store.responses_shelf(db, survey), respondent, version, None))
        transaction.update(store.reference(db, survey.id), {"settled": False})

    in_transaction(db, body)
