"""The worst afternoon: events repeated, delayed and overtaken, the handler killed twice, fifty residents talking.

The same fifty conversations are held twice in one city, first in calm. What is stored afterwards must be the same
(ids and times aside), and nobody may be left without the reply due to them.
"""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from google.cloud import firestore

from local.city import City, Hosts, Wish, city
from local.phones import Action, Entry, NothingToTap, Phone, Phones, button_in
from tsunagu.cloud.definitions import loads
from tsunagu.packs.read import read
from tsunagu.residents import store as residents
from tsunagu.surveys import store as surveys
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import State

RESIDENTS = 50
PATIENCE = 120.0  # seconds for one reply; a killed handler takes some seconds to come back, Pub/Sub backs off
SERVICES = frozenset({"receive_webhook", "handle_line_event", "run_due_work", "fold_responses"})

SURVEY = """
id: storm
title: {ja: 台風の備え}
questions:
  - id: ready
    type: single
    text: {ja: 備えはできていますか}
    options:
      - {id: "yes", text: {ja: はい}}
      - {id: some, text: {ja: すこし}}
      - {id: "no", text: {ja: いいえ}, next: why}
  - id: things
    type: multiple
    text: {ja: 用意したもの}
    options:
      - {id: water, text: {ja: 水}}
      - {id: food, text: {ja: 食料}}
      - {id: light, text: {ja: 電灯}}
  - id: sure
    type: scale
    text: {ja: 安心の度合い}
    next: people
  - id: why
    type: text
    text: {ja: できていない理由}
  - id: people
    type: number
    text: {ja: 家族の人数}
  - id: note
    type: text
    text: {ja: ご意見}
    required: false
"""


