"""The one answer that CloudFormation waits for: its bytes, and how they get there.

Standard library only, and the heavy half of that only where it is used: whatever else is broken, a stack must
not hang for an hour because nobody told it so.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from .response_url import Target

LIMIT = 4096
"""Bytes. An answer has to be shorter (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html)."""

_LONGEST_REASON = 1500
_LONGEST_ID = 1024
_SOCKET_TIMEOUT = 10.0
_TRIES = 8
_PASSING = frozenset({400, 408, 425, 429})  # S3 answers 400 when a connection was idle for too long
_ECHOED = {"StackId": 1024, "RequestId": 256, "LogicalResourceId": 255}


class Outcome(NamedTuple):
    """What became of an event.

    Args:
        physical_id: What stands for the resource from now on.
        failure: Why it failed. Default: it did not.
        data: The resource's attributes. Default: none.
    """

    physical_id: str
    failure: str = ""
    data: Mapping[str, str] = MappingProxyType({})


class Undelivered(Exception):  # noqa: N818 - Lambda reads the name in its log: it says what happened
    """CloudFormation's bucket could not be reached; Lambda is to send the event again."""


class Clock(Protocol):
    """Time, and chance."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def chance(self) -> float:
        """Draw a number from 0 to 1."""
        ...


class SystemClock:
    """This machine's own time."""

    def now(self) -> float:
        """Seconds since 1970, because CloudFormation's own times are compared with them."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def chance(self) -> float:
        """Draw a number from 0 to 1."""
        import random

        return random.random()  # noqa: S311 - spreads load, keeps no secret


def is_answerable(event: object) -> bool:
    """Tell whether an event has what every answer must repeat."""
    return isinstance(event, Mapping) and all(
        isinstance(event.get(name), str) and 0 < len(event[name]) <= longest
        for name, longest in _ECHOED.items()
    )


def body(event: Mapping[str, Any], outcome: Outcome) -> bytes:
    """Write an answer in fewer than 4,096 bytes, whatever the outcome says.

    The reason is cut first, then the attributes go. Reason is sent only where something failed.

    Args:
        event: The event that is answered; see `is_answerable`.
        outcome: What became of it.
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
    url: Target, content: bytes, *, until: float, clock: Clock, socket_timeout: float = _SOCKET_TIMEOUT
) -> int:
    """Send an answer; give the status that ended the matter.

    Connection errors, 5xx and a few passing refusals are tried again with growing, random pauses. A 403 (the
    URL has run out) and every other refusal end it: raising would only make Lambda replay the event.

    Args:
        url: Where to; see `response_url.target`.
        content: The bytes; see `body`.
        until: When to give up, on `clock`.
        clock: The time.
        socket_timeout: Seconds that one try waits for the bucket. Default: 10.

    Raises:
        Undelivered: Nobody could be reached in time.
    """
    for attempt in range(_TRIES):
        status = _try(url, content, min(socket_timeout, until - clock.now()))
        if status and status < 500 and status not in _PASSING:  # noqa: PLR2004 - where HTTP's server errors begin
            return status
        pause = (0.5 + clock.chance() / 2) * min(0.5 * 2**attempt, 15.0)
        if clock.now() + pause >= until:
            break
        clock.sleep(pause)
    raise Undelivered(f"CloudFormation did not take the answer (last status {status or 'none'})")


class Once:
    """Sees to it that an event is answered by one of the threads that want to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False

    def take(self) -> bool:
        """Tell whether the caller is the one that answers."""
        with self._lock:
            first, self._is_taken = not self._is_taken, True
        return first


def _written(event: Mapping[str, Any], outcome: Outcome) -> bytes:
    answer = {
        "Status": "FAILED" if outcome.failure else "SUCCESS",
        **({"Reason": outcome.failure} if outcome.failure else {}),
        "PhysicalResourceId": outcome.physical_id,
        **{name: event[name] for name in _ECHOED},
        **({"Data": dict(outcome.data)} if outcome.data else {}),
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _cut(text: str, limit: int) -> str:
    """Shorten `text` to what takes at most `limit` bytes inside a JSON string."""
    if len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2 <= limit:
        return text
    kept, room = [], limit - 3
    for char in text:
        room -= len(json.dumps(char, ensure_ascii=False).encode("utf-8", "replace")) - 2
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + "…"


def _try(url: Target, content: bytes, timeout: float) -> int:
    """PUT once; give the status, or 0 where there is none."""
    import http.client

    kind = http.client.HTTPSConnection if url.is_secure else http.client.HTTPConnection
    connection = kind(url.host, url.port, timeout=max(0.1, timeout))
    try:
        connection.putrequest("PUT", url.path, skip_accept_encoding=True)
        connection.putheader("Content-Type", "")  # anything else breaks the URL's signature
        connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        response = connection.getresponse()
        response.read(65_536)
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return response.status
