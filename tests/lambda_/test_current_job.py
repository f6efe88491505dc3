"""The job that an event is about: the current one is left alone, a lost one is found."""

from __future__ import annotations

import pytest

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, Refuse
from tests.lambda_.builders import CREATE, INVENTED, STACK, TWO, Harness, die, properties
from tests.lambda_.cloudformation import Record, ResourceRecord
from tests.lambda_.fakes import Killed

LIST = "ListModelCustomizationJobs"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
RETAINED = properties(OnDelete="Retain")
ROOT = STACK.replace("training", "parent")


def stands(harness: Harness, arn: str, status: str = "UPDATE_COMPLETE") -> None:
    """Make a job the resource's current one."""
    harness.fakes.current = ResourceRecord(arn, status)


# -- with rollback disabled the next deployment cleans up after it has started --------------------------


@pytest.mark.parametrize("first", ["not-created/failed", "unconfirmed/failed", INVENTED])
def test_cleaning_up_a_failed_attempt_leaves_the_job_of_the_next(harness: Harness, first: str) -> None:
    """It has the same inputs, so its job has the same name; the id of the old attempt does not mean it."""
    arn = harness.create(status="UPDATE_IN_PROGRESS")["PhysicalResourceId"]
    stands(harness, arn)
    answer = harness.delete(first, status=CLEANUP)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
    assert harness.statuses == ["InProgress"]


def test_an_id_that_names_its_event_ends_what_that_event_started(harness: Harness) -> None:
    """The job whose answer was lost carries the mark of the request in its token."""
    harness.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        harness.create(request_id="lost")
    stands(harness, "unconfirmed/lost", "DELETE_IN_PROGRESS")
    harness.delete("unconfirmed/other", status=CLEANUP)
    assert harness.statuses == ["InProgress"]
    harness.delete("unconfirmed/lost", status=CLEANUP)
    assert harness.statuses == ["Stopped"]


def test_an_adopted_job_is_current_although_another_event_started_it(harness: Harness) -> None:
    """The next deployment adopts the job whose answer was lost; then its old id does not mean it any more."""
    arn = harness.create(request_id="lost")["PhysicalResourceId"]
    assert harness.create(request_id="next", status="UPDATE_IN_PROGRESS")["PhysicalResourceId"] == arn
    stands(harness, arn)
    harness.delete("unconfirmed/lost", status=CLEANUP)
    assert harness.statuses == ["InProgress"]


