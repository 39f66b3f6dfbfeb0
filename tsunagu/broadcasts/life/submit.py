"""Submitting a draft: to whoever has to approve it, or, where nobody has to, to the clock."""

from datetime import datetime, timedelta

from google.cloud.firestore import Client

from tsunagu.broadcasts.life.house import House, held_until, through_at
from tsunagu.broadcasts.life.series import lasts, rule_of
from tsunagu.broadcasts.life.step import Change, Declined, seen, step
from tsunagu.broadcasts.rules import SENT_WITHIN, State, needs_approval
from tsunagu.broadcasts.store import Broadcast


def submit(
    db: Client, broadcast: str, by: str, now: datetime, size: int, rules: House, version: int | None = None
) -> Broadcast:
    """`size`: how many people it would go to now; `version`: as they were counted for. Raises Declined."""

    def deed(found: Broadcast) -> tuple[str, State, Change]:
        if found.state is not State.DRAFT:
            raise Declined(
                f"「{found.title}」は{found.state.label[0]}です。",
                f"'{found.id}' is no draft: it is {found.state.label[1]}",
            )
        seen(found, version)
        if size == 0 and found.repeat is None:
            raise Declined(
                "いま、この配信の対象になる人は一人もいません。", "nobody is in its audience now: it would go to no one"
            )
        why = needs_approval(found.kind, size, rules.approval_above)
        change: Change = {
            "submitted_by": by,
            "submitted_at": now,
            "needs_approval": why,
            "sent_back": None,
            "open": True,
            **goes_out(found, now, rules, waits=why is not None),
        }
        return "broadcast.submit", State.SCHEDULED if why is None else State.WAITING, change

    return step(db, broadcast, deed, by, now)[1]


def goes_out(
    found: Broadcast, now: datetime, rules: House, late: timedelta = timedelta(), waits: bool = False
) -> Change:
    """When it does, if nobody has to do anything more; `waits` if somebody has. `late`: how far its time may be past.

    Raises Declined: it never could.
    """
    if found.repeat is not None:
        following = rule_of(found).next_after(now, rules.zone)
        if following is None:
            raise Declined(f"「{found.title}」には、これからの配信日がありません。", f"'{found.id}' has no day ahead")
        _fits(found, following, following + lasts(found), rules)
        return {"when": following}
    if found.at_once:
        _fits(found, now, found.not_after, rules)
        return {"when": now, "due_at": None if waits else now}
    limit = found.not_after or found.when + late
    if limit < now or (found.when < now and late == timedelta()):
        at = found.when.astimezone(rules.zone)
        raise Declined(
            f"「{found.title}」の配信日時（{at:%Y-%m-%d %H:%M}）は過ぎています。",
            f"the time of '{found.id}' is past: {at:%Y-%m-%d %H:%M}",
        )
    _fits(found, max(found.when, now), found.not_after, rules)
    return {"due_at": found.when}


def _fits(found: Broadcast, begins: datetime, limit: datetime | None, rules: House) -> None:
    """Not what would be held, or is spread, for so long that it expires."""
    earliest = held_until(found, begins, rules) or begins
    through = through_at(found, earliest, rules)
    last = min(limit or through, earliest + SENT_WITHIN)
    at, ends, last = (moment.astimezone(rules.zone) for moment in (earliest, through, last))
    if limit is not None and earliest >= limit:
        raise Declined(
            f"「{found.title}」は {at:%H:%M} まで配信できず、期限（{last:%H:%M}）を過ぎてしまいます。",
            f"quiet hours hold '{found.id}' until {at:%Y-%m-%d %H:%M}, and it must not go out after"
            f" {last:%Y-%m-%d %H:%M}",
        )
    if ends > last:
        raise Declined(
            f"「{found.title}」は{found.over_minutes}分かけると {ends:%Y-%m-%d %H:%M} までかかり、期限"
            f"（{last:%Y-%m-%d %H:%M}）を過ぎてしまいます。短くするか、期限を延ばしてください。",
            f"spread over {found.over_minutes} minutes, '{found.id}' takes until {ends:%Y-%m-%d %H:%M}, and it must not"
            f" go out after {last:%Y-%m-%d %H:%M}: make it shorter, or the limit later",
        )
