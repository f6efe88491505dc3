from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, Refuse
from tests.lambda_.builders import CREATE, GET, INVENTED, STACK, STOP, Harness, die, properties
from tests.lambda_.fakes import ACCOUNT, REGION, Killed


@pytest.mark.parametrize("kind", ["arn", "invented", "marker", "log stream", "not created"])
def test_a_delete_finds_the_job_by_any_id(harness: Harness, arn: str, kind: str) -> None:
    """An id that CloudFormation made up belongs to a Create whose answer it never had."""
    physical_id = {
        "arn": arn,
        "invented": INVENTED,
        "marker": "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED",
        "log stream": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "not created": "not-created/request-1",
    }[kind]
    answer = harness.delete(physical_id)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
    assert harness.statuses == ["Stopped"]


def test_a_delete_of_what_was_never_started_succeeds(harness: Harness) -> None:
    """Nothing is there to stop."""
    for physical_id in (INVENTED, "not-created/request-1", "unconfirmed/request-1"):
        assert harness.delete(physical_id)["Status"] == "SUCCESS"


def test_a_delete_of_a_job_that_is_gone_succeeds(harness: Harness) -> None:
    """A job that Bedrock does not know needs no stopping."""
    gone = (
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghwxyz"
    )
    assert harness.delete(gone)["Status"] == "SUCCESS"


@pytest.mark.parametrize("refused", ["ConflictException", "ValidationException"])
@pytest.mark.parametrize(
    ("turn", "end"), [("complete", "Completed"), ("fail", "Failed"), ("halt", "Stopped"), ("stop", "Stopped")]
)
def test_a_job_that_ends_between_looking_and_stopping_is_read_again(
    harness: Harness, arn: str, refused: str, turn: str, end: str
) -> None:
    """Stop comes too late, whichever error says so; the next look decides."""
    harness.double.configure(stop_refused=refused)
    turns = {
        "complete": lambda double: double.complete(arn),
        "fail": lambda double: double.fail(arn, "bad"),
        "halt": lambda double: double.stop(arn),
        "stop": lambda double: double.call(STOP, {"jobIdentifier": arn}, account=ACCOUNT, region=REGION),
    }
    harness.double.faults.add(STOP, BeforeCall(turns[turn]))
    assert harness.delete(arn)["Status"] == "SUCCESS"
    assert harness.statuses == [end]


def test_a_job_that_completes_before_it_is_stopped_loses_its_model_where_asked(harness: Harness) -> None:
    """The model's policy applies to a job that was just too fast."""
    desired = properties(OnDelete="DeleteModel")
    made = harness.create(desired)["PhysicalResourceId"]
    harness.double.faults.add(STOP, BeforeCall(lambda double: double.complete(made)))
    assert harness.delete(made, desired)["Status"] == "SUCCESS"
    assert harness.double.models() == ()


@pytest.mark.parametrize(("on_delete", "models"), [("StopJob", 1), ("DeleteModel", 0), ("Retain", 1)])
def test_a_finished_model_stays_unless_it_is_to_go(harness: Harness, on_delete: str, models: int) -> None:
    """By default nothing that was paid for is deleted."""
    desired = properties(OnDelete=on_delete)
    made = harness.create(desired)["PhysicalResourceId"]
    harness.double.complete(made)
    assert harness.delete(made, desired)["Status"] == "SUCCESS"
    assert len(harness.double.models()) == models


def test_a_model_in_use_fails_the_delete_with_a_hint(harness: Harness) -> None:
    """Deployments and throughput must go first."""
    desired = properties(OnDelete="DeleteModel")
    made = harness.create(desired)["PhysicalResourceId"]
    harness.double.complete(made)
    harness.double.faults.add("DeleteCustomModel", Refuse.conflict(), times=9)
    answer = harness.delete(made, desired)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert "provisioned throughput first" in answer["Reason"]


def test_a_model_that_is_gone_already_is_deleted(harness: Harness) -> None:
    """A model that does not exist any more counts as deleted."""
    desired = properties(OnDelete="DeleteModel")
    made = harness.create(desired)["PhysicalResourceId"]
    harness.double.complete(made)
    harness.double.faults.add("DeleteCustomModel", Refuse.not_found())
    assert harness.delete(made, desired)["Status"] == "SUCCESS"


