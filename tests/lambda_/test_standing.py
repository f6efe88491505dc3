"""Which job an event means: what stands is left alone, what nobody owns is found."""

from __future__ import annotations

import pytest

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, Refuse
from tests.lambda_.cloudformation import Record, Standing
from tests.lambda_.scene import CREATE, INVENTED, STACK, TWO, Scene, die, properties
from tests.lambda_.world import Killed

LIST = "ListModelCustomizationJobs"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
RETAINED = properties(OnDelete="Retain")
ROOT = STACK.replace("training", "parent")


def stands(scene: Scene, arn: str, status: str = "UPDATE_COMPLETE") -> None:
    """Let a job stand for the resource from now on."""
    scene.world.stands = Standing(arn, status)


# -- with rollback disabled the next deployment cleans up after it has started --------------------------


@pytest.mark.parametrize("first", ["not-created/failed", "unconfirmed/failed", INVENTED])
def test_cleaning_up_a_failed_attempt_leaves_the_job_of_the_next(scene: Scene, first: str) -> None:
    """It has the same inputs, so its job has the same name; the id of the old attempt does not mean it."""
    arn = scene.create(status="UPDATE_IN_PROGRESS")["PhysicalResourceId"]
    stands(scene, arn)
    answer = scene.delete(first, status=CLEANUP)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
    assert scene.statuses == ["InProgress"]


def test_an_id_that_names_its_event_ends_what_that_event_started(scene: Scene) -> None:
    """The job whose answer was lost carries the mark of the request in its token."""
    scene.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        scene.create(request_id="lost")
    stands(scene, "unconfirmed/lost", "DELETE_IN_PROGRESS")
    scene.delete("unconfirmed/other", status=CLEANUP)
    assert scene.statuses == ["InProgress"]
    scene.delete("unconfirmed/lost", status=CLEANUP)
    assert scene.statuses == ["Stopped"]


def test_an_adopted_job_stands_although_another_event_started_it(scene: Scene) -> None:
    """The next deployment adopts the job whose answer was lost; then its old id does not mean it any more."""
    arn = scene.create(request_id="lost")["PhysicalResourceId"]
    assert scene.create(request_id="next", status="UPDATE_IN_PROGRESS")["PhysicalResourceId"] == arn
    stands(scene, arn)
    scene.delete("unconfirmed/lost", status=CLEANUP)
    assert scene.statuses == ["InProgress"]


