"""Bodies that strangers, broken networks and LINE's own future might post, each with the answer due to it.

A seed gives the same ones for ever. What is published of a body is known by how it was made, not by reading it.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tsunagu.line.signature import sign

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
LIMIT = 1 << 20
Event = dict[str, Any]


@dataclass(frozen=True)
class Post:
    """`events` are what may be published of it, with the id and the type that it has; `environ` is WSGI's."""

    body: bytes
    status: int
    events: list[Event] = field(default_factory=list)
    signature: str | None = None  # None: the right one
    environ: dict[str, Any] = field(default_factory=dict)


class Poster:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.numbers = 0
        self.makers: list[tuple[Callable[[], Post], float]] = [
            (self.random_bytes, 12), (self.cut, 12), (self.no_webhook, 12), (self.no_event, 12), (self.deep, 6),
            (self.huge_number, 8), (self.wrong_signature, 16), (self.no_signature, 3), (self.wrong_encoding, 6),
            (self.raw_control_character, 4), (self.wrong_length, 6), (self.other_method, 2),
            (self.anything_else_in_it, 0.5), (self.duplicate_keys, 0.5), (self.right_encoding, 0.5),
            (self.half_a_pair, 0.5), (self.without_a_length, 0.3), (self.nothing_happened, 1), (self.oversize, 0.05),
        ]  # fmt: skip

    def posts(self, count: int) -> Iterator[Post]:
        makers, weights = zip(*self.makers, strict=True)
        for maker in self.chance.choices(makers, weights, k=count):
            yield maker()

    # Signed, but nonsense

    def random_bytes(self) -> Post:
        return Post(self.chance.randbytes(self.chance.randrange(200)), 400)

    def cut(self) -> Post:
        whole = written({"destination": "U", "events": [self.event()]})
        return Post(whole[: self.chance.randrange(len(whole))], 400)

    def no_webhook(self) -> Post:
        event = self.event()
        return Post(
            written(
                self.chance.choice(
                    [
                        [event], event, None, True, 7, "events", [], {}, {"Events": [event]}, {"events": None},
                        {"events": event}, {"events": "[]"}, {"events": 0}, {"events": False}, [["events", []]],
                    ]
                )
            ),
            400,
        )  # fmt: skip

    def no_event(self) -> Post:
        """One that is none keeps the others of its body back."""
        event, name = self.event(), self.chance.choice(["webhookEventId", "type"])
        without = {key: value for key, value in event.items() if key != name}
        values: list[Any] = [None, 7, 1.5, True, [event[name]], {}]
        others = [event | {name: value} for value in values]
        none: Any = self.chance.choice([None, 7, "event", [], [event], {}, without, *others])
        events: list[Any] = [self.event() for _ in range(self.chance.randrange(3))]
        events.insert(self.chance.randrange(len(events) + 1), none)
        return Post(written({"events": events}), 400)

    def deep(self) -> Post:
        depth = self.chance.choice([2_000, 5_000])
        left, right = self.chance.choice([("[", "]"), ('{"a":', "}"), ('[{"events":', "}]")])
        inside = left * depth + "1" + right * depth
        event = json.dumps(self.event())[:-1]
        return Post(self.chance.choice([left * depth, inside, f'{{"events":[{event},"x":{inside}}}]}}']).encode(), 400)

    def huge_number(self) -> Post:
        number = self.chance.choice(["9" * 5_000, "-" + "1" * 6_000, "1e999", "-1e400", "NaN", "Infinity", "-Infinity"])
        event = json.dumps(self.event())[:-1]
        if number in ("NaN", "Infinity", "-Infinity") and self.chance.random() < 0.5:
            return Post(f'{{"destination":{number},"events":[{event}}}]}}'.encode(), 400)
        return Post(f'{{"events":[{event},"timestamp":{number}}}]}}'.encode(), 400)

    def wrong_encoding(self) -> Post:
        encoding = self.chance.choice(["shift_jis", "euc-jp", "iso-2022-jp", "utf-7", "cp037"])
        event = self.event() | {"words": "水が出ません"}
        body = json.dumps({"events": [event]}, ensure_ascii=False).encode(encoding, "replace")
        # What is pure ASCII after all would be sound: one byte more that UTF-8 does not know.
        return Post(body + b"\xff", 400)

    def raw_control_character(self) -> Post:
        body = written({"events": [self.event() | {"words": "§"}]}, ascii=False)
        return Post(body.replace("§".encode(), bytes([self.chance.randrange(32)])), 400)

    # Not LINE

    def wrong_signature(self) -> Post:
        body, right = written({"events": [self.event()]}), self.chance.choice
        due = sign(SECRET, body)
        return Post(
            body,
            401,
            signature=right(
                [
                    "", "x", due[:-1], due + "=", due.lower(), due.upper(), f" {due}x", f"{due},{due}", "é" * 44,
                    "=" * 44, sign("another secret", body), sign(SECRET, body + b" "), sign(SECRET, b""), "\xff\xfe",
                    "A" * 5_000,
                ]
            ),
        )  # fmt: skip

    def no_signature(self) -> Post:
        return Post(written({"events": [self.event()]}), 401, environ={"HTTP_X_LINE_SIGNATURE": None})

    def other_method(self) -> Post:
        method = self.chance.choice(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
        return Post(written({"events": [self.event()]}), 405, environ={"REQUEST_METHOD": method})

    def wrong_length(self) -> Post:
        body = written({"events": [self.event()]})
        length = self.chance.choice([None, "", "0", str(len(body) - 1), "-5", "abc", "0x40", "1e3", " ", "１２"])
        if self.chance.random() < 0.3:
            return Post(body, 400, environ={"CONTENT_LENGTH": str(len(body) + self.chance.randrange(1, 9_000))})
        return Post(body, 401, environ={"CONTENT_LENGTH": length})

    def oversize(self) -> Post:
        body = written({"events": [self.event()]}).ljust(LIMIT + self.chance.randrange(1, 100))
        unknown = {"CONTENT_LENGTH": None, "wsgi.input_terminated": True}
        return Post(body, 413, environ=self.chance.choice([{}, unknown]))

    # Sound, if odd

    def anything_else_in_it(self) -> Post:
        odd = {
            "a": self.anything(), "": self.anything(), "timestamp": self.anything(), "type": self.token(),
            "message": self.anything(), "source": self.anything(), "9" * 90: int("9" * 4_000),
        }  # fmt: skip
        events = [self.event() | odd for _ in range(self.chance.randrange(1, 4))]
        return Post(written({"events": events, "destination": self.anything()}), 200, events)

    def duplicate_keys(self) -> Post:
        """The last one counts, for whoever checks and for whoever reads it later."""
        first, last = self.event(), self.event()
        both = json.dumps(first)[:-1] + "," + json.dumps(last)[1:]
        return self.chance.choice(
            [
                Post(f'{{"events":[{json.dumps(first)}],"events":[{json.dumps(last)}]}}'.encode(), 200, [last]),
                Post(f'{{"events":[{both}]}}'.encode(), 200, [last]),
                Post(f'{{"events":[{json.dumps(first)}],"events":7}}'.encode(), 400),
            ]
        )

    def right_encoding(self) -> Post:
        """RFC 4627 let JSON be UTF-16 or UTF-32, and Python still tells them by their first bytes."""
        events = [self.event() | {"words": "水が出ません 🙏"}]
        encoding = self.chance.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be"])
        return Post(json.dumps({"events": events}, ensure_ascii=False).encode(encoding), 200, events)

    def half_a_pair(self) -> Post:
        events = [self.event() | {"words": self.chance.choice(["\ud83d", "a\udc00b", "\udfff\ud800"])}]
        raw = json.dumps({"events": events}, ensure_ascii=self.chance.random() < 0.5)
        return Post(raw.encode("utf-8", "surrogatepass"), 200, events)

    def without_a_length(self) -> Post:
        events = [self.event()]
        return Post(
            written({"events": events}), 200, events, environ={"CONTENT_LENGTH": None, "wsgi.input_terminated": True}
        )

    def nothing_happened(self) -> Post:
        return Post(b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}', 200)

    # What they are made of

    def event(self) -> Event:
        self.numbers += 1
        return {
            "type": "message",
            "webhookEventId": f"01H{self.numbers:08}",
            "timestamp": 1_700_000_000_000 + self.numbers,
            "mode": "active",
            "source": {"type": "user", "userId": f"U{self.chance.getrandbits(128):032x}"},
            "message": {"type": "text", "id": str(self.numbers), "text": "水 🙏"},
        }

    def token(self) -> str:
        return self.chance.choice(["message", "follow", "somethingNew", "x" * 64])

    def anything(self, depth: int = 0) -> Any:
        inner = [self.anything(depth + 1) for _ in range(self.chance.randrange(3))] if depth < 4 else []
        return self.chance.choice(
            [
                None,
                True,
                -1,
                2**70,
                1e300,
                "",
                "語" * 9,
                "\x00\x7f\u2028",
                inner,
                {str(n): v for n, v in enumerate(inner)},
            ]
        )


def written(content: object, ascii: bool = True) -> bytes:
    return json.dumps(content, ensure_ascii=ascii).encode()
