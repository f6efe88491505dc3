"""The time that a double lives in: this machine's, or a test's."""

import time
from datetime import UTC, datetime

NEW_YEAR = 1_767_225_600.0
"""2026-01-01T00:00:00Z, where a still clock starts."""


class Clock:
    """A clock that runs in real time and that a test can turn.

    Args:
        still_at: seconds since 1970 at which the clock stands until it is turned. Default: it runs.
    """

    def __init__(self, *, still_at: float | None = None) -> None:
        self._still_at = still_at
        self._turned = 0.0

    @classmethod
    def still(cls, start: float = NEW_YEAR) -> "Clock":
        """Return a clock that moves only when it is turned.

        Args:
            start: seconds since 1970. Default: the first second of 2026.
        """
        return cls(still_at=start)

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return (time.time() if self._still_at is None else self._still_at) + self._turned

    def advance(self, seconds: float) -> None:
        """Turn the clock forward.

        Args:
            seconds: by how much; negative turns it back.
        """
        self._turned += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass: wait where the clock runs, turn it where it stands.

        Args:
            seconds: how long.
        """
        if self._still_at is None:
            time.sleep(seconds)
        else:
            self.advance(seconds)

    def reset(self) -> None:
        """Undo every turn."""
        self._turned = 0.0


def timestamp(seconds: float) -> datetime:
    """Return a moment as botocore's clients return it: aware, in UTC, in whole milliseconds.

    Args:
        seconds: since 1970.
    """
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, tz=UTC)
