"""Continuation tokens of LINE's lists: words without meaning to whoever gets them, good for a day."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

LAST_MS = 24 * 60 * 60 * 1000


def token_of(number: int, now: int, of: str = "followers") -> str:
    """A token for the page of this list that begins with the `number`th; `now` in epoch milliseconds."""
    return urlsafe_b64encode(f"{of} {number} {now}".encode()).decode()


def number_of(token: str, now: int, of: str = "followers") -> int | None:
    """None: no token of this list, or one that has expired."""
    try:
        word, number, given = urlsafe_b64decode(token.encode()).decode().split(" ")
        return int(number) if word == of and 0 <= now - int(given) <= LAST_MS else None
    except ValueError:
        return None
