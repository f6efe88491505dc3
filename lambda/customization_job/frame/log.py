"""The function's log: one line of JSON for every act, so that one can see what started a job, and why.

Standard library only.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST_ID = 1024
_LONGEST_VALUE = 4096
_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


class Log:
    """Writes what is done about one event.

    Everything but ASCII is escaped, so that no value of a request can end a line or forge another one. The
    event itself is never written: it holds the ResponseURL, with which anyone could respond in its place.

    Args:
        event: the event; its ids are in every line.
        stream: where to write. Default: standard output, which Lambda sends to CloudWatch Logs.
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`. Default: the environment's LOG_LEVEL, else `INFO`.
    """

    def __init__(
        self, event: Mapping[str, object], stream: TextIO | None = None, level: str | None = None
    ) -> None:
        self._stream = stream or sys.stdout
        self._lowest = _LEVELS.get((level or os.environ.get("LOG_LEVEL", "")).upper(), _LEVELS["INFO"])
        self._ids = {
            "stackId": _text(event.get("StackId")),
            "logicalResourceId": _text(event.get("LogicalResourceId")),
            "requestId": _text(event.get("RequestId")),
            "requestType": _text(event.get("RequestType")),
        }

    @property
    def is_debugging(self) -> bool:
        """Whether calls are logged as well as acts."""
        return self._lowest <= _LEVELS["DEBUG"]

    def write(self, act: str, level: str = "INFO", **details: object) -> None:
        """Write one line.

        Args:
            act: what was done, such as `job started`.
            level: its severity. Default: `INFO`.
            details: further fields; None is left out. The caller has removed secrets.
        """
        if _LEVELS[level] < self._lowest:
            return
        shown = {name: _cut(value) for name, value in details.items() if value is not None}
        self._write({"level": level, "act": act, **self._ids, **shown})

    def write_metrics(
        self,
        namespace: str,
        dimensions: Mapping[str, str],
        values: Mapping[str, float | Sequence[float]],
        now: float,
    ) -> None:
        """Write one line from which CloudWatch Logs makes metrics, whatever the level.

        See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.

        Args:
            namespace: the namespace of the metrics.
            dimensions: their one set of dimensions.
            values: the metrics by their names.
            now: the time, in seconds since 1970.
        """
        metrics = {
            "Namespace": namespace,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": name} for name in values],
        }
        about = {"Timestamp": int(now * 1000), "CloudWatchMetrics": [metrics]}
        self._write({"_aws": about, "level": "INFO", "act": "metrics", **self._ids, **dimensions, **values})

    def _write(self, members: Mapping[str, object]) -> None:
        line = json.dumps(members, default=str)
        self._stream.write(line.replace("\x7f", "\\u007f") + "\n")
        self._stream.flush()


def frames_of(error: Exception) -> list[str]:
    """Return where an error was raised, without its text, which may hold secrets."""
    import traceback

    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]


def _text(value: object) -> str:
    return value[:_LONGEST_ID] if isinstance(value, str) else ""


def _cut(value: object) -> object:
    """Keep a line short for any event; a physical id may have any length."""
    return value[:_LONGEST_VALUE] if isinstance(value, str) else value
