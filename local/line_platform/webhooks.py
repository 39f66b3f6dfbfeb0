"""Sends webhooks as LINE does: signed, two seconds for an answer, again where that is switched on."""

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

import urllib3

from local.line_platform.clock import Clock
from local.line_platform.events import Event
from local.line_platform.limits import WEBHOOK_TIMEOUT
from local.line_platform.record import Posting, Record
from local.line_platform.reply_tokens import ReplyTokens
from local.line_platform.settings import Settings


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Timetable:
    """Runs things later, on a pool of threads."""

    def __init__(self, workers: int = 64) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="webhook")
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._changed = threading.Condition()
        self.unfinished = 0
        self._stopped = False
        threading.Thread(target=self._run, daemon=True, name="timetable").start()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        with self._changed:
            self.unfinished += 1
            heappush(self._due, (time.monotonic() + seconds, next(self._order), work))
            self._changed.notify_all()

    def wait_idle(self, timeout: float) -> int:
        """Waits until nothing is due or under way; returns what is left."""
        with self._changed:
            self._changed.wait_for(lambda: self.unfinished == 0, timeout)
            return self.unfinished

    def stop(self) -> None:
        with self._changed:
            self.unfinished -= len(self._due)
            self._due.clear()
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._stopped:
                    break
                work = heappop(self._due)[2]
            self._pool.submit(self._do, work)
        self._pool.shutdown(wait=False)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._changed:
                self.unfinished -= 1
                self._changed.notify_all()


@dataclass
class Delivery:
    """What became of an event's first delivery; `done` is set when it is known."""

    done: threading.Event = field(default_factory=threading.Event)
    posting: Posting | None = None


@dataclass
class Wishes:
    """How a test wants an event delivered; None leaves it to the settings and chance."""

    delay: float | None = None
    repeat: int | None = None
    after: tuple[float, float] | None = None


class Webhooks:
    def __init__(
        self, secret: str, bot: str, settings: Settings, clock: Clock, watched: threading.Condition,
        record: Record, tokens: ReplyTokens,
    ) -> None:  # fmt: skip
        self.secret = secret
        self.bot = bot
        self.settings = settings
        self.clock = clock
        self.lock = watched
        self.record = record
        self.tokens = tokens
        self.timetable = Timetable()
        self.chance = random.Random(settings.random_seed)
        self.held: list[tuple[Event, Wishes, Delivery]] = []
        self._http = urllib3.PoolManager(maxsize=64, retries=False, timeout=urllib3.Timeout(total=WEBHOOK_TIMEOUT))

    def send(self, event: Event, wishes: Wishes) -> Delivery:
        """Sends one event by itself, or keeps it back while the settings say hold."""
        delivery = Delivery()
        if self.settings.hold:
            with self.lock:
                self.held.append((event, wishes, delivery))
        else:
            self._schedule([event], wishes, [delivery])
        return delivery

    def release(self, order: list[int] | None, together: bool) -> int:
        """Sends what was held back, in `order` (positions) or as it came; `together` puts all into one webhook."""
        with self.lock:
            held, self.held = self.held, []
        chosen = [held[place] for place in order] if order is not None else held
        if together and chosen:
            self._schedule([event for event, _, _ in chosen], Wishes(delay=0), [done for _, _, done in chosen])
        else:
            for event, wishes, delivery in chosen:
                self._post([event], False, [delivery], tries=0)
                self._schedule_repeats([event], wishes)
        return len(chosen)

    def send_together(self, events: list[Event], wishes: Wishes) -> Delivery:
        delivery = Delivery()
        self._schedule(events, wishes, [delivery])
        return delivery

    def again(self, event: Event, seconds: float, redelivery: bool = True) -> None:
        self.timetable.later(seconds, lambda: self._post([event], redelivery, [], tries=0))

    def _schedule(self, events: list[Event], wishes: Wishes, deliveries: list[Delivery]) -> None:
        delay = wishes.delay
        if delay is None:
            chosen = self.chance.random() < self.settings.delay_probability
            delay = self.chance.uniform(*self.settings.delay) if chosen else 0.0
        self.timetable.later(delay, lambda: self._post(events, False, deliveries, tries=0))
        self._schedule_repeats(events, wishes, delay)

    def _schedule_repeats(self, events: list[Event], wishes: Wishes, delay: float = 0.0) -> None:
        repeat = wishes.repeat
        if repeat is None:
            repeat = int(self.chance.random() < self.settings.repeat_probability)
        for _ in range(repeat):
            delay += self.chance.uniform(*(wishes.after or self.settings.repeat_after))
            self.timetable.later(delay, lambda: self._post(events, True, [], tries=0))

    def _post(self, events: list[Event], redelivery: bool, deliveries: list[Delivery], tries: int) -> None:
        body = self.write(events, redelivery)
        posting = self.post_raw(body, signature(self.secret, body), events, redelivery)
        for delivery in deliveries:
            delivery.posting = posting
            delivery.done.set()
        good = posting.status is not None and 200 <= posting.status < 300
        waits = self.settings.redelivery_after
        if not good and self.settings.redelivery and tries < len(waits):
            self.timetable.later(waits[tries], lambda: self._post(events, True, [], tries + 1))

    def write(self, events: list[Event], redelivery: bool) -> bytes:
        if redelivery:
            events = [event | {"deliveryContext": {"isRedelivery": True}} for event in events]
        whole = {"destination": self.bot, "events": events}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()

    def post_raw(self, body: bytes, signed: str | None, events: list[Event], redelivery: bool) -> Posting:
        """Posts these bytes once, and notes what came of it. A reply token's minute begins here."""
        with self.lock:
            now = self.clock.now()
            posting = self.record.new_posting(now, events, redelivery)
            for event in events:
                if "replyToken" in event:
                    self.tokens.delivered(event["replyToken"], now)
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        if signed is not None:
            headers["x-line-signature"] = signed
        begun = time.monotonic()
        status, error = self._answer(body, headers)
        with self.lock:
            posting.took_ms = (time.monotonic() - begun) * 1000
            posting.status, posting.error = status, error
            self.record.version += 1
            self.lock.notify_all()
        return posting

    def _answer(self, body: bytes, headers: dict[str, Any]) -> tuple[int | None, str | None]:
        if self.settings.webhook is None:
            return None, "no webhook address is set"
        try:
            answer = self._http.request("POST", self.settings.webhook, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.TimeoutError:
            return None, "request_timeout"
        except urllib3.exceptions.HTTPError as broken:
            return None, f"could_not_connect: {type(broken).__name__}"
        return int(answer.status), None if 200 <= answer.status < 300 else "error_status_code"
