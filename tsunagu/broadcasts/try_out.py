"""Trying a broadcast out: its messages, as they would be sent, to the phones of some of the staff."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from google.cloud.firestore import Client

from tsunagu.broadcasts import testers
from tsunagu.broadcasts.chat import TEXTS
from tsunagu.broadcasts.delivery.slices import NAMESPACE
from tsunagu.broadcasts.store import Broadcast
from tsunagu.chat.catalogue import DEFAULT_LANGUAGE
from tsunagu.cloud.outcomes import Rejected
from tsunagu.line.client import Line, Sent
from tsunagu.line.messages import MESSAGES_LIMIT, Message, text
from tsunagu.line.outcomes import Outcome
from tsunagu.residents.store import get as resident_of
from tsunagu.staff.store import audit

SENT = "sent"
TRIES = 2  # of one request to LINE that was not answered; a person waits
# Why it was not sent, in Japanese and in English, as it is shown beside a name.
NO_TESTER = "テスト配信先の登録がありません。This phone is not a tester's any more."
BLOCKED = "ブロックされているため届きません。The account is blocked on that phone."
WHY_NOT = {
    Outcome.SLOW_DOWN: "LINE が混み合っています。少し待ってから、もう一度お試しください。LINE is busy; try again soon.",
    Outcome.OVER_QUOTA: "今月送れる通数を使い切りました。The month's messages are used up.",
    Outcome.UNKNOWN: "LINE から返事がなく、届いたか分かりません。LINE did not answer; it may have arrived.",
}


def try_out(
    db: Client, line: Line, broadcast: Broadcast, to: Sequence[str], language: str | None, by: str, now: datetime
) -> list[tuple[str, str]]:
    """Send it to the testers with these user ids, whatever its state, and say of each by name "sent" or why not.

    `language` None: each gets the version that they would get as a resident. Raises Rejected when nobody is named.
    """
    if not to:
        raise Rejected("choose at least one tester: a test is sent to nobody else")
    known = {tester.user: tester for tester in testers.every(db)}
    audit(db, by, "broadcast.test", broadcast.id, now)
    found = []
    for user in dict.fromkeys(to):
        tester = known.get(user)
        if tester is None:
            found.append(("—", NO_TESTER))
            continue
        found.append((tester.name, _sent_to(db, line, broadcast, user, language, now)))
    return found


def _sent_to(db: Client, line: Line, broadcast: Broadcast, user: str, language: str | None, now: datetime) -> str:
    resident = resident_of(db, user)
    if resident is not None and not resident.following:
        return BLOCKED
    reads = language or (resident.language if resident is not None else DEFAULT_LANGUAGE)
    version = broadcast.version_for.get(reads, broadcast.version_for[DEFAULT_LANGUAGE])
    messages = [text(TEXTS.say("test_notice", reads)), *broadcast.messages[version]]
    for start in range(0, len(messages), MESSAGES_LIMIT):
        sent = _push(line, broadcast, user, messages[start : start + MESSAGES_LIMIT], f"{now.isoformat()}/{start}")
        if sent.outcome is not Outcome.ACCEPTED:
            return WHY_NOT.get(sent.outcome) or f"LINE が受け取りませんでした。LINE refused it: {sent.detail}"
    return SENT


def _push(line: Line, broadcast: Broadcast, user: str, messages: Sequence[Message], part: str) -> Sent:
    key = uuid5(NAMESPACE, f"test/{broadcast.id}/{user}/{part}")
    for _ in range(TRIES):
        sent = line.push(user, messages, key)
        if sent.outcome is not Outcome.UNKNOWN:
            break
    return sent
