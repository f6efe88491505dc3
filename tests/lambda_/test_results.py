"""The result of a job that the deployment waits for: how the job has ended, or that it still runs."""

from __future__ import annotations

from typing import Any

import pytest
from customization_job.frame.response import UnfinishedError
from customization_job.results.messages import duration

from constructs_lib.testing.bedrock import BeforeCall, Refuse
from tests.lambda_.awaiting import GOING_BACK, SECONDS, WaitStory, waited_for
from tests.lambda_.builders import GET, Harness, properties

VALIDATION = {"Until": "Validation", "Seconds": "600"}
EMPTY = {
    "JobStatus": "",
    "OutputModelArn": "",
    "TrainingLoss": "",
    "ValidationLoss": "",
    "FailureMessage": "",
}


@pytest.fixture
def story(harness: Harness) -> WaitStory:
    """A job that was started."""
    told = WaitStory(harness)
    told.create()
    harness.fakes.stack.created = harness.fakes.clock.now()
    return told


def waited(story: WaitStory) -> None:
    """Let the stack's operation take as long as a wait condition waits."""
    story.harness.fakes.clock.advance(SECONDS - 900)


def reads(story: WaitStory) -> int:
    """Count how often the job was read."""
    return len(story.harness.calls(GET))


# -- what the job has become ---------------------------------------------------------------------------------


def test_a_complete_job_has_its_model_and_its_losses(story: WaitStory) -> None:
    """They are attributes of the result, for whatever depends on it."""
    story.harness.double.complete(story.arn)
    answer = story.result()
    [model] = story.harness.double.models()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "result/JobResult")
    data = answer["Data"]
    assert (data["JobStatus"], data["OutputModelArn"], data["FailureMessage"]) == ("Completed", model.arn, "")
    assert float(data["TrainingLoss"]) > 0
    assert data["ValidationLoss"] == ""


def test_the_losses_of_several_validation_datasets_are_separated_by_commas(harness: Harness) -> None:
    """In the order of the request."""
    validators = [{"s3Uri": "s3://bucket/a.jsonl"}, {"s3Uri": "s3://bucket/b.jsonl"}]
    story = WaitStory(harness)
    request = {
        "baseModelIdentifier": "amazon.titan-text-lite-v1",
        "validationDataConfig": {"validators": validators},
    }
    story.create(properties({**request, "hyperParameters": None}))
    harness.double.complete(story.arn)
    first, second = story.result()["Data"]["ValidationLoss"].split(",")
    assert min(float(first), float(second)) > 0


def test_a_job_that_completes_at_the_last_moment_is_complete(story: WaitStory) -> None:
    """The wait is over, and the result reads the job once more."""
    waited(story)
    story.harness.double.complete(story.arn)
    assert story.result(FailOnTimeout="true")["Data"]["JobStatus"] == "Completed"


def test_a_model_that_was_deleted_fails_the_deployment(story: WaitStory) -> None:
    """Whatever depends on the result needs it."""
    story.harness.double.complete(story.arn)
    [model] = story.harness.double.models()
    client = story.harness.fakes.connect("bedrock")
    client.delete_custom_model(modelIdentifier=model.arn)
    answer = story.result()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"The job {story.arn} is complete, but its model {model.arn} was deleted. To start another job with "
        "the same inputs, set another revision."
    )


def test_a_job_that_failed_in_validation_says_so_with_bedrocks_own_message(story: WaitStory) -> None:
    """And what to do about it."""
    story.harness.double.fail(story.arn, "Input data at train.jsonl must follow '{\"prompt\": ...}' format")
    answer = story.result()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"The job {story.arn} failed in the validation phase: Input data at train.jsonl must follow "
        "'{\"prompt\": ...}' format. bedrock-customize validate checks the data, and Bedrock's report on it "
        "is in the output location. Deploy again to start another job; where rollbacks are disabled, with "
        "another revision."
    )


def test_a_job_that_failed_in_training_says_so(story: WaitStory) -> None:
    """The data has been validated by then."""
    story.harness.fakes.clock.advance(3_600)
    story.harness.double.fail(story.arn, "Encountered an internal error when processing the request.")
    reason = story.result()["Reason"]
    assert (
        "failed in the training phase: Encountered an internal error when processing the request. " in reason
    )
    assert "bedrock-customize validate" not in reason


def test_a_job_without_phases_and_message_is_a_sentence_too(story: WaitStory) -> None:
    """Bedrock describes neither for every job."""
    story.harness.double.configure(status_details="never")
    story.harness.double.fail(story.arn, "")
    reason = story.result()["Reason"]
    assert reason.startswith(f"The job {story.arn} failed; Bedrock gives no reason. Deploy again")


