from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from constructs_lib.testing.bedrock import BeforeCall, Refuse
from tests.lambda_.builders import CREATE, INVENTED, STOP, Harness, properties


@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
)
def test_a_create_that_comes_after_its_delete_starts_nothing(harness: Harness, status: str) -> None:
    """The Delete came first, so the job would be lost."""
    answer = harness.create(status=status)
    assert answer["Status"] == "FAILED"
    assert harness.double.jobs() == ()


def test_a_create_whose_stack_fails_meanwhile_stops_its_job(harness: Harness) -> None:
    """A sibling fails, the Delete finds nothing yet, then the job starts: it is stopped again."""

    def sibling_fails(_double: object) -> None:
        harness.delete(INVENTED, status="ROLLBACK_IN_PROGRESS")

    harness.double.faults.add(CREATE, BeforeCall(sibling_fails))
    answer = harness.create()
    [job] = harness.double.jobs()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == job.arn
    assert job.status in ("Stopping", "Stopped")


@pytest.mark.parametrize(
    ("status", "settings"), [("DELETE_IN_PROGRESS", {"OnDelete": "Retain"}), ("UPDATE_IN_PROGRESS", {})]
)
def test_a_repeat_that_leaves_its_job_running_does_not_say_that_none_runs(
    harness: Harness, status: str, settings: dict[str, str]
) -> None:
    """The stack is deleted and the job is retained, or the next operation may be about to adopt it."""
    desired = properties(**settings)
    arn = harness.create(desired, request_id="once")["PhysicalResourceId"]
    harness.fakes.clock.advance(60)
    harness.fakes.stack.updated = harness.fakes.clock.now()
    answer = harness.create(desired, request_id="once", status=status)
    assert (answer["Status"], harness.statuses) == ("FAILED", ["InProgress"])
    assert answer["Reason"].startswith(f"The job {arn} was left as it is and no job was started, because ")


def test_a_job_that_cannot_be_stopped_at_once_is_asked_again(harness: Harness) -> None:
    """Bedrock may not know the job yet that it has just started; the failure says so if it never does."""
    harness.fakes.says = ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
    harness.double.faults.add(STOP, Refuse.not_found(), times=2)
    assert harness.create()["Status"] == "FAILED"
    assert harness.statuses == ["Stopping"]


def test_a_job_that_cannot_be_stopped_at_all_is_named(harness: Harness) -> None:
    """The answer has its ARN as the id, so that the Delete can try, and says where to stop it by hand."""
    harness.fakes.says = ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
    harness.double.faults.add(STOP, Refuse.not_found(), times=1000)
    answer = harness.create()
    [job] = harness.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert "Bedrock console" in answer["Reason"]
    assert any(line["act"] == "job not stopped" for line in harness.lines)


def test_a_create_that_cannot_ask_about_its_stack_starts_nothing(harness: Harness) -> None:
    """Without DescribeStacks a rollback cannot be seen; the reason names the permission."""
    harness.fakes.says = [ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")]
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert harness.double.jobs() == ()


def test_a_new_job_is_stopped_if_the_stack_cannot_be_read(harness: Harness) -> None:
    """If CloudFormation cannot be asked afterwards, the job is stopped: it costs least now."""
    harness.fakes.says = ["CREATE_IN_PROGRESS", ConnectionClosedError(endpoint_url="https://cloudformation")]
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(
        "No job was left running, because the stack's status could not be read, and a job must not start in "
        "a rollback. DescribeStacks got no response after "
    )
    assert harness.statuses == ["Stopping"]


def test_a_stale_status_is_read_again(harness: Harness) -> None:
    """What CloudFormation says in the first moment may be of the time before."""
    harness.fakes.says = ["UPDATE_ROLLBACK_COMPLETE"]
    assert harness.create()["Status"] == "SUCCESS"
