"""What people may do with a survey's state, and what is said where it cannot be done."""

from enum import StrEnum

from tsunagu.broadcasts.life.step import Declined
from tsunagu.surveys.rules import State


class Verb(StrEnum):
    OPEN = "open"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"

    @property
    def makes(self) -> State:
        return _MAKES[self]

    def wanted(self, id: str, state: State) -> State:
        """Raises Declined: a draft is opened and not resumed, and what is paused resumed and not opened."""
        known = _ONLY_FROM.get(self)
        if known is not None and state not in (known, self.makes):
            raise no_way(id, state, self.makes)
        return self.makes


LABELS = {
    State.DRAFT: ("下書き", "draft"),
    State.OPEN: ("受付中", "open"),
    State.PAUSED: ("一時停止中", "paused"),
    State.CLOSED: ("締切", "closed"),
    State.ARCHIVED: ("保管済み", "archived"),
}
_MAKES = {
    Verb.OPEN: State.OPEN,
    Verb.PAUSE: State.PAUSED,
    Verb.RESUME: State.OPEN,
    Verb.CLOSE: State.CLOSED,
    Verb.ARCHIVE: State.ARCHIVED,
    Verb.UNARCHIVE: State.CLOSED,
}
_ONLY_FROM = {Verb.OPEN: State.DRAFT, Verb.RESUME: State.PAUSED, Verb.UNARCHIVE: State.ARCHIVED}
_INSTEAD = {
    (State.DRAFT, State.PAUSED): ("先に受付を始めてください。", "nobody can answer a draft; there is nothing to pause"),
    (State.DRAFT, State.OPEN): ("受付を始めてください。", "open it: `tsunagu survey open {id}`"),
    (State.PAUSED, State.OPEN): ("受付を再開してください。", "resume it: `tsunagu survey resume {id}`"),
    (State.DRAFT, State.ARCHIVED): ("先に締め切ってください。", "close it first: `tsunagu survey close {id}`"),
    (State.OPEN, State.ARCHIVED): ("先に締め切ってください。", "close it first: `tsunagu survey close {id}`"),
    (State.PAUSED, State.ARCHIVED): ("先に締め切ってください。", "close it first: `tsunagu survey close {id}`"),
}
_FOR_GOOD = (
    "締め切ったアンケートは再開できません。別の ID で新しく作ってください。",
    "it was closed for good; to ask again, open a survey with another id",
)


def called(before: State, after: State) -> str:
    """What the audit calls this move."""
    if after == State.OPEN:
        return (Verb.RESUME if before == State.PAUSED else Verb.OPEN).value
    if after == State.CLOSED:
        return (Verb.UNARCHIVE if before == State.ARCHIVED else Verb.CLOSE).value
    return (Verb.PAUSE if after == State.PAUSED else Verb.ARCHIVE).value


def no_way(id: str, state: State, wanted: State) -> Declined:
    ended = state in (State.CLOSED, State.ARCHIVED)
    instead = _FOR_GOOD if ended else _INSTEAD.get((state, wanted), ("", ""))
    (ja, en), (wanted_ja, wanted_en) = LABELS[state], LABELS[wanted]
    if wanted == State.OPEN and not ended:
        return Declined(
            f"「{id}」は{ja}です。{wanted_ja}にするには、{instead[0]}",
            f"survey {id} is {en}, and becomes {wanted_en} in another way: {instead[1].format(id=id)}",
        )
    return Declined(
        f"「{id}」は{ja}のため、{wanted_ja}にできません。{instead[0]}",
        f"survey {id} is {en}: it cannot become {wanted_en}" + (f"; {instead[1].format(id=id)}" if instead[1] else ""),
    )


def no_draft(id: str, state: State) -> Declined:
    ja, en = LABELS[state]
    more = ("", _FOR_GOOD[1]) if state in (State.CLOSED, State.ARCHIVED) else ("", "")
    if state in (State.OPEN, State.PAUSED):
        more = ("内容を改めるには「改訂」を使ってください。", f"`tsunagu survey revise` makes a new edition of {id}")
    return Declined(
        f"「{id}」は{ja}です。下書きだけが書き直せます。{more[0]}",
        f"survey {id} is {en}: only a draft can be changed; {more[1]}",
    )


def not_to_revise(id: str, state: State) -> Declined:
    ja, en = LABELS[state]
    if state == State.DRAFT:
        return Declined(
            f"「{id}」はまだ下書きです。改訂せずに、下書きを書き直してください。",
            f"survey {id} is a draft, which nobody has seen: store it anew with `tsunagu survey draft` or `open`",
        )
    return Declined(f"「{id}」は{ja}のため改訂できません。{_FOR_GOOD[0]}", f"survey {id} is {en}: {_FOR_GOOD[1]}")


def is_past(id: str, closes: str) -> Declined:
    return Declined(
        f"締切（{closes}）が過ぎているため、だれも回答できません。締切を改めてください。",
        f"closes ({closes}) is past: nobody could answer {id}; give it a later one",
    )


def written_meanwhile(id: str, known: bool) -> Declined:
    if not known:
        return Declined(
            f"「{id}」というアンケートがすでにあります。別の ID を付けてください。",
            f"there is a survey {id} already: give this one another id",
        )
    return Declined(
        f"「{id}」は、見ていた間に書き直されました。もう一度開いてご確認ください。",
        f"survey {id} was written anew meanwhile: open it again",
    )


def half_imported(id: str) -> Declined:
    return Declined(
        f"「{id}」には、途中で止まった取り込みが残っています。取り込みをもう一度行うか、別の ID を付けてください。",
        f"an import of {id} has not come to its end: run it again, or give this one another id",
    )


def unknown(id: str) -> Declined:
    return Declined(
        f"「{id}」というアンケートはありません。", f"there is no survey {id}: `tsunagu survey list` shows all"
    )