def test_a_job_that_somebody_stopped_fails_the_deployment(story: WaitStory) -> None:
    """In the console, for example."""
    story.harness.double.stop(story.arn)
    story.harness.fakes.clock.advance(120)
    answer = story.result()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"The job {story.arn} was stopped by somebody. Deploy again")


def test_a_job_that_is_stopping_has_not_ended(story: WaitStory) -> None:
    """The result waits for its end."""
    story.harness.double.configure(stopping_seconds=60)
    story.harness.double.stop(story.arn)
    assert "was stopped by somebody" in story.result()["Reason"]


@pytest.mark.parametrize("end", ["fail", "stop"])
def test_a_failure_may_be_a_result(story: WaitStory, end: str) -> None:
    """`fail_on_failure=False`: the deployment goes on, and says why there is no model."""
    if end == "fail":
        story.harness.double.fail(story.arn, "bad data")
    else:
        story.harness.double.stop(story.arn)
        story.harness.fakes.clock.advance(120)
    answer = story.result(FailOnFailure="false")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["OutputModelArn"] == ""
    assert answer["Data"]["JobStatus"] == {"fail": "Failed", "stop": "Stopped"}[end]
    assert answer["Data"]["FailureMessage"] == {"fail": "bad data", "stop": ""}[end]
    line = story.harness.lines[-2]
    assert (line["act"], line["level"]) == ("result decided", "WARNING")
    assert "set another revision" in line["note"]


def test_a_long_message_is_cut_and_the_response_stays_short(story: WaitStory) -> None:
    """CloudFormation takes no response of 4,096 bytes or more."""
    story.harness.double.fail(story.arn, "\N{CROSS MARK}" * 2_048)
    for settings in ({"FailOnFailure": "false"}, {}):
        answer = story.result(**settings)
        assert len(story.harness.fakes.bodies[-1]) < 4_096
        message = answer["Data"]["FailureMessage"]
        assert 500 < len(message.encode()) <= 512
        assert message.endswith("…")


def test_a_message_cannot_control_a_terminal(story: WaitStory) -> None:
    """It is Bedrock's, and may quote a record."""
    story.harness.double.fail(story.arn, "bad\x1b[2J record, see https://example.com/x?token=1")
    answer = story.result()
    assert "\x1b" not in answer["Reason"] + answer["Data"]["FailureMessage"]
    assert "token" not in answer["Reason"] + answer["Data"]["FailureMessage"]


def test_a_message_shows_no_secret_of_the_request(harness: Harness) -> None:
    """The result does not know the request, but Bedrock returns it with the job."""
    filters = {"equals": {"canary-key": "canary-value"}}
    logs = {"invocationLogSource": {"s3Uri": "s3://bucket/logs/"}, "requestMetadataFilters": filters}
    story = WaitStory(harness)
    story.create(waited_for({"trainingDataConfig": {"invocationLogsConfig": logs}}))
    harness.double.fail(story.arn, "no record has canary-value for canary-key")
    answer = story.result()
    assert "no record has *** for ***" in answer["Reason"]
    assert answer["Data"]["FailureMessage"] == "no record has *** for ***"


def test_a_job_that_bedrock_does_not_find_fails_the_deployment(story: WaitStory) -> None:
    """It is read three times, because a new job may not be visible yet."""
    before = reads(story)
    answer = story.result(JobArn=f"{story.arn[:-12]}zzzzzzzzzzzz")
    assert answer["Status"] == "FAILED"
    assert "Bedrock does not find the job" in answer["Reason"]
    assert reads(story) - before == 3


# -- the time is over ----------------------------------------------------------------------------------------


@pytest.fixture
def slow(harness: Harness) -> WaitStory:
    """A job that takes a day, after the time for which a wait condition waits."""
    harness.double.configure(training_seconds=86_400)
    told = WaitStory(harness)
    told.create()
    harness.fakes.stack.created = harness.fakes.clock.now()
    waited(told)
    return told


def test_a_job_that_still_runs_lets_the_deployment_go_on(slow: WaitStory) -> None:
    """The default: the model comes later, and the job is not stopped."""
    answer = slow.result()
    assert (answer["Status"], answer["Data"]["JobStatus"]) == ("SUCCESS", "InProgress")
    assert answer["Data"]["OutputModelArn"] == ""
    assert slow.harness.lines[-2]["note"] == "it was not complete after 6 hours"


def test_a_job_that_still_runs_may_fail_the_deployment(slow: WaitStory) -> None:
    """`fail_on_timeout=True`: the rollback stops it."""
    answer = slow.result(FailOnTimeout="true")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"The job {slow.arn} was not complete after 6 hours and is still ")


