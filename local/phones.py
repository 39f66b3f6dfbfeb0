"""Residents' phones, driven through the stand-in platform's control API: for the demo, the tests and the drills."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

Entry = dict[str, Any]
Action = dict[str, Any]


class NothingToTap(Exception):
    """The button is not there; the sentence says which are."""


class Phones:
    """All phones of one stand-in platform."""

    def __init__(self, line_api: str) -> None:
        self.line_api = line_api.rstrip("/")
        self._session = requests.Session()
        self._session.mount("http://", HTTPAdapter(pool_maxsize=100))  # many residents talk at a time

    def add(
        self, count: int = 1, *, seed: str = "residents", language: str | None = "ja", **more: Any
    ) -> list["Phone"]:
        answer = self.control("POST", "/residents", {"count": count, "seed": seed, "language": language, **more})
        return [Phone(self, resident["id"]) for resident in answer["residents"]]

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, timeout: float = 60) -> Any:
        """One call of the control API; a refusal is an exception with the platform's words."""
        answer = self._session.request(method, f"{self.line_api}/control{path}", json=body, timeout=timeout)
        if not answer.ok:
            raise RuntimeError(f"{method} /control{path}: {answer.status_code} {answer.text}")
        return answer.json()


@dataclass(frozen=True)
class Phone:
    phones: Phones
    user: str

    # What a resident does. `how` takes the control API's delay, repeat, after, at, wait; each returns its answer.

    def follow(self, **how: Any) -> Any:
        return self._do("follow", how)

    def block(self, **how: Any) -> Any:
        return self._do("block", how)

    def say(self, words: str, **how: Any) -> Any:
        return self._do("say", {"text": words, **how})

    def unsend(self, message_id: str, **how: Any) -> Any:
        return self._do("unsend", {"message_id": message_id, **how})

    def send_location(
        self, title: str | None, address: str | None, latitude: float, longitude: float, **how: Any
    ) -> Any:
        place = {"title": title, "address": address, "latitude": latitude, "longitude": longitude}
        return self._do("location", {**place, **how})

    def send_picture(self, picture: bytes, kind: str = "image/jpeg", **how: Any) -> Any:
        """`how` may also say what the city gets when it fetches the picture: state ready, preparing or gone."""
        return self._do("picture", {"picture": base64.b64encode(picture).decode(), "kind": kind, **how})

    def tap_menu(self, label: str, **how: Any) -> Any:
        """Tap the area of the rich menu so labelled."""
        shown = self.menu() or {"areas": []}
        labels = [area["action"].get("label") for area in shown["areas"]]
        if label not in labels:
            raise NothingToTap(f"no area 「{label}」 in the rich menu; there are {labels}")
        return self._do("menu/tap", {"area": labels.index(label), **how})

    def pick_date(self, label: str, value: str, **how: Any) -> Any:
        """Tap the newest date picker so labelled and pick `value`, as its mode writes it: 2026-01-31T08:30."""
        return self.press(self.button(label), value, **how)

    def tap(self, label: str, date: str | None = None, **how: Any) -> Any:
        """Tap the newest button or quick reply so labelled; `date` is what is picked where it asks for a date."""
        return self.press(self.button(label), date, **how)

    def press(self, action: Action, date: str | None = None, **how: Any) -> Any:
        """Tap a button seen earlier, though a newer message may have taken it away: a finger was faster."""
        if action["type"] == "message":
            return self.say(action["text"], **how)
        if action["type"] == "datetimepicker":
            return self._do("tap", {"data": action["data"], "params": {action["mode"]: date}, **how})
        return self._do("tap", {"data": action["data"], "displayText": action.get("displayText"), **how})

    # What a resident sees.

    def entries(self) -> list[Entry]:
        found: list[Entry] = self.phones.control("GET", f"/residents/{self.user}/chat")["entries"]
        return found

    def menu(self) -> dict[str, Any] | None:
        """The rich menu they see: {richMenuId, chatBarText, selected, size, areas: [{bounds, action}], image}."""
        seen: dict[str, Any] | None = self.phones.control("GET", f"/residents/{self.user}/menu")
        return seen

    def received(self) -> list[Entry]:
        return [entry for entry in self.entries() if entry["by"] == "city"]

    def words(self) -> list[str]:
        """The texts of what the city sent, of a card its texts one below the other."""
        return [words_of(entry["message"]) for entry in self.received()]

    def answer(self, after: int, timeout: float = 30) -> list[Entry]:
        """Waits for what the city says beyond entry number `after`; empty when the time ran out."""
        path = f"/residents/{self.user}/next?after={after}&timeout={timeout:g}"
        found: list[Entry] = self.phones.control("GET", path, timeout=timeout + 30)["messages"]
        return found

    def latest(self) -> int:
        """The number of the newest entry, to ask for an answer after it."""
        return max((entry["n"] for entry in self.entries()), default=0)

    def button(self, label: str) -> Action:
        return button_in(self.received(), label)

    def _do(self, what: str, body: dict[str, Any]) -> Any:
        return self.phones.control("POST", f"/residents/{self.user}/{what}", body)


def button_in(received: list[Entry], label: str) -> Action:
    """The newest action so labelled. Quick replies are there only below the very last message."""
    seen: list[str] = []
    for place, entry in enumerate(reversed(received)):
        for action in actions_of(entry["message"], quick=place == 0):
            if action.get("label") == label:
                return action
            seen.append(str(action.get("label")))
    raise NothingToTap(f"no button 「{label}」; there are {seen}")


def actions_of(message: dict[str, Any], quick: bool = True) -> Iterator[Action]:
    """Everything in a message that can be tapped."""
    for item in message.get("quickReply", {}).get("items", []) if quick else []:
        yield item["action"]
    yield from _actions_within(message.get("contents") or message.get("template") or {})


def _actions_within(part: Any) -> Iterator[Action]:
    if isinstance(part, list):
        for child in part:
            yield from _actions_within(child)
    elif isinstance(part, dict):
        if isinstance(part.get("action"), dict):
            yield part["action"]
        for child in part.values():
            yield from _actions_within(child)


def words_of(message: dict[str, Any]) -> str:
    if message["type"] == "text":
        return str(message["text"])
    return "\n".join(_texts_within(message.get("contents", {})))


def _texts_within(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for child in part:
            yield from _texts_within(child)
    elif isinstance(part, dict):
        if part.get("type") == "text":
            yield part["text"]
        for child in part.values():
            yield from _texts_within(child)
