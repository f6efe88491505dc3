from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from constructs_lib.testing.bedrock import BeforeCall, Refuse
from tests.lambda_.scene import CREATE, INVENTED, STOP, Scene


@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
)
def test_a_create_that_comes_after_its_delete_starts_nothing(scene: Scene, status: str) -> None:
    """The Delete overtook it; nobody would own the job."""
    answer = scene.create(status=status)
    assert answer["Status"] == "FAILED"
    assert scene.double.jobs() == ()


def test_a_create_whose_stack_fails_meanwhile_stops_its_job(scene: Scene) -> None:
    """A sibling fails, the Delete finds nothing yet, then the job starts: it is stopped again."""

    def sibling_fails(_double: object) -> None:
        scene.delete(INVENTED, status="ROLLBACK_IN_PROGRESS")

    scene.double.faults.add(CREATE, BeforeCall(sibling_fails))
    answer = scene.create()
    [job] = scene.double.jobs()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == job.arn
    assert job.status in ("Stopping", "Stopped")


def test_a_job_that_cannot_be_stopped_at_once_is_asked_again(scene: Scene) -> None:
    """Bedrock may not know the job yet that it has just started; the failure says so if it never does."""
    scene.world.says = ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
    scene.double.faults.add(STOP, Refuse.not_found(), times=2)
    assert scene.create()["Status"] == "FAILED"
    assert scene.statuses == ["Stopping"]


def test_a_job_that_cannot_be_stopped_at_all_is_named(scene: Scene) -> None:
    """The answer has its ARN as the id, so that the Delete can try, and says where to stop it by hand."""
    scene.world.says = ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
    scene.double.faults.add(STOP, Refuse.not_found(), times=1000)
    answer = scene.create()
    [job] = scene.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert "Bedrock console" in answer["Reason"]
    assert any(line["act"] == "job not stopped" for line in scene.lines)


def test_a_create_that_cannot_ask_about_its_stack_starts_nothing(scene: Scene) -> None:
    """Without DescribeStacks nobody knows whether the job would be owned; the answer names the permission."""
    scene.world.says = [ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")]
    answer = scene.create()
    assert answer["Status"] == "FAILED"
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert scene.double.jobs() == ()


def test_what_started_is_stopped_where_the_stack_falls_silent(scene: Scene) -> None:
    """If CloudFormation cannot be asked afterwards, the job is stopped: it costs least now."""
    scene.world.says = ["CREATE_IN_PROGRESS", ConnectionClosedError(endpoint_url="https://cloudformation")]
    assert scene.create()["Status"] == "FAILED"
    assert scene.statuses == ["Stopping"]


def test_a_stale_status_is_read_again(scene: Scene) -> None:
    """What CloudFormation says in the first moment may be of the time before."""
    scene.world.says = ["UPDATE_ROLLBACK_COMPLETE"]
    assert scene.create()["Status"] == "SUCCESS"