class Driver:
    """Plays one resident by a script that depends on the number alone; only in a storm does it delay anything."""

    def __init__(self, phone: Phone, number: int, stormy: bool) -> None:
        self.phone = phone
        self.chance = random.Random(number)
        self.stormy = stormy
        self.due = 0
        self.received: list[Entry] = []

    def play(self) -> None:
        self.act(lambda: self.phone.follow(wait=False))
        english = self.chance.random() < 0.5
        self.tap("English" if english else "日本語")
        self.tap("Chuo Ward" if english else "中央区")
        self.say("はるたけ")
        topics = ["Health", "Welfare and care"] if english else ["健康・医療", "福祉・介護"]
        self.overtaken(self.button(topics[0]), self.button(topics[1]))
        self.tap("Done" if english else "決定")
        self.tap(self.chance.choice(["20–29", "No answer"]) if english else self.chance.choice(["20代", "答えない"]))
        self.tap("I understand" if english else "わかりました")

        self.say("アンケート")
        self.tap("Start" if english else "はじめる")
        answers = ["はい", "すこし", "いいえ"]
        first, second = self.chance.sample(answers, 2)
        self.overtaken(self.button(first), self.button(second))
        if second == "いいえ":
            self.say(f"理由 {self.chance.randrange(100)} 🌀")
        else:
            self.overtaken(self.button("☐ 水"), self.button("☐ 電灯"))
            self.tap("Done" if english else "決定")
            self.tap(str(self.chance.randrange(1, 6)))
        self.say(f"{self.chance.randrange(1, 9)}人")
        if self.chance.random() < 0.5:
            self.tap("Skip" if english else "スキップ")
        else:
            self.say("特になし")

    def tap(self, label: str) -> None:
        action = self.button(label)
        self.act(lambda: self.phone.press(action, wait=False))

    def say(self, words: str) -> None:
        self.act(lambda: self.phone.say(words, wait=False))

    def overtaken(self, earlier: Action, later: Action) -> None:
        """Two taps in a row; in a storm the first is delivered after the second."""
        if not self.stormy:
            self.act(lambda: self.phone.press(earlier, wait=False))
            self.act(lambda: self.phone.press(later, wait=False))
            return
        self.phone.press(earlier, wait=False, delay=2.0)
        time.sleep(0.01)  # so that their time stamps differ
        self.due += 1
        self.act(lambda: self.phone.press(later, wait=False))

    def act(self, doing: Callable[[], Any]) -> None:
        doing()
        self.due += 1
        self.wait(lambda: len({e["request_id"] for e in self.received}) >= self.due, f"reply {self.due} is missing")

    def button(self, label: str) -> Action:
        found: list[Action] = []

        def is_there() -> bool:
            try:
                found.append(button_in(self.received, label))
            except NothingToTap:
                return False
            return True

        self.wait(is_there, f"there is no button 「{label}」")
        return found[0]

    def wait(self, happened: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            last: Entry = self.received[-1] if self.received else {"n": 0, "message": None}
            assert time.monotonic() < deadline, f"{self.phone.user}: {otherwise} after {last['message']}"
            self.received += self.phone.answer(last["n"], timeout=10)


@pytest.fixture
def running(firestore_host: str, pubsub_host: str, project: str, tmp_path: Path) -> Iterator[City]:
    hosts = Hosts(firestore_host, pubsub_host)
    with city(Wish(project=project, hosts=hosts, services=SERVICES, tick=1, logs=tmp_path / "city")) as city_:
        yield city_


def play(drivers: list[Driver]) -> None:
    with ThreadPoolExecutor(len(drivers)) as threads:
        for played in [threads.submit(driver.play) for driver in drivers]:
            played.result()


def profile(db: firestore.Client, user: str) -> dict[str, Any]:
    resident = residents.get(db, user)
    assert resident is not None
    kept = ("following", "wards", "districts", "topics", "language", "age_band", "quiet")
    return {name: getattr(resident, name) for name in kept} | {"decided": set(resident.changed)}


def answers(running: City, db: firestore.Client, user: str) -> dict[str, Any]:
    survey = surveys.get(db, "storm")
    assert survey is not None and survey.salt is not None
    respondent = surveys.pseudonym(running.respondent_secret, survey.salt, user)
    (row,) = read(surveys.responses_shelf(db, survey)).filter(pl.col("key") == respondent).to_dicts()
    return {name: value for name, value in row.items() if name not in ("key", "version", "started_at", "finished_at")}


@pytest.mark.timeout(600)
def test_a_storm_ends_as_the_calm_did_and_leaves_nobody_without_a_reply(running: City, db: firestore.Client) -> None:
    definition = loads(SURVEY, Definition)
    surveys.put(db, definition)
    surveys.become(db, "storm", State.OPEN, datetime.now(UTC))
    phones = Phones(running.line_api)
    calm = phones.add(RESIDENTS, seed="calm")
    stormy = phones.add(RESIDENTS, seed="stormy")
    phones.control("POST", "/settings", {"redelivery": True, "redelivery_after": [1, 2, 4, 8]})

    play([Driver(phone, number, stormy=False) for number, phone in enumerate(calm)])

    weather = {"repeat_probability": 0.2, "repeat_after": [0.5, 6], "delay_probability": 0.2, "delay": [0.1, 1.5]}
    phones.control("POST", "/settings", weather)
    with ThreadPoolExecutor(1) as storm:
        playing = storm.submit(play, [Driver(phone, number, stormy=True) for number, phone in enumerate(stormy)])
        for _ in range(2):
            time.sleep(6)
            running.kill("handle_line_event")
        playing.result()
    phones.control("POST", "/settings", {"repeat_probability": 0.0, "delay_probability": 0.0})
    wait_until_quiet(phones, db)

    repeated = [call for call in phones.control("GET", "/webhooks")["webhooks"] if call["redelivery"]]
    assert len(repeated) > RESIDENTS
    assert 3 <= running.function("handle_line_event").starts
    for number in range(RESIDENTS):
        assert profile(db, calm[number].user) == profile(db, stormy[number].user), number
        assert answers(running, db, calm[number].user) == answers(running, db, stormy[number].user), number
    owed = [claim for claim in db.collection("handled_events").stream() if "owed" in (claim.to_dict() or {})]
    assert [] == owed


def wait_until_quiet(phones: Phones, db: firestore.Client) -> None:
    """Until every repeated event was delivered and every claim is paid."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        waiting = phones.control("GET", "/pending")
        owed = [c for c in db.collection("handled_events").stream() if "owed" in (c.to_dict() or {})]
        if not any(waiting.values()) and not owed:
            return
        time.sleep(0.5)