def test_a_timeout_counts_though_the_stack_cannot_be_read(slow: WaitStory) -> None:
    """A result is created after its wait condition, so that the time is over."""
    slow.harness.fakes.denied = {"describe_stacks"}
    assert slow.result(FailOnTimeout="true")["Status"] == "FAILED"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(43_200, "12 hours"), (3_600, "1 hour"), (5_400, "90 minutes"), (60, "1 minute"), (61, "61 seconds")],
)
def test_a_time_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    """As the template's author would say it."""
    assert duration(seconds) == words


@pytest.mark.parametrize("fails", ["true", "false"])
def test_a_job_for_which_nothing_has_waited_is_read_for_twelve_minutes(story: WaitStory, fails: str) -> None:
    """A parameter of the template changes the job but not the wait condition; that never fails."""
    began, before = story.harness.fakes.clock.now(), reads(story)
    answer = story.result("Update", FailOnTimeout=fails)
    assert (answer["Status"], answer["Data"]["JobStatus"]) == ("SUCCESS", "InProgress")
    assert story.harness.fakes.clock.now() - began == 720
    assert reads(story) - before == 73
    assert "no wait condition has waited for it" in story.harness.lines[-2]["note"]


# -- validation ----------------------------------------------------------------------------------------------


def test_the_validation_is_waited_for(story: WaitStory) -> None:
    """Every ten seconds, until Bedrock has validated the data."""
    began = story.harness.fakes.clock.now()
    answer = story.result(**VALIDATION)
    assert (answer["Status"], answer["Data"]["JobStatus"]) == ("SUCCESS", "InProgress")
    assert 144 <= story.harness.fakes.clock.now() - began <= 154


def test_a_job_that_fails_in_validation_turns_the_deployment_red_in_time(harness: Harness) -> None:
    """As recorded of jobs whose data is bad: after 68 to 143 seconds."""
    harness.double.configure(failure_message="Encountered an internal error.", fails_after_seconds=100)
    story = WaitStory(harness)
    story.create()
    began = harness.fakes.clock.now()
    answer = story.result(**VALIDATION)
    assert (answer["Status"], harness.fakes.clock.now() - began) == ("FAILED", 100)
    assert "failed in the validation phase: Encountered an internal error." in answer["Reason"]


def test_without_phases_the_whole_time_is_waited(harness: Harness) -> None:
    """A job may fail until then; after that the deployment goes on."""
    harness.double.configure(status_details="never")
    story = WaitStory(harness)
    story.create()
    began = harness.fakes.clock.now()
    assert story.result(**VALIDATION)["Status"] == "SUCCESS"
    assert harness.fakes.clock.now() - began == 600


@pytest.mark.parametrize(("lambda_seconds", "most"), [(840.0, 720), (600.0, 580), (120.0, 100)])
def test_the_response_is_sent_before_the_function_ends(
    harness: Harness, lambda_seconds: float, most: int
) -> None:
    """Whatever time was asked for."""
    harness.double.configure(status_details="never")
    story = WaitStory(harness)
    story.create()
    harness.seconds = lambda_seconds
    began = harness.fakes.clock.now()
    assert story.result(Until="Validation", Seconds="43200")["Status"] == "SUCCESS"
    assert most - 20 <= harness.fakes.clock.now() - began <= most


def test_a_validation_that_is_over_is_not_waited_for(story: WaitStory) -> None:
    """An update that keeps the job is as fast as one without a wait."""
    story.harness.fakes.clock.advance(1_000)
    began, before = story.harness.fakes.clock.now(), reads(story)
    assert story.result("Update", **VALIDATION)["Status"] == "SUCCESS"
    assert (story.harness.fakes.clock.now(), reads(story) - before) == (began, 1)


# -- rollbacks, deletions, repeated events -------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", [GOING_BACK, "ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS"]
)
@pytest.mark.parametrize("end", ["fail", "run", "vanish", "unreadable", "no job"])
def test_a_rollback_neither_waits_nor_fails(story: WaitStory, status: str, end: str) -> None:
    """Whatever has become of the job meanwhile."""
    settings: dict[str, object] = {}
    if end == "fail":
        story.harness.double.fail(story.arn, "bad data")
    if end == "vanish":
        settings["JobArn"] = f"{story.arn[:-12]}zzzzzzzzzzzz"
    if end == "no job":
        settings["JobArn"] = "not-created/request-7"
    if end == "unreadable":
        story.harness.double.faults.add(GET, Refuse.access_denied(GET), times=1_000)
    began = story.harness.fakes.clock.now()
    answer = story.result("Update", status, FailOnTimeout="true", **settings)
    assert answer["Status"] == "SUCCESS"
    assert set(answer["Data"]) == set(EMPTY)
    assert answer["Data"]["JobStatus"] == {"fail": "Failed", "run": "InProgress"}.get(end, "")
    assert story.harness.fakes.clock.now() - began <= (67 if end == "unreadable" else 5)


