"""The platform's clock: the machine's time, which a test may put ahead to let a minute or a day pass."""

import time


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0  # seconds

    def now(self) -> int:
        """Epoch milliseconds."""
        return int((time.time() + self.ahead) * 1000)
