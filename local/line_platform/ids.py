"""The ids LINE gives to users, groups, messages, events and requests."""

import hashlib
import itertools
import secrets
import time
import uuid

ULID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_message_numbers = itertools.count(int(time.time() * 1000) * 100_000)


def user_id(seed: str, number: int) -> str:
    """The id of the `number`th resident under `seed`: the same in every run, so that others can foretell it."""
    return "U" + hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=16).hexdigest()


def group_id() -> str:
    return "C" + secrets.token_hex(16)


def message_id() -> str:
    return str(next(_message_numbers))


def quote_token() -> str:
    return secrets.token_urlsafe(48)


def reply_token() -> str:
    return secrets.token_hex(16)


def event_id(at: int) -> str:
    """A ULID: ten letters of milliseconds and sixteen of chance."""
    number = (at << 80) | secrets.randbits(80)
    return "".join(ULID_LETTERS[(number >> shift) & 31] for shift in range(125, -5, -5))


def request_id() -> str:
    return str(uuid.uuid4())
