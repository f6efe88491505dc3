"""A job that the deployment waits for: the execution before it, the signals, the rollback."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.testing.bedrock import AfterCall, BeforeCall, Refuse
from tests.lambda_.awaiting import CONDITION, GOING_BACK, MACHINE, OTHER, SECONDS, WaitStory, waited_for
from tests.lambda_.builders import CREATE, GET, STACK, Harness, die, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import Killed

TWO: dict[str, Any] = {"hyperParameters": {"epochCount": "9"}}


@pytest.fixture
def story(harness: Harness) -> WaitStory:
    """A job that the deployment is to wait for."""
    return WaitStory(harness)


# -- the execution is started before the job -----------------------------------------------------------------


def test_an_execution_is_started_before_the_job(story: WaitStory) -> None:
    """It holds logical ids and numbers, and nothing of the request."""
    began = story.harness.fakes.clock.now()
    order: list[int] = []
    fault = BeforeCall(lambda _double: order.append(len(story.executions)))
    story.harness.double.faults.add(CREATE, fault)
    assert story.create()["Status"] == "SUCCESS"
    [(name, task)] = story.executions.items()
    assert order == [1]
    assert name.startswith(f"{CONDITION}-")
    assert task == {
        "kind": "wait",
        "stackId": STACK,
        "resource": "Job",
        "waitCondition": CONDITION,
        "seconds": SECONDS,
        "until": began + SECONDS - 900,
        "sent": 0,
        "looks": 0,
        "missing": 0,
    }
    assert story.harness.fakes.executions.machines[name] == MACHINE


def test_a_long_logical_id_keeps_its_end_in_the_name_of_the_execution(story: WaitStory) -> None:
    """The end is what changes with the job."""
    story.create(waited_for(condition=f"{'A' * 90}0a1b2c3d"))
    [name] = story.executions
    assert name.startswith(f"{'A' * 54}0a1b2c3d-")
    assert len(name) <= 80


def test_a_job_that_is_not_waited_for_starts_no_execution(harness: Harness) -> None:
    """Nothing of Step Functions is called."""
    harness.fakes.executions.refuse("AccessDeniedException", 99)
    assert harness.create()["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDeniedException", "Check the policies of the function's role"),
        ("StateMachineDoesNotExist", "exists in this account and Region"),
        ("ExecutionLimitExceeded", "request an increase of the quota"),
    ],
)
def test_no_job_is_started_where_nobody_could_signal(story: WaitStory, code: str, advice: str) -> None:
    """The wait condition would hang until CloudFormation gives up, and the job is billed by then."""
    story.harness.fakes.executions.refuse(code, 99)
    answer = story.create()
    assert (answer["Status"], story.harness.double.jobs()) == ("FAILED", ())
    assert answer["Reason"].startswith(
        "No job was started, because the execution that waits for it could not be started. StartExecution"
    )
    assert advice in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("not-created/")


def test_an_execution_that_may_not_be_started_yet_is_tried_again(story: WaitStory) -> None:
    """A policy that was created a moment ago takes some seconds."""
    story.harness.fakes.executions.refuse("AccessDeniedException", 3)
    assert story.create()["Status"] == "SUCCESS"


def test_no_job_is_started_where_the_execution_took_too_long(story: WaitStory) -> None:
    """The function has no time left in which it could stop the job again."""
    fakes = story.harness.fakes
    fakes.executions.before.append(lambda: fakes.clock.advance(812))
    answer = story.create()
    assert (answer["Status"], story.harness.double.jobs()) == ("FAILED", ())
    assert "took too long" in answer["Reason"]


def test_a_repeated_event_has_one_execution(story: WaitStory) -> None:
    """Lambda delivers an event again if the function was stopped; the execution's name is the event's."""
    story.harness.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        story.create(request_id="same")
    assert story.create(request_id="same")["Status"] == "SUCCESS"
    assert (len(story.executions), len(story.harness.double.jobs())) == (1, 1)


def test_a_name_that_is_taken_changes_nothing_about_the_execution(story: WaitStory) -> None:
    """The task names the job's resource and not the job, whose name is only certain when it was created."""
    story.create()
    story.harness.double.stop(story.arn)
    answer = story.harness.create(waited_for())
    story.answered(answer)
    assert len(story.harness.double.jobs()) == 2
    story.harness.double.complete(story.arn)
    story.run()
    assert story.signals == ["1-Completed", "2-Completed", "3-Completed", "4-Completed"]


