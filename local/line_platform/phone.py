"""The page that looks like a phone."""

from typing import Any

from flask import Blueprint, render_template, request

from local.line_platform.chats import Chat, Entry
from local.line_platform.control.asked import patience, platform
from local.line_platform.control.residents import chat_json, described
from local.line_platform.friends import FOLLOWING
from local.line_platform.platform import Platform

LISTED = 200
BACKSTAGE = 40  # latest webhooks and requests shown beside the phone
SEARCHED = 300
PHONES = 4  # side by side

KINDS = {"image": "写真", "video": "動画", "audio": "音声", "sticker": "スタンプ", "location": "位置情報"}

phone = Blueprint("phone", __name__)


@phone.get("/")
def page() -> str:
    return render_template("phone.html", phones=PHONES)


@phone.get("/phone/state")
def state() -> dict[str, Any]:
    """All that the page draws. ?chat=ID&chat=ID&version=V&timeout=20 waits until something changed since version V.

    → {version, now, account, webhook, media, count, residents: [{id, number, name, language, state, unread, last,
    last_at}], groups: [{id, name, members, unread, last, last_at}], phones: [{id, owner, chat, menu, backstage}],
    trouble}: a phone for each chat asked for; chat is as of /control/residents/{id}/chat, menu as of …/menu,
    backstage the latest webhooks and requests of this chat: [{at, kind, …}]. trouble has what was ordered to go wrong:
    {ahead, redelivery, quota, quota_used, repeats, delays, faults: [{id, …, hits}]}.
    """
    line = platform()
    with line.lock:
        seen = request.args.get("version", "")
        if seen:
            line.chats.watched.wait_for(lambda: _version(line) != seen, patience())
        return {
            "version": _version(line),
            "now": line.clock.now(),
            "account": line.settings.account_name,
            "webhook": line.settings.webhook,
            "media": line.settings.media,
            "count": len(line.friends.users),
            "phones": [_phone(line, chat_id) for chat_id in request.args.getlist("chat")[:PHONES]],
            "residents": [
                described(line, place) | _last(line, line.friends.users[place]) for place in line.friends.named[:LISTED]
            ],
            "groups": [dict(group.__dict__) | _last(line, group.id) for group in line.chats.groups.values()],
            "trouble": _trouble(line),
        }


def _phone(line: Platform, chat_id: str) -> dict[str, Any]:
    opened = None
    place = line.friends.number(chat_id)
    if place is not None or chat_id in line.chats.groups:
        opened = line.chats.open(chat_id)
        opened.read = len(opened.entries)
    return {
        "id": chat_id,
        "owner": None if place is None else described(line, place),
        "chat": None if opened is None else chat_json(opened),
        "menu": None if place is None else _menu(line, place),
        "backstage": [] if opened is None else _backstage(line, opened),
    }


def _menu(line: Platform, place: int) -> dict[str, Any] | None:
    """As of /control/residents/{id}/menu."""
    seen = line.menus.shown_to(line.friends.users[place]) if line.friends.states[place] == FOLLOWING else None
    return None if seen is None else {**seen.as_json(), "image": f"/control/menus/{seen.id}/image"}


def _trouble(line: Platform) -> dict[str, Any]:
    settings = line.settings
    return {
        "ahead": line.clock.ahead,
        "redelivery": settings.redelivery,
        "quota": settings.quota,
        "quota_used": settings.quota_used,
        "repeats": settings.repeat_probability,
        "delays": settings.delay_probability,
        "faults": [dict(fault.__dict__) for fault in line.faults.ordered],
    }


def _version(line: Platform) -> str:
    return f"{line.name}-{line.chats.version + line.record.version}"


def _last(line: Platform, chat_id: str) -> dict[str, Any]:
    """What a list of chats shows of one."""
    chat = line.chats.opened().get(chat_id)
    if chat is None or not chat.entries:
        return {"unread": 0, "last": "", "last_at": 0}
    unread = sum(entry.by == "city" for entry in chat.entries[chat.read :])
    shown = [entry for entry in chat.entries if entry.message is not None or entry.unsent]
    if not shown:
        return {"unread": unread, "last": "", "last_at": chat.entries[-1].at}
    return {"unread": unread, "last": _preview(shown[-1]), "last_at": shown[-1].at}


def _preview(entry: Entry) -> str:
    if entry.message is None:
        return "メッセージの送信を取り消しました"
    words = entry.message.get("text") or entry.message.get("altText") or KINDS.get(entry.message["type"], "")
    return str(words).replace("\n", " ")[:60]


def _backstage(line: Platform, chat: Chat) -> list[dict[str, Any]]:
    place = line.friends.number(chat.id)
    seen: list[dict[str, Any]] = []
    for posting in line.record.postings[-SEARCHED:]:
        if chat.id in posting.chats:
            seen.append({"kind": "webhook", **posting.summary()})
    for call in line.record.calls[-SEARCHED:]:
        if chat.id in call.to or (place is not None and place in call.delivered):
            seen.append({"kind": "request", **call.summary()})
    return sorted(seen, key=lambda each: each["at"])[-BACKSTAGE:]
