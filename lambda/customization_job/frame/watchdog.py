"""Answers in place of a handler that has run out of time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Watchdog:
    """Calls `bark` once, in a thread of its own, unless its `with` block is left in time.

    A bark that has begun is waited for: Lambda freezes every thread when the function returns.

    Args:
        seconds: How long the block may take.
        bark: What to do then.
    """

    def __init__(self, seconds: float, bark: Callable[[], None]) -> None:
        self._timer = threading.Timer(max(0.0, seconds), bark)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()
