from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, Refuse
from tests.lambda_.scene import CREATE, GET, INVENTED, STACK, STOP, Scene, die, properties
from tests.lambda_.world import ACCOUNT, REGION, Killed


@pytest.mark.parametrize("kind", ["arn", "invented", "marker", "log stream", "not created"])
def test_a_delete_finds_the_job_by_any_id(scene: Scene, arn: str, kind: str) -> None:
    """An id that CloudFormation made up belongs to a Create whose answer it never had."""
    physical_id = {
        "arn": arn,
        "invented": INVENTED,
        "marker": "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED",
        "log stream": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "not created": "not-created/request-1",
    }[kind]
    answer = scene.delete(physical_id)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
    assert scene.statuses == ["Stopped"]


def test_a_delete_of_what_was_never_started_succeeds(scene: Scene) -> None:
    """Nothing is there to stop."""
    for physical_id in (INVENTED, "not-created/request-1", "unconfirmed/request-1"):
        assert scene.delete(physical_id)["Status"] == "SUCCESS"


def test_a_delete_of_a_job_that_is_gone_succeeds(scene: Scene) -> None:
    """A job that Bedrock does not know needs no stopping."""
    gone = (
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghwxyz"
    )
    assert scene.delete(gone)["Status"] == "SUCCESS"


@pytest.mark.parametrize("refused", ["ConflictException", "ValidationException"])
@pytest.mark.parametrize(
    ("turn", "end"), [("complete", "Completed"), ("fail", "Failed"), ("halt", "Stopped"), ("stop", "Stopped")]
)
def test_a_job_that_ends_between_looking_and_stopping_is_read_again(
    scene: Scene, arn: str, refused: str, turn: str, end: str
) -> None:
    """Stop comes too late, whichever error says so; the next look decides."""
    scene.double.configure(stop_refused=refused)
    turns = {
        "complete": lambda double: double.complete(arn),
        "fail": lambda double: double.fail(arn, "bad"),
        "halt": lambda double: double.stop(arn),
        "stop": lambda double: double.call(STOP, {"jobIdentifier": arn}, account=ACCOUNT, region=REGION),
    }
    scene.double.faults.add(STOP, BeforeCall(turns[turn]))
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert scene.statuses == [end]


def test_a_job_that_completes_before_it_is_stopped_loses_its_model_where_asked(scene: Scene) -> None:
    """The model's policy applies to a job that was just too fast."""
    wish = properties(OnDelete="DeleteModel")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.faults.add(STOP, BeforeCall(lambda double: double.complete(made)))
    assert scene.delete(made, wish)["Status"] == "SUCCESS"
    assert scene.double.models() == ()


@pytest.mark.parametrize(("on_delete", "models"), [("StopJob", 1), ("DeleteModel", 0), ("Retain", 1)])
def test_a_finished_model_stays_unless_it_is_to_go(scene: Scene, on_delete: str, models: int) -> None:
    """By default nothing that was paid for is deleted."""
    wish = properties(OnDelete=on_delete)
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(made)
    assert scene.delete(made, wish)["Status"] == "SUCCESS"
    assert len(scene.double.models()) == models


def test_a_model_in_use_fails_the_delete_with_a_hint(scene: Scene) -> None:
    """Deployments and throughput must go first."""
    wish = properties(OnDelete="DeleteModel")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(made)
    scene.double.faults.add("DeleteCustomModel", Refuse.conflict(), times=9)
    answer = scene.delete(made, wish)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert "provisioned throughput first" in answer["Reason"]


def test_a_model_that_is_gone_already_is_deleted(scene: Scene) -> None:
    """Somebody else was faster."""
    wish = properties(OnDelete="DeleteModel")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(made)
    scene.double.faults.add("DeleteCustomModel", Refuse.not_found())
    assert scene.delete(made, wish)["Status"] == "SUCCESS"


