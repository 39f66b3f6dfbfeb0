"""What residents send besides words: fetched from LINE's host of contents, which keeps it for a while only.

Source: LINE Developers, Messaging API reference, "Get content".
"""

from enum import StrEnum
from time import monotonic

import urllib3

ADDRESS = "https://api-data.line.me"
TIMEOUT = urllib3.Timeout(connect=3, read=10)  # seconds without a byte
AT_MOST = 25.0  # seconds for all of it; handle_line_event has sixty
PIECE = 256 * 1024  # bytes


class Outcome(StrEnum):
    HERE = "here"
    NOT_YET = "not_yet"  # LINE still prepares it
    GONE = "gone"  # LINE has no such thing, or no more
    UNKNOWN = "unknown"  # LINE is busy, or does not know our token: it may be there later


class NotYet(Exception):
    pass


class Gone(Exception):
    pass


class Unreachable(Exception):
    pass


def outcome_of(status: int) -> Outcome:
    match status:
        case 200:
            return Outcome.HERE
        case 202:
            return Outcome.NOT_YET
        case 400 | 404 | 410:
            return Outcome.GONE
    return Outcome.UNKNOWN


class Contents:
    """Of one channel. May be shared by threads."""

    def __init__(self, token: str, address: str = ADDRESS, at_most: float = AT_MOST) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._address = address.rstrip("/")
        self._at_most = at_most
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def fetch(self, message_id: str, limit: int) -> bytes:
        """The content of a message, of one larger than `limit` bytes so many and one more.

        Raises NotYet, Gone, Unreachable.
        """
        began, found = monotonic(), bytearray()
        url = f"{self._address}/v2/bot/message/{message_id}/content"
        try:
            answer = self._pool.request("GET", url, headers=self._headers, preload_content=False, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable from error
        try:
            match outcome_of(answer.status):
                case Outcome.NOT_YET:
                    raise NotYet
                case Outcome.GONE:
                    raise Gone
                case Outcome.UNKNOWN:
                    raise Unreachable
            for piece in answer.stream(PIECE, decode_content=False):
                found += piece
                if len(found) > limit:
                    break
                if monotonic() - began > self._at_most:
                    raise Unreachable
            return bytes(found[: limit + 1])
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable from error
        finally:
            answer.close()  # what was not read is not wanted
