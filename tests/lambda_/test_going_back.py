from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from constructs_lib.testing.bedrock import Meanwhile
from tests.lambda_.scene import CREATE, INVENTED, Scene


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

    scene.double.faults.add(CREATE, Meanwhile(sibling_fails))
    answer = scene.create()
    [job] = scene.double.jobs()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == job.arn
    assert job.status in ("Stopping", "Stopped")


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
