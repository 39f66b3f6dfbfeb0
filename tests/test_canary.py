"""A resident's words, id and places are posted through every path of a whole city; then every log is read.

The broken paths matter most: errors that quote the text, LINE's refusals that quote the id, addresses with both.
"""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from google.cloud import firestore

from local.city import City
from local.phones import NothingToTap, Phone, Phones
from local.topology import ROOT
from tsunagu.cloud.identity import HEADER
from tsunagu.cloud.outcomes import REJECTED
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.rules import State
from tsunagu.surveys.take import jobs

WORDS = "カナリアの歌 090-5555-0199"
PLACE = {"title": "カナリア荘", "address": "熊本市中央区金糸雀町9-9", "latitude": 32.8031415926, "longitude": 130.70777}
DISTRICT = ("壺川", "kosen")
TRACE = "fedcba9876543210" * 2
PATIENCE = 60.0  # seconds for what the clock does
SURVEY = {
    "id": "song",
    "title": {"ja": "鳥の調査"},
    "questions": [{"id": "heard", "type": "text", "text": {"ja": "何を聞きましたか"}, "max_length": 500}],
}
BROADCAST = """
id: {id}
title: お知らせ
kind: news
when: now
audience: {{districts: [kosen]}}
messages:
  - text: {{ja: 鳥が鳴いています}}
"""


