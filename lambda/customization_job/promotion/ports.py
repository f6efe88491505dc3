"""What a promotion needs of CloudWatch, EventBridge, Lambda and SNS, and how they are called."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError

from ..frame.aws import call, seconds_of
from ..frame.errors import AwsError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..frame.retry import Retry

LARGEST_ANSWER = 64 * 1024
"""Bytes of the answer of a user's function."""

_PERIOD = 300


class Alarm(NamedTuple):
    """An alarm of CloudWatch.

    Args:
        name: its name.
        is_on: whether its state is `ALARM`.
        changed: since when it has its state, in seconds since 1970; None where that is unknown.
    """

    name: str
    is_on: bool
    changed: float | None


class Alarms(Protocol):
    """The calls of CloudWatch. What fails is an `AwsError`."""

    def get(self, names: Sequence[str]) -> list[Alarm]:
        """Return those alarms of some names that exist."""
        ...

    def invocations(self, model_id: str, since: float, until: float) -> float:
        """Return how often a deployment was invoked.

        Args:
            model_id: the deployment's ARN.
            since: from when, in seconds since 1970.
            until: until when.
        """
        ...


class Functions(Protocol):
    """The calls of Lambda. What fails is an `AwsError`."""

    def invoke(self, arn: str, payload: bytes) -> tuple[bytes, bool]:
        """Invoke a function once; return at most a little more than 64 kB, and whether it has failed."""
        ...


class Topics(Protocol):
    """The calls of SNS. What fails is an `AwsError`."""

    def publish(self, arn: str, subject: str, message: str) -> None:
        """Publish a message."""
        ...


class Events(Protocol):
    """The calls of EventBridge. What fails is an `AwsError`."""

    def put(self, entry: Mapping[str, object]) -> None:
        """Send an event."""
        ...


class _Client:
    def __init__(self, service: str, connect: Callable[[str], object], retry: Retry) -> None:
        self._service = service
        self._connect = connect
        self._retry = retry

    @cached_property
    def _client(self) -> object:
        return self._connect(self._service)

    def _call(
        self, operation: str, request: Mapping[str, object], *, is_repeated: bool = True
    ) -> Mapping[str, Any]:
        action = partial(call, self._service, self._client, operation, request)
        return self._retry.call(operation, action, is_needed=False, is_repeated=is_repeated)


class CloudWatchAlarms(_Client):
    """The real implementation of the port `Alarms`."""

    def get(self, names: Sequence[str]) -> list[Alarm]:
        """Return those alarms of some names that exist."""
        output = self._call("DescribeAlarms", {"AlarmNames": [*names]})
        return [
            Alarm(
                str(one.get("AlarmName", "")),
                is_on=one.get("StateValue") == "ALARM",
                changed=seconds_of(one.get("StateUpdatedTimestamp")),
            )
            for one in output.get("MetricAlarms", ())
        ]

    def invocations(self, model_id: str, since: float, until: float) -> float:
        """Return how often a deployment was invoked."""
        request = {
            "Namespace": "AWS/Bedrock",
            "MetricName": "Invocations",
            "Dimensions": [{"Name": "ModelId", "Value": model_id}],
            "StartTime": datetime.fromtimestamp(since, UTC),
            "EndTime": datetime.fromtimestamp(until, UTC),
            "Period": _PERIOD,
            "Statistics": ["Sum"],
        }
        points = self._call("GetMetricStatistics", request).get("Datapoints", ())
        return float(sum(one.get("Sum", 0) for one in points))


class LambdaFunctions(_Client):
    """The real implementation of the port `Functions`."""

    def invoke(self, arn: str, payload: bytes) -> tuple[bytes, bool]:
        """Invoke a function once; return at most a little more than 64 kB, and whether it has failed."""
        output = self._call("Invoke", {"FunctionName": arn, "Payload": payload}, is_repeated=False)
        try:
            content = output["Payload"].read(LARGEST_ANSWER + 1)
        except (BotoCoreError, OSError):  # the connection broke on the way
            raise AwsError(ErrorKind.NO_RESPONSE, "Invoke") from None
        return content, bool(output.get("FunctionError"))


class SnsTopics(_Client):
    """The real implementation of the port `Topics`."""

    def publish(self, arn: str, subject: str, message: str) -> None:
        """Publish a message."""
        self._call("Publish", {"TopicArn": arn, "Subject": subject, "Message": message})


class EventBridge(_Client):
    """The real implementation of the port `Events`."""

    def put(self, entry: Mapping[str, object]) -> None:
        """Send an event."""
        output = self._call("PutEvents", {"Entries": [entry]})
        if output.get("FailedEntryCount"):
            code = str(output["Entries"][0].get("ErrorCode", ""))
            raise AwsError(ErrorKind.BROKEN, "PutEvents", code)
