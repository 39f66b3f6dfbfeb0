"""Erasure: what one person answered goes, wherever it can still be told whose it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from google.cloud import firestore

from tsunagu.cloud.firestore import in_transaction
from tsunagu.packs.shelf import note
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition, Photo
from tsunagu.surveys.rules import Response
from tsunagu.surveys.tags import tags_of


class Deletes(Protocol):
    """Photos by their names in the private bucket; what is gone already is as it should be."""

    def delete(self, names: Sequence[str], /) -> None: ...


class Photos(Deletes, Protocol):
    def renew(self, names: Sequence[str], /) -> None:
        """Write each once more under its name, so that nothing but this moment is kept of when it came."""


class Nowhere:
    """A city without a private bucket, where no photo can have been given."""

    def delete(self, names: Sequence[str], /) -> None:
        raise RuntimeError("there are photos among the answers, and no PRIVATE_BUCKET to look for them in")

    renew = delete


NOWHERE = Nowhere()


def erase(db: firestore.Client, secret: str, user: str, now: datetime, photos: Deletes = NOWHERE) -> None:
    """Idempotent. The responses of an anonymous survey that has been anonymised can no longer be found."""
    for survey in store.everything(db):
        if survey.salt is not None:
            _erase(db, survey.id, store.pseudonym(secret, survey.salt, user), now, photos)


def photos_of(definition: Definition, response: Response) -> set[str]:
    """Names in the private bucket, also of what is not on the path any more."""
    given = (response.answers.get(question.id) for question in definition.asked if isinstance(question, Photo))
    return {str(answer.value) for answer in given if answer is not None and answer.value}


def _erase(db: firestore.Client, id: str, respondent: str, now: datetime, photos: Deletes) -> None:
    gone: set[str] = set()

    def body(transaction: firestore.Transaction) -> set[str]:
        """The photos that have to go first: once the response is gone, nobody knows their names."""
        survey = store.read_to_change(db, transaction, id)
        truth = store.response_reference(db, survey, respondent)
        document = truth.get(transaction=transaction).to_dict()
        if document is None:
            return set()
        response = store.of_response(document)
        definition = store.definition_by(
            lambda reference: reference.get(transaction=transaction), survey, response.edition, db
        )
        if left := photos_of(definition, response) - gone:
            return left
        version = store.next_version(response.version, now)
        transaction.delete(truth)
        transaction.delete(tags_of(db, survey, respondent))
        transaction.set(*note(store.responses_shelf(db, survey), respondent, version, None))
        transaction.update(store.reference(db, survey.id), {"settled": False})
        return set()

    while left := in_transaction(db, body):
        photos.delete(sorted(left))
        gone |= left
