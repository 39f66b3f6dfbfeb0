"""Surveys in Firestore: the definition and its state; responses, each with a note for the packs beside the truth.

    surveys/{id}                        definition, edition, state, ready, moved_by, by_hand_at, opened_at, closed_at,
                                        salt, settled, recount, full, anonymised_at; while it is anonymised
                                        leased_until, cleaned_up_to; of an imported one imported_at, imported_from,
                                        left_out; published (bring.published)
    surveys/{id}/imports/run            how far an import has come (bring.keep)
    surveys/{id}/editions/{n}           an earlier definition, until
    surveys/{id}/responses/{respondent} answers, ward, district, age_band, language, started_at, finished_at, version
    surveys/{id}/changes/{respondent}   notes (tsunagu.packs)
    surveys/{id}/packs/{bucket}         packed answers

`definition` and `answers` must be exempt from indexing: they hold up to 5,000 characters in many fields. `settled` says
that nothing is left to do for a survey that has ended: nothing to fold or to anonymise, and no day to be archived on.
"""

import hmac
import json
import secrets
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud import firestore
from google.cloud.firestore import DocumentReference, FieldFilter

from tsunagu.broadcasts.rules import ITSELF
from tsunagu.chat.turn import Turn
from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import TryAgain
from tsunagu.packs.lean import count
from tsunagu.packs.moment import Moment
from tsunagu.packs.shelf import Lean, Shelf, Snapshot, note
from tsunagu.residents.city import city
from tsunagu.staff.store import audit_with
from tsunagu.surveys import moves
from tsunagu.surveys.answers import Answer
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.editions import merged
from tsunagu.surveys.lean import lean, united
from tsunagu.surveys.rows import pack_schema, packed_row
from tsunagu.surveys.rules import Brought, Response, State

SURVEYS = "surveys"
RESPONSES = "responses"
EDITIONS = "editions"


@dataclass(frozen=True)
class Survey:
    """`definition` is that of the newest `edition`; who began under an earlier one ends under it.

    `moved_by`: who made its state what it is; `by_hand_at`: when a person last did. `salt` is gone once an anonymous
    survey is anonymised: then nobody can tell whose a response is.
    """

    definition: Definition
    state: State = State.DRAFT
    edition: int = 1
    ready: bool = True  # a draft that the clock opens when its time has come
    moved_by: str = ""
    by_hand_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    salt: bytes | None = None
    settled: bool = False
    full: tuple[str, ...] = ()  # quotas that are reached, such as `ward:chuo`: nobody else of these may begin
    recount: bool = False  # its quotas have changed since they were counted
    anonymised_at: datetime | None = None
    cleaned_up_to: str = ""  # where anonymising stands among the conversations
    imported_at: datetime | None = None  # of a survey that was held elsewhere, whose answers came as a file
    imported_from: str = ""  # the name of that file
    left_out: int = 0  # rows of it that are not here, because something was wrong with them

    @property
    def id(self) -> str:
        return self.definition.id

    @property
    def has_ended(self) -> bool:
        return self.state in (State.CLOSED, State.ARCHIVED)

    @property
    def is_to_be_anonymised(self) -> bool:
        return self.definition.anonymous and self.has_ended and self.anonymised_at is None

    def archives_at(self, city: ZoneInfo) -> datetime | None:
        """When the clock will archive it: not if somebody has moved it since that moment."""
        at = self.definition.archives and self.definition.archives.replace(tzinfo=city)
        waits = self.state == State.CLOSED and at is not None and (self.by_hand_at is None or self.by_hand_at < at)
        return at if waits else None


def reference(db: firestore.Client, id: str) -> DocumentReference:
    return db.collection(SURVEYS).document(id)


def import_of(db: firestore.Client, id: str) -> DocumentReference:
    """How far an import has come (bring.keep); it is there until that has ended."""
    found: DocumentReference = reference(db, id).collection("imports").document("run")
    return found


def responses_shelf(db: firestore.Client, survey: Survey, readable: Definition | None = None) -> Shelf:
    """`readable` (see there) is what reads and folds answers of every edition; writing one needs only its own."""
    of, definition = reference(db, survey.id), readable or survey.definition
    counted = Lean(lambda rows: lean(definition, city(), rows), united)
    return Shelf(of.collection("packs"), of.collection("changes"), pack_schema(definition), counted)


