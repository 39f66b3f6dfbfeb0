"""What the console's pages of broadcasts work with, put together where the console is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from google.cloud import storage
from google.cloud.firestore import Client

from tsunagu.audiences.roster import RosterKeeper
from tsunagu.broadcasts.invited import Finished
from tsunagu.broadcasts.life.house import House
from tsunagu.line.client import Line
from tsunagu.media.store import ADDRESS


@dataclass(frozen=True)
class Media:
    """Where pictures are put; LINE fetches them from below `address`."""

    client: Callable[[], storage.Client]
    bucket: str
    address: str = ADDRESS

    @property
    def begins(self) -> str:
        """How the address of every picture of ours begins."""
        return f"{self.address}/{self.bucket}/"


@dataclass(frozen=True)
class Desk:
    """`tell` wakes run_due_work, and may fail: the clock ticks anyway. `finished`: how many have finished a survey.
    `surveys`: ids and titles to invite to."""

    db: Client
    roster: RosterKeeper
    house: House
    line: Line
    media: Media
    tell: Callable[[datetime], object]
    finished: Finished
    surveys: Callable[[], Sequence[tuple[str, str]]] = tuple
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
