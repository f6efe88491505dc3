"""The one response that CloudFormation waits for: its content, and how it is sent.

Standard library only, and its slow modules only where they are used: whatever else is broken, a stack must
not hang for an hour because it got no response.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .response_url import Target

LIMIT = 4096
"""Bytes. A response must be shorter (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html)."""

_LONGEST_REASON = 1500
_LONGEST_ID = 1024
_SOCKET_TIMEOUT = 10.0
_TRIES = 8
_TEMPORARY = frozenset({400, 408, 425, 429})  # S3 answers 400 when a connection was idle for too long
_NO_ROUTE = (
    " If the function is in a VPC, it needs a gateway endpoint for S3, or a route to S3 through a NAT "
    "gateway or a proxy."
)
_ECHOED = {"StackId": 1024, "RequestId": 256, "LogicalResourceId": 255}


class Outcome(NamedTuple):
    """The result of an event.

    Args:
        physical_id: the resource's physical id from now on.
        failure: why it failed. Default: it did not.
        data: the resource's attributes. Default: none.
    """

    physical_id: str
    failure: str = ""
    data: Mapping[str, str] = MappingProxyType({})

    @property
    def status(self) -> str:
        """`SUCCESS` or `FAILED`."""
        return "FAILED" if self.failure else "SUCCESS"


class DeliveryError(Exception):
    """CloudFormation's bucket could not be reached; Lambda is to retry the event."""


class UnfinishedError(Exception):
    """An event that takes longer than this attempt: no response is sent, and Lambda is to retry it."""


class Clock(Protocol):
    """Time, and random numbers."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def chance(self) -> float:
        """Return a random number from 0 to 1."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Return the seconds since 1970, because CloudFormation's own times are compared with them."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def chance(self) -> float:
        """Return a random number from 0 to 1."""
        import random

        return random.random()  # noqa: S311 - it spreads load and protects nothing


def is_answerable(event: object) -> bool:
    """Return whether an event has what every response must repeat."""
    return isinstance(event, Mapping) and all(
        isinstance(event.get(name), str) and 0 < len(event[name]) <= longest
        for name, longest in _ECHOED.items()
    )


def body(event: Mapping[str, Any], outcome: Outcome) -> bytes:
    """Return a response of fewer than 4,096 bytes for any outcome.

    The reason is cut first, then the attributes are left out. Reason is sent only where something failed.

    Args:
        event: the event; see `is_answerable`.
        outcome: its result.
    """
    short = outcome._replace(
        physical_id=_cut(outcome.physical_id, _LONGEST_ID) or "unknown",
        failure=_cut(outcome.failure, _LONGEST_REASON),
    )
    bare = short._replace(data={})
    for attempt in (short, bare, bare._replace(failure=_cut(short.failure, 200))):
        written = _written(event, attempt)
        if len(written) < LIMIT:
            break
    return written


def put(
    url: Target,
    content: bytes,
    *,
    until: float,
    clock: Clock,
    socket_timeout: float = _SOCKET_TIMEOUT,
    warn: Callable[[str], object] = lambda _: None,
) -> int:
    """Send a response and return the final HTTP status.

    Connection errors, 5xx and a few temporary errors are retried with growing, random pauses. A 403 (the URL
    has expired) and every other status is final: raising would only make Lambda repeat the event.

    Args:
        url: where to; see `response_url.target`.
        content: the bytes; see `body`.
        until: when to give up, on `clock`.
        clock: the time.
        socket_timeout: seconds that one try may take. Default: 10.
        warn: called with what cannot be used of the environment's proxy and certificates. Default: nothing.

    Raises:
        DeliveryError: the bucket could not be reached in time.
    """
    from http.client import HTTPException

    from .route import Route

    route, problem = Route(url, warn), ""
    for attempt in range(_TRIES):
        status = 0
        try:
            status = route.put(content, min(socket_timeout, until - clock.now()))
        except (OSError, ValueError, HTTPException) as error:  # ValueError: a proxy's name that is no name
            problem = route.problem(error)
        if status and status < 500 and status not in _TEMPORARY:  # noqa: PLR2004 - where HTTP's server errors begin
            return status
        pause = (0.5 + clock.chance() / 2) * min(0.5 * 2**attempt, 15.0)
        if clock.now() + pause >= until:
            break
        clock.sleep(pause)
    last = f"(last status {status})." if status else f"({problem}).{_NO_ROUTE}"
    raise DeliveryError(f"The response could not be sent to CloudFormation {last}")


def _written(event: Mapping[str, Any], outcome: Outcome) -> bytes:
    fields = {
        "Status": outcome.status,
        **({"Reason": outcome.failure} if outcome.failure else {}),
        "PhysicalResourceId": outcome.physical_id,
        **{name: event[name] for name in _ECHOED},
        **({"Data": dict(outcome.data)} if outcome.data else {}),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _cut(text: str, limit: int) -> str:
    """Shorten `text` to at most `limit` bytes inside a JSON string."""
    if len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2 <= limit:
        return text
    kept, room = [], limit - 3
    for char in text:
        room -= len(json.dumps(char, ensure_ascii=False).encode("utf-8", "replace")) - 2
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + "…"
