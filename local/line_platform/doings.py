"""What residents do with their phones, each ending in a webhook."""

from dataclasses import dataclass, field
from typing import Any

from local.line_platform import events, ids
from local.line_platform.chats import Group
from local.line_platform.contents import Content, State
from local.line_platform.events import Event
from local.line_platform.friends import BLOCKED, FOLLOWING
from local.line_platform.platform import Platform
from local.line_platform.webhooks import Delivery, Wishes


class Impossible(Exception):
    """What the resident wants to do cannot be done on a phone now."""


@dataclass
class How:
    """`at` overrides the event's timestamp (epoch milliseconds)."""

    at: int | None = None
    mode: str = "active"
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True)
class Done:
    event: Event
    delivery: Delivery
    message_id: str | None = None


def _state(line: Platform, user: str) -> int:
    state = line.friends.state(user)
    if state is None:
        raise Impossible(f"there is no resident {user}")
    return state


def _friend_only(line: Platform, user: str) -> None:
    if _state(line, user) != FOLLOWING:
        raise Impossible("the resident does not follow the account")


def _may_speak(line: Platform, user: str, group: str | None) -> None:
    if group is None:
        _friend_only(line, user)
    elif user not in _group(line, group).members:
        raise Impossible("the resident is not in the group")


def _send(line: Platform, how: How, event: Event, chat: str, message_id: str | None = None) -> Done:
    """Called under the lock."""
    line.events[event["webhookEventId"]] = event
    if "replyToken" in event:
        line.tokens.issue(event["replyToken"], chat, event["timestamp"])
    line.chats.touch()
    return Done(event, line.webhooks.send(event, how.wishes), message_id)


def follow(line: Platform, user: str, how: How) -> Done:
    with line.lock:
        before = _state(line, user)
        if before == FOLLOWING:
            raise Impossible("the resident follows the account already")
        line.friends.set_state(user, FOLLOWING)
        now = line.clock.now()
        event = events.event("follow", how.at or now, events.user(user), True, how.mode)
        event["follow"] = {"isUnblocked": before == BLOCKED}
        kind = "unblock" if before == BLOCKED else "follow"
        line.chats.open(user).add(now, "notice", kind, None, event=event["webhookEventId"])
        return _send(line, how, event, user)


def block(line: Platform, user: str, how: How) -> Done:
    with line.lock:
        _friend_only(line, user)
        line.friends.set_state(user, BLOCKED)
        now = line.clock.now()
        event = events.event("unfollow", how.at or now, events.user(user), False, how.mode)
        line.chats.open(user).add(now, "notice", "block", None, event=event["webhookEventId"])
        return _send(line, how, event, user)


def say(line: Platform, user: str, words: str, how: How, group: str | None = None) -> Done:
    with line.lock:
        _may_speak(line, user, group)
        message_id = ids.message_id()
        now = line.clock.now()
        mention = events.mention_of(line.settings.account_name, words) if group is not None else None
        message = events.text(message_id, words, mention)
        source = events.user(user) if group is None else events.group(group, user)
        event = events.event("message", how.at or now, source, True, how.mode) | {"message": message}
        chat = line.chats.open(group or user)
        chat.add(
            now, "resident", "say", {"type": "text", "text": words},
            message_id=message_id, user=user, event=event["webhookEventId"],
        )  # fmt: skip
        return _send(line, how, event, chat.id, message_id)


def send_location(line: Platform, user: str, place: dict[str, Any], how: How) -> Done:
    """Sends a location, as `events.location` takes it."""
    with line.lock:
        _friend_only(line, user)
        message_id = ids.message_id()
        return _send_message(line, user, events.location(message_id, place), {"type": "location"} | place, how)


def send_picture(line: Platform, user: str, picture: Content, how: How) -> Done:
    """Sends a picture, which the city then has to fetch."""
    with line.lock:
        _friend_only(line, user)
        message_id = ids.message_id()
        line.contents[message_id] = picture
        address = f"/control/contents/{message_id}"
        shown = {"type": "image", "originalContentUrl": address, "previewImageUrl": address}
        return _send_message(line, user, events.image(message_id), shown, how)


