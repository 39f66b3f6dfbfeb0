"""Texts and cards put together to one answer of at most LINE's five messages."""

from collections.abc import Sequence
from itertools import pairwise

from tsunagu.line.messages import MESSAGES_LIMIT, TEXT_LIMIT, Message, cut, text, utf16


def reply(words: Sequence[str], cards: Sequence[Message]) -> list[Message]:
    """Each text a message of its own, in front of the cards, as far as they go."""
    return [*(text(cut(each, TEXT_LIMIT)) for each in packed(words, len(cards))), *cards]


def packed(words: Sequence[str], cards: int) -> list[str]:
    """So many texts as go with that many cards: where there are more, the shortest share one."""
    texts = list(words)
    while len(texts) > max(MESSAGES_LIMIT - cards, 1):
        sizes = [utf16(first) + utf16(then) for first, then in pairwise(texts)]
        at = sizes.index(min(sizes))
        texts[at : at + 2] = [f"{texts[at]}\n\n{texts[at + 1]}"]
    return texts
