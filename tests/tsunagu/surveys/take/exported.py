"""Downloads under test: kinds that write what a test tells them to, a clock that a test moves."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from google.cloud import firestore

from tsunagu.cloud.storage import Bucket
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.jobs import Job, Wish
from tsunagu.surveys.take.kinds import Kind
from tsunagu.surveys.take.taken import Taken, Told
from tsunagu.surveys.take.write import Means, write

CITY = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ANALYST = "analyst@city.example"

Meanwhile = Callable[[int], None]


class Killed(BaseException):
    """The worker is gone: nothing of it tidies up."""


def nothing(step: int) -> None:
    pass


@dataclass
class Work:
    """Exports of one city. `meanwhile` is called before each response that is written, with how many are."""

    db: firestore.Client
    bucket: Bucket
    now: datetime = NOW
    meanwhile: Meanwhile = nothing
    replaced: int = 0

    @property
    def kinds(self) -> dict[str, Kind]:
        return {"csv": Kind("csv", ("CSV", "CSV"), "回答", "csv", "text/csv; charset=utf-8", self._write)}

    @property
    def means(self) -> Means:
        return Means(self.db, self.bucket, lambda: self.now, CITY, self.kinds)

    def ask(self, survey: str, filter: str = "", kind: str = "csv", by: str = ANALYST) -> str:
        id = jobs.new_id()
        jobs.ask(self.db, id, Wish(survey, kind, filter, by), self.now)
        return id

    def write(self, id: str) -> str:
        return write(self.means, id)

    def job(self, id: str) -> Job:
        found = jobs.get(self.db, id)
        assert found is not None
        return found

    def file(self, id: str) -> bytes:
        return b"".join(self.bucket.pieces(self.job(id).object))

    def later(self, **how: int) -> None:
        self.now += timedelta(**how)

    def _write(self, path: Path, look: Look, now: datetime, told: Told) -> Taken:
        """The keys, one a line."""
        keys = look.frame["key"].to_list()
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            for done, key in enumerate(keys):
                self.meanwhile(done)
                told(done, len(keys))
                writer.writerow([key])
                file.flush()
        return Taken(len(keys), self.replaced)
