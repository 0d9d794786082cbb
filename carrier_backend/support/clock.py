"""The real clock; tests hold one of their own."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's time (see ports.Clock)."""

    def now(self) -> datetime:
        """An aware UTC moment."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
