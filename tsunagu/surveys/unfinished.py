"""Who has not finished a survey, for whoever reminds them: that alone, and nothing of what was answered."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl
from google.cloud import firestore

from tsunagu.broadcasts.invited import Sieve
from tsunagu.cloud.outcomes import Rejected
from tsunagu.packs.kept import Kept
from tsunagu.packs.read import read
from tsunagu.surveys import store
from tsunagu.surveys.rules import State
from tsunagu.surveys.store import Survey

AT_ONCE = 50_000  # pseudonyms made before they are packed: as Python's own strings they take five times the memory
LASTING = (State.DRAFT, State.OPEN, State.PAUSED)  # those that somebody may still come to answer


def unfinished(secret: str, db: firestore.Client, survey: str) -> Sieve:
    """Of people, by their keys, those who have not finished it so far. Raises Rejected where nobody can answer it."""
    found = _lasting(db, survey)
    if found.state is not State.OPEN:
        raise _refused(found)
    packed = read(store.responses_shelf(db, found, store.readable(db, found)), ("finished_at",))
    finished = packed.filter(pl.col("finished_at").is_not_null())["key"]

    def sieve(people: pl.Series) -> pl.Series:
        return people.filter(~_pseudonyms(secret, found, people).is_in(finished.implode()))

    return sieve


def is_over(db: firestore.Client, survey: str) -> bool:
    """Whether it will not be answered any more."""
    found = store.get(db, survey)
    return found is None or found.state not in LASTING


@dataclass(frozen=True)
class Finished:
    """How many have finished a survey. One a process: of each survey only what changed is read again."""

    db: firestore.Client
    _kept: dict[tuple[str, int], Kept] = field(default_factory=dict)

    def __call__(self, survey: str) -> int:
        """Raises Rejected where nobody will answer it any more."""
        found = _lasting(self.db, survey)
        edition = (survey, found.edition)
        if edition not in self._kept:
            shelf = store.responses_shelf(self.db, found, store.readable(self.db, found))
            self._kept[edition] = Kept(shelf, ("finished_at",))
        rows, _ = self._kept[edition].read()
        return rows.height - rows["finished_at"].null_count()


def _lasting(db: firestore.Client, survey: str) -> Survey:
    found = store.get(db, survey)
    if found is None:
        raise Rejected(f"there is no survey '{survey}'")
    if found.state not in LASTING:
        raise _refused(found)
    return found


def _refused(survey: Survey) -> Rejected:
    return Rejected(f"the survey '{survey.id}' is {survey.state.value}: nobody can be reminded of it")


def _pseudonyms(secret: str, survey: Survey, people: pl.Series) -> pl.Series:
    salt = survey.salt
    assert salt is not None, "an open survey has one"

    def some() -> Iterator[pl.Series]:
        for start in range(0, people.len(), AT_ONCE):
            users = (f"U{key.hex()}" for key in people[start : start + AT_ONCE])
            yield pl.Series([store.pseudonym(secret, salt, user) for user in users], dtype=pl.String)

    return pl.concat([pl.Series(dtype=pl.String), *some()])
