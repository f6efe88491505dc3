"""Exactly one response: a watchdog for a handler that hangs, and a lock for whoever responds first.

Standard library only.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Watchdog:
    """Calls `on_timeout` once, in a thread of its own, unless its `with` block is left in time.

    A call that has begun is waited for: Lambda freezes every thread when the function returns.

    Args:
        seconds: how long the block may take.
        on_timeout: what to call then.
    """

    def __init__(self, seconds: float, on_timeout: Callable[[], None]) -> None:
        self._timer = threading.Timer(max(0.0, seconds), on_timeout)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()


class Once:
    """Lets only the first of two threads respond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False

    def take(self) -> bool:
        """Return whether the caller is the first."""
        with self._lock:
            first, self._is_taken = not self._is_taken, True
        return first
