"""The calls of CloudWatch, EventBridge, Lambda and SNS, as the service models of the real SDK have them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from customization_job.frame.aws import client
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.promotion.ports import (
    Alarm,
    CloudWatchAlarms,
    EventBridge,
    LambdaFunctions,
    SnsTopics,
)

from tests.lambda_.fakes import REGION, no_retry

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:approvals"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK signs what it would send."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")


@pytest.fixture
def stubs() -> Iterator[dict[str, tuple[Any, Stubber]]]:
    """The real clients, whose requests are checked against the service model and not sent."""
    found: dict[str, tuple[Any, Stubber]] = {}
    for service in ("cloudwatch", "events", "lambda", "sns"):
        made = client.__wrapped__(service, REGION)
        found[service] = (made, Stubber(made))
        found[service][1].activate()
    yield found
    for _, stubber in found.values():
        stubber.assert_no_pending_responses()


def test_alarms_are_read_by_their_names(stubs: dict[str, tuple[Any, Stubber]]) -> None:
    """One that does not exist is not returned."""
    cloudwatch, stubber = stubs["cloudwatch"]
    shown = {"AlarmName": "errors", "StateValue": "ALARM", "StateUpdatedTimestamp": BEGAN}
    stubber.add_response("describe_alarms", {"MetricAlarms": [shown]}, {"AlarmNames": ["errors", "gone"]})
    alarms = CloudWatchAlarms("cloudwatch", lambda _: cloudwatch, no_retry())
    assert alarms.get(["errors", "gone"]) == [Alarm("errors", is_on=True, changed=BEGAN.timestamp())]


def test_invocations_are_added_up(stubs: dict[str, tuple[Any, Stubber]]) -> None:
    """Of the deployment, whichever model it served."""
    cloudwatch, stubber = stubs["cloudwatch"]
    until = BEGAN + timedelta(days=1)
    request = {
        "Namespace": "AWS/Bedrock",
        "MetricName": "Invocations",
        "Dimensions": [{"Name": "ModelId", "Value": "arn:deployment"}],
        "StartTime": BEGAN,
        "EndTime": until,
        "Period": 300,
        "Statistics": ["Sum"],
    }
    points = [{"Timestamp": BEGAN, "Sum": 3.0}, {"Timestamp": BEGAN, "Sum": 4.0}]
    stubber.add_response("get_metric_statistics", {"Datapoints": points}, request)
    alarms = CloudWatchAlarms("cloudwatch", lambda _: cloudwatch, no_retry())
    assert alarms.invocations("arn:deployment", BEGAN.timestamp(), until.timestamp()) == 7.0


@pytest.mark.parametrize("error", ["", "Unhandled"])
def test_a_function_is_invoked_once(stubs: dict[str, tuple[Any, Stubber]], error: str) -> None:
    """And its answer is read only as far as it may be long."""
    function, stubber = stubs["lambda"]
    body = StreamingBody(io.BytesIO(b"x" * 100_000), 100_000)
    answer = {"StatusCode": 200, "Payload": body, **({"FunctionError": error} if error else {})}
    stubber.add_response("invoke", answer, {"FunctionName": ARN, "Payload": b"{}"})
    functions = LambdaFunctions("lambda", lambda _: function, no_retry())
    content, has_failed = functions.invoke(ARN, b"{}")
    assert (len(content), has_failed) == (65_537, bool(error))
    assert function.meta.config.retries["total_max_attempts"] == 1
    assert function.meta.config.read_timeout == 180


def test_an_answer_that_breaks_off_is_no_response(stubs: dict[str, tuple[Any, Stubber]]) -> None:
    """The function may have done its work."""
    function, stubber = stubs["lambda"]
    stubber.add_response("invoke", {"StatusCode": 200, "Payload": StreamingBody(_Broken(), 100)})
    functions = LambdaFunctions("lambda", lambda _: function, no_retry())
    with pytest.raises(AwsError) as caught:
        functions.invoke(ARN, b"{}")
    assert caught.value.kind is ErrorKind.NO_RESPONSE


class _Broken(io.BytesIO):
    def read(self, _size: int | None = None) -> bytes:
        """The connection ends."""
        raise ConnectionResetError


def test_a_message_is_published(stubs: dict[str, tuple[Any, Stubber]]) -> None:
    """With a subject, which e-mails show."""
    sns, stubber = stubs["sns"]
    request = {"TopicArn": TOPIC, "Subject": "A model waits for an approval", "Message": "text"}
    stubber.add_response("publish", {"MessageId": "1"}, request)
    SnsTopics("sns", lambda _: sns, no_retry()).publish(TOPIC, "A model waits for an approval", "text")
    stubber.assert_no_pending_responses()


def test_an_event_that_eventbridge_refuses_is_an_error(stubs: dict[str, tuple[Any, Stubber]]) -> None:
    """The call itself succeeds then: what was not accepted is only counted."""
    bus, stubber = stubs["events"]
    entry = {"Source": "cdk-bedrock-customization", "DetailType": "type", "Resources": [ARN], "Detail": "{}"}
    sent = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    stubber.add_response("put_events", sent, {"Entries": [entry]})
    events = EventBridge("events", lambda _: bus, no_retry())
    events.put(entry)
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    stubber.add_response("put_events", refused)
    with pytest.raises(AwsError) as caught:
        events.put(entry)
    assert (caught.value.operation, caught.value.code) == ("PutEvents", "InternalFailure")


def test_bedrock_and_its_runtime_have_endpoints_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A VPC endpoint is one of the two services, and the settings of the function name each."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "https://bedrock.example.com")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://runtime.example.com")
    found = [client.__wrapped__(one, REGION).meta.endpoint_url for one in ("bedrock", "bedrock-runtime")]
    assert found == ["https://bedrock.example.com", "https://runtime.example.com"]
