import re
from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib.testing.bedrock import INTERNAL_FAILURE, BedrockDouble, ServiceError

Request = Callable[..., dict[str, Any]]


def get(double: BedrockDouble, job: str = "job-1") -> dict[str, Any]:
    """Return the response of Get."""
    return double.call("GetModelCustomizationJob", {"jobIdentifier": job})


def said_of(answer: dict[str, Any], *parts: str) -> tuple[str, ...]:
    """Return the statuses of a job's phases, which must be these."""
    details = answer["statusDetails"]
    assert set(details) == set(parts)
    return tuple(details[part]["status"] for part in parts)


def stop(double: BedrockDouble, job: str = "job-1") -> None:
    """Stop a job."""
    double.call("StopModelCustomizationJob", {"jobIdentifier": job})


@pytest.fixture
def job(double: BedrockDouble, request_for: Request) -> BedrockDouble:
    """Return a double with one job of 1,000 seconds that takes 100 to stop."""
    double.configure(training_seconds=1000, stopping_seconds=100)
    validators = {"validators": [{"s3Uri": "s3://bucket/valid.jsonl"}]}
    double.call("CreateModelCustomizationJob", request_for(validationDataConfig=validators))
    return double


@pytest.mark.parametrize(
    ("seconds", "status", "phases"),
    [
        (0, "InProgress", ("InProgress", "NotStarted")),
        (19, "InProgress", ("InProgress", "NotStarted")),
        (20, "InProgress", ("Completed", "NotStarted")),
        (42, "InProgress", ("Completed", "InProgress")),
        (999, "InProgress", ("Completed", "InProgress")),
        (1000, "Completed", ("Completed", "Completed")),
    ],
)
def test_a_job_goes_through_its_phases(
    job: BedrockDouble, seconds: float, status: str, phases: tuple[str, ...]
) -> None:
    """Validation, queue, training; as recorded, fine-tuning has no data processing."""
    job.clock.advance(seconds)
    answer = get(job)

    assert answer["status"] == status
    assert said_of(answer, "validationDetails", "trainingDetails") == phases


@pytest.mark.parametrize(
    ("seconds", "phases"),
    [
        (20, ("Completed", "InProgress", "NotStarted")),
        (440, ("Completed", "Completed", "NotStarted")),
        (462, ("Completed", "Completed", "InProgress")),
    ],
)
def test_a_distillation_processes_data_before_it_trains(
    double: BedrockDouble, request_for: Request, seconds: float, phases: tuple[str, ...]
) -> None:
    """Only a distillation has data processing, and it takes much of the time."""
    double.configure(training_seconds=1000)
    teacher = {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}
    config = {"distillationConfig": teacher}
    double.call(
        "CreateModelCustomizationJob",
        request_for(customizationType="DISTILLATION", customizationConfig=config),
    )
    double.clock.advance(seconds)

    names = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    assert said_of(get(double), *names) == phases


@pytest.mark.parametrize(
    ("which", "fine_tuning", "distillation"),
    [("always", True, True), ("distillation", False, True), ("never", False, False)],
)
def test_the_phases_can_be_left_out(
    double: BedrockDouble, request_for: Request, which: str, *, fine_tuning: bool, distillation: bool
) -> None:
    """From Get and List: the API reference describes them only for a distillation."""
    double.configure(status_details=which)
    teacher = {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}
    double.call("CreateModelCustomizationJob", request_for())
    double.call(
        "CreateModelCustomizationJob",
        request_for(customizationType="DISTILLATION", customizationConfig={"distillationConfig": teacher}),
    )

    for job, shown in (("job-1", fine_tuning), ("job-2", distillation)):
        listed = double.call("ListModelCustomizationJobs", {"nameContains": job})
        [summary] = listed["modelCustomizationJobSummaries"]
        assert ("statusDetails" in get(double, job), "statusDetails" in summary) == (shown, shown)


def test_a_job_can_stall(double: BedrockDouble, request_for: Request) -> None:
    """As recorded in two accounts: validated, not trained, in progress for days, until it is stopped."""
    double.configure(stalls=True)
    double.call("CreateModelCustomizationJob", request_for())
    double.clock.advance(74 * 3600)

    answer = get(double)
    assert answer["status"] == "InProgress"
    assert said_of(answer, "validationDetails", "trainingDetails") == ("Completed", "NotStarted")
    assert {"failureMessage", "endTime"} & set(answer) == set()

    stop(double)
    double.clock.advance(60)
    assert get(double)["status"] == "Stopped"
    assert said_of(get(double), "validationDetails", "trainingDetails") == ("Completed", "NotStarted")


@pytest.mark.parametrize("seconds", [68, 143])
def test_a_job_can_fail_in_validation(double: BedrockDouble, request_for: Request, seconds: float) -> None:
    """As recorded of four jobs: one or two minutes after Create, and before training."""
    double.configure(failure_message=INTERNAL_FAILURE, fails_after_seconds=seconds)
    double.call("CreateModelCustomizationJob", request_for())
    double.clock.advance(seconds - 1)
    assert get(double)["status"] == "InProgress"
    double.clock.advance(1)

    answer = get(double)
    assert (answer["status"], answer["failureMessage"]) == ("Failed", INTERNAL_FAILURE)
    assert said_of(answer, "validationDetails", "trainingDetails") == ("Failed", "NotStarted")
    assert (answer["endTime"] - answer["creationTime"]).total_seconds() == seconds


def test_the_last_change_moves_while_a_job_is_in_progress(job: BedrockDouble) -> None:
    """It changes with each phase, as recorded, and with a stop."""
    changes = []
    for seconds in (0, 19, 1, 22, 500):
        job.clock.advance(seconds)
        answer = get(job)
        changes.append((answer["lastModifiedTime"] - answer["creationTime"]).total_seconds())
    assert changes == [0, 0, 20, 42, 42]
    stop(job)
    assert (get(job)["lastModifiedTime"] - answer["creationTime"]).total_seconds() == 542


