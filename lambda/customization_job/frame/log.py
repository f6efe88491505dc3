"""One line of JSON for every act, so that anybody can tell who started what, and why.

Standard library only.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_ID = 1024
_LONGEST_VALUE = 4096
_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


class Journal:
    """Writes what is done about one event.

    Everything but plain ASCII is escaped, so no value of a request can end a line or forge another. The event
    itself is never written: it holds the ResponseURL, with which anybody could answer in our place.

    Args:
        event: The event; its ids head every line.
        stream: Where to write. Default: standard output, which Lambda keeps.
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`. Default: LOG_LEVEL of the environment, else `INFO`.
    """

    def __init__(
        self, event: Mapping[str, object], stream: TextIO | None = None, level: str | None = None
    ) -> None:
        self._stream = stream or sys.stdout
        self._least = _LEVELS.get((level or os.environ.get("LOG_LEVEL", "")).upper(), _LEVELS["INFO"])
        self._head = {
            "stackId": _text(event.get("StackId")),
            "logicalResourceId": _text(event.get("LogicalResourceId")),
            "requestId": _text(event.get("RequestId")),
            "requestType": _text(event.get("RequestType")),
        }

    @property
    def is_debugging(self) -> bool:
        """Whether calls are logged as well as acts."""
        return self._least <= _LEVELS["DEBUG"]

    def write(self, act: str, level: str = "INFO", **details: object) -> None:
        """Write one act.

        Args:
            act: What was done, such as `job started`.
            level: How much it matters. Default: `INFO`.
            details: What belongs to it; None is left out. The caller has taken secrets out.
        """
        if _LEVELS[level] < self._least:
            return
        told = {name: _cut(value) for name, value in details.items() if value is not None}
        line = json.dumps({"level": level, "act": act, **self._head, **told}, default=str)
        self._stream.write(line.replace("\x7f", "\\u007f") + "\n")
        self._stream.flush()


def _text(value: object) -> str:
    return value[:_LONGEST_ID] if isinstance(value, str) else ""


def _cut(value: object) -> object:
    """Keep a line short whatever an event holds; a physical id may be of any length."""
    return value[:_LONGEST_VALUE] if isinstance(value, str) else value
