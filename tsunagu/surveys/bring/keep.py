"""Keeping an imported survey: its responses, then their packs, and the survey itself last, so that nobody sees a part.

How far it has come stands in `surveys/{id}/imports/run`, which every commit writes under the time of its last writing:
killed anywhere, the same import goes on from there, and of two runs at once the earlier one is stopped. What an import
of another file or codebook has left is thrown away first. The names of the responses come from the file's keys and
a salt that is gone at the end, so that nothing doubles and nobody can tell whose a response is.
"""

import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl
from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    FailedPrecondition,
    NotFound,
    ServiceUnavailable,
)
from google.cloud import firestore

from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.cloud.terminal import counted
from tsunagu.packs.fill import fill
from tsunagu.staff.store import audit_with
from tsunagu.surveys import store
from tsunagu.surveys.answers import Answer, Kind
from tsunagu.surveys.definition import Date, Definition
from tsunagu.surveys.rows import Said, has_other
from tsunagu.surveys.rules import Brought, Response, State
from tsunagu.surveys.store import Survey

AT_ONCE = 450  # documents in one commit; Firestore takes 500
HEAVY = 2_000_000  # characters of answers in one commit: with three bytes each, below Firestore's 10 MiB
_KINDS = {Said.GIVEN: Kind.GIVEN, Said.SKIPPED: Kind.SKIPPED, Said.DECLINED: Kind.DECLINED}


@dataclass(frozen=True)
class Import:
    """`rows` as `read.read` gives them; `digest` of all that makes them so."""

    definition: Definition
    rows: pl.DataFrame
    source: str
    digest: str
    left_out: int
    by: str


def steps(
    db: firestore.Client, what: Import, now: datetime, again: bool = False
) -> Generator[tuple[int, int], None, None]:
    """Gives how many responses are kept, of how many; may stop for ever between any two.

    Raises Rejected where there is such a survey (but for an imported one with `again`), or another run takes over.
    """
    run = _Run.begin(db, what, now, again)
    whole = what.rows.height
    while run.clears():
        yield run.written, whole
    named = what.rows.with_columns(
        pl.Series("key", [run.name_of(key) for key in what.rows["key"]]), pl.lit(run.version).alias("version")
    )
    while run.written < whole:
        run.write(named)
        yield run.written, whole
    while run.clears("packs"):
        yield run.written, whole
    run.pack(named)
    yield whole, whole
    run.end(named)
    yield whole, whole


def response_of(definition: Definition, row: Mapping[str, Any]) -> Response:
    """The truth of an imported row: `packed_row` makes the very same row of it."""
    answers, not_asked = {}, []
    for question in definition.asked:
        said = row[f"s_{question.id}"]
        if said == Said.NOT_ASKED:
            not_asked.append(question.id)
        elif said is not None:
            value = row[f"a_{question.id}"]
            answers[question.id] = Answer(
                kind=_KINDS[Said(said)],
                value=value.isoformat() if isinstance(question, Date) and value is not None else value,
                other=row[f"o_{question.id}"] if has_other(question) else None,
            )
    return Response(
        answers=answers,
        **{
            name: row[name] for name in ("ward", "district", "age_band", "language", "started_at", "version", "edition")
        },
        brought=Brought(tuple(not_asked), row["finished_at"]),
    )


