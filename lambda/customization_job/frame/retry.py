"""Retries a call while that makes sense: for as long as the cause usually takes to go away by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .errors import AwsError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from .response import Clock

_Result = TypeVar("_Result")

_BUDGET = {
    ErrorKind.NO_SUBSCRIPTION: 300.0,
    ErrorKind.ROLE_NOT_READY: 180.0,
    ErrorKind.ROLE_LACKS_MODEL: 180.0,
    ErrorKind.DATA_NOT_READY: 180.0,
    ErrorKind.DENIED: 60.0,
    ErrorKind.DENIED_BY_KEY: 60.0,
    ErrorKind.THROTTLED: 180.0,
    ErrorKind.SERVER_ERROR: 120.0,
    ErrorKind.NO_RESPONSE: 120.0,
    ErrorKind.UNREACHABLE: 45.0,
}
"""Seconds. What is not listed does not go away by itself: a quota, a wrong request, an explicit deny."""

_FRESH_POLICIES = (ErrorKind.DENIED, ErrorKind.DENIED_BY_KEY)
"""Errors that end when a policy that has just been created takes effect."""

_LONGEST_CALL = 240.0
"""Seconds that a look or a task may take: fewer than the function has, because another one comes."""

_MARGIN = 10.0
"""Seconds before Lambda stops the function after which nothing is tried again."""

_FIRST_PAUSE = 1.5
_LONGEST_PAUSE = 20.0


class Retry:
    """Retries with growing, random pauses, up to a deadline.

    A denied call is retried only until a call of the same operation was allowed once: a policy that has just
    been created needs a moment to take effect, a policy that lacks a permission does not get better. A call
    that the event can do without does not wait for a service that could not be reached before.

    Args:
        clock: the time.
        deadline: when everything must be over, on `clock`.
        end: when the function ends, on `clock`; cleaning up may go on until then. Default: the deadline.
    """

    def __init__(self, clock: Clock, deadline: float, end: float | None = None) -> None:
        self._clock = clock
        self._deadline = deadline
        self._end = deadline if end is None else end
        self._allowed: set[str] = set()
        self._unreachable: set[str] = set()

    @classmethod
    def of_call(cls, clock: Clock, context: Any) -> Retry:  # noqa: ANN401 - Lambda's own type
        """Return the retries of a look or a task.

        Args:
            clock: the time.
            context: Lambda's context object.
        """
        left = context.get_remaining_time_in_millis() / 1000 - _MARGIN
        return cls(clock, clock.now() + min(_LONGEST_CALL, left))

    @property
    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self._clock.now()

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - self._clock.now()

    def extend(self) -> None:
        """Move the deadline to the end of the function, for what must be cleaned up."""
        self._deadline = max(self._deadline, self._end)

    def pause(self, attempt: int, longest: float = _LONGEST_PAUSE) -> bool:
        """Wait, longer with every attempt; return False at once where the deadline would pass.

        Args:
            attempt: how many pauses there have been.
            longest: seconds that no pause exceeds. Default: 20.
        """
        seconds = min(_FIRST_PAUSE * 2 ** min(attempt, 10), longest)
        return self.wait(self.spread(seconds))

    def spread(self, seconds: float) -> float:
        """Return half of a time to all of it, at random, so that many do not try at the same moment."""
        return seconds * (0.5 + self._clock.chance() / 2)

    def wait(self, seconds: float) -> bool:
        """Wait some seconds; return False at once where the deadline would pass."""
        if seconds >= self.left:
            return False
        self._clock.sleep(seconds)
        return True

    def call(
        self,
        operation: str,
        action: Callable[[], _Result],
        *,
        is_needed: bool = True,
        is_repeated: bool = True,
    ) -> _Result:
        """Call `action` until it succeeds, or fails for good.

        Args:
            operation: the API's name of the call.
            action: the call.
            is_needed: whether the event fails without it. Default: it does; else a denied call is not
                retried.
            is_repeated: whether it is retried at all. Default: it is.

        Raises:
            AwsError: the last error, with what is known of all tries.
        """
        started, tries = self._clock.now(), 0
        errors: set[tuple[ErrorKind, str, str]] = set()
        while True:
            try:
                result = action()
            except AwsError as error:
                tries += 1
                errors.add((error.kind, error.code, error.message))
                error.is_always_the_same = len(errors) == 1
                error.may_have_worked = any(kind.may_have_worked for kind, _, _ in errors)
                error.tries, error.seconds = tries, self._clock.now() - started
                budget = self._budget(operation, error, is_needed=is_needed) if is_repeated else 0.0
                if error.seconds >= budget or not self.pause(tries - 1):
                    if error.kind is ErrorKind.UNREACHABLE:
                        self._unreachable.add(error.service)
                    raise
            else:
                self._allowed.add(operation)
                return result

    def _budget(self, operation: str, error: AwsError, *, is_needed: bool) -> float:
        is_final = error.kind in _FRESH_POLICIES and (operation in self._allowed or not is_needed)
        is_lost = error.kind is ErrorKind.UNREACHABLE and error.service in self._unreachable and not is_needed
        return 0.0 if is_final or is_lost else _BUDGET.get(error.kind, 0.0)