@pytest.mark.parametrize(
    ("wait", "problem"),
    [
        ("x", "WaitCondition of Wait must be a logical id"),
        ({"StateMachine": MACHINE, "Seconds": "60"}, "WaitCondition of Wait must be a logical id"),
        ({"WaitCondition": "a b", "StateMachine": MACHINE, "Seconds": "60"}, "WaitCondition of Wait"),
        ({"WaitCondition": "a", "StateMachine": MACHINE[:-9], "Seconds": "60"}, "StateMachine of Wait"),
        (
            {
                "WaitCondition": "a",
                "StateMachine": MACHINE.replace("eu-west-1", "us-east-1"),
                "Seconds": "60",
            },
            "StateMachine of Wait must be the ARN of a state machine in the stack's account and Region",
        ),
        ({"WaitCondition": "a", "StateMachine": MACHINE, "Seconds": "0"}, "Seconds of Wait must be a number"),
        ({"WaitCondition": "a", "StateMachine": MACHINE, "Seconds": "43201"}, "from 1 to 43200"),
        ({"WaitCondition": "a", "StateMachine": MACHINE, "Seconds": "PT6H"}, "Seconds of Wait"),
    ],
)
def test_a_wait_that_is_not_valid_starts_nothing(harness: Harness, wait: object, problem: str) -> None:
    """Everything that is wrong is named at once, before anything is called."""
    answer = harness.create(properties(Wait=wait))
    assert (answer["Status"], harness.double.jobs()) == ("FAILED", ())
    assert problem in answer["Reason"]
    assert harness.fakes.executions.inputs == {}


# -- updates -------------------------------------------------------------------------------------------------


def test_a_retraining_is_waited_for(story: WaitStory) -> None:
    """Another job has another wait condition."""
    story.create()
    first = story.arn
    answer = story.harness.update(first, waited_for(TWO, OTHER), waited_for())
    story.answered(answer, OTHER)
    assert story.arn != first
    assert [task["waitCondition"] for task in story.executions.values()] == [CONDITION, OTHER]


def test_a_wait_that_is_added_starts_no_job(story: WaitStory) -> None:
    """The job is complete, so the wait condition is, within a minute."""
    arn = story.harness.create()["PhysicalResourceId"]
    story.harness.double.complete(arn)
    answer = story.harness.update(arn, waited_for(), properties())
    story.answered(answer)
    assert (answer["PhysicalResourceId"], len(story.harness.double.jobs())) == (arn, 1)
    began = story.harness.fakes.clock.now()
    story.run(status="UPDATE_IN_PROGRESS")
    assert story.harness.fakes.clock.now() - began < 60
    assert len(story.signals) == 4


def test_a_wait_that_is_removed_starts_nothing(story: WaitStory) -> None:
    """Neither a job nor an execution."""
    story.create()
    assert story.harness.update(story.arn, properties(), waited_for())["PhysicalResourceId"] == story.arn
    assert (len(story.executions), len(story.harness.double.jobs())) == (1, 1)


def test_another_timeout_starts_nothing(story: WaitStory) -> None:
    """The wait condition is complete; there is nothing to wait for."""
    story.create()
    story.shows(CONDITION, "CREATE_COMPLETE")
    changed = waited_for(seconds=7_200)
    assert story.harness.update(story.arn, changed, waited_for())["Status"] == "SUCCESS"
    assert (len(story.executions), len(story.harness.double.jobs())) == (1, 1)


def test_a_wait_condition_that_has_failed_is_signaled_when_it_is_created_again(story: WaitStory) -> None:
    """The operation before was not rolled back; CloudFormation creates the wait condition in the next one."""
    story.create()
    story.shows(CONDITION, "CREATE_FAILED")
    changed = {**waited_for(), "JobTags": [{"key": "a", "value": "b"}]}
    assert story.harness.update(story.arn, changed, waited_for())["Status"] == "SUCCESS"
    assert len(story.executions) == 2


