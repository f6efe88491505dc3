"""Tries a call again while it makes sense: what passes by itself, for as long as it usually takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .errors import Kind, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from .response import Clock

_Result = TypeVar("_Result")

_BUDGET = {
    Kind.NO_SUBSCRIPTION: 300.0,
    Kind.ROLE_NOT_READY: 180.0,
    Kind.ROLE_LACKS_MODEL: 180.0,
    Kind.DATA_NOT_READY: 180.0,
    Kind.DENIED: 60.0,
    Kind.DENIED_BY_KEY: 60.0,
    Kind.THROTTLED: 180.0,
    Kind.SERVER_ERROR: 120.0,
    Kind.NO_ANSWER: 120.0,
    Kind.UNREACHABLE: 45.0,
}
"""Seconds. What is not in the list does not pass by itself: a quota, a wrong request, what others forbid."""

_FRESH_POLICIES = (Kind.DENIED, Kind.DENIED_BY_KEY)
"""What passes when a policy that has just been made takes effect."""

_FIRST_PAUSE = 1.5
_LONGEST_PAUSE = 20.0


class Patience:
    """Retries with growing, random pauses, inside a deadline.

    A refused permission is tried again only until a call of that name was allowed once: a policy that has
    just been made needs a moment, a policy that lacks something does not.

    Args:
        clock: The time.
        deadline: When everything must be over, on `clock`.
        end: When the function ends, on `clock`; what must be cleaned up may go on until then. Default: the
            deadline.
    """

    def __init__(self, clock: Clock, deadline: float, end: float | None = None) -> None:
        self._clock = clock
        self._deadline = deadline
        self._end = deadline if end is None else end
        self._allowed: set[str] = set()

    @property
    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self._clock.now()

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - self._clock.now()

    def extend(self) -> None:
        """Go on to the end, for what must still be tried when the time for decisions is over."""
        self._deadline = max(self._deadline, self._end)

    def pause(self, attempt: int, longest: float = _LONGEST_PAUSE) -> bool:
        """Wait a while, longer with every attempt; False, at once, where the deadline would pass.

        Args:
            attempt: How many pauses there have been.
            longest: Seconds that no pause exceeds. Default: 20.
        """
        seconds = min(_FIRST_PAUSE * 2 ** min(attempt, 10), longest)
        return self.wait(seconds * (0.5 + self._clock.chance() / 2))

    def wait(self, seconds: float) -> bool:
        """Wait for some seconds; False, at once, where the deadline would pass."""
        if seconds >= self.left:
            return False
        self._clock.sleep(seconds)
        return True

    def call(self, name: str, action: Callable[[], _Result], *, is_needed: bool = True) -> _Result:
        """Carry out `action` until it is answered.

        Args:
            name: What kind of call it is, for the permission it needs.
            action: The call.
            is_needed: Whether the event fails without it. Default: it does; else a refused permission is not
                waited for.

        Raises:
            Refusal: The last one, with the number of tries and the time they took.
        """
        started, tries = self._clock.now(), 0
        heard: set[tuple[Kind, str, str]] = set()
        while True:
            try:
                result = action()
            except Refusal as refusal:
                tries += 1
                heard.add((refusal.kind, refusal.code, refusal.message))
                refusal.is_always_the_same = len(heard) == 1
                refusal.tries, refusal.seconds = tries, self._clock.now() - started
                budget = self._budget(name, refusal.kind, is_needed=is_needed)
                if refusal.seconds >= budget or not self.pause(tries - 1):
                    raise
            else:
                self._allowed.add(name)
                return result

    def _budget(self, name: str, kind: Kind, *, is_needed: bool) -> float:
        is_final = kind in _FRESH_POLICIES and (name in self._allowed or not is_needed)
        return 0.0 if is_final else _BUDGET.get(kind, 0.0)
