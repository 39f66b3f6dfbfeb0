"""What bare handlers have in common: one short text to LINE, with nothing around it."""

import os
from functools import cache
from typing import Any

import urllib3


@cache
def http() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=16, timeout=10)


def reply(event: dict[str, Any]) -> None:
    http().request(
        "POST",
        f"{os.environ['LINE_API_URL']}/v2/bot/message/reply",
        json={"replyToken": event["replyToken"], "messages": [{"type": "text", "text": "受け取りました"}]},
        headers={"Authorization": f"Bearer {os.environ['LINE_CHANNEL_ACCESS_TOKEN']}"},
    )
