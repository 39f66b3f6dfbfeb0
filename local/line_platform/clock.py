"""The platform's clock: the machine's time, which a test may put ahead to let a minute or a day pass."""

import time


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0  # seconds
        self._began = time.time() - time.monotonic()

    def now(self) -> int:
        """Epoch milliseconds."""
        return int((time.time() + self.ahead) * 1000)

    def exact(self) -> float:
        """Epoch milliseconds by the machine's clock, never put ahead and never set back: to measure with."""
        return (self._began + time.monotonic()) * 1000
