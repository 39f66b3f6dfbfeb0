"""Surveys in Firestore: the definition and its state; responses, each with a note for the packs beside the truth.

    surveys/{id}                        definition, state, opened_at, closed_at, salt, settled, anonymised_at;
                                        while it is anonymised leased_until, cleaned_up_to
    surveys/{id}/responses/{respondent} answers, ward, district, age_band, language, started_at, finished_at, version
    surveys/{id}/changes/{respondent}   notes (tsunagu.packs)
    surveys/{id}/packs/{bucket}         packed answers

`definition` and `answers` must be exempt from indexing: they hold up to 5,000 characters in many fields. `settled` says
that nothing is left to do for a survey that is closed: nothing to fold, nothing to anonymise.
"""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore import DocumentReference, FieldFilter

from tsunagu.chat.turn import Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.shelf import Shelf, note
from tsunagu.surveys.answers import Answer
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import Response, State, pack_schema, packed_row

SURVEYS = "surveys"
RESPONSES = "responses"


@dataclass(frozen=True)
class Survey:
    """`salt` is gone once an anonymous survey is anonymised: then nobody can tell whose a response is."""

    definition: Definition
    state: State = State.DRAFT
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    salt: bytes | None = None
    settled: bool = False
    anonymised_at: datetime | None = None
    cleaned_up_to: str = ""  # where anonymising stands among the conversations

    @property
    def id(self) -> str:
        return self.definition.id

    @property
    def is_to_be_anonymised(self) -> bool:
        return self.definition.anonymous and self.state == State.CLOSED and self.anonymised_at is None


def reference(db: firestore.Client, id: str) -> DocumentReference:
    return db.collection(SURVEYS).document(id)


def responses_shelf(db: firestore.Client, survey: Survey) -> Shelf:
    of = reference(db, survey.id)
    return Shelf(of.collection("packs"), of.collection("changes"), pack_schema(survey.definition))


def of_document(document: Mapping[str, Any]) -> Survey:
    """A field that a later version has written is left alone."""
    known = {each.name: document[each.name] for each in fields(Survey) if each.name in document}
    definition = Definition.model_validate(document["definition"])
    return Survey(**{**known, "definition": definition, "state": State(document["state"])})


def get(db: firestore.Client, id: str) -> Survey | None:
    document = reference(db, id).get().to_dict()
    return of_document(document) if document else None


def read(turn: Turn, id: str) -> Survey | None:
    # A name with a slash in it, from a button that is not ours, would be another document's.
    document = turn.read(reference(turn.db, id)).to_dict() if id and "/" not in id else None
    return of_document(document) if document else None


def everything(db: firestore.Client) -> list[Survey]:
    """Newest first; drafts before all others."""
    found = [of_document(snapshot.to_dict() or {}) for snapshot in db.collection(SURVEYS).stream()]
    return sorted(found, key=lambda survey: (survey.opened_at is None, survey.opened_at or 0, survey.id), reverse=True)


def has_notes(db: firestore.Client, survey: Survey) -> bool:
    """Whether anything is left to fold."""
    return any(True for _ in responses_shelf(db, survey).notes.limit(1).select([]).stream())


def in_state(db: firestore.Client, state: State) -> list[Survey]:
    found = db.collection(SURVEYS).where(filter=FieldFilter("state", "==", state.value))
    return [of_document(snapshot.to_dict() or {}) for snapshot in found.stream()]


def unsettled(db: firestore.Client) -> list[Survey]:
    found = db.collection(SURVEYS).where(filter=FieldFilter("settled", "==", False))
    return [of_document(snapshot.to_dict() or {}) for snapshot in found.stream()]