def test_a_job_that_never_stops_stopping_is_left_to_stop(harness: Harness, arn: str) -> None:
    """It cannot resume and bills nothing more; the log warns."""
    harness.double.configure(stopping_seconds=10_000)
    began = harness.fakes.clock.now()
    assert harness.delete(arn)["Status"] == "SUCCESS"
    assert 600 < harness.fakes.clock.now() - began < 840
    assert any(line["act"] == "job still stopping" for line in harness.lines)


@pytest.mark.parametrize("fault", [Refuse.access_denied(STOP), Refuse.internal()])
def test_a_job_that_cannot_be_stopped_fails_the_delete_with_its_arn(
    harness: Harness, arn: str, fault: Refuse
) -> None:
    """A job that may still run is never called gone."""
    harness.double.faults.add(STOP, fault, times=1000)
    answer = harness.delete(arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert arn in answer["Reason"]
    assert "Bedrock console" in answer["Reason"]
    assert harness.lines[-1]["level"] == "ERROR"


def test_a_job_that_vanishes_while_it_stops_is_gone(harness: Harness, arn: str) -> None:
    """What Bedrock does not know any more does not run."""
    harness.double.faults.add(GET, Refuse.not_found(), skip=1)
    assert harness.delete(arn)["Status"] == "SUCCESS"
    assert any(line.get("decision") == "the job was not found" for line in harness.lines)


def test_a_job_that_refuses_to_stop_and_runs_on_fails_the_delete(harness: Harness, arn: str) -> None:
    """Bedrock says that it is too late although the job runs, to the end of the time."""
    harness.double.faults.add(STOP, Refuse.conflict(), times=1000)
    answer = harness.delete(arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "may still run" in answer["Reason"]


def test_a_delete_that_cannot_ask_about_its_stack_retains(harness: Harness) -> None:
    """OnDelete is set in the template; a rollback that is not confirmed does not overrule it."""
    desired = properties(OnDelete="Retain")
    made = harness.create(desired)["PhysicalResourceId"]
    harness.fakes.says = [ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")]
    assert harness.delete(made, desired)["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress"]


@pytest.mark.parametrize("turn", ["complete", "fail", "halt"])
def test_a_delete_that_may_not_stop_succeeds_where_nothing_runs(
    harness: Harness, arn: str, turn: str
) -> None:
    """Everything that has ended is a success, whatever Stop would say."""
    harness.double.faults.add(STOP, Refuse.access_denied(STOP), times=1000)
    {"complete": harness.double.complete, "halt": harness.double.stop}.get(
        turn, lambda one: harness.double.fail(one, "bad")
    )(arn)
    assert harness.delete(arn)["Status"] == "SUCCESS"


@pytest.mark.parametrize("physical_id", ["not-created/request-1"])
def test_a_create_that_certainly_failed_can_be_deleted_without_permissions(
    harness: Harness, physical_id: str
) -> None:
    """Where nothing was started, a missing permission must not block the rollback."""
    harness.double.faults.add(GET, Refuse.access_denied(GET), times=1000)
    assert harness.delete(physical_id)["Status"] == "SUCCESS"
    assert harness.delete(INVENTED)["Status"] == "FAILED"


def test_a_retained_job_of_a_failed_deployment_is_stopped(harness: Harness) -> None:
    """Its resource was never created, so it is not left running."""
    desired = properties(OnDelete="Retain")
    made = harness.create(desired)["PhysicalResourceId"]
    assert harness.delete(made, desired, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]


def test_the_job_of_another_resource_is_not_changed(harness: Harness) -> None:
    """An event with the ARN of another resource's job stops nothing and deletes nothing."""
    elsewhere = STACK.replace("6f1c2a30", "7a000000")
    theirs = harness.create(StackId=elsewhere)["PhysicalResourceId"]
    harness.fakes.current = None
    assert harness.delete(theirs, properties(OnDelete="DeleteModel"))["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress"]


def test_a_job_that_is_not_readable_yet_is_found_all_the_same(harness: Harness) -> None:
    """Bedrock may need a moment to show what was started; a Delete looks again."""
    harness.double.configure(visible_after_seconds=3)
    made = harness.create()["PhysicalResourceId"]
    assert harness.delete(made)["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]
    harness.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        harness.create(LogicalResourceId="Other")
    assert harness.delete(INVENTED, LogicalResourceId="Other")["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped", "Stopped"]