def test_a_job_that_never_stops_stopping_is_left_to_stop(scene: Scene, arn: str) -> None:
    """It cannot resume and bills nothing more; the log warns."""
    scene.double.configure(stopping_seconds=10_000)
    began = scene.world.clock.now()
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert 600 < scene.world.clock.now() - began < 840
    assert any(line["act"] == "job still stopping" for line in scene.lines)


@pytest.mark.parametrize("fault", [Refuse.access_denied(STOP), Refuse.internal()])
def test_a_job_that_cannot_be_stopped_fails_the_delete_with_its_arn(
    scene: Scene, arn: str, fault: Refuse
) -> None:
    """A job that may still run is never called gone."""
    scene.double.faults.add(STOP, fault, times=1000)
    answer = scene.delete(arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert arn in answer["Reason"]
    assert "Bedrock console" in answer["Reason"]
    assert scene.lines[-1]["level"] == "ERROR"


def test_a_job_that_vanishes_while_it_stops_is_gone(scene: Scene, arn: str) -> None:
    """What Bedrock does not know any more does not run."""
    scene.double.faults.add(GET, Refuse.not_found(), skip=1)
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert any(line.get("decision") == "gone" for line in scene.lines)


def test_a_job_that_refuses_to_stop_and_runs_on_fails_the_delete(scene: Scene, arn: str) -> None:
    """Bedrock says that it is too late although the job runs, to the end of the time."""
    scene.double.faults.add(STOP, Refuse.conflict(), times=1000)
    answer = scene.delete(arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "may still run" in answer["Reason"]


def test_a_delete_that_cannot_ask_about_its_stack_retains(scene: Scene) -> None:
    """OnDelete is what somebody wrote; a rollback that nobody confirms does not overrule it."""
    wish = properties(OnDelete="Retain")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.world.says = [ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")]
    assert scene.delete(made, wish)["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]


@pytest.mark.parametrize("turn", ["complete", "fail", "halt"])
def test_a_delete_that_may_not_stop_succeeds_where_nothing_runs(scene: Scene, arn: str, turn: str) -> None:
    """Everything that has ended is a success, whatever Stop would say."""
    scene.double.faults.add(STOP, Refuse.access_denied(STOP), times=1000)
    {"complete": scene.double.complete, "halt": scene.double.stop}.get(
        turn, lambda one: scene.double.fail(one, "bad")
    )(arn)
    assert scene.delete(arn)["Status"] == "SUCCESS"


@pytest.mark.parametrize("physical_id", ["not-created/request-1"])
def test_a_create_that_certainly_failed_can_be_deleted_without_permissions(
    scene: Scene, physical_id: str
) -> None:
    """Where nothing was started, a missing permission must not block the rollback."""
    scene.double.faults.add(GET, Refuse.access_denied(GET), times=1000)
    assert scene.delete(physical_id)["Status"] == "SUCCESS"
    assert scene.delete(INVENTED)["Status"] == "FAILED"


def test_a_retained_job_of_a_failed_deployment_is_stopped(scene: Scene) -> None:
    """Nobody ever had it, so it is not left running."""
    wish = properties(OnDelete="Retain")
    made = scene.create(wish)["PhysicalResourceId"]
    assert scene.delete(made, wish, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


def test_a_job_of_somebody_else_is_left_alone(scene: Scene) -> None:
    """An event with somebody else's ARN stops nothing and deletes nothing."""
    elsewhere = STACK.replace("6f1c2a30", "7a000000")
    theirs = scene.create(StackId=elsewhere)["PhysicalResourceId"]
    scene.world.stands = None
    assert scene.delete(theirs, properties(OnDelete="DeleteModel"))["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]


def test_a_job_that_is_not_readable_yet_is_found_all_the_same(scene: Scene) -> None:
    """Bedrock may need a moment to show what was started; a Delete looks again."""
    scene.double.configure(visible_after_seconds=3)
    made = scene.create()["PhysicalResourceId"]
    assert scene.delete(made)["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]
    scene.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        scene.create(LogicalResourceId="Other")
    assert scene.delete(INVENTED, LogicalResourceId="Other")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped", "Stopped"]