class _Run:
    def __init__(
        self, db: firestore.Client, what: Import, now: datetime, found: firestore.DocumentSnapshot[Any]
    ) -> None:
        self._db, self._what, self._now = db, what, now
        self._reference, self._update_time = found.reference, found.update_time
        self._salt: bytes = found.get("salt")
        self._unclean: bool = found.get("unclean")
        # Whoever has what was published of the survey that this one replaces can still take one from the other.
        self._published = (found.to_dict() or {}).get("published")
        self._deleted = 0
        self.version: int = found.get("version")
        self.written: int = found.get("written")

    @classmethod
    def begin(cls, db: firestore.Client, what: Import, now: datetime, again: bool) -> "_Run":
        survey, owner = store.reference(db, what.definition.id), secrets.token_hex(8)
        run = store.import_of(db, survey.id)
        why = f"{counted(what.rows.height, 'response')}, {what.left_out:,} left out"

        def body(transaction: firestore.Transaction) -> None:
            known = survey.get(transaction=transaction).to_dict()
            before = run.get(transaction=transaction).to_dict()
            if known is not None:
                if not known.get("imported_at"):
                    raise Rejected(f"there is a survey {survey.id} already: give this one another id")
                if not again:
                    raise Rejected(f"{survey.id} was imported already: --replace throws that away and imports it anew")
                transaction.delete(survey)
            audit_with(transaction, db, what.by, "survey.import", survey.id, now, why)
            if before is not None and before["digest"] == what.digest and known is None:
                transaction.update(run, {"owner": owner})
                return
            begun = {
                "digest": what.digest,
                "salt": secrets.token_bytes(16),
                "version": store.next_version(0, now),
                "written": 0,
                "unclean": before is not None or known is not None,
                "owner": owner,
                "published": (known or before or {}).get("published"),
            }
            transaction.set(run, begun)

        in_transaction(db, body)
        found = run.get()
        if not found.exists or found.get("owner") != owner:
            raise _overtaken(survey.id)
        return cls(db, what, now, found)

    def name_of(self, key: str) -> str:
        return store.pseudonym(self._what.definition.id, self._salt, key)

    def clears(self, only: str | None = None) -> bool:
        """Delete some of what an earlier run has left; False: nothing is left."""
        if only is None and not self._unclean:
            return False
        for collection in store.reference(self._db, self._what.definition.id).collections():
            if collection.id != self._reference.parent.id and only in (None, collection.id):
                found = list(collection.limit(AT_ONCE).select([]).stream())
                if found:
                    batch = self._db.batch()
                    for each in found:
                        batch.delete(each.reference)
                    self._deleted += len(found)
                    self._commit(batch, {"deleted": self._deleted})
                    return True
        if only is None:
            self._unclean = False
            self._commit(self._db.batch(), {"unclean": False})
        return False

    def write(self, rows: pl.DataFrame) -> None:
        """The next few responses."""
        batch, count = self._db.batch(), 0
        survey = Survey(self._what.definition)
        for name, truth in self._light(rows.slice(self.written, AT_ONCE)):
            batch.set(store.response_reference(self._db, survey, name), truth)
            count += 1
        self.written += count
        self._commit(batch, {"written": self.written})

    def pack(self, rows: pl.DataFrame) -> None:
        self._tried(lambda: fill(store.responses_shelf(self._db, Survey(self._what.definition)), rows))

    def end(self, rows: pl.DataFrame) -> None:
        """The survey, together with the end of the run."""
        definition = self._what.definition
        opened, closed = rows.select(
            pl.min_horizontal("started_at", "finished_at").min().alias("opened"), pl.col("finished_at").max()
        ).row(0)
        batch = self._db.batch()
        batch.create(
            store.reference(self._db, definition.id),
            {
                "definition": definition.written(),
                "edition": 1,
                "state": State.CLOSED.value,
                "opened_at": opened or self._now,
                "closed_at": closed or self._now,
                "moved_by": self._what.by,
                "settled": True,
                "imported_at": self._now,
                "imported_from": self._what.source,
                "left_out": self._what.left_out,
                # Nothing leads from a response to a resident.
                **({"anonymised_at": self._now} if definition.anonymous else {}),
                **({"published": self._published} if self._published else {}),
            },
        )
        batch.delete(self._reference, option=self._db.write_option(last_update_time=self._update_time))
        self._tried(batch.commit)

    def _light(self, rows: pl.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
        definition = self._what.definition
        weight = 0
        for row in rows.iter_rows(named=True):
            response = response_of(definition, row)
            truth = store.truth_of(definition, replace(response, answers={}))
            truth["answers"] = {id: _written(answer) for id, answer in response.answers.items()}
            heavy = sum(len(value) for value in row.values() if isinstance(value, str))
            if weight and weight + heavy > HEAVY:
                return
            weight += heavy
            yield row["key"], truth

    def _commit(self, batch: firestore.WriteBatch, said: dict[str, Any]) -> None:
        batch.update(self._reference, said, option=self._db.write_option(last_update_time=self._update_time))
        self._update_time = self._tried(batch.commit)[-1].update_time

    def _tried(self, commit: Callable[[], Any]) -> Any:
        try:
            return commit()
        except (Aborted, AlreadyExists, FailedPrecondition, NotFound) as error:
            raise _overtaken(self._what.definition.id) from error
        except (ServiceUnavailable, DeadlineExceeded) as error:
            raise TryAgain("Firestore did not answer: run the import again, it goes on from there") from error


def _written(answer: Answer) -> dict[str, Any]:
    """Without all that an answer in the chat has: a third of the bytes, and of the time. `Answer.read` reads it."""
    found = {"kind": answer.kind.value, "value": answer.value, "other": answer.other}
    return {name: said for name, said in found.items() if said is not None}


def _overtaken(id: str) -> Rejected:
    return Rejected(f"another import of {id} has begun meanwhile, and this one stops: wait for that, or run this again")
