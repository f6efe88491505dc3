"""A clock for `watch` that does not wait: it advances the double's, and lets things happen on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.bedrock import Clock


class ScriptedClock:
    """Time that passes only while the console waits.

    Args:
        clock: the double's clock, which is advanced.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._monotonic = 0.0
        self._script: list[tuple[float, Callable[[], object]]] = []
        self.slept: list[float] = []

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """Let something happen.

        Args:
            seconds: when, after the beginning.
            act: what happens.
        """
        self._script.append((seconds, act))
        self._script.sort(key=lambda one: one[0])

    def suspend(self, seconds: float) -> None:
        """Let the machine sleep: the time of day goes on, and monotonic time stands still.

        Args:
            seconds: how long.
        """
        self._clock.advance(seconds)

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def monotonic(self) -> float:
        """Return the seconds in which the machine was awake."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Advance the clock, stopping at everything that happens on the way."""
        assert seconds > 0
        assert len(self.slept) < 1000, "it watches for ever"
        self.slept.append(seconds)
        ends = self._monotonic + seconds
        while self._script and self._script[0][0] <= ends:
            when, act = self._script.pop(0)
            self._advance(max(0.0, when - self._monotonic))
            act()
        self._advance(ends - self._monotonic)

    def _advance(self, seconds: float) -> None:
        self._clock.advance(seconds)
        self._monotonic += seconds
