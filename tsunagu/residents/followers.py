"""Friends of whom no event told: whoever is on LINE's list of followers and not known becomes a resident.

Nothing is sent. Whatever a walk through the list writes bears the moment at which the walk began, so that a follow, a
block or a choice since then wins, however late its event is delivered. So it may be killed anywhere and repeated.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from threading import Event
from typing import TypeVar

from google.api_core.exceptions import DeadlineExceeded, RetryError, ServiceUnavailable
from google.cloud import firestore
from google.cloud.firestore import DocumentReference, Transaction

from tsunagu.cloud.firestore import in_transaction
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.line.client import Line, Sent
from tsunagu.line.events import is_user_id
from tsunagu.line.outcomes import Outcome
from tsunagu.residents import store
from tsunagu.residents.rules import Resident, spoken
from tsunagu.residents.walk import Counts, Snapshot, Walk, moment_of

THREADS = 16  # in which profiles are asked for; LINE gives 2,000 a second
AT_ONCE = 150  # people in one transaction: at most three writes each, and Firestore takes 500
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds, each time that LINE says "too many requests"
TRIES_UNANSWERED = 4

T = TypeVar("T")
U = TypeVar("U")


class Fate(StrEnum):
    """What became of somebody on the list."""

    NEW = "new"
    BACK = "back"  # known as not following: a follow was missed
    KNOWN = "known"
    ERASED = "erased"  # erased themselves, and were told that nothing more will come
    GONE = "gone"  # LINE gives no profile: they have blocked us meanwhile


def bring_in(db: firestore.Client, line: Line, tell: Callable[[Counts], object]) -> Counts:
    """Walk the whole list, or the rest of it where the last walk stopped; `tell` hears the counts after each page.

    Raises Rejected where LINE refuses or another walk is under way, TryAgain where LINE or Firestore do not answer.
    """
    walk = Walk(db)
    callers = _Callers(line)
    try:
        tell(walk.counts)
        while True:
            try:
                users, following = callers.page(walk.next)
            except TokenForgotten:
                walk.begin_again()
                users, following = callers.page(None)
            walk.came_to(following, _Admission(db, walk, callers).of(users))
            tell(walk.counts)
            if following is None:
                return walk.counts
    except (DeadlineExceeded, RetryError, ServiceUnavailable) as error:
        raise TryAgain("Firestore did not answer") from error
    finally:
        callers.end()
        with suppress(TryAgain):
            walk.let_go()


class TokenForgotten(Rejected):
    """LINE does not know the token of a page, or no longer."""


class _Admission:
    """One page of the list."""

    def __init__(self, db: firestore.Client, walk: Walk, callers: "_Callers") -> None:
        self._db, self._walk, self._callers = db, walk, callers
        self._at = int(walk.begun_at.timestamp() * 1000)

    def of(self, users: Sequence[str]) -> Counts:
        """Who is known costs one reading; only for strangers LINE is asked."""
        counts: Counts = Counter()
        strangers: list[str] = []
        others: list[tuple[str, str | None]] = []
        for user, fate, is_done in _flat(self._each(self._look, _groups(users))):
            if is_done:
                counts[fate] += 1
            elif fate is Fate.NEW:
                strangers.append(user)
            else:
                others.append((user, None))
        others += zip(strangers, self._each(self._callers.language, strangers), strict=True)
        for fate in _flat(self._each(self._admit, _groups(others))):
            counts[fate] += 1
        return counts

    def _each(self, do: Callable[[T], U], things: Iterable[T]) -> Iterator[U]:
        for done in self._callers.pool.map(do, things):
            self._walk.hold()
            yield done

    def _look(self, users: Sequence[str]) -> list[tuple[str, Fate, bool]]:
        """Without a transaction: what is seen here decides only what is asked for."""
        known = self._read((store.reference(self._db, user) for user in users), ["following", "changed.following"])
        strangers = (user for user in users if not known[user].exists)
        stops = self._read((store.stop_reference(self._db, user) for user in strangers), ["why"])
        return [(user, *self._fate(known[user], stops.get(store.stop_id(user)))) for user in users]

    def _admit(self, group: Sequence[tuple[str, str | None]]) -> list[Fate]:
        def body(transaction: Transaction) -> list[Fate]:
            known = self._read([store.reference(self._db, user) for user, _ in group], None, transaction)
            stops = self._read([store.stop_reference(self._db, user) for user, _ in group], None, transaction)
            return [
                self._write(transaction, known[user], stops[store.stop_id(user)], language) for user, language in group
            ]

        return in_transaction(self._db, body)

    def _write(self, transaction: Transaction, known: Snapshot, stop: Snapshot, language: str | None) -> Fate:
        now = moment_of(known)
        fate, is_done = self._fate(known, stop)
        if is_done:
            return fate
        if fate is Fate.ERASED:
            # Kept as long as they are seen among the friends.
            transaction.update(stop.reference, {"expires": store.stop_document("erased", now)["expires"]})
            return fate
        if fate is Fate.BACK:
            resident = store.of_document(known.to_dict() or {})
        elif language is None:
            return Fate.GONE
        else:
            resident = Resident(language=language)
        # As a follow would, with nothing asked yet: a language that only LINE named is not decided.
        resident = replace(resident.choose("following", True, self._at), since=self._walk.begun_at)
        for reference, content in store.documents_of(self._db, known.id, resident.newer(now)):
            transaction.set(reference, content)
        if resident.quiet:
            transaction.set(stop.reference, store.stop_document("stopped", now))
        elif stop.exists:
            transaction.delete(stop.reference)
        return fate

    def _fate(self, known: Snapshot, stop: Snapshot | None) -> tuple[Fate, bool]:
        """And whether nothing is left to do: a walk that was killed before it wrote a page down finds its own work."""
        document = known.to_dict()
        if document is not None:
            at = document.get("changed", {}).get("following", -1)
            if at == self._at:
                return (Fate.NEW if known.create_time >= self._walk.begun_at else Fate.BACK), True
            if document["following"] or at > self._at:
                return Fate.KNOWN, True
            return Fate.BACK, False
        if stop is not None and stop.exists and stop.get("why") == "erased":
            return Fate.ERASED, False
        return Fate.NEW, False

    def _read(
        self,
        references: Iterable[DocumentReference],
        fields: list[str] | None,
        transaction: Transaction | None = None,
    ) -> dict[str, Snapshot]:
        wanted = list(references)
        found = self._db.get_all(wanted, field_paths=fields, transaction=transaction) if wanted else ()
        return {snapshot.id: snapshot for snapshot in found}


class _Callers:
    """Those who ask LINE, in several threads; when LINE says that they are too fast, all of them wait."""

    def __init__(self, line: Line) -> None:
        self.pool = ThreadPoolExecutor(THREADS)
        self._line = line
        self._ended = Event()
        self._wait_until = 0.0

    def page(self, start: str | None) -> tuple[list[str], str | None]:
        """Ids, and the token of the page after this one. Raises TokenForgotten, Rejected, TryAgain."""
        sent = self._ask(lambda: self._line.follower_ids(start))
        if sent.status == 400 and start is not None:
            raise TokenForgotten("LINE does not know the token that it gave for the next page")
        if sent.status == 403:
            raise Rejected("LINE lists friends to verified accounts only, and says that this is not one")
        if sent.outcome is not Outcome.ACCEPTED:
            raise Rejected(f"LINE refuses to list the friends: {sent.status} {sent.detail}")
        users, following = sent.answer.get("userIds"), sent.answer.get("next")
        ids = [user for user in users or () if isinstance(user, str) and is_user_id(user)]
        return list(dict.fromkeys(ids)), following or None

    def language(self, user: str) -> str | None:
        """Ours for that of their profile; None where LINE gives no profile. Raises Rejected, TryAgain."""
        sent = self._ask(lambda: self._line.profile(user))
        if sent.outcome is Outcome.ACCEPTED:
            return spoken(sent.answer.get("language"))
        if sent.status in (401, 403):
            raise Rejected(f"LINE refuses to show profiles: {sent.status}")
        return None

    def end(self) -> None:
        self._ended.set()
        self.pool.shutdown(cancel_futures=True)

    def _ask(self, call: Callable[[], Sent]) -> Sent:
        for tries, pause in enumerate(PAUSES, 1):
            self._ended.wait(max(0.0, self._wait_until - time.monotonic()))
            if self._ended.is_set():
                raise TryAgain("stopped")
            sent = call()
            if sent.outcome.is_final:
                return sent
            if sent.outcome is Outcome.UNKNOWN:
                if tries >= TRIES_UNANSWERED:
                    raise TryAgain("LINE does not answer")
                self._ended.wait(pause)
            else:
                self._wait_until = max(self._wait_until, time.monotonic() + pause)
        raise TryAgain("LINE says that it is asked too often")


def _groups(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[start : start + AT_ONCE] for start in range(0, len(things), AT_ONCE))


def _flat(lists: Iterable[list[T]]) -> Iterator[T]:
    return (thing for one in lists for thing in one)
