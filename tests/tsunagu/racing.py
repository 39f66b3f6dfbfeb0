"""Several at the same work at once."""

from collections.abc import Callable
from typing import TypeVar

from tsunagu.cloud.outcomes import TryAgain

T = TypeVar("T")


def until_it_won(work: Callable[[], T]) -> T:
    """As Pub/Sub and Cloud Scheduler do it with one that always came second: it is tried again."""
    while True:
        try:
            return work()
        except TryAgain:
            continue
