"""What the console's pages of surveys work with, put together where the console is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from google.cloud.firestore import Client


@dataclass(frozen=True)
class Desk:
    db: Client
    zone: ZoneInfo
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
