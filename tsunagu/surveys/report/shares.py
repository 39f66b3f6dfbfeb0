"""Shares of a whole in percent, and how sure they are: 95 % intervals. Pure.

They say what chance alone would do to a simple random sample; who was never reached is not in them.
"""

from dataclasses import dataclass
from math import sqrt

from tsunagu.chat.catalogue import in_language
from tsunagu.surveys.definition import Both as Both

Z = 1.959963984540054  # the 97.5 % point of the normal distribution
ENOUGH = 30  # answers from which on the normal distribution is near enough for a score


@dataclass(frozen=True)
class Row:
    """`percent` is of the base that its table names, with its interval; None where the base is empty. `code`: the
    option's id, the step, where a bin begins. `of_answers`: of a multiple question, in percent of all that was chosen.
    """

    label: Both
    code: str
    count: int
    percent: float | None
    low: float | None
    high: float | None
    of_answers: float | None = None


def row(label: Both, code: str, count: int, base: int, answers: int | None = None) -> Row:
    of_answers = percent(count, answers) if answers is not None else None
    return Row(label, code, count, percent(count, base), *wilson(count, base), of_answers)


def both(texts: dict[str, str]) -> Both:
    japanese = in_language(texts, "ja")
    return japanese, texts.get("en", "") if texts.get("en") != japanese else ""


def percent(part: int, whole: int) -> float | None:
    return part / whole * 100 if whole else None


def wilson(part: int, whole: int) -> tuple[float | None, float | None]:
    """Wilson's score interval, which stays within 0 and 100 and is not empty at the ends; None without a base.

    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209–212.
    """
    if not whole:
        return None, None
    share, of = part / whole, Z * Z / whole
    middle = share + of / 2
    half = sqrt(of * (share * (1 - share) + of / 4))
    low, high = (middle - half) / (1 + of), (middle + half) / (1 + of)
    # At the ends the sum is exact on paper and not in floats.
    return (0.0 if part == 0 else low * 100), (100.0 if part == whole else high * 100)


def nps(promoters: int, detractors: int, answers: int) -> tuple[float | None, float | None, float | None]:
    """The score, −100 to 100, and its interval by the normal distribution; no interval below `ENOUGH` answers."""
    if not answers:
        return None, None, None
    up, down = promoters / answers, detractors / answers
    score = up - down
    if answers < ENOUGH:
        return score * 100, None, None
    half = Z * sqrt(max(up + down - score * score, 0.0) / answers)
    return score * 100, max(score - half, -1.0) * 100, min(score + half, 1.0) * 100