def test_a_model_has_another_id_than_its_job(job: BedrockDouble) -> None:
    """As recorded: neither can be computed from the other, and they have more letters than hexadecimal."""
    job.complete("job-1")
    ids = [get(job)[member].rpartition("/")[2] for member in ("jobArn", "outputModelArn")]
    assert ids[0] != ids[1]
    assert all(re.fullmatch("[a-z0-9]{12}", one) for one in ids)
    assert not all(re.fullmatch("[a-f0-9]{12}", one) for one in ids)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (None, {"batchSize": "1", "learningRate": "1.0E-4"}),
        ({"epochCount": "2"}, {"epochCount": "2", "batchSize": "1", "learningRate": "1.0E-4"}),
        ({"learningRate": "0.5"}, {"batchSize": "1", "learningRate": "0.5"}),
    ],
)
def test_get_returns_hyper_parameters_that_were_not_sent(
    double: BedrockDouble, request_for: Request, asked: dict[str, str] | None, told: dict[str, str]
) -> None:
    """As recorded: Get returns the service's defaults too, unless `Behaviour` switches that off."""
    double.call("CreateModelCustomizationJob", request_for(hyperParameters=asked))
    assert get(double)["hyperParameters"] == told

    double.configure(default_hyper_parameters=False)
    double.call("CreateModelCustomizationJob", request_for(hyperParameters=asked))
    assert get(double, "job-2").get("hyperParameters") == asked


def test_a_job_without_validation_data_is_as_recorded(double: BedrockDouble, request_for: Request) -> None:
    """It has no `validationDataConfig`, and an empty list of metrics from the start."""
    double.call("CreateModelCustomizationJob", request_for())
    for _ in range(2):
        answer = get(double)
        assert "validationDataConfig" not in answer
        assert answer["validationMetrics"] == []
        double.complete("job-1")


def test_a_completed_job_has_a_model_metrics_and_an_end(job: BedrockDouble) -> None:
    """They are absent while the job is in progress."""
    later = {"outputModelArn", "trainingMetrics", "endTime"}
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
    """The message is cut to the length of the API, and there is no model."""
    double.configure(failure_message="x" * length, training_seconds=10)
    double.call("CreateModelCustomizationJob", request_for())
    double.clock.advance(10)

    assert get(double)["status"] == "Failed"
    assert get(double)["failureMessage"] == "x" * kept
    assert "outputModelArn" not in get(double)
    assert double.models() == ()


@pytest.mark.parametrize(
    ("seconds", "phases"),
    [
        (10, ("Failed", "NotStarted")),
        (30, ("Completed", "NotStarted")),
        (500, ("Completed", "Failed")),
    ],
)
def test_a_job_fails_in_the_phase_that_it_is_in(
    job: BedrockDouble, seconds: float, phases: tuple[str, ...]
) -> None:
    """The status of each phase shows where the job failed."""
    job.clock.advance(seconds)
    job.fail("job-1", "Line 3 is not JSON")

    assert said_of(get(job), "validationDetails", "trainingDetails") == phases
    assert job.jobs()[0].failure_message == "Line 3 is not JSON"


def test_stopping_takes_time(job: BedrockDouble) -> None:
    """The status is InProgress, Stopping, then Stopped, and never Completed."""
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
    """AWS does not document the error, so a test can choose it."""
    job.configure(stop_refused=code)
    reach = {
        "Stopping": lambda: stop(job),
        "Stopped": lambda: job.stop("job-1"),
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
def test_a_job_that_does_not_exist_is_not_found(job: BedrockDouble, identifier: str) -> None:
    """Neither by name nor by the ARN of another account."""
    arn = job.jobs()[0].arn.replace(":000000000000:", ":111111111111:")

    with pytest.raises(ServiceError) as caught:
        get(job, identifier.format(arn=arn))

    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 404)


def test_a_new_job_can_be_invisible_for_a_while(double: BedrockDouble, request_for: Request) -> None:
    """Get, Stop and List do not find it yet; its name and token are in use already."""
    double.configure(visible_after_seconds=5)
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


def test_reading_jobs_in_a_test_is_not_a_call(job: BedrockDouble) -> None:
    """`jobs()` is not recorded as a call and uses up no fault."""
    job.jobs()
    job.models()

    assert [call.operation for call in job.calls()] == ["CreateModelCustomizationJob"]


def test_jobs_can_be_filtered_by_status(job: BedrockDouble, request_for: Request) -> None:
    """Only jobs with the status are returned."""
    job.call("CreateModelCustomizationJob", request_for())
    job.complete("job-2")

    assert [each.name for each in job.jobs(status="InProgress")] == ["job-1"]
    assert [each.name for each in job.jobs(status="Completed")] == ["job-2"]


def test_ending_a_job_that_does_not_exist_is_an_error(double: BedrockDouble) -> None:
    """A misspelt name must not look like a job that never ends."""
    with pytest.raises(LookupError, match="no job 'misspelt'"):
        double.complete("misspelt")


def test_reset_removes_everything(job: BedrockDouble, request_for: Request) -> None:
    """Names, tokens, calls, and changes of the clock and the behaviour."""
    start = job.clock.now()
    job.clock.advance(10)
    job.reset()

    assert (job.jobs(), job.calls(), job.clock.now()) == ((), (), start)
    assert job.behaviour.training_seconds == 7200
    assert job.call("CreateModelCustomizationJob", request_for(jobName="job-1"))["jobArn"]
