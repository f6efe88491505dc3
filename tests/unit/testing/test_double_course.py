from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib.testing.bedrock import BedrockDouble, ServiceError

Request = Callable[..., dict[str, Any]]


def get(double: BedrockDouble, job: str = "job-1") -> dict[str, Any]:
    """Return what Get says of a job."""
    return double.call("GetModelCustomizationJob", {"jobIdentifier": job})


def stop(double: BedrockDouble, job: str = "job-1") -> None:
    """Stop a job."""
    double.call("StopModelCustomizationJob", {"jobIdentifier": job})


@pytest.fixture
def job(double: BedrockDouble, request_for: Request) -> BedrockDouble:
    """Return a double with one job of 1,000 seconds that takes 100 to stop."""
    double.behave(training_seconds=1000, stopping_seconds=100)
    validators = {"validators": [{"s3Uri": "s3://bucket/valid.jsonl"}]}
    double.call("CreateModelCustomizationJob", request_for(validationDataConfig=validators))
    return double


@pytest.mark.parametrize(
    ("seconds", "status", "phases"),
    [
        (0, "InProgress", ("InProgress", "NotStarted", "NotStarted")),
        (19, "InProgress", ("InProgress", "NotStarted", "NotStarted")),
        (20, "InProgress", ("Completed", "InProgress", "NotStarted")),
        (50, "InProgress", ("Completed", "Completed", "InProgress")),
        (999, "InProgress", ("Completed", "Completed", "InProgress")),
        (1000, "Completed", ("Completed", "Completed", "Completed")),
    ],
)
def test_a_job_goes_through_its_phases(
    job: BedrockDouble, seconds: float, status: str, phases: tuple[str, ...]
) -> None:
    """Validation, data processing, training: each begins when the one before has ended."""
    job.clock.advance(seconds)
    answer = get(job)

    details = answer["statusDetails"]
    assert answer["status"] == status
    names = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    assert tuple(details[name]["status"] for name in names) == phases


def test_a_completed_job_has_a_model_metrics_and_an_end(job: BedrockDouble) -> None:
    """What is absent while it trains is there afterwards."""
    later = {"outputModelArn", "trainingMetrics", "validationMetrics", "endTime"}
    assert later & set(get(job)) == set()

    job.clock.advance(1000)
    answer = get(job)

    assert later <= set(answer)
    assert len(answer["validationMetrics"]) == 1
    assert (answer["endTime"] - answer["creationTime"]).total_seconds() == 1000
    assert answer["lastModifiedTime"] == answer["endTime"]
    model = job.call("GetCustomModel", {"modelIdentifier": answer["outputModelArn"]})
    assert model["jobArn"] == answer["jobArn"]


@pytest.mark.parametrize(("length", "kept"), [(5, 5), (2048, 2048), (2049, 2048)])
def test_a_job_fails_with_a_message(
    double: BedrockDouble, request_for: Request, length: int, kept: int
) -> None:
    """By plan or at once, the message is cut where the API cuts it, and there is no model."""
    double.behave(failure_message="x" * length, training_seconds=10)
    double.call("CreateModelCustomizationJob", request_for())
    double.clock.advance(10)

    assert get(double)["status"] == "Failed"
    assert get(double)["failureMessage"] == "x" * kept
    assert "outputModelArn" not in get(double)
    assert double.models() == ()


@pytest.mark.parametrize(
    ("seconds", "phases"),
    [
        (10, ("Failed", "NotStarted", "NotStarted")),
        (30, ("Completed", "Failed", "NotStarted")),
        (500, ("Completed", "Completed", "Failed")),
    ],
)
def test_a_job_fails_in_the_phase_that_it_is_in(
    job: BedrockDouble, seconds: float, phases: tuple[str, ...]
) -> None:
    """Bad data fails early, and the phases say so."""
    job.clock.advance(seconds)
    job.fail("job-1", "Line 3 is not JSON")

    details = get(job)["statusDetails"]
    names = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    assert tuple(details[name]["status"] for name in names) == phases
    assert job.jobs()[0].failure_message == "Line 3 is not JSON"