def put(db: firestore.Client, definition: Definition) -> None:
    """Store a draft, or a better version of one. Raises Rejected once residents may have seen it."""

    def body(transaction: firestore.Transaction) -> None:
        known = reference(db, definition.id).get(transaction=transaction).to_dict()
        if known and State(known["state"]) != State.DRAFT:
            raise Rejected(f"survey {definition.id} is {known['state']}: only a draft can be changed")
        draft = {
            "definition": definition.model_dump(mode="json", exclude_none=True),
            "state": State.DRAFT.value,
            "salt": known["salt"] if known else secrets.token_bytes(16),
            "settled": False,
        }
        transaction.set(reference(db, definition.id), draft)

    in_transaction(db, body)


def become(db: firestore.Client, id: str, state: State, now: datetime) -> bool:
    """Open or close. False: it was so already. Raises Rejected where there is no way there."""

    def body(transaction: firestore.Transaction) -> bool:
        document = reference(db, id).get(transaction=transaction).to_dict()
        if not document:
            raise Rejected(f"there is no survey {id}")
        known = State(document["state"])
        if known == state:
            return False
        if not known.may_become(state):
            raise Rejected(f"survey {id} is {known.value}: it cannot become {state.value}")
        moment = "opened_at" if state == State.OPEN else "closed_at"
        transaction.update(reference(db, id), {"state": state.value, moment: now})
        return True

    return in_transaction(db, body)


def pseudonym(secret: str, salt: bytes, what: str) -> str:
    """A name for `what` that nobody can make or read without the city's secret and this survey's salt.

    Also for the ids of events and messages: as they are, they would lead to the claims and conversations of residents.
    """
    digest = hmac.digest(secret.encode(), salt + what.encode(), "sha256")
    return b32encode(digest).decode().lower()[:26]


def read_response(turn: Turn, survey: Survey, respondent: str) -> Response | None:
    document = turn.read(response_reference(turn.db, survey, respondent)).to_dict()
    return of_response(document) if document else None


def keep(turn: Turn, survey: Survey, respondent: str, before: Response | None, response: Response) -> Response:
    """The truth and its note, under the next version, in the turn's one transaction; nothing where nothing changed."""
    if response == before:
        return response
    newer = replace(response, version=next_version(response.version, turn.now))
    truth, noted = documents_of(turn.db, survey, respondent, newer)
    turn.set(*truth)
    if noted[1]["row"] is not None or (before and packed_row(survey.definition, respondent, before)):
        turn.set(*noted)
    if survey.settled:
        turn.update(reference(turn.db, survey.id), {"settled": False})
    return newer


def next_version(before: int, now: datetime) -> int:
    """Microseconds, so that versions grow across an erasure and a new beginning."""
    return max(before + 1, int(now.timestamp() * 1_000_000))


def documents_of(
    db: firestore.Client, survey: Survey, respondent: str, response: Response
) -> list[tuple[DocumentReference, dict[str, Any]]]:
    """The two documents that change together: the truth, and its note for the packs."""
    shelf = responses_shelf(db, survey)
    row = packed_row(survey.definition, respondent, response)
    truth = {
        "answers": {id: answer.write() for id, answer in response.answers.items()},
        "ward": response.ward,
        "district": response.district,
        "age_band": response.age_band,
        "language": response.language,
        "started_at": response.started_at,
        "finished_at": response.finished_at(survey.definition),
        "version": response.version,
    }
    return [(response_reference(db, survey, respondent), truth), note(shelf, respondent, response.version, row)]


def of_response(document: Mapping[str, Any]) -> Response:
    answers = {id: Answer.read(answer) for id, answer in document["answers"].items()}
    known = {each.name: document[each.name] for each in fields(Response) if each.name in document}
    return Response(**{**known, "answers": answers})


def responses(db: firestore.Client, survey: Survey) -> Iterator[tuple[str, Response]]:
    """The truth, to recount from."""
    for snapshot in reference(db, survey.id).collection(RESPONSES).stream():
        yield snapshot.id, of_response(snapshot.to_dict() or {})


def response_reference(db: firestore.Client, survey: Survey, respondent: str) -> DocumentReference:
    found: DocumentReference = reference(db, survey.id).collection(RESPONSES).document(respondent)
    return found