def test_a_job_that_is_kept_fails_its_update_where_nobody_could_signal(story: WaitStory) -> None:
    """The job is not touched, and the rollback has nothing to do."""
    arn = story.harness.create()["PhysicalResourceId"]
    story.harness.fakes.executions.refuse("AccessDeniedException", 99)
    answer = story.harness.update(arn, waited_for(), properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert answer["Reason"].startswith("The deployment cannot wait for the job, because the execution")
    assert story.harness.statuses == ["InProgress"]


def test_a_rollback_starts_no_execution_and_no_job(story: WaitStory) -> None:
    """The former wait condition is still there; a rollback waits for nothing."""
    story.create()
    first = story.arn
    second = story.harness.update(first, waited_for(TWO, OTHER), waited_for())["PhysicalResourceId"]
    story.harness.fakes.executions.refuse("AccessDeniedException", 99)
    answer = story.harness.update(second, waited_for(), waited_for(TWO, OTHER), status=GOING_BACK)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
    assert (len(story.executions), len(story.harness.double.jobs())) == (2, 2)


# -- signals -------------------------------------------------------------------------------------------------


def test_the_steps_of_a_job_are_signaled_as_they_begin(story: WaitStory) -> None:
    """Four lines of the stack's events, and the last when the job is complete."""
    story.create()
    began, seen = story.harness.fakes.clock.now(), {}
    for _ in story.looks():
        for one in story.signals:
            seen.setdefault(one, story.harness.fakes.clock.now() - began)
    assert list(seen) == [
        "1-validation-InProgress",
        "2-validation-Completed",
        "3-training-InProgress",
        "4-Completed",
    ]
    assert seen["1-validation-InProgress"] == 0
    assert seen["2-validation-Completed"] < seen["3-training-InProgress"] < 300
    assert 7_200 <= seen["4-Completed"] <= 7_500
    # 9 events of an execution's history for each look, of 25,000
    assert len([line for line in story.harness.lines if line["act"] == "task carried out"]) < 150


def test_four_signals_come_at_the_end_where_bedrock_returns_no_phases(story: WaitStory) -> None:
    """The API describes them for distillation jobs only."""
    story.harness.double.configure(status_details="never")
    story.create()
    story.run()
    assert story.signals == ["1-Completed", "2-Completed", "3-Completed", "4-Completed"]


def test_a_distillation_is_signaled_in_the_same_way(story: WaitStory) -> None:
    """Its data processing is between the second signal and the third."""
    story.harness.double.configure(status_details="distillation")
    teacher = {
        "distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}
    }
    request = {"customizationType": "DISTILLATION", "customizationConfig": teacher, "hyperParameters": None}
    story.create(waited_for(request))
    story.run()
    assert story.signals[1:] == ["2-validation-Completed", "3-training-InProgress", "4-Completed"]


def test_a_job_that_fails_in_validation_ends_the_wait_within_minutes(story: WaitStory) -> None:
    """As four of four recorded jobs did after 68 to 143 seconds."""
    story.harness.double.configure(failure_message="no", fails_after_seconds=100)
    story.create()
    began = story.harness.fakes.clock.now()
    story.run()
    assert story.harness.fakes.clock.now() - began <= 180
    assert story.signals[-1] == "4-Failed"


def test_a_job_that_never_ends_is_waited_for_until_a_quarter_of_an_hour_before_the_timeout(
    story: WaitStory,
) -> None:
    """The result then decides, before CloudFormation gives up."""
    story.harness.double.configure(stalls=True)
    story.create()
    began = story.harness.fakes.clock.now()
    story.run()
    assert story.harness.fakes.clock.now() - began == SECONDS - 900
    assert story.signals[-1] == "4-InProgress"


def test_a_wait_condition_that_begins_to_wait_later_gets_its_signals_then(story: WaitStory) -> None:
    """CloudFormation shows it a moment after the job's response, or refuses signals for a moment."""
    story.create()
    story.harness.double.complete(story.arn)
    story.shows(CONDITION, "")
    pauses = []
    for number, got in enumerate(story.looks()):
        pauses.append(got["pause"])
        if number == 1:
            story.shows(CONDITION, "CREATE_IN_PROGRESS")
    assert pauses == [15, 15, 0]
    assert len(story.signals) == 4


@pytest.mark.parametrize("denied", ["describe_stack_resource", "describe_stacks"])
def test_what_cloudformation_does_not_tell_ends_no_waiting(story: WaitStory, denied: str) -> None:
    """Whatever cannot be read, all signals are there in time."""
    story.create()
    story.harness.fakes.denied = {denied}
    story.run()
    assert len(story.signals) == 4


def test_signals_that_are_refused_are_sent_again(story: WaitStory) -> None:
    """Why they are refused does not matter, and no text of an error is read."""
    story.create()
    story.harness.double.complete(story.arn)
    story.harness.fakes.denied = {"signal_resource"}
    for number, _ in enumerate(story.looks()):
        if number == 3:
            story.harness.fakes.denied = set()
    assert len(story.signals) == 4


def test_an_execution_ends_though_no_signal_is_ever_accepted(story: WaitStory) -> None:
    """CloudFormation rolls the stack back then, and the rollback stops the job."""
    story.create()
    story.harness.fakes.denied = {"signal_resource"}
    began = story.harness.fakes.clock.now()
    looks = story.run()
    assert story.harness.fakes.clock.now() - began <= SECONDS + 60
    assert looks * 9 < 25_000
    last = story.harness.lines[-1]
    assert (last["act"], last["level"]) == ("task carried out", "ERROR")


def test_bedrock_that_cannot_be_read_for_hours_ends_no_waiting(story: WaitStory) -> None:
    """The loop goes on, and ends in time."""
    story.create()
    story.harness.double.faults.add(GET, Refuse.internal(), times=100_000)
    story.run()
    assert len(story.signals) == 4


def test_a_look_that_is_repeated_sends_no_signal_twice(story: WaitStory) -> None:
    """Step Functions repeats a look whose answer was lost; a signal too many would end the wait too early."""
    story.create()
    task = next(iter(story.executions.values()))
    fakes = story.harness.fakes
    fakes.current = fakes.stack.resources["Job"]
    for seconds in (0, 150, 30):
        fakes.clock.advance(seconds)
        story.harness.task(task)
    assert story.signals == ["1-validation-InProgress", "2-validation-Completed", "3-training-InProgress"]


def test_the_former_job_is_not_taken_for_the_one_that_is_waited_for(story: WaitStory) -> None:
    """While the job's resource is updated CloudFormation still shows the former job, which is complete."""
    story.create()
    former = story.arn
    story.harness.double.complete(former)
    answer = story.harness.update(former, waited_for(TWO, OTHER), waited_for())
    story.condition = OTHER
    story.stands(former, "UPDATE_IN_PROGRESS")
    story.shows(OTHER, "CREATE_IN_PROGRESS")
    got = next(story.looks(status="UPDATE_IN_PROGRESS"))
    assert (got["isOver"], story.signals) == (False, [])
    story.stands(answer["PhysicalResourceId"], "UPDATE_COMPLETE")
    next(story.looks(status="UPDATE_IN_PROGRESS"))
    assert story.signals == ["1-validation-InProgress"]


@pytest.mark.parametrize(
    "status", [GOING_BACK, "UPDATE_ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
)
def test_a_deployment_that_is_cancelled_ends_the_execution_at_its_next_look(
    story: WaitStory, status: str
) -> None:
    """CloudFormation drops the wait condition at once."""
    story.create()
    task = next(story.looks())["task"]
    assert next(story.looks(task, status=status))["isOver"] is True


def test_a_stack_of_the_same_name_is_another_stack(story: WaitStory) -> None:
    """The execution of a stack that was deleted names it by its ARN."""
    story.create()
    task = next(story.looks())["task"]
    story.harness.fakes.statuses[STACK] = "DELETE_COMPLETE"
    assert next(story.looks(task))["isOver"] is True


def test_a_job_that_bedrock_does_not_know_ends_the_wait(story: WaitStory) -> None:
    """The result says so."""
    story.create()
    unknown = f"{story.arn[:-12]}zzzzzzzzzzzz"
    story.stands(unknown)
    assert story.run() == 10
    assert story.signals[-1] == "4-NotFound"


def test_a_job_that_is_found_again_is_waited_for(story: WaitStory) -> None:
    """Only looks in succession count."""
    story.create()
    task = {**next(iter(story.executions.values())), "missing": 9}
    assert next(story.looks(task))["task"]["missing"] == 0


def test_two_jobs_of_a_stack_have_their_own_signals(story: WaitStory) -> None:
    """One state machine, an execution for each wait condition."""
    story.create()
    first = next(iter(story.executions.values()))
    second = {**first, "resource": "Other", "waitCondition": OTHER}
    story.harness.fakes.stack.resources["Other"] = ResourceRecord(story.arn, "CREATE_COMPLETE")
    story.shows(OTHER, "CREATE_IN_PROGRESS")
    story.harness.fakes.current = story.harness.fakes.stack.resources["Job"]
    story.harness.task(first)
    story.harness.task(second)
    assert [name for name, _ in story.harness.fakes.signals] == [CONDITION, OTHER]


def test_a_job_that_is_deployed_again_at_once_is_waited_for_to_its_end(story: WaitStory) -> None:
    """The deployment before was rolled back, and its execution has not looked meanwhile."""
    story.harness.double.configure(stalls=True)
    story.create()
    [first] = story.executions.values()
    clock = story.harness.fakes.clock
    clock.advance(SECONDS - 1_000)
    began = story.harness.fakes.stack.updated = clock.now()
    story.shows(CONDITION, "CREATE_IN_PROGRESS")
    list(story.looks({**first, "sent": 3}, status="UPDATE_IN_PROGRESS"))
    assert clock.now() - began == SECONDS - 900
    assert story.signals[-1] == "4-InProgress"
    assert len(story.signals) == 4


def test_a_wait_condition_of_which_nothing_is_known_gets_an_execution(story: WaitStory) -> None:
    """It may be created again by this operation, and would hang without one; one that is complete ends it."""
    story.create()
    story.harness.fakes.denied = {"describe_stack_resource"}
    changed = {**waited_for(), "JobTags": [{"key": "a", "value": "b"}]}
    assert story.harness.update(story.arn, changed, waited_for())["Status"] == "SUCCESS"
    assert len(story.executions) == 2
