"""Two things at a time: what comes next is made while what is there is worked on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Iterator[T]) -> Iterator[T]:
    """The same pieces, made in a thread, one of them before it is asked for; raises here what is raised there."""
    end = object()
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, pieces, end)
        while (piece := coming.result()) is not end:
            coming = worker.submit(next, pieces, end)
            yield piece  # type: ignore[misc]
