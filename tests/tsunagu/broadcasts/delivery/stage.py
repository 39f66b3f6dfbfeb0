"""A stage on which workers move one step at a time, in an order that somebody else chooses, and may die at any step.

A step is what the outside can see: a write to Firestore, or a request to LINE. Before each, whoever is about to take it
waits for its turn.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from google.cloud.firestore import Client

from tests.tsunagu.broadcasts.world import Killed
from tsunagu.line.client import Line, Sent
from tsunagu.line.messages import Message

PATIENCE = 60  # seconds until a stage that stands still is a fault of the test


class Stage:
    """`order` names whose turn is next, again and again; those who are not waiting for a turn are passed over."""

    def __init__(self, order: Sequence[int], deaths: Sequence[int | None]) -> None:
        self._order, self._at = order, 0
        self._left = list(deaths)  # steps until each dies
        self._changed = threading.Condition()
        self._waiting: dict[int, int] = {}  # worker → threads of it that wait for a turn
        self._gone: set[int] = set()

    def run(self, deeds: Sequence[Callable[[], object]]) -> list[object]:
        """Let every worker do its deed; what each came to, Killed for who died."""
        came_to: list[object] = [None] * len(deeds)

        def play(worker: int) -> None:
            try:
                came_to[worker] = deeds[worker]()
            except Killed as killed:
                came_to[worker] = killed
            finally:
                with self._changed:
                    self._gone.add(worker)
                    self._changed.notify_all()

        threads = [threading.Thread(target=play, args=(worker,)) for worker in range(len(deeds))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads), "the stage stands still"
        return came_to

    def step(self, worker: int) -> None:
        """Wait for a turn. Raises Killed when this step is one too many."""
        with self._changed:
            self._waiting[worker] = self._waiting.get(worker, 0) + 1
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._next() == worker, PATIENCE), "nobody moves"
            self._waiting[worker] -= 1
            self._at += 1
            self._changed.notify_all()
            left = self._left[worker]
            if left is not None:
                self._left[worker] = left - 1
                if left <= 0:
                    raise Killed

    def _next(self) -> int | None:
        waiting = [worker for worker, count in self._waiting.items() if count]
        if not waiting:
            return None
        turn = self._order[self._at % len(self._order)]
        return turn if turn in waiting else min(waiting)


class Staged(Client):
    """Firestore, to which each write is a step."""

    def __init__(self, project: str, stage: Stage, worker: int) -> None:
        super().__init__(project=project)
        self.stage, self.worker = stage, worker

    @property
    def _firestore_api(self) -> Any:
        return _StagedApi(self, super()._firestore_api)


class _StagedApi:
    def __init__(self, client: Staged, api: Any) -> None:
        self._client, self._api = client, api

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def commit(self, *arguments: Any, **options: Any) -> Any:
        self._client.stage.step(self._client.worker)
        return self._api.commit(*arguments, **options)


class StagedLine(Line):
    """LINE, to which each multicast is two steps: one before it arrives, one before its answer does."""

    def __init__(self, token: str, api_url: str, stage: Stage, worker: int) -> None:
        super().__init__(token, api_url)
        self._stage, self._worker = stage, worker

    def multicast(
        self, users: Sequence[str], messages: Sequence[Message], retry_key: UUID, unit: str | None = None
    ) -> Sent:
        self._stage.step(self._worker)
        sent = super().multicast(users, messages, retry_key, unit)
        self._stage.step(self._worker)
        return sent