def editions(db: firestore.Client, survey: Survey, moment: datetime | None = None) -> list[Definition]:
    """Every definition residents have been asked under, the first one first; `moment`: as they were then."""
    if survey.edition == 1:
        return [survey.definition]
    found = reference(db, survey.id).collection(EDITIONS).stream(read_time=moment)
    # One revised since `survey` was read has more of them by now.
    earlier = {int(each.id): each for each in found if int(each.id) < survey.edition}
    return [
        *(Definition.model_validate(earlier[number].get("definition")) for number in sorted(earlier)),
        survey.definition,
    ]


def readable(db: firestore.Client, survey: Survey) -> Definition:
    """The newest definition, with what only earlier editions asked: the one that all answers can be read under."""
    return merged(editions(db, survey))


def of_document(document: Mapping[str, Any]) -> Survey:
    """A field that a later version has written is left alone."""
    known = {each.name: document[each.name] for each in fields(Survey) if each.name in document}
    definition = Definition.model_validate(document["definition"])
    full = tuple(document.get("full", ()))
    return Survey(**{**known, "definition": definition, "state": State(document["state"]), "full": full})


def get(db: firestore.Client, id: str, moment: datetime | None = None) -> Survey | None:
    """`moment`: as it was then."""
    document = reference(db, id).get(read_time=moment).to_dict()
    return of_document(document) if document else None


def read(turn: Turn, id: str) -> Survey | None:
    # A name with a slash in it, from a button that is not ours, would be another document's.
    document = turn.read(reference(turn.db, id)).to_dict() if id and "/" not in id else None
    return of_document(document) if document else None


def definition_of(turn: Turn, survey: Survey, edition: int) -> Definition:
    """The one that a response of this edition is answered under."""
    return definition_by(turn.read, survey, edition, turn.db)


def definition_by(
    read: Callable[[DocumentReference], Snapshot], survey: Survey, edition: int, db: firestore.Client
) -> Definition:
    """The same, read in whatever way: in a transaction, say. Raises TryAgain for one newer than `survey` knows."""
    if edition == survey.edition:
        return survey.definition
    found = read(reference(db, survey.id).collection(EDITIONS).document(str(edition)))
    if not found.exists:
        raise TryAgain("surveys: one was revised this very moment")
    return Definition.model_validate(found.get("definition"))


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


def put(
    db: firestore.Client,
    definition: Definition,
    ready: bool = True,
    seen: str | None = None,
    beside: Callable[[firestore.Transaction], None] = lambda transaction: None,
) -> None:
    """Store a draft, or a better version of one; and whatever is written with it.

    `ready`: the clock may open it. `seen`: the digest of what its writer has before them, "" for one that begins; None
    is not asked. Raises Declined, also once residents may have seen the survey.
    """

    def body(transaction: firestore.Transaction) -> None:
        known = reference(db, definition.id).get(transaction=transaction).to_dict()
        if import_of(db, definition.id).get(transaction=transaction).exists:
            # It has left responses, which would be counted as answers to this one.
            raise moves.half_imported(definition.id)
        if known and State(known["state"]) != State.DRAFT:
            raise moves.no_draft(definition.id, State(known["state"]))
        if seen is not None and seen != (digest(of_document(known).definition) if known else ""):
            raise moves.written_meanwhile(definition.id, bool(seen))
        draft = {
            "definition": definition.written(),
            "edition": 1,
            "state": State.DRAFT.value,
            "ready": ready,
            "salt": known["salt"] if known else secrets.token_bytes(16),
            "settled": False,
        }
        transaction.set(reference(db, definition.id), draft)
        beside(transaction)

    in_transaction(db, body)


def draft(db: firestore.Client, definition: Definition, by: str, now: datetime, seen: str | None = None) -> None:
    """What somebody has written, with its line in the audit; as `put`. The clock does not open it."""

    def line(transaction: firestore.Transaction) -> None:
        audit_with(transaction, db, by, "survey.draft", definition.id, now)

    put(db, definition, ready=False, seen=seen, beside=line)


def digest(definition: Definition) -> str:
    return sha256(json.dumps(definition.written(), sort_keys=True).encode()).hexdigest()[:16]


def become(db: firestore.Client, id: str, state: State, now: datetime, by: str = ITSELF) -> bool:
    """Into this state, by whatever way leads there; see `move`."""
    return move(db, id, lambda _: state, now, by)


