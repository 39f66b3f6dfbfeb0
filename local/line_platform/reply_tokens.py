"""Reply tokens: once, within a minute of the delivery, and never twenty minutes after the event."""

from dataclasses import dataclass

from local.line_platform.limits import REPLY_TOKEN_LAST_MS, REPLY_TOKEN_MS


@dataclass
class Token:
    chat: str  # user or group that the reply goes to
    event_at: int
    delivered_at: int | None = None
    used: bool = False


class ReplyTokens:
    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def issue(self, token: str, chat: str, event_at: int) -> None:
        self._tokens[token] = Token(chat, event_at)

    def delivered(self, token: str, now: int) -> None:
        """A webhook with this token went out: its minute begins, on a redelivery again."""
        self._tokens[token].delivered_at = now

    def fault(self, token: str, now: int) -> str | None:
        """Why the token cannot be used, or None. LINE itself gives no reason; the record does."""
        known = self._tokens.get(token)
        if known is None:
            return "unknown reply token"
        if known.used:
            return "reply token used before"
        if known.delivered_at is None or now - known.delivered_at > REPLY_TOKEN_MS:
            return "reply token older than a minute"
        if now - known.event_at > REPLY_TOKEN_LAST_MS:
            return "reply token used more than twenty minutes after the event"
        return None

    def use(self, token: str) -> str:
        """Uses the token up; returns the chat it replies to."""
        self._tokens[token].used = True
        return self._tokens[token].chat
