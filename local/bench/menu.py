"""Switching the rich menu of a whole city: seconds, and how often LINE is asked.

The account has 730,000 residents, of whom 5 % chose another language than Japanese. The menus are deployed, switched
three times by the one request that moves all of these, and a fourth time within the hour, when LINE refuses that.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

import polars as pl
from google.cloud import firestore

from local.bench.figure import Figure, Tell, at_least, at_most, reported
from local.emulators import CITY_HEAP, firestore_emulator
from local.line_platform.ids import user_id
from local.phones import Phones
from local.stand_in import StandIn, line_platform
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.line.client import Line
from tsunagu.menus.definition import menus
from tsunagu.menus.deploy import deploy
from tsunagu.menus.draw import draw
from tsunagu.menus.rules import DEFAULT, LINKED, Mode
from tsunagu.menus.switch import switch
from tsunagu.packs.fill import fill
from tsunagu.residents.city import city
from tsunagu.residents.store import ROSTER_SCHEMA, key_of, residents_shelf

EVERY = {"ja-easy": 50, "en": 33}  # one in so many chose it: 5 % together
SEED = "menus"
BY = "bench"

T = TypeVar("T")


@dataclass(frozen=True)
class Size:
    residents: int = 730_000
    looked_at: int = 100  # phones of each language, in the end


@dataclass(frozen=True)
class Account:
    db: firestore.Client
    line: Line
    phones: Phones

    def count(self, since: int) -> dict[str, int]:
        calls = self.phones.control("GET", f"/requests?since={since}")["requests"]
        return {name: sum(call["endpoint"] == name for call in calls) for name in {call["endpoint"] for call in calls}}

    def requests_so_far(self) -> int:
        last: int = self.phones.control("GET", "/requests?limit=1")["last"]
        return last

    def with_the_right_menu(self, mode: Mode, size: Size) -> int:
        right = 0
        for language in LANGUAGES:
            of_these = (number for number in range(size.residents) if language_of(number) == language)
            for number in islice(of_these, size.looked_at):
                seen = self.phones.control("GET", f"/residents/{user_id(SEED, number)}/menu")
                right += seen["name"].split("/")[1:3] == [mode.value, language]
        return right


def measure(tell: Tell, size: Size = Size()) -> Iterator[Figure]:
    with account() as here:
        tell(f"filling an account with {size.residents:,} residents")
        people(here, size.residents)
        tell("drawing and deploying")
        drawing, drawn = timed(lambda: [draw(menus(), mode, code, city()) for mode in Mode for code in LANGUAGES])
        yield reported("drawing six menus", drawing, "s")
        deploying, _ = timed(lambda: deploy(here.db, here.line, here.line, drawn, BY, now(), lambda *_: None))
        yield reported(f"deploying them to {size.residents:,}", deploying, "s")
        others = sum(language_of(number) != DEFAULT for number in range(size.residents))
        for mode in (Mode.DISASTER, Mode.ORDINARY, Mode.DISASTER, Mode.ORDINARY):
            since = here.requests_so_far()
            tell(f"switching to {mode}")
            seconds, done = timed(lambda: switch(here.db, here.line, mode, BY, now(), lambda *_: None))  # noqa: B023
            asked, way = here.count(since), f"to {mode}"
            if done.refused is None:
                yield at_most(f"{way}: requests for the default", asked.get("menu_default", 0), "requests", 1)
                yield at_most(f"{way}: requests for {others:,} linked", asked.get("menu_batch", 0), "requests", 1)
            else:
                way += ", batch refused"
                yield reported(f"{way}: requests for {others:,} linked", asked.get("menu_bulk_link", 0), "requests")
            yield reported(f"{way}: seconds", seconds, "s")
            right, of = here.with_the_right_menu(mode, size), size.looked_at * len(LANGUAGES)
            yield at_least(f"{way}: right menus on {of} phones", right, "phones", of)


@contextmanager
def account() -> Iterator[Account]:
    with firestore_emulator(CITY_HEAP) as emulator, line_platform() as platform:
        before = os.environ.get("FIRESTORE_EMULATOR_HOST")
        os.environ["FIRESTORE_EMULATOR_HOST"] = emulator.host
        try:
            yield at(platform)
        finally:
            os.environ.pop("FIRESTORE_EMULATOR_HOST")
            if before is not None:
                os.environ["FIRESTORE_EMULATOR_HOST"] = before


def at(platform: StandIn) -> Account:
    line = Line(platform.channel_access_token, platform.url)
    return Account(firestore.Client(project="tsunagu-bench"), line, Phones(platform.url))


def people(account: Account, residents: int) -> None:
    account.phones.control("POST", "/residents", {"count": residents, "seed": SEED, "following": True}, timeout=300)
    rows = {
        "key": [key_of(user_id(SEED, number)) for number in range(residents)],
        "language": [language_of(number) for number in range(residents)],
    }
    none = [pl.lit(None, dtype=kind).alias(name) for name, kind in ROSTER_SCHEMA.items() if name not in rows]
    known = [pl.lit(1, dtype=pl.Int64).alias("version"), pl.lit(True).alias("following")]
    fill(residents_shelf(account.db), pl.DataFrame(rows).with_columns(none).with_columns(known))


def language_of(number: int) -> str:
    return next((language for language in LINKED if number % EVERY[language] == EVERY[language] - 1), DEFAULT)


def timed(does: Callable[[], T]) -> tuple[float, T]:
    began = time.monotonic()
    done = does()
    return time.monotonic() - began, done


def now() -> datetime:
    return datetime.now(UTC)
