"""Whether a broadcast still goes on, and to whom it must not go any more: asked again and again while it goes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.cloud.firestore import Client

from tsunagu.broadcasts.delivery.chunk import Chunk
from tsunagu.broadcasts.delivery.slices import ERASED_ID, End, id_at, positions_in
from tsunagu.broadcasts.life.house import House, held_until
from tsunagu.broadcasts.rules import State, ends_hearing
from tsunagu.broadcasts.store import Broadcast, reference
from tsunagu.residents.store import stop_id, stopped_since

STOPS_OVERLAP = timedelta(minutes=5)  # a stop carries the time at which its handling began, on another machine's clock
OVER: Mapping[State, End] = {
    State.WITHDRAWN: End.WITHDRAWN,
    State.EXPIRED: End.EXPIRED,
    State.FAILED: End.FAILED,
}


@dataclass(frozen=True)
class Standing:
    """`proved`: LINE took this version; `pause`: why not now, `until` when if that is known; `over`: why not at all."""

    proved: bool
    pause: str = ""
    until: datetime | None = None
    over: End | None = None


def standing_of(db: Client, broadcast: Broadcast, version: str, now: datetime, house: House) -> Standing:
    """`broadcast` as it was frozen; its state is read anew."""
    data = reference(db, broadcast.id).get(["state", "proved"]).to_dict()
    if data is None:
        return Standing(False, over=End.WITHDRAWN)
    state, proved = State(data["state"]), version in data.get("proved", ())
    if state in OVER:
        return Standing(proved, over=OVER[state])
    if broadcast.sent_until is not None and broadcast.sent_until <= now:
        return Standing(proved, over=End.EXPIRED)
    if state is State.PAUSED:
        return Standing(proved, "paused")
    until = held_until(broadcast, now, house)
    return Standing(proved) if until is None else Standing(proved, "quiet hours", until)


def left_out_now(db: Client, broadcast: Broadcast) -> Callable[[Chunk, str], dict[str, str]]:
    """Who must not be in the body of a slice that is about to be begun: for a chunk and a slice, positions and why."""
    assert broadcast.frozen_at is not None
    stops = {
        stop: why
        for stop, why in stopped_since(db, broadcast.frozen_at - STOPS_OVERLAP).items()
        if ends_hearing(broadcast.kind, why)
    }

    def of(chunk: Chunk, name: str) -> dict[str, str]:
        found = {}
        for at in positions_in(name):
            key = id_at(chunk.ids, at)
            if key == ERASED_ID:
                found[str(at)] = "erased"
            elif stops and (why := stops.get(stop_id(f"U{key.hex()}"))):
                # Who blocked the account stopped it too.
                found[str(at)] = "erased" if why == "erased" else "stopped"
        return found

    return of