@dataclass(frozen=True)
class Play:
    city: City
    phone: Phone
    db: firestore.Client
    folder: Path

    @property
    def phones(self) -> Phones:
        return self.phone.phones

    def raw(self, **event: Any) -> None:
        """An event of any kind, from the phone, through LINE and Pub/Sub."""
        source = {"source": {"type": "user", "userId": self.phone.user}}
        self.phones.control("POST", "/events", {"event": source | event})

    def heard(self, do: Callable[[], object]) -> None:
        """Until the city has answered."""
        before = self.phone.latest()
        do()
        assert [] != self.phone.answer(before, timeout=30), "no answer"

    def until(self, happened: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.2)

    def push(self, service: str, data: bytes, path: str = "/", **more: Any) -> int:
        """As Pub/Sub would, once: what fails is not pushed again for ever."""
        message = {"messageId": "1", "publishTime": "2026-11-22T00:00:00Z", "data": base64.b64encode(data).decode()}
        body = {"message": message | {"attributes": {"kind": WORDS, "event_id": WORDS}} | more}
        headers = {"X-Cloud-Trace-Context": f"{TRACE}/1;o=1", "traceparent": WORDS.encode().hex()}
        url = self.city.function(service).url + path
        return requests.post(url, json=body, headers=headers, timeout=60).status_code

    def tsunagu(self, *words: str) -> subprocess.CompletedProcess[str]:
        settings = {**os.environ, **self.city.environment(), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tsunagu", *words]
        return subprocess.run(command, env=settings, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def play(city: City, tmp_path: Path) -> Iterator[Play]:
    phones = Phones(city.line_api)
    db = firestore.Client(project=city.project)
    yield Play(city, phones.add(1, seed="canary")[0], db, tmp_path)
    phones.control("DELETE", "/faults")


def test_no_log_holds_a_residents_words_id_or_place_whatever_path_they_took(play: Play) -> None:
    survey = Definition.model_validate(SURVEY)
    store.put(play.db, survey)
    store.become(play.db, survey.id, State.OPEN, datetime.now(UTC))
    said = [*talks(play), *refusals_of_line(play), *events_of_every_kind(play), *posts_of_strangers(play)]
    said += [*broken_pushes(play), *pages_and_downloads(play), *broadcasts(play), *commands(play), *menus(play)]
    play.heard(lambda: play.phone.say("消去"))
    play.heard(lambda: play.phone.tap("すべて消す"))
    assert {"pending": 0} == play.phones.control("GET", "/pending?timeout=30")
    play.until(lambda: json.dumps(statuses(play)).count("handle_line_event") > 0, "nothing was handled")

    canaries = [WORDS, *WORDS.split(), "金糸雀", "カナリア", "32.80314", "130.7077", *DISTRICT]
    canaries += [play.phone.user, play.phone.user[1:], base64.b64encode(WORDS.encode()).decode()[:12]]
    canaries += [json.dumps(canary)[1:-1] for canary in canaries]
    logs = {path.name: path.read_text("utf-8") for path in play.city.logs.glob("*.log")}
    logs |= {f"said {number}": words for number, words in enumerate(said)}
    assert {} == {name: found for name, log in logs.items() if (found := [c for c in canaries if c in log])}
    assert "LINE refused to show a rich menu" in logs["handle_line_event.log"]
    for function in play.city.functions:
        lines = [json.loads(line) for line in logs[f"{function}.log"].splitlines()]
        assert [] == [line for line in lines if not {"severity", "message", "time"} <= line.keys()]
        assert [] != [line for line in lines if {"outcome", "ms"} <= line.keys()], function
    assert [] == [record.id for record in play.db.collection(REJECTED).stream() if any_in(canaries, record.to_dict())]


def any_in(canaries: list[str], document: object) -> bool:
    return any(canary in str(document) for canary in canaries)


def statuses(play: Play) -> list[dict[str, Any]]:
    log = (play.city.logs / "handle_line_event.log").read_text("utf-8")
    return [json.loads(line) | {"function": "handle_line_event"} for line in log.splitlines()]


def talks(play: Play) -> Iterator[str]:
    """Registration with a district typed, chat, an answer typed and taken back, an answer that stays."""
    phone = play.phone
    play.heard(phone.follow)
    play.heard(lambda: phone.say(WORDS))
    play.heard(lambda: phone.tap("日本語"))
    play.heard(lambda: phone.say("中央区"))
    play.heard(lambda: phone.say(f"{WORDS}小学校区"))
    play.heard(lambda: phone.say(DISTRICT[0]))
    for label in ("決定", "答えない", "わかりました"):
        play.heard(lambda label=label: phone.tap(label))  # type: ignore[misc]
    play.heard(lambda: phone.say(WORDS))
    play.heard(lambda: phone.say("アンケート"))
    play.heard(lambda: phone.tap("はじめる"))
    before = phone.latest()
    typed = phone.say(WORDS)
    assert [] != phone.answer(before)
    play.heard(lambda: phone.unsend(typed["message_id"]))
    play.heard(lambda: phone.say("アンケート"))
    with_button(play, ("つづける", "続ける", "はじめる"))
    play.heard(lambda: phone.say(f"{WORDS} もう一度"))
    yield from ()


def with_button(play: Play, labels: tuple[str, ...]) -> None:
    """Whichever of these buttons is there."""
    for label in labels:
        try:
            action = play.phone.button(label)
        except NothingToTap:
            continue
        play.heard(lambda action=action: play.phone.press(action))  # type: ignore[misc]
        return
    raise AssertionError(play.phone.words()[-1])


def events_of_every_kind(play: Play) -> Iterator[str]:
    token = {"replyToken": play.phone.user}
    for message in (
        {"type": "location", **PLACE}, {"type": "file", "fileName": WORDS}, {"type": "sticker", "keywords": [WORDS]},
        {"type": "image", "contentProvider": {"originalContentUrl": f"https://a.example/{WORDS}"}},
        {"type": "audio", "duration": WORDS}, {"type": "video", "trackingId": WORDS}, {"type": WORDS, "text": WORDS},
    ):  # fmt: skip
        play.raw(type="message", message={"id": "4687", **message}, **token)
    for data in (WORDS, f"residents/choose?step=ward&v={WORDS}", f"surveys/answer?s={WORDS}&q={play.phone.user}"):
        play.raw(type="postback", postback={"data": data, "params": {"date": WORDS}}, **token)
    for kind in ("messageEdited", "beacon", "accountLink", "videoPlayComplete", "membership", "memberJoined", WORDS):
        play.raw(type=kind, **{kind: {"of": WORDS, "user": play.phone.user}}, **token)
    play.raw(type="unsend", unsend={"messageId": WORDS})
    play.raw(type="message", webhookEventId=f"{WORDS}/{play.phone.user}", message={"type": "text", "text": WORDS})
    play.raw(type="message", source={"type": "group", "groupId": WORDS, "userId": play.phone.user}, message=PLACE)
    yield from ()


def posts_of_strangers(play: Play) -> Iterator[str]:
    """To receive_webhook: unsigned, broken, and with what it holds in address and headers."""
    body = json.dumps({"events": [{"type": "message", "message": {"text": WORDS}}]}, ensure_ascii=False)
    for post in (
        {"body": body},
        {"body": body, "signature": "x"},
        {"body": body, "signed": False},
        {"body": body[:-2]},
    ):
        play.phones.control("POST", "/webhook", post)
    url = play.city.function("receive_webhook").url
    headers = {"X-Line-Signature": base64.b64encode(WORDS.encode()).decode(), "User-Agent": play.phone.user}
    for method in ("POST", "GET", "PUT"):
        answer = requests.request(method, f"{url}/{WORDS}?q={play.phone.user}", data=body.encode(), headers=headers)
        yield answer.text


def broken_pushes(play: Play) -> Iterator[str]:
    """What can never succeed, and bugs whose errors quote what is stored."""
    user, quoted = play.phone.user, json.dumps({"words": WORDS, "user": play.phone.user}).encode()
    pushed = ("handle_line_event", "run_due_work", "send_chunk_urgent", "send_chunk_normal", "fold_responses")
    for service in (*pushed, "write_export"):
        assert play.push(service, WORDS.encode(), f"/{user}?q={WORDS}") == 204, service
        assert play.push(service, b"[" * 10_000) == 204, service
        assert play.push(service, quoted, messageId=f"{WORDS}/{user}") == 400, service
    assert 204 == play.push("send_chunk_normal", json.dumps({"broadcast": user, "attempt": WORDS, "chunk": 1}).encode())
    assert 204 == play.push("fold_responses", json.dumps({"survey": user}).encode())

    strange = f"U{'5eed' * 8}"
    play.db.collection("residents").document(strange).set({WORDS: WORDS, play.phone.user: PLACE})
    event = {"type": "message", "webhookEventId": "01HCANARY", "timestamp": int(time.time() * 1000), "replyToken": "r"}
    event |= {"source": {"type": "user", "userId": strange}, "message": {"id": "1", "type": "text", "text": WORDS}}
    assert 500 == play.push("handle_line_event", json.dumps(event).encode())
    bug = statuses(play)[-1]
    assert ("ERROR", "bug", "KeyError") == (bug["severity"], bug["outcome"], bug["error"])
    assert f"projects/{play.city.project}/traces/{TRACE}" == bug["logging.googleapis.com/trace"]
    play.db.collection("residents").document(strange).delete()
    yield from ()


def refusals_of_line(play: Play) -> Iterator[str]:
    """LINE says no and quotes whom and what; the connection breaks; a rate is passed."""
    quotes = f"{WORDS}: the user {play.phone.user} in {PLACE['address']}"
    faults: list[dict[str, Any]] = [
        {"endpoint": "reply", "kind": "status", "status": 400, "message": quotes, "count": 1},
        {"endpoint": "reply", "kind": "status", "status": 404, "message": quotes, "count": 1},
        {"endpoint": "*", "kind": "after", "status": 500, "message": quotes, "count": 1},
        {"endpoint": "*", "kind": "before", "cut": True, "count": 1},
        {"endpoint": "reply", "kind": "status", "status": 429, "message": quotes, "count": 1},
    ]
    for fault in faults:
        play.phones.control("POST", "/faults", fault)
        handled = len(statuses(play))
        play.phone.say(f"{WORDS} {fault['kind']}")
        play.until(lambda handled=handled: len(statuses(play)) > handled, "not handled")  # type: ignore[misc]
        play.phones.control("DELETE", "/faults")
    yield from ()


def pages_and_downloads(play: Play) -> Iterator[str]:
    """Whoever reads the answers sees them; no log does. What is not there, or not allowed, quotes nothing."""
    for service, paths in (
        (
            "survey_report",
            (
                "/",
                "/surveys/song",
                "/surveys/song/downloads",
                "/surveys/song/downloads/csv",
                "/surveys/song/downloads/pdf",
            ),
        ),
        ("console", ("/", "/broadcasts")),
    ):
        url = play.city.function(service).url
        for path in (*paths, f"/surveys/{WORDS}", f"/{play.phone.user}?q={WORDS}", f"/broadcasts/{play.phone.user}"):
            for token in (play.city.tokens["admin"], play.city.tokens["visitor"], f"{play.phone.user}.a.b"):
                answer = requests.get(url + path, headers={HEADER: token, "Referer": play.phone.user}, timeout=60)
                assert answer.status_code in (200, 403, 404), path
        assert 403 == requests.post(f"{url}/{WORDS}", data=WORDS.encode(), timeout=60).status_code
    job = jobs.ask(play.db, "5" * 24, jobs.Wish("song", "csv", "", "admin@city.example"), datetime.now(UTC))
    assert 204 == play.push("write_export", json.dumps({"job": job.id}).encode())
    written = jobs.get(play.db, job.id)
    assert written is not None and (jobs.State.READY, 1) == (written.state, written.of)
    page = requests.get(
        play.city.function("survey_report").url + "/surveys/song",
        headers={HEADER: play.city.tokens["analyst"]},
        timeout=60,
    )
    assert WORDS in page.text, "the canary never came so far"
    yield from ()


def broadcasts(play: Play) -> Iterator[str]:
    """Sent to that resident: taken, refused with a 400 that quotes the id, broken off and tried again."""
    quotes = f"user {play.phone.user} does not like {WORDS}"
    for id, fault in (
        ("song-taken", None),
        ("song-refused", {"kind": "status", "status": 400, "message": quotes, "count": 1}),
        ("song-cut", {"kind": "after", "cut": True, "count": 1}),
    ):
        if fault is not None:
            play.phones.control("POST", "/faults", {"endpoint": "multicast", "user": play.phone.user, **fault})
        file = play.folder / f"{id}.yaml"
        file.write_text(BROADCAST.format(id=id), "utf-8")
        done = play.tsunagu("broadcast", "schedule", str(file), "--by", "editor@city.example")
        assert 0 == done.returncode, done.stderr
        yield done.stderr
        ended = play.db.collection("broadcasts").document(id)
        play.until(lambda ended=ended: (ended.get().to_dict() or {}).get("open") is False, f"{id} does not end")  # type: ignore[misc]
        accepted = 0 if id == "song-refused" else 1
        assert accepted == (ended.get().to_dict() or {})["totals"]["accepted"], id
        play.phones.control("DELETE", "/faults")


def commands(play: Play) -> Iterator[str]:
    """What they print is asked for; what they log is not."""
    for words in (
        ("residents", "show", play.phone.user), ("survey", "report", "song"), ("broadcast", "show", "song-refused"),
        ("residents", "import"), ("residents", "export", "--mine", play.phone.user, "--out", str(play.folder / "mine")),
        ("menu", "deploy"), ("menu", "switch", "disaster"), ("menu", "switch", "ordinary"),
    ):  # fmt: skip
        done = play.tsunagu(*words)
        assert 0 == done.returncode, done.stderr
        yield done.stderr


def menus(play: Play) -> Iterator[str]:
    """Their menu cannot be shown, in words that quote them; the news is asked for."""
    quotes = f"{WORDS}: no menu for {play.phone.user}"
    play.phones.control(
        "POST", "/faults", {"endpoint": "menu_link", "kind": "status", "status": 400, "message": quotes}
    )
    for data in ("residents/language?v=en", "broadcasts/news", "residents/language?v=ja"):
        play.heard(lambda data=data: play.phone.press({"type": "postback", "data": data, "label": WORDS}))  # type: ignore[misc]
    play.phones.control("DELETE", "/faults")
    yield from ()
