"""Asking LINE for what a command cannot do without."""

import time
from collections.abc import Callable

from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.line.client import Sent
from tsunagu.line.outcomes import Outcome

PAUSES = (0.3, 1.0, 3.0)  # seconds between tries


def ask(call: Callable[[], Sent], what: str) -> Sent:
    """What LINE accepted, after a few tries. Raises Rejected where it never will, TryAgain where it may later."""
    sent = call()
    for pause in PAUSES:
        if sent.outcome not in (Outcome.UNKNOWN, Outcome.SLOW_DOWN):
            break
        time.sleep(pause)
        sent = call()
    if sent.outcome is Outcome.ACCEPTED:
        return sent
    says = f"{what}: LINE said {sent.status or 'nothing'} {sent.detail[:300]}".rstrip()
    if sent.outcome is Outcome.REFUSED:
        raise Rejected(says)
    raise TryAgain(f"{says}. What is done is kept: run the command again later")