def test_stopping_takes_time(job: BedrockDouble) -> None:
    """InProgress, Stopping, Stopped; never Completed."""
    stop(job)
    assert get(job)["status"] == "Stopping"
    assert "endTime" not in get(job)

    job.clock.advance(99.9)
    assert get(job)["status"] == "Stopping"
    job.clock.advance(0.1)
    assert get(job)["status"] == "Stopped"
    job.clock.advance(5000)
    assert get(job)["status"] == "Stopped"
    assert job.models() == ()


@pytest.mark.parametrize("code", ["ConflictException", "ValidationException"])
@pytest.mark.parametrize("state", ["Stopping", "Stopped", "Completed", "Failed"])
def test_only_a_job_in_progress_can_be_stopped(job: BedrockDouble, state: str, code: str) -> None:
    """Which error says so is not documented; both can be had."""
    job.behave(stop_refused=code)
    reach = {
        "Stopping": lambda: stop(job),
        "Stopped": lambda: job.halt("job-1"),
        "Completed": lambda: job.complete("job-1"),
        "Failed": lambda: job.fail("job-1", "why"),
    }
    reach[state]()
    before = job.jobs()

    with pytest.raises(ServiceError, match=state) as caught:
        stop(job)

    assert caught.value.code == code
    assert job.jobs() == before
    assert before[0].status == state


@pytest.mark.parametrize("identifier", ["no-such-job", "{arn}"])
def test_a_job_that_is_not_there_is_not_found(job: BedrockDouble, identifier: str) -> None:
    """By name or by the ARN of another account."""
    arn = job.jobs()[0].arn.replace(":000000000000:", ":111111111111:")

    with pytest.raises(ServiceError) as caught:
        get(job, identifier.format(arn=arn))

    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 404)


def test_a_new_job_can_be_invisible_for_a_while(double: BedrockDouble, request_for: Request) -> None:
    """Read-after-create lag: Get, Stop and List do not know it yet; its name and token are taken already."""
    double.behave(visible_after_seconds=5)
    request = request_for(clientRequestToken="token")
    arn = double.call("CreateModelCustomizationJob", request)["jobArn"]

    for attempt in (get, stop):
        with pytest.raises(ServiceError, match="Could not find"):
            attempt(double)
    assert double.call("ListModelCustomizationJobs", {})["modelCustomizationJobSummaries"] == []
    assert double.call("CreateModelCustomizationJob", request)["jobArn"] == arn

    double.clock.advance(5)
    assert get(double, "job-1")["jobArn"] == get(double, arn)["jobArn"] == arn
    [summary] = double.call("ListModelCustomizationJobs", {"nameContains": "job-1"})[
        "modelCustomizationJobSummaries"
    ]
    assert summary["jobArn"] == arn


def test_looking_at_jobs_is_not_a_call(job: BedrockDouble) -> None:
    """A test's own questions neither count nor use up a fault."""
    job.jobs()
    job.models()

    assert [call.operation for call in job.calls()] == ["CreateModelCustomizationJob"]


def test_jobs_can_be_asked_for_by_state(job: BedrockDouble, request_for: Request) -> None:
    """Only those in the state that is asked for."""
    job.call("CreateModelCustomizationJob", request_for())
    job.complete("job-2")

    assert [each.name for each in job.jobs(status="InProgress")] == ["job-1"]
    assert [each.name for each in job.jobs(status="Completed")] == ["job-2"]


def test_steering_a_job_that_is_not_there_says_so(double: BedrockDouble) -> None:
    """A misspelt name must not pass as a job that never ends."""
    with pytest.raises(LookupError, match="no job 'misspelt'"):
        double.complete("misspelt")


def test_reset_forgets_everything(job: BedrockDouble, request_for: Request) -> None:
    """Names, tokens, calls, the clock's turns and changed behaviour."""
    start = job.clock.now()
    job.clock.advance(10)
    job.reset()

    assert (job.jobs(), job.calls(), job.clock.now()) == ((), (), start)
    assert job.behaviour.training_seconds == 7200
    assert job.call("CreateModelCustomizationJob", request_for(jobName="job-1"))["jobArn"]
