"""Exactly one response, in time: the time of an attempt, a watchdog, and a lock for whoever responds first.

Standard library only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_SECONDS = re.compile(r"[0-9]{1,4}")
_HOUR = 3600
_RETRY_DELAYS = 180.0
"""Seconds that Lambda waits, in all, between an event and its two retries."""

_LONGEST_DELAY = 120.0
"""Seconds that Lambda waits before the second retry; before the first one it waits half as long."""


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


def attempt_seconds(properties: object) -> float:
    """Return the seconds that each of Lambda's three attempts has, so that the last one is still in time.

    Args:
        properties: the resource's properties, with `ServiceTimeout`.
    """
    timeout = _service_timeout(properties)
    return max((timeout - _RETRY_DELAYS) / 3, timeout / 4)


def is_followed_by_another(properties: object, seconds: float | None) -> bool:
    """Return whether another attempt at an event, if this one fails, ends while CloudFormation still waits.

    Lambda does not say which attempt an event is. If CloudFormation does not say either since when it waits,
    this one must respond.

    Args:
        properties: the resource's properties, with `ServiceTimeout`.
        seconds: how long CloudFormation has waited; None where that is unknown.
    """
    if seconds is None:
        return False
    return seconds + _LONGEST_DELAY + attempt_seconds(properties) <= _service_timeout(properties)


def _service_timeout(properties: object) -> int:
    given = str(properties.get("ServiceTimeout")) if isinstance(properties, Mapping) else ""
    return min(max(int(given), 1), _HOUR) if _SECONDS.fullmatch(given) else _HOUR