def test_a_rollback_that_begins_while_the_validation_is_waited_for_ends_the_wait(story: WaitStory) -> None:
    """Another resource has failed; nobody is to wait for this one."""
    turn = BeforeCall(lambda _double: setattr(story.harness.fakes, "status", GOING_BACK))
    story.harness.double.faults.add(GET, BeforeCall(lambda _double: None))
    story.harness.double.faults.add(GET, turn)
    began = story.harness.fakes.clock.now()
    assert story.result("Update", **VALIDATION)["Status"] == "SUCCESS"
    assert story.harness.fakes.clock.now() - began <= 20


def test_an_update_whose_stack_cannot_be_read_does_not_fail(story: WaitStory) -> None:
    """It may be part of a rollback."""
    story.harness.double.fail(story.arn, "bad data")
    story.harness.fakes.denied = {"describe_stacks"}
    assert story.result("Update")["Status"] == "SUCCESS"
    assert story.result("Create")["Status"] == "FAILED"


def test_a_deletion_makes_no_call(story: WaitStory) -> None:
    """The job has an event of its own."""
    story.harness.fakes.denied = {"describe_stacks", "describe_stack_resource"}
    before = len(story.harness.calls())
    answer = story.result("Delete")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "result/JobResult")
    assert len(story.harness.calls()) == before


def test_an_event_that_comes_late_waits_for_nothing(story: WaitStory) -> None:
    """No operation is in progress, so that nobody waits for the response."""
    began = story.harness.fakes.clock.now()
    story.result("Update", "UPDATE_COMPLETE", **VALIDATION)
    assert story.harness.fakes.clock.now() - began <= 5


def test_bedrock_that_does_not_respond_for_minutes_is_read_again(story: WaitStory) -> None:
    """A good training must not be rolled back for it."""
    story.harness.double.complete(story.arn)
    story.harness.double.faults.add(GET, Refuse.throttled(), for_seconds=600)
    assert story.result()["Data"]["JobStatus"] == "Completed"


def test_bedrock_that_does_not_respond_for_longer_is_left_to_the_next_attempt(story: WaitStory) -> None:
    """No response is sent, so that Lambda delivers the event again."""
    story.harness.double.complete(story.arn)
    story.harness.double.faults.add(GET, Refuse.throttled(), for_seconds=1_200)
    with pytest.raises(UnfinishedError):
        story.result()
    assert story.harness.lines[-1]["act"] == "left to the next attempt"
    story.harness.fakes.clock.advance(60)
    assert story.result(waited=900)["Data"]["JobStatus"] == "Completed"


def test_the_last_attempt_responds(story: WaitStory) -> None:
    """CloudFormation would wait in vain for another one."""
    story.harness.double.faults.add(GET, Refuse.throttled(), times=1_000)
    answer = story.result(waited=1_860)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("GetModelCustomizationJob failed (ThrottlingException). ")


def test_a_permission_that_is_missing_is_a_sentence(story: WaitStory) -> None:
    """It does not pass, so that nothing is waited for but a policy that was created a moment ago."""
    began = story.harness.fakes.clock.now()
    story.harness.double.faults.add(GET, Refuse.access_denied(GET), times=1_000)
    answer = story.result()
    assert answer["Reason"].startswith("GetModelCustomizationJob failed after ")
    assert "Check the policies of the function's role" in answer["Reason"]
    assert story.harness.fakes.clock.now() - began <= 65


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"JobArn": "x"}, "JobArn must be the ARN of a job"),
        ({"JobArn": ["x"]}, "JobArn must be the ARN of a job"),
        ({"Until": "Never"}, "Until must be one of Completion, Validation"),
        ({"Seconds": "PT1H"}, "Seconds must be a whole number"),
        ({"FailOnFailure": "yes"}, "FailOnFailure must be true or false"),
        ({"FailOnTimeout": None}, "FailOnTimeout must be true or false"),
    ],
)
def test_properties_that_are_not_valid_are_all_named(
    story: WaitStory, settings: dict[str, Any], problem: str
) -> None:
    """Before anything is called."""
    before = reads(story)
    answer = story.result(**settings)
    assert (answer["Status"], reads(story)) == ("FAILED", before)
    assert problem in answer["Reason"]
