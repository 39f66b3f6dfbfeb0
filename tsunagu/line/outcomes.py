"""What LINE's answers mean to us: every status becomes one of five outcomes, here and nowhere else."""

from enum import StrEnum


class Outcome(StrEnum):
    ACCEPTED = "accepted"  # LINE has it (now, or before under the same retry key)
    SLOW_DOWN = "slow_down"  # too many requests a second; nobody received it
    OVER_QUOTA = "over_quota"  # the month's messages are used up; nobody received it
    REFUSED = "refused"  # LINE will never take this request; nobody received it
    UNKNOWN = "unknown"  # it may or may not have been taken: repeat under the same retry key

    @property
    def is_final(self) -> bool:
        return self in (Outcome.ACCEPTED, Outcome.REFUSED)


def outcome_of(status: int, body: str = "") -> Outcome:
    """Source: LINE Developers, "Retry a failed API request" and "Status codes".

    The two meanings of 429 differ by their text only, and the text may change, so whoever is about to hold something
    back for a quota asks `GET /v2/bot/message/quota` first.
    """
    if 200 <= status < 300 or status == 409:
        return Outcome.ACCEPTED
    if status == 429:
        return Outcome.OVER_QUOTA if "monthly limit" in body else Outcome.SLOW_DOWN
    if 300 <= status < 500 and status != 408:
        return Outcome.REFUSED
    return Outcome.UNKNOWN
