"""Residents and their chats."""

from typing import Any

from flask import Blueprint, abort, request
from pydantic import Field

from local.line_platform.chats import Chat
from local.line_platform.control.asked import Asked, body, number, patience, platform
from local.line_platform.friends import BLOCKED, FOLLOWING, STATE_NAMES, STRANGER
from local.line_platform.platform import Platform

MANY = 1_000  # more residents than this are not listed on the phone page, nor in the answer

control = Blueprint("control_residents", __name__, url_prefix="/control")


class NewResidents(Asked):
    count: int = Field(1, ge=1, le=5_000_000)
    seed: str = "residents"
    language: str | None = "ja"
    name: str | None = None
    following: bool = False
    ids: list[str] | None = None


def described(line: Platform, place: int) -> dict[str, Any]:
    profile = line.friends.profile(place)
    return {
        "id": line.friends.users[place],
        "number": place,
        "name": profile.name,
        "language": profile.language,
        "state": STATE_NAMES[line.friends.states[place]],
    }


@control.post("/residents")
def add() -> dict[str, Any]:
    """Adds residents.

    {count: 1, seed: "residents", language: "ja", name: null, following: false, ids: null}
    → {count, residents: [{id, number, name, language, state}]} (the list only up to 1,000).
    Ids follow from the seed: the nth resident of a seed has the id `ids.user_id(seed, n)`, n from 0; `ids` adds
    these very ids instead. `following` makes them friends without a webhook, as for those who followed long ago. The
    profile of one whose language is null does not tell it.
    """
    asked = body(NewResidents)
    line = platform()
    state = FOLLOWING if asked.following else STRANGER
    with line.lock:
        if asked.ids is not None:
            places = line.friends.add_ids(asked.ids, state)
            for user in asked.ids if asked.following else ():
                line.friends.set_state(user, state)
        else:
            places = line.friends.add(asked.seed, asked.count, state)
        few = len(places) <= MANY
        if few:
            for place in places:
                line.friends.describe(place, asked.name, asked.language)
                line.chats.open(line.friends.users[place])
        line.chats.touch()
        return {"count": len(places), "residents": [described(line, place) for place in places] if few else []}


@control.get("/residents")
def residents() -> dict[str, Any]:
    """?offset=0&limit=100 → {count, following, blocked, residents: [{id, number, name, language, state}]}."""
    line = platform()
    offset, limit = number("offset", 0), number("limit", 100)
    with line.lock:
        places = range(offset, min(offset + limit, len(line.friends.users)))
        return {
            "count": len(line.friends.users),
            "following": line.friends.states.count(FOLLOWING),
            "blocked": line.friends.states.count(BLOCKED),
            "residents": [described(line, place) for place in places],
        }


@control.get("/residents/<user>")
def resident(user: str) -> dict[str, Any]:
    """→ {id, number, name, language, state: stranger|following|blocked, delivered}."""
    line = platform()
    with line.lock:
        place = line.friends.number(user)
        if place is None:
            abort(404)
        return described(line, place) | {"delivered": line.friends.delivered[place]}


@control.get("/residents/<user>/chat")
def chat(user: str) -> dict[str, Any]:
    """The chat both ways. ?version=V&timeout=20 waits until it is no longer at that version.

    → {id, version, entries: [{n, at, by: city|resident|notice, how, message, message_id, user, event, key,
    request_id, unsent}]}: how is reply, push or multicast from the city; say or tap from a resident; follow,
    unblock, block, join or leave as a notice. `message` is LINE's message object, null where nothing shows.
    """
    line = platform()
    with line.lock:
        opened = _chat(line, user)
        version = number("version", 0)
        if version:
            line.chats.changed.wait_for(lambda: opened.version != version, patience())
        return chat_json(opened)


@control.get("/residents/<user>/next")
def next_messages(user: str) -> dict[str, Any]:
    """What the city says next. ?after=N&timeout=10 waits for entries from the city beyond number N.

    → {n, messages: [entry…]}: all messages of one send come together; the list is empty when the time ran out. `n`
    is the number to ask after next time. To wait for the reply to something, take `n` of the chat (or ?after=-1:
    from now on) before doing it.
    """
    return _next(user)


@control.get("/groups/<group>/next")
def next_in_group(group: str) -> dict[str, Any]:
    """As /control/residents/{id}/next."""
    return _next(group)


@control.get("/groups/<group>/chat")
def group_chat(group: str) -> dict[str, Any]:
    """As /control/residents/{id}/chat."""
    return chat(group)


@control.get("/groups")
def groups() -> dict[str, Any]:
    """→ {groups: [{id, name, members}]}."""
    line = platform()
    with line.lock:
        return {"groups": [dict(group.__dict__) for group in line.chats.groups.values()]}


def _next(chat_id: str) -> dict[str, Any]:
    line = platform()
    with line.lock:
        opened = _chat(line, chat_id)
        after = number("after", 0)
        if after < 0:
            after = len(opened.entries)

        def new() -> list[dict[str, Any]]:
            return [entry.as_json() for entry in opened.entries[after:] if entry.by == "city"]

        line.chats.changed.wait_for(new, patience())
        return {"n": len(opened.entries), "messages": new()}


def _chat(line: Platform, chat_id: str) -> Chat:
    if line.friends.number(chat_id) is None and chat_id not in line.chats.groups:
        abort(404, f"no chat {chat_id}: {request.path}")
    return line.chats.open(chat_id)


def chat_json(opened: Chat) -> dict[str, Any]:
    return {
        "id": opened.id,
        "version": opened.version,
        "loading_until": opened.loading_until,
        "entries": [entry.as_json() for entry in opened.entries],
    }
