"""CloudWatch, Lambda and SNS as boto3's clients of them, as far as a promotion calls them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock.behaviour import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class AlarmStore:
    """Alarms, and how often deployments were invoked.

    `alarms` holds since when each alarm has its state, and whether that is `ALARM`; `invoked` the times at
    which each deployment was invoked; `before` what happens before the next calls, in order.
    """

    def __init__(self) -> None:
        self.alarms: dict[str, tuple[bool, float]] = {}
        self.invoked: dict[str, list[float]] = {}
        self.before: list[Callable[[], object]] = []

    def describe_alarms(self, *, AlarmNames: list[str]) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return those alarms that exist."""
        _disturb(self.before)
        return {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "StateValue": "ALARM" if self.alarms[name][0] else "OK",
                    "StateUpdatedTimestamp": timestamp(self.alarms[name][1]),
                }
                for name in AlarmNames
                if name in self.alarms
            ],
            "CompositeAlarms": [],
        }

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's arguments
        """Return how often a deployment was invoked."""
        _disturb(self.before)
        [dimension] = request["Dimensions"]
        since: datetime = request["StartTime"]
        until: datetime = request["EndTime"]
        assert (request["Namespace"], request["MetricName"]) == ("AWS/Bedrock", "Invocations")
        assert (until - since).total_seconds() / request["Period"] <= 1440  # CloudWatch returns no more
        times = self.invoked.get(dimension["Value"], [])
        found = [one for one in times if since.timestamp() <= one <= until.timestamp()]
        return {"Datapoints": [{"Sum": 1.0} for _ in found]}


class UserFunctions:
    """Functions of users: `answers` are what they return, in order; the last one counts for all that follow.

    An answer is a value of JSON, bytes, or an error that the function or the call ends with.
    """

    def __init__(self) -> None:
        self.answers: list[Any] = [{"verdict": "yes"}]
        self.questions: list[dict[str, Any]] = []
        self.before: list[Callable[[], object]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Invoke a function, and wait for its answer."""
        assert FunctionName.startswith("arn:aws:lambda:")
        _disturb(self.before)
        self.questions.append(json.loads(Payload))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ClientError):
            raise answer
        if isinstance(answer, Exception):
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "secret"}')}
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return {"Payload": io.BytesIO(content)}


class Topics:
    """Topics of SNS; `messages` are those that were published."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.before: list[Callable[[], object]] = []

    def fail(self, code: str) -> None:
        """Refuse a call."""
        raise refusal("Publish", code)

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Publish a message."""
        assert TopicArn.startswith("arn:aws:sns:")
        assert len(Subject) <= 100
        _disturb(self.before)
        self.messages.append(Message)
        return {"MessageId": "1"}


class EventBus:
    """The default bus of EventBridge; `events` are the details of those that were sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.before: list[Callable[[], object]] = []

    def fail(self, code: str) -> None:
        """Refuse a call."""
        raise refusal("PutEvents", code)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Send events."""
        [entry] = Entries
        assert entry["Source"] == "cdk-bedrock-customization"
        assert entry["DetailType"] == "Model Promotion State Change"
        _disturb(self.before)
        detail = json.loads(entry["Detail"])
        assert entry["Resources"] == [detail["modelArn"]]
        self.events.append(detail)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


def refusal(operation: str, code: str, status: int = 403) -> ClientError:
    """Return how a call is refused."""
    metadata: Any = {"HTTPStatusCode": status}
    detail: Any = {"Code": code, "Message": f"{operation} was refused"}
    return ClientError({"Error": detail, "ResponseMetadata": metadata}, operation)


def _disturb(before: list[Callable[[], object]]) -> None:
    if before:
        before.pop(0)()