@pytest.mark.parametrize("status", [CLEANUP, "UPDATE_IN_PROGRESS"])
def test_a_generated_id_ends_nothing_where_the_current_job_is_unknown(
    harness: Harness, arn: str, status: str
) -> None:
    """Where DescribeStackResource is denied the log names the job and the command that stops it."""
    harness.fakes.denied = {"describe_stack_resource"}
    assert harness.delete(INVENTED, status=status)["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress"]
    [line] = [line for line in harness.lines if line["act"] == "job left running"]
    assert line["level"] == "ERROR"
    assert line["command"] == f"aws bedrock stop-model-customization-job --job-identifier {arn}"


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_is_deleted_asks_for_no_resource(harness: Harness, arn: str, status: str) -> None:
    """No resource will be left, so a generated id ends the job without DescribeStackResource."""
    stands(harness, arn, "CREATE_COMPLETE")
    harness.fakes.denied = {"describe_stack_resource"}
    assert harness.delete(INVENTED, status=status)["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]


# -- repeats ---------------------------------------------------------------------------------------------


def test_a_late_repeat_of_a_create_leaves_the_live_job(harness: Harness) -> None:
    """An update was rolled back meanwhile; the job of the Create is current and goes on."""
    arn = harness.create(request_id="first")["PhysicalResourceId"]
    stands(harness, arn)
    answer = harness.create(request_id="first", status="UPDATE_ROLLBACK_COMPLETE")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert harness.statuses == ["InProgress"]


def test_a_late_repeat_of_a_delete_leaves_what_is_current_again(harness: Harness) -> None:
    """The stack returned to earlier inputs, and their job was adopted; its old Delete comes again."""
    desired = properties(OnDelete="DeleteModel")
    arn = harness.create(desired)["PhysicalResourceId"]
    harness.double.complete(arn)
    stands(harness, arn)
    for status in ("UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", CLEANUP):
        assert harness.delete(arn, desired, status=status)["Status"] == "SUCCESS"
    assert len(harness.double.models()) == 1


# -- waiting across operations ---------------------------------------------------------------------------


def test_an_update_that_waited_into_the_next_operation_stops_its_job(harness: Harness, arn: str) -> None:
    """Its own operation was rolled back while it waited; the status looks the same, the time does not."""

    def next_operation(_double: object) -> None:
        harness.fakes.clock.advance(300.0)
        harness.fakes.stack.updated = harness.fakes.clock.now()

    stands(harness, arn)
    harness.double.faults.add(CREATE, BeforeCall(next_operation))
    answer = harness.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "next operation has begun" in answer["Reason"]
    assert harness.statuses == ["InProgress", "Stopping"]


def test_a_time_that_was_only_shown_late_ends_nothing(harness: Harness) -> None:
    """The operation began before its event; CloudFormation may show that a moment later."""
    began = harness.fakes.clock.now() - 5.0

    def shown(_double: object) -> None:
        harness.fakes.stack.updated = began

    harness.double.faults.add(CREATE, BeforeCall(shown))
    assert harness.create()["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress"]


@pytest.mark.parametrize(
    ("resource", "answered", "statuses"),
    [
        (ResourceRecord("", "CREATE_FAILED"), "FAILED", ["Stopping"]),
        (None, "FAILED", ["Stopping"]),
        (ResourceRecord("", "CREATE_IN_PROGRESS"), "SUCCESS", ["InProgress"]),
    ],
)
def test_a_create_whose_operation_ended_without_it_stops_its_job(
    harness: Harness, resource: ResourceRecord | None, answered: str, statuses: list[str]
) -> None:
    """With rollback disabled a sibling's failure leaves a stack at rest that waits for nothing."""
    harness.fakes.says = ["CREATE_IN_PROGRESS", *["CREATE_FAILED"] * 3]
    harness.fakes.current = resource
    assert harness.create()["Status"] == answered
    assert harness.statuses == statuses


def test_a_second_delivery_leaves_the_job_that_the_first_has_answered(harness: Harness) -> None:
    """Both run at once; the stack is complete before the second has looked again."""

    def first(_double: object) -> None:
        arn = harness.create(request_id="same")["PhysicalResourceId"]
        stands(harness, arn, "CREATE_COMPLETE")
        harness.fakes.status = "CREATE_COMPLETE"

    harness.double.faults.add(CREATE, BeforeCall(first))
    assert harness.create(request_id="same")["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress"]


# -- with rollback disabled CloudFormation refuses the replacement ---------------------------------------


@pytest.fixture
def refused(harness: Harness) -> tuple[str, str]:
    """The former job, which is complete, and the one of an update whose answer CloudFormation has refused."""
    former = str(harness.create(properties())["PhysicalResourceId"])
    harness.double.complete(former)
    stands(harness, former)
    new = str(harness.update(former, TWO, properties())["PhysicalResourceId"])
    stands(harness, former, "UPDATE_FAILED")
    assert harness.statuses == ["Completed", "InProgress"]
    return former, new


def test_a_rollback_of_a_refused_replacement_stops_its_job(
    harness: Harness, refused: tuple[str, str]
) -> None:
    """`cdk rollback` sends an Update back to the old inputs: the model is kept, and nothing runs on."""
    former, _ = refused
    answer = harness.update(former, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", former)
    assert harness.statuses == ["Completed", "Stopping"]


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", CLEANUP])
def test_a_delete_of_a_refused_replacement_stops_its_job(
    harness: Harness, refused: tuple[str, str], status: str
) -> None:
    """CloudFormation may delete what it has refused, at once or in the next operation."""
    assert harness.delete(refused[1], TWO, status=status)["Status"] == "SUCCESS"
    assert harness.statuses == ["Completed", "Stopped"]


def test_the_next_deployment_takes_the_job_of_a_refused_replacement(
    harness: Harness, refused: tuple[str, str]
) -> None:
    """Without --no-rollback it is accepted, and no further job starts."""
    former, new = refused
    answer = harness.update(former, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", new)
    assert harness.statuses == ["Completed", "InProgress"]


# -- lost jobs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [5.0, 20.0])
@pytest.mark.parametrize("physical_id", [INVENTED, "unconfirmed/request-1"])
def test_a_job_that_bedrock_shows_late_is_found(harness: Harness, seconds: float, physical_id: str) -> None:
    """A Delete looks five times, over more than twenty seconds, for a job that its id may hide."""
    harness.double.configure(visible_after_seconds=seconds)
    harness.create()
    stands(harness, physical_id, "DELETE_IN_PROGRESS")
    assert harness.delete(physical_id, status="UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", CLEANUP])
def test_whatever_runs_for_a_resource_that_goes_is_stopped(harness: Harness, arn: str, status: str) -> None:
    """An Update's answer was lost, and no later event has its inputs: the last Delete finds its job."""
    lost = harness.update(arn, TWO, properties())["PhysicalResourceId"]
    other = harness.create(LogicalResourceId="Other")["PhysicalResourceId"]
    harness.fakes.clock.advance(10.0)
    harness.fakes.stack.updated = harness.fakes.clock.now()
    stands(harness, arn, "DELETE_IN_PROGRESS")
    assert harness.delete(arn, status=status)["Status"] == "SUCCESS"
    found = {job.arn: job.status for job in harness.double.jobs()}
    assert found == {arn: "Stopped", lost: "Stopped", other: "InProgress"}
    assert len(harness.calls(LIST)) == 1


def test_nothing_else_is_stopped_while_the_resource_has_a_job(harness: Harness, arn: str) -> None:
    """The cleanup of a replaced job is about that job alone."""
    new = harness.update(arn, TWO, properties())["PhysicalResourceId"]
    stands(harness, new)
    harness.delete(arn, status=CLEANUP)
    assert harness.statuses == ["Stopped", "InProgress"]
    assert harness.calls(LIST) == []


def test_a_resource_that_only_seems_to_leave_keeps_its_new_job(harness: Harness, arn: str) -> None:
    """Should CloudFormation show the id being cleaned up, the job that was just started says otherwise."""
    harness.fakes.stack.updated = harness.fakes.clock.now() - 1.0
    harness.update(arn, TWO, properties())
    stands(harness, arn, "DELETE_IN_PROGRESS")
    harness.delete(arn, status=CLEANUP)
    assert harness.statuses == ["Stopped", "InProgress"]


def test_a_list_that_is_denied_fails_no_delete(harness: Harness, arn: str) -> None:
    """What the event names is ended; that more could not be looked for is logged."""
    harness.double.faults.add(LIST, Refuse.access_denied(LIST), times=9)
    assert harness.delete(arn)["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]
    assert any(line["act"] == "jobs not listed" for line in harness.lines)


def test_what_is_retained_is_not_searched_for(harness: Harness) -> None:
    """Retain leaves what runs on purpose."""
    first = harness.create(RETAINED)["PhysicalResourceId"]
    second = harness.update(
        first, properties({"hyperParameters": {"epochCount": "9"}}, OnDelete="Retain"), RETAINED
    )
    assert harness.delete(second["PhysicalResourceId"], RETAINED)["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress", "InProgress"]
    assert harness.calls(LIST) == []


@pytest.mark.parametrize(
    ("root", "statuses"),
    [
        ("UPDATE_ROLLBACK_IN_PROGRESS", ["Stopped"]),
        ("ROLLBACK_IN_PROGRESS", ["Stopped"]),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ["InProgress"]),
    ],
)
def test_retain_in_a_nested_stack_whose_parent_rolls_back(
    harness: Harness, root: str, statuses: list[str]
) -> None:
    """The nested stack is deleted because its creation failed; one that is removed is retained."""
    arn = harness.create(RETAINED)["PhysicalResourceId"]
    harness.fakes.stack.root = ROOT
    harness.fakes.records[ROOT] = Record(status=root)
    assert harness.delete(arn, RETAINED)["Status"] == "SUCCESS"
    assert harness.statuses == statuses


# -- stack refactoring -----------------------------------------------------------------------------------


def test_a_resource_that_was_renamed_in_its_stack_keeps_its_job(harness: Harness, arn: str) -> None:
    """Its logical id changed without an event; the id that CloudFormation kept is the job's."""
    answer = harness.update(
        arn, properties(JobTags=[{"key": "a", "value": "b"}]), properties(), LogicalResourceId="New"
    )
    assert answer["PhysicalResourceId"] == arn
    assert dict(harness.double.jobs()[0].tags) == {"a": "b"}
    harness.delete(arn, LogicalResourceId="New")
    assert harness.statuses == ["Stopped"]


@pytest.fixture
def renamed(harness: Harness, arn: str) -> str:
    """A job whose resource has another logical id since; CloudFormation lists it under that one."""
    harness.fakes.stack.resources = {"New": ResourceRecord(arn, "CREATE_COMPLETE")}
    harness.fakes.current = None
    return arn


def test_a_resource_under_an_old_logical_id_ends_nothing_of_the_new_one(
    harness: Harness, renamed: str
) -> None:
    """If the old id is used again and removed, neither its Delete nor the search ends the job."""
    harness.fakes.clock.advance(60.0)
    harness.fakes.stack.updated = harness.fakes.clock.now()
    for physical_id in (INVENTED, "unconfirmed/request-1", "not-created/other"):
        assert harness.delete(physical_id, status=CLEANUP)["Status"] == "SUCCESS"
    assert harness.statuses == ["InProgress"]
    assert harness.double.jobs()[0].arn == renamed


def test_a_resource_under_an_old_logical_id_adopts_nothing_of_the_new_one(
    harness: Harness, renamed: str
) -> None:
    """Two resources that share a job would end it for each other."""
    answer = harness.create(status="UPDATE_IN_PROGRESS", request_id="again")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != renamed
    assert harness.statuses == ["InProgress", "InProgress"]


def test_a_search_that_cannot_list_resources_leaves_what_it_finds(harness: Harness, renamed: str) -> None:
    """The job is named in the log, with the command that stops it."""
    harness.fakes.denied = {"list_stack_resources"}
    harness.fakes.clock.advance(60.0)
    harness.fakes.stack.updated = harness.fakes.clock.now()
    harness.delete("not-created/other", status=CLEANUP)
    assert harness.statuses == ["InProgress"]
    assert [line["jobArn"] for line in harness.lines if line["act"] == "job left running"] == [renamed]


@pytest.mark.parametrize("physical_id", [INVENTED, "unconfirmed/request-1"])
def test_a_cancelled_create_is_ended_though_the_stacks_resources_cannot_be_listed(
    harness: Harness, physical_id: str
) -> None:
    """Nothing but a stack refactoring could have given its job to another resource."""
    harness.create(status="UPDATE_IN_PROGRESS")
    harness.fakes.denied = {"list_stack_resources"}
    stands(harness, physical_id, "DELETE_IN_PROGRESS")
    assert harness.delete(physical_id, status="UPDATE_ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]


def test_a_resource_that_was_moved_to_another_stack_keeps_its_job(harness: Harness) -> None:
    """CloudFormation says that the resource has this id here, so the job is this stack's."""
    arn = harness.create(StackId=STACK.replace("6f1c2a30", "7a000000"))["PhysicalResourceId"]
    stands(harness, arn)
    assert harness.update(arn, properties(), properties())["Data"]["JobName"]
    stands(harness, arn, "DELETE_IN_PROGRESS")
    harness.delete(arn, status=CLEANUP)
    assert harness.statuses == ["Stopped"]


def test_the_job_of_another_stack_is_left_alone(harness: Harness) -> None:
    """Whoever may invoke the function cannot end another stack's job by naming its ARN."""
    arn = harness.create(StackId=STACK.replace("6f1c2a30", "7a000000"))["PhysicalResourceId"]
    stands(harness, "something else")
    update = harness.update(arn, properties(JobTags=[{"key": "a", "value": "b"}]), properties())
    assert (update["PhysicalResourceId"], update["Data"]["JobName"]) == (arn, "")
    harness.delete(arn, status=CLEANUP)
    [job] = harness.double.jobs()
    assert (job.status, dict(job.tags)) == ("InProgress", {})