@pytest.mark.parametrize("status", [CLEANUP, "UPDATE_IN_PROGRESS"])
def test_an_invented_id_ends_nothing_where_nobody_says_what_stands(
    scene: Scene, arn: str, status: str
) -> None:
    """Where DescribeStackResource is denied the log names the job and the command that stops it."""
    scene.world.denied = {"describe_stack_resource"}
    assert scene.delete(INVENTED, status=status)["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]
    [line] = [line for line in scene.lines if line["act"] == "job left running"]
    assert line["level"] == "ERROR"
    assert line["command"] == f"aws bedrock stop-model-customization-job --job-identifier {arn}"


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_goes_as_a_whole_asks_nobody(scene: Scene, arn: str, status: str) -> None:
    """Nothing will stand, so an invented id ends the job without DescribeStackResource."""
    stands(scene, arn, "CREATE_COMPLETE")
    scene.world.denied = {"describe_stack_resource"}
    assert scene.delete(INVENTED, status=status)["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


# -- repeats ---------------------------------------------------------------------------------------------


def test_a_late_repeat_of_a_create_leaves_the_live_job(scene: Scene) -> None:
    """An update was rolled back meanwhile; the job of the Create stands and goes on."""
    arn = scene.create(request_id="first")["PhysicalResourceId"]
    stands(scene, arn)
    answer = scene.create(request_id="first", status="UPDATE_ROLLBACK_COMPLETE")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert scene.statuses == ["InProgress"]


def test_a_late_repeat_of_a_delete_leaves_what_stands_again(scene: Scene) -> None:
    """The stack went back to earlier inputs, and their job was adopted; its old Delete comes once more."""
    wish = properties(OnDelete="DeleteModel")
    arn = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(arn)
    stands(scene, arn)
    for status in ("UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", CLEANUP):
        assert scene.delete(arn, wish, status=status)["Status"] == "SUCCESS"
    assert len(scene.double.models()) == 1


# -- waiting across operations ---------------------------------------------------------------------------


def test_an_update_that_waited_into_the_next_operation_stops_its_job(scene: Scene, arn: str) -> None:
    """Its own operation was rolled back while it waited; the status looks the same, the time does not."""

    def next_operation(_double: object) -> None:
        scene.world.clock.advance(300.0)
        scene.world.stack.updated = scene.world.clock.now()

    stands(scene, arn)
    scene.double.faults.add(CREATE, BeforeCall(next_operation))
    answer = scene.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "next operation has begun" in answer["Reason"]
    assert scene.statuses == ["InProgress", "Stopping"]


def test_a_time_that_was_only_shown_late_ends_nothing(scene: Scene) -> None:
    """The operation began before its event; CloudFormation may show that a moment later."""
    began = scene.world.clock.now() - 5.0

    def shown(_double: object) -> None:
        scene.world.stack.updated = began

    scene.double.faults.add(CREATE, BeforeCall(shown))
    assert scene.create()["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]


@pytest.mark.parametrize(
    ("resource", "answered", "statuses"),
    [
        (Standing("", "CREATE_FAILED"), "FAILED", ["Stopping"]),
        (None, "FAILED", ["Stopping"]),
        (Standing("", "CREATE_IN_PROGRESS"), "SUCCESS", ["InProgress"]),
    ],
)
def test_a_create_whose_operation_ended_without_it_stops_its_job(
    scene: Scene, resource: Standing | None, answered: str, statuses: list[str]
) -> None:
    """With rollback disabled a sibling's failure leaves a stack at rest that waits for nothing."""
    scene.world.says = ["CREATE_IN_PROGRESS", *["CREATE_FAILED"] * 3]
    scene.world.stands = resource
    assert scene.create()["Status"] == answered
    assert scene.statuses == statuses


def test_a_second_delivery_leaves_the_job_that_the_first_has_answered(scene: Scene) -> None:
    """Both run at once; the stack is complete before the second has looked again."""

    def first(_double: object) -> None:
        arn = scene.create(request_id="same")["PhysicalResourceId"]
        stands(scene, arn, "CREATE_COMPLETE")
        scene.world.status = "CREATE_COMPLETE"

    scene.double.faults.add(CREATE, BeforeCall(first))
    assert scene.create(request_id="same")["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]


# -- what nobody owns ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [5.0, 20.0])
@pytest.mark.parametrize("physical_id", [INVENTED, "unconfirmed/request-1"])
def test_a_job_that_bedrock_shows_late_is_found(scene: Scene, seconds: float, physical_id: str) -> None:
    """A Delete looks five times, over more than twenty seconds, for a job that its id may hide."""
    scene.double.configure(visible_after_seconds=seconds)
    scene.create()
    stands(scene, physical_id, "DELETE_IN_PROGRESS")
    assert scene.delete(physical_id, status="UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", CLEANUP])
def test_whatever_runs_for_a_resource_that_goes_is_stopped(scene: Scene, arn: str, status: str) -> None:
    """An Update's answer was lost, and no later event has its inputs: the last Delete finds its job."""
    lost = scene.update(arn, TWO, properties())["PhysicalResourceId"]
    other = scene.create(LogicalResourceId="Other")["PhysicalResourceId"]
    scene.world.clock.advance(10.0)
    scene.world.stack.updated = scene.world.clock.now()
    stands(scene, arn, "DELETE_IN_PROGRESS")
    assert scene.delete(arn, status=status)["Status"] == "SUCCESS"
    found = {job.arn: job.status for job in scene.double.jobs()}
    assert found == {arn: "Stopped", lost: "Stopped", other: "InProgress"}
    assert len(scene.calls(LIST)) == 1


def test_nothing_else_is_stopped_while_a_job_stands(scene: Scene, arn: str) -> None:
    """The cleanup of a replaced job is about that job alone."""
    new = scene.update(arn, TWO, properties())["PhysicalResourceId"]
    stands(scene, new)
    scene.delete(arn, status=CLEANUP)
    assert scene.statuses == ["Stopped", "InProgress"]
    assert scene.calls(LIST) == []


def test_a_resource_that_only_seems_to_leave_keeps_its_new_job(scene: Scene, arn: str) -> None:
    """Should CloudFormation show the id being cleaned up, the job that was just started says otherwise."""
    scene.world.stack.updated = scene.world.clock.now() - 1.0
    scene.update(arn, TWO, properties())
    stands(scene, arn, "DELETE_IN_PROGRESS")
    scene.delete(arn, status=CLEANUP)
    assert scene.statuses == ["Stopped", "InProgress"]


def test_a_list_that_is_denied_fails_no_delete(scene: Scene, arn: str) -> None:
    """What the event names is ended; that more could not be looked for is logged."""
    scene.double.faults.add(LIST, Refuse.access_denied(LIST), times=9)
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]
    assert any(line["act"] == "jobs not listed" for line in scene.lines)


def test_what_is_retained_is_not_searched_for(scene: Scene) -> None:
    """Retain leaves what runs on purpose."""
    first = scene.create(RETAINED)["PhysicalResourceId"]
    second = scene.update(
        first, properties({"hyperParameters": {"epochCount": "9"}}, OnDelete="Retain"), RETAINED
    )
    assert scene.delete(second["PhysicalResourceId"], RETAINED)["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress", "InProgress"]
    assert scene.calls(LIST) == []


@pytest.mark.parametrize(
    ("root", "statuses"),
    [
        ("UPDATE_ROLLBACK_IN_PROGRESS", ["Stopped"]),
        ("ROLLBACK_IN_PROGRESS", ["Stopped"]),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ["InProgress"]),
    ],
)
def test_retain_in_a_nested_stack_whose_parent_rolls_back(
    scene: Scene, root: str, statuses: list[str]
) -> None:
    """The nested stack is deleted because nobody ever had it; one that is taken out is retained."""
    arn = scene.create(RETAINED)["PhysicalResourceId"]
    scene.world.stack.root = ROOT
    scene.world.records[ROOT] = Record(status=root)
    assert scene.delete(arn, RETAINED)["Status"] == "SUCCESS"
    assert scene.statuses == statuses


# -- stack refactoring -----------------------------------------------------------------------------------


def test_a_resource_that_was_renamed_in_its_stack_keeps_its_job(scene: Scene, arn: str) -> None:
    """Its logical id changed without an event; the id that CloudFormation kept is the job's."""
    answer = scene.update(
        arn, properties(JobTags=[{"key": "a", "value": "b"}]), properties(), LogicalResourceId="New"
    )
    assert answer["PhysicalResourceId"] == arn
    assert dict(scene.double.jobs()[0].tags) == {"a": "b"}
    scene.delete(arn, LogicalResourceId="New")
    assert scene.statuses == ["Stopped"]


@pytest.fixture
def renamed(scene: Scene, arn: str) -> str:
    """A job whose resource has another logical id since; CloudFormation lists it under that one."""
    scene.world.stack.resources = {"New": Standing(arn, "CREATE_COMPLETE")}
    scene.world.stands = None
    return arn


def test_a_resource_under_an_old_logical_id_ends_nothing_of_the_new_one(scene: Scene, renamed: str) -> None:
    """Somebody uses the old id again, and takes it out: neither its Delete nor the search ends the job."""
    scene.world.clock.advance(60.0)
    scene.world.stack.updated = scene.world.clock.now()
    for physical_id in (INVENTED, "unconfirmed/request-1", "not-created/other"):
        assert scene.delete(physical_id, status=CLEANUP)["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]
    assert scene.double.jobs()[0].arn == renamed


def test_a_resource_under_an_old_logical_id_adopts_nothing_of_the_new_one(scene: Scene, renamed: str) -> None:
    """Two resources that share a job would end it for each other."""
    answer = scene.create(status="UPDATE_IN_PROGRESS", request_id="again")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != renamed
    assert scene.statuses == ["InProgress", "InProgress"]


def test_a_search_that_cannot_ask_what_stands_leaves_what_it_finds(scene: Scene, renamed: str) -> None:
    """The job is named in the log, with the command that stops it."""
    scene.world.denied = {"list_stack_resources"}
    scene.world.clock.advance(60.0)
    scene.world.stack.updated = scene.world.clock.now()
    scene.delete("not-created/other", status=CLEANUP)
    assert scene.statuses == ["InProgress"]
    assert [line["jobArn"] for line in scene.lines if line["act"] == "job left running"] == [renamed]


@pytest.mark.parametrize("physical_id", [INVENTED, "unconfirmed/request-1"])
def test_a_cancelled_create_is_ended_though_the_stacks_resources_cannot_be_listed(
    scene: Scene, physical_id: str
) -> None:
    """Nothing but a stack refactoring could have given its job to another resource."""
    scene.create(status="UPDATE_IN_PROGRESS")
    scene.world.denied = {"list_stack_resources"}
    stands(scene, physical_id, "DELETE_IN_PROGRESS")
    assert scene.delete(physical_id, status="UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


def test_a_resource_that_was_moved_to_another_stack_keeps_its_job(scene: Scene) -> None:
    """CloudFormation says that this id stands for the resource here, so the job is this stack's."""
    arn = scene.create(StackId=STACK.replace("6f1c2a30", "7a000000"))["PhysicalResourceId"]
    stands(scene, arn)
    assert scene.update(arn, properties(), properties())["Data"]["JobName"]
    stands(scene, arn, "DELETE_IN_PROGRESS")
    scene.delete(arn, status=CLEANUP)
    assert scene.statuses == ["Stopped"]


def test_the_job_of_another_stack_is_left_alone(scene: Scene) -> None:
    """Whoever may invoke the function cannot end another stack's job by naming its ARN."""
    arn = scene.create(StackId=STACK.replace("6f1c2a30", "7a000000"))["PhysicalResourceId"]
    stands(scene, "something else")
    update = scene.update(arn, properties(JobTags=[{"key": "a", "value": "b"}]), properties())
    assert (update["PhysicalResourceId"], update["Data"]["JobName"]) == (arn, "")
    scene.delete(arn, status=CLEANUP)
    [job] = scene.double.jobs()
    assert (job.status, dict(job.tags)) == ("InProgress", {})