def move(
    db: firestore.Client, id: str, wanted: Callable[[Survey], State | None], now: datetime, by: str = ITSELF
) -> bool:
    """Into the state that is wanted of the survey as it is in this very transaction, with its line in the audit.

    False: it is so already, or None is wanted. `by`: the clock, if nobody. Raises Declined where there is no way.
    """

    def body(transaction: firestore.Transaction) -> bool:
        survey = read_to_change(db, transaction, id)
        return move_in(db, transaction, survey, wanted(survey), now, by)

    return in_transaction(db, body)


def move_in(
    db: firestore.Client,
    transaction: firestore.Transaction,
    survey: Survey,
    state: State | None,
    now: datetime,
    by: str,
) -> bool:
    # Whoever pauses what the clock has paused means it to stay so.
    takes_over = state == survey.state == State.PAUSED and survey.moved_by == ITSELF != by
    if state is None or (state == survey.state and not takes_over):
        return False
    if not takes_over and not survey.state.may_become(state):
        raise moves.no_way(survey.id, survey.state, state)
    change: dict[str, Any] = {"state": state.value, "moved_by": by}
    if by != ITSELF:
        change["by_hand_at"] = now
    if state == State.OPEN and survey.opened_at is None:
        change["opened_at"] = now
    if state == State.CLOSED and survey.state != State.ARCHIVED:
        change["closed_at"] = now
    transaction.update(reference(db, survey.id), change)
    audit_with(transaction, db, by, f"survey.{moves.called(survey.state, state)}", survey.id, now)
    return True


def read_to_change(db: firestore.Client, transaction: firestore.Transaction, id: str) -> Survey:
    """Raises Declined for one there is not."""
    document = reference(db, id).get(transaction=transaction).to_dict()
    if not document:
        raise moves.unknown(id)
    return of_document(document)


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
    definition = definition_of(turn, survey, response.edition)
    newer = replace(response, version=next_version(response.version, turn.now))
    truth, noted = documents_of(turn.db, survey, respondent, newer, definition)
    turn.set(*truth)
    if noted[1]["row"] is not None or (before and packed_row(definition, respondent, before)):
        turn.set(*noted)
    if survey.settled:
        turn.update(reference(turn.db, survey.id), {"settled": False})
    return newer


def next_version(before: int, now: datetime) -> int:
    """Microseconds, so that versions grow across an erasure and a new beginning."""
    return max(before + 1, int(now.timestamp() * 1_000_000))


def documents_of(
    db: firestore.Client,
    survey: Survey,
    respondent: str,
    response: Response,
    definition: Definition | None = None,
) -> list[tuple[DocumentReference, dict[str, Any]]]:
    """The two documents that change together: the truth, and its note for the packs.

    `definition`: that of the response's edition; it may be left out for a response of the newest.
    """
    if definition is None:
        assert response.edition == survey.edition
        definition = survey.definition
    shelf = responses_shelf(db, survey)
    row = packed_row(definition, respondent, response)
    truth = truth_of(definition, response)
    return [(response_reference(db, survey, respondent), truth), note(shelf, respondent, response.version, row)]


def truth_of(definition: Definition, response: Response) -> dict[str, Any]:
    """The document of a response; `definition` is that of its edition."""
    return {
        "answers": {id: answer.write() for id, answer in response.answers.items()},
        "ward": response.ward,
        "district": response.district,
        "age_band": response.age_band,
        "language": response.language,
        "started_at": response.started_at,
        "finished_at": response.finished_at(definition),
        "version": response.version,
        "edition": response.edition,
        **({"user": response.user} if response.user else {}),
        **({"brought": asdict(response.brought)} if response.brought else {}),
    }


def of_response(document: Mapping[str, Any]) -> Response:
    answers = {id: Answer.read(answer) for id, answer in document["answers"].items()}
    known = {each.name: document[each.name] for each in fields(Response) if each.name in document}
    brought = document.get("brought")
    if brought is not None:
        brought = Brought(tuple(brought["not_asked"]), brought["finished_at"])
    return Response(**{**known, "answers": answers, "brought": brought})


def responses(db: firestore.Client, survey: Survey) -> Iterator[tuple[str, Response]]:
    """The truth, to recount from."""
    for snapshot in reference(db, survey.id).collection(RESPONSES).stream():
        yield snapshot.id, of_response(snapshot.to_dict() or {})


def answered(db: firestore.Client, survey: Survey) -> int:
    """How many responses there are. Raises TryAgain."""
    return count(Moment.now(responses_shelf(db, survey, readable(db, survey))))


def response_reference(db: firestore.Client, survey: Survey, respondent: str) -> DocumentReference:
    found: DocumentReference = reference(db, survey.id).collection(RESPONSES).document(respondent)
    return found