def _send_message(line: Platform, user: str, message: dict[str, Any], shown: dict[str, Any], how: How) -> Done:
    """Called under the lock; `shown` is how the phone draws it."""
    now = line.clock.now()
    event = events.event("message", how.at or now, events.user(user), True, how.mode) | {"message": message}
    chat = line.chats.open(user)
    chat.add(now, "resident", "say", shown, message_id=message["id"], user=user, event=event["webhookEventId"])
    return _send(line, how, event, user, message["id"])


def tap(
    line: Platform, user: str, data: str, params: dict[str, str] | None, display: str | None, how: How,
    group: str | None = None,
) -> Done:  # fmt: skip
    """A postback button. What it displays appears in the chat as the resident's words, but makes no message event."""
    with line.lock:
        _may_speak(line, user, group)
        now = line.clock.now()
        source = events.user(user) if group is None else events.group(group, user)
        event = events.event("postback", how.at or now, source, True, how.mode)
        event["postback"] = events.postback(data, params)
        chat = line.chats.open(group or user)
        shown = {"type": "text", "text": display} if display else None
        chat.add(now, "resident", "tap", shown, user=user, event=event["webhookEventId"])
        return _send(line, how, event, chat.id)


def unsend(line: Platform, user: str, message_id: str, how: How, group: str | None = None) -> Done:
    with line.lock:
        chat = line.chats.open(user if group is None else _group(line, group).id)
        for entry in chat.entries:
            if (entry.message_id, entry.user, entry.unsent) == (message_id, user, False):
                break
        else:
            raise Impossible("the resident sent no such message, or unsent it already")
        entry.unsent = True
        entry.message = None
        if message_id in line.contents:
            line.contents[message_id] = Content(b"", "", State.GONE)
        line.chats.touch(chat)
        source = events.user(user) if group is None else events.group(group, user)
        event = events.event("unsend", how.at or line.clock.now(), source, False, how.mode)
        event["unsend"] = {"messageId": message_id}
        return _send(line, how, event, chat.id)


def join(line: Platform, members: list[str], name: str, how: How) -> tuple[Group, Done]:
    """Residents make a group and invite the account, which joins at once."""
    with line.lock:
        for user in members:
            _state(line, user)
        group = Group(ids.group_id(), name, members)
        line.chats.groups[group.id] = group
        now = line.clock.now()
        event = events.event("join", how.at or now, events.group(group.id), True, how.mode)
        line.chats.open(group.id).add(now, "notice", "join", None, event=event["webhookEventId"])
        return group, _send(line, how, event, group.id)


def leave(line: Platform, group_id: str, how: How) -> Done:
    with line.lock:
        group = _group(line, group_id)
        now = line.clock.now()
        event = events.event("leave", how.at or now, events.group(group.id), False, how.mode)
        line.chats.open(group.id).add(now, "notice", "leave", None, event=event["webhookEventId"])
        del line.chats.groups[group.id]
        return _send(line, how, event, group.id)


def raw(line: Platform, given: dict[str, Any], how: How) -> Done:
    """An event of the test's own making; what all events share is filled in where it is missing."""
    with line.lock:
        at = int(how.at or given.get("timestamp") or line.clock.now())
        base = events.event(str(given.get("type", "unknown")), at, None, False, how.mode)
        event = base | given
        source = event.get("source", {})
        return _send(line, how, event, source.get("groupId") or source.get("userId") or "")


def together(line: Platform, given: list[dict[str, Any]], how: How) -> Done:
    """Several events of the test's own making in one webhook."""
    with line.lock:
        made = []
        for each in given:
            base = events.event(str(each.get("type", "unknown")), line.clock.now(), None, False, how.mode)
            event = base | each
            line.events[event["webhookEventId"]] = event
            if "replyToken" in event:
                chat = event.get("source", {}).get("userId", "")
                line.tokens.issue(event["replyToken"], chat, event["timestamp"])
            made.append(event)
        first = made[0] if made else {"webhookEventId": ""}
        return Done(first, line.webhooks.send_together(made, how.wishes))


def _group(line: Platform, group_id: str) -> Group:
    group = line.chats.groups.get(group_id)
    if group is None:
        raise Impossible(f"there is no group {group_id}")
    return group
