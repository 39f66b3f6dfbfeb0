"""A driver for the stand-in platform, and a city that receives its webhooks."""

import json
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
TOKEN = "a-channel-access-token"
ROOT = Path(__file__).parents[3]


class Line:
    """The platform as a process of its own."""

    def __init__(self) -> None:
        options = ["--port", "0", "--channel-secret", SECRET, "--channel-access-token", TOKEN]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.line_platform", *options], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().rstrip("/")
        self.http = requests.Session()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

    def api(
        self,
        path: str,
        body: object = None,
        key: str | None = None,
        token: str = TOKEN,
        raw: bytes | None = None,
        kind: str = "application/json",
    ) -> requests.Response:
        """A request to the Messaging API: GET without a body."""
        headers = {"authorization": f"Bearer {token}"} | ({} if key is None else {"x-line-retry-key": key})
        if body is None and raw is None:
            return self.http.get(f"{self.url}/v2/bot{path}", headers=headers, timeout=30)
        data = json.dumps(body).encode() if raw is None else raw
        headers["content-type"] = kind
        return self.http.post(f"{self.url}/v2/bot{path}", data=data, headers=headers, timeout=30)

    def push(self, user: str, *messages: dict[str, Any], key: str | None = None) -> requests.Response:
        return self.api("/message/push", {"to": user, "messages": list(messages)}, key)

    def tell(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
        """POST to the control API."""
        answer = requests.post(f"{self.url}/control{path}", json=body or {}, timeout=60)
        assert status == answer.status_code, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def look(self, path: str) -> dict[str, Any]:
        """GET from the control API."""
        answer = requests.get(f"{self.url}/control{path}", timeout=60)
        assert 200 == answer.status_code, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def resident(self, **more: Any) -> str:
        """The id of a new resident who follows."""
        made = self.tell("/residents", {"following": True, **more})
        user: str = made["residents"][0]["id"]
        return user

    def said(self, user: str) -> list[str]:
        """The texts that arrived from the city."""
        entries = self.look(f"/residents/{user}/chat")["entries"]
        return [entry["message"]["text"] for entry in entries if entry["by"] == "city"]


class City:
    """Receives webhooks, keeps them, and answers as told."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str | None]] = []
        self.answer: Callable[[dict[str, Any]], int] = lambda body: 200
        city = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                city.received.append((raw, self.headers["x-line-signature"]))
                self.send_response(city.answer(json.loads(raw)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"

    def events(self) -> list[dict[str, Any]]:
        return [event for raw, _ in self.received for event in json.loads(raw)["events"]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"type": "action", "action": action} for action in actions]}


def postback(label: str = "はい", data: str = "a=1", **more: Any) -> dict[str, Any]:
    return {"type": "postback", "label": label, "data": data, **more}


def bubble(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}, **more}


def flex(contents: dict[str, Any], alt: str = "お知らせ") -> dict[str, Any]:
    return {"type": "flex", "altText": alt, "contents": contents}


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x28\x6e\x5a" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")
