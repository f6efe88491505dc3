"""The events that the double sends when the status of a job changes."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib.testing.bedrock import (
    BedrockDouble,
    BedrockServer,
    Clock,
    DoubleControl,
    JobEvent,
    Unsent,
)

Request = Callable[..., dict[str, Any]]

BASE = "arn:aws:bedrock:us-east-1:000000000000:model-customization-job"


class Bus:
    """Keeps what is sent, and calls a function for it first."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self.before: Callable[[], object] = lambda: None

    def put(self, event: JobEvent) -> None:
        """Keep an event."""
        self.before()
        self.events.append(event)

    def sent(self) -> list[tuple[str, str]]:
        """Return the name and the status of the job in each event."""
        return [(event.detail["jobName"], event.detail["jobStatus"]) for event in self.events]


@pytest.fixture
def bus() -> Bus:
    """Return a bus."""
    return Bus()


@pytest.fixture
def double(bus: Bus) -> BedrockDouble:
    """Return a double with a still clock that sends to the bus."""
    return BedrockDouble(clock=Clock.still(), bus=bus)


def test_an_event_has_the_documented_members(double: BedrockDouble, bus: Bus, request_for: Request) -> None:
    """Those of AWS's sample, the failure of a job, which has its short ARN."""
    request = request_for(
        hyperParameters={"epochCount": "5"},
        validationDataConfig={"validators": [{"s3Uri": "s3://bucket/check.jsonl"}]},
    )
    arn = double.call("CreateModelCustomizationJob", request)["jobArn"]
    double.clock.advance(8000 - 7200)
    double.fail("job-1", "The training data has no records.")
    event = bus.events[-1]
    short = f"{BASE}/{arn.rpartition('/')[2]}"
    assert (event.account, event.region, event.job_arn) == ("000000000000", "us-east-1", short)
    assert event.detail == {
        "version": "0.0",
        "jobName": "job-1",
        "jobArn": short,
        "outputModelName": "model-1",
        "roleArn": "arn:aws:iam::000000000000:role/Customization",
        "jobStatus": "Failed",
        "failureMessage": "The training data has no records.",
        "creationTime": "2026-01-01T00:00:00Z",
        "lastModifiedTime": "2026-01-01T00:13:20Z",
        "endTime": "2026-01-01T00:13:20Z",
        "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "hyperParameters": {"batchSize": "1", "learningRate": "1.0E-4", "epochCount": "5"},
        "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
        "validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/check.jsonl"}]},
        "outputDataConfig": {"s3Uri": "s3://bucket/out"},
    }


def test_each_change_of_a_status_is_one_event(double: BedrockDouble, bus: Bus, request_for: Request) -> None:
    """Whether a call, the clock or a test changes it, and however often the double is asked."""
    for _ in range(2):
        double.call("CreateModelCustomizationJob", request_for())
    double.call("StopModelCustomizationJob", {"jobIdentifier": "job-1"})
    double.send_events()
    double.send_events()
    started = [("job-1", "InProgress"), ("job-2", "InProgress")]
    assert bus.sent() == [*started, ("job-1", "Stopping")]
    double.clock.advance(60)
    double.call("GetModelCustomizationJob", {"jobIdentifier": "job-1"})
    double.complete("job-2")
    assert bus.sent()[3:] == [("job-1", "Stopped"), ("job-2", "Completed")]
    assert bus.events[-1].detail["outputModelArn"] == double.models()[0].arn


@pytest.mark.parametrize(
    ("events", "statuses"),
    [
        ("none", []),
        ("twice", ["InProgress", "InProgress", "Completed", "Completed"]),
        ("reversed", ["Completed", "InProgress"]),
    ],
)
def test_events_are_lost_doubled_and_in_a_wrong_order(
    double: BedrockDouble, bus: Bus, request_for: Request, events: str, statuses: list[str]
) -> None:
    """As EventBridge may deliver them; a reversed one waits for the end of its job."""
    double.configure(events=events)
    double.call("CreateModelCustomizationJob", request_for())
    double.send_events()
    assert [status for _, status in bus.sent()] == statuses[: 2 if events == "twice" else 0]
    double.complete("job-1")
    assert [status for _, status in bus.sent()] == statuses


def test_an_event_is_sent_by_hand(double: BedrockDouble, bus: Bus, request_for: Request) -> None:
    """Also where no events are sent, and with a status that the job does not have."""
    double.configure(events="none", event_arn="full")
    arn = double.call("CreateModelCustomizationJob", request_for())["jobArn"]
    double.emit("job-1")
    double.emit(arn, "Completed")
    assert bus.sent() == [("job-1", "InProgress"), ("job-1", "Completed")]
    assert {event.job_arn for event in bus.events} == {arn}
    assert double.jobs()[0].status == "InProgress"
    with pytest.raises(LookupError, match="no job 'misspelt'"):
        double.emit("misspelt")
    alone = BedrockDouble()
    alone.call("CreateModelCustomizationJob", request_for())
    with pytest.raises(LookupError, match="sends no events; give it a bus"):
        alone.emit("job-2")


def test_what_cannot_be_sent_is_reported(double: BedrockDouble, bus: Bus, request_for: Request) -> None:
    """The job completes all the same, and nothing is sent again; a reset removes the report."""

    def refuse() -> None:
        raise OSError("EventBridge is not there")

    bus.before = refuse
    arn = double.call("CreateModelCustomizationJob", request_for())["jobArn"]
    double.configure(event_arn="full")
    double.complete("job-1")
    reason = "EventBridge is not there"
    assert [one.status for one in double.unsent()] == ["InProgress", "Completed"]
    assert double.unsent()[-1] == Unsent(job_arn=arn, status="Completed", reason=reason)
    bus.before = lambda: None
    double.send_events()
    assert bus.events == []
    double.reset()
    assert double.unsent() == ()


def test_a_function_that_gets_an_event_may_call_the_double(
    double: BedrockDouble, bus: Bus, request_for: Request
) -> None:
    """What it changes is an event of its own, after the first one."""
    double.call("CreateModelCustomizationJob", request_for())
    double.send_events()

    def react() -> None:
        bus.before = lambda: None
        double.call("CreateModelCustomizationJob", request_for())

    bus.before = react
    double.complete("job-1")
    double.send_events()
    assert bus.sent()[1:] == [("job-1", "Completed"), ("job-2", "InProgress")]


def test_a_server_sends_while_nobody_asks(bus: Bus, request_for: Request) -> None:
    """By the clock alone; the control changes what is sent, and sends by hand."""
    clock = Clock.still()
    double = BedrockDouble(clock=clock, bus=bus)
    with BedrockServer(double) as server:
        control = DoubleControl(server.url)
        control.client().create_model_customization_job(**request_for())
        clock.advance(7200)
        deadline = time.monotonic() + 30
        while ("job-1", "Completed") not in bus.sent() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert bus.sent()[-1] == ("job-1", "Completed")
        control.configure(events="none")
        control.client().create_model_customization_job(**request_for())
        control.advance(7200)
        control.emit("job-2", "Failed")
        assert bus.sent()[-1] == ("job-2", "Failed")
        assert ("job-2", "Completed") not in bus.sent()
        bus.before = lambda: 1 / 0
        control.emit("job-2")
        assert [one.reason for one in control.unsent()] == ["division by zero"]
        with pytest.raises(ValueError, match="no job 'misspelt'"):
            control.emit("misspelt")
