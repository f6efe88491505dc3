"""Waiting in the deployment: the function signals the wait condition of a job as the job proceeds."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.stack import UNKNOWN_RESOURCE, ResourceState, StackState
from customization_job.jobs.ports import Job
from customization_job.waiting import decide
from customization_job.waiting.decide import Over, Pause, Signal, Wait

from tests.lambda_.builders import NEW_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

ARN = "arn:aws:bedrock:eu-west-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghwxyz"
LIVE = StackState(status="CREATE_IN_PROGRESS")
WAITS = ResourceState(
    is_known=True,
    physical_id="x",
    status="CREATE_IN_PROGRESS",
    resource_type="AWS::CloudFormation::WaitCondition",
)
ABSENT = ResourceState(is_known=True)
PENDING = ResourceState(is_known=True, status="CREATE_PENDING")
UNTIL = NEW_YEAR + 20_000
NOW = NEW_YEAR + 1_000


def job(status: str = "InProgress", **phases: str) -> Job:
    """A job that was created at the new year."""
    return Job(arn=ARN, name="j", status=status, created=NEW_YEAR, phases=phases)


def look(
    *,
    now: float = NOW,
    stack: StackState = LIVE,
    condition: ResourceState = WAITS,
    job: Job | None = None,
    **wait: int,
) -> Signal | Pause | Over:
    """Decide one look, the second one by default."""
    return decide.look(Wait(**{"until": UNTIL, "looks": 1, **wait}), now, stack, condition, job)


# -- the decision table --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phases", "sent", "ids"),
    [
        ({"validation": "NotStarted", "training": "NotStarted"}, 0, ()),
        ({"validation": "InProgress", "training": "NotStarted"}, 0, ("1-validation-InProgress",)),
        ({"validation": "InProgress", "training": "NotStarted"}, 1, ()),
        ({"validation": "Completed", "training": "NotStarted"}, 1, ("2-validation-Completed",)),
        ({"validation": "Failed", "training": "NotStarted"}, 1, ()),
        ({"validation": "Completed", "data processing": "InProgress", "training": "NotStarted"}, 2, ()),
        (
            {"validation": "Completed", "training": "InProgress"},
            0,
            ("1-validation-InProgress", "2-validation-Completed", "3-training-InProgress"),
        ),
        ({"validation": "Completed", "training": "InProgress"}, 3, ()),
        ({"validation": "Completed", "training": "Completed"}, 3, ()),
        ({}, 0, ()),
    ],
)
def test_each_step_of_a_job_is_one_signal(phases: Mapping[str, str], sent: int, ids: tuple[str, ...]) -> None:
    """`cdk deploy --progress events` prints them; without phases there is nothing to print until the end."""
    decided = look(job=job(**phases), sent=sent)
    if not ids:
        assert isinstance(decided, Pause)
        return
    assert isinstance(decided, Signal)
    assert decided.ids == tuple(f"{one}-abcdefghwxyz" for one in ids)
    assert decided.pause == 50.0


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
@pytest.mark.parametrize("sent", range(4))
def test_all_signals_are_sent_when_the_job_is_over(status: str, sent: int) -> None:
    """Why it is over is the result's business: the wait condition always succeeds."""
    decided = look(job=job(status), sent=sent)
    assert isinstance(decided, Signal)
    assert decided.ids == tuple(f"{number}-{status}-abcdefghwxyz" for number in range(sent + 1, 5))
    assert decided.pause is None


@pytest.mark.parametrize("status", ["InProgress", "Stopping", "Unheard"])
def test_a_job_is_not_waited_for_after_the_time_is_over(status: str) -> None:
    """The rest of the wait condition's timeout is for its result."""
    assert isinstance(look(now=UNTIL - 1, job=job(status)), Pause)
    decided = look(now=UNTIL, job=job(status), sent=3)
    assert isinstance(decided, Signal)
    assert (decided.ids, decided.pause) == ((f"4-{status}-abcdefghwxyz",), None)


def test_a_job_that_cannot_be_read_is_not_waited_for_after_the_time_is_over_either() -> None:
    """Whatever is broken, the wait condition does not hang."""
    decided = look(now=UNTIL, sent=2)
    assert isinstance(decided, Signal)
    assert decided.ids == ("3-unknown-unknown", "4-unknown-unknown")


@pytest.mark.parametrize(("missing", "kind"), [(9, Pause), (10, Signal)])
def test_a_job_that_bedrock_does_not_find_for_ten_looks_is_over(missing: int, kind: type) -> None:
    """A job is never deleted; the result says that it was not found."""
    assert isinstance(look(missing=missing), kind)


@pytest.mark.parametrize(
    "status", ["DELETE_COMPLETE", "DELETE_IN_PROGRESS", "CREATE_FAILED", "CREATE_PENDING"]
)
def test_a_wait_condition_that_does_not_wait_yet_is_signaled_a_moment_later(status: str) -> None:
    """One of the same name may have been deleted before, or have failed, and be created again."""
    condition = ResourceState(is_known=True, status=status)
    decided = look(condition=condition, job=job("Completed"))
    assert decided == Pause("the wait condition does not wait yet", 15.0)


def test_a_wait_condition_that_cannot_be_read_is_signaled() -> None:
    """What CloudFormation does not tell ends no waiting."""
    assert isinstance(look(condition=UNKNOWN_RESOURCE, job=job("Completed")), Signal)
    assert isinstance(look(condition=ABSENT, job=job("Completed")), Signal)
    assert isinstance(look(stack=StackState(status=None), job=job("Completed")), Signal)


@pytest.mark.parametrize(
    "status",
    [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "CREATE_FAILED",
        "UPDATE_FAILED",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
        "",
    ],
)
def test_nobody_waits_in_a_stack_that_has_settled(status: str) -> None:
    """Cancelled, rolled back or deleted: the next look is the last."""
    decided = look(stack=StackState(status=status), job=job("Completed"))
    assert isinstance(decided, Over)
    assert (status or "does not exist") in decided.note


def test_the_status_of_the_stack_may_be_a_moment_old_at_the_first_look() -> None:
    """The execution begins while the stack's operation does."""
    stack = StackState(status="UPDATE_COMPLETE")
    assert isinstance(look(stack=stack, condition=ABSENT, job=job("Completed"), looks=0), Signal)
    assert isinstance(look(stack=StackState(status=""), looks=0), Over)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE"])
def test_a_wait_condition_that_is_complete_needs_nothing(status: str) -> None:
    """Its signals have been sent, by this execution or another one."""
    assert isinstance(look(condition=ResourceState(is_known=True, status=status), job=job()), Over)


def test_nothing_but_a_wait_condition_is_signaled() -> None:
    """Instances of the stack may wait for signals, too."""
    group = replace(WAITS, resource_type="AWS::AutoScaling::AutoScalingGroup")
    decided = look(condition=group, job=job("Completed"))
    assert isinstance(decided, Over)
    assert decided.level == "ERROR"


def test_what_is_not_accepted_is_given_up_in_the_end() -> None:
    """Every execution ends: a quarter of an hour after its time at the latest."""
    assert isinstance(look(now=UNTIL + 899, condition=PENDING), Pause)
    decided = look(now=UNTIL + 900, condition=PENDING)
    assert isinstance(decided, Over)
    assert decided.level == "ERROR"


@pytest.mark.parametrize(
    ("age", "pause"),
    [(0, 30.0), (600, 30.0), (1_200, 60.0), (6_000, 300.0), (15_000, 300.0), (19_900, 100.0)],
)
def test_looks_become_rarer_as_the_job_gets_older(age: int, pause: float) -> None:
    """At most five minutes apart, and none after the time is over."""
    decided = look(now=NEW_YEAR + age, job=job())
    assert isinstance(decided, Pause)
    assert decided.pause == pause


@pytest.mark.parametrize(("looks", "pause"), [(39, 15.0), (40, 60.0)])
def test_a_wait_condition_is_not_looked_at_every_moment_for_hours(looks: int, pause: float) -> None:
    """An execution's history has 25,000 events, and each look takes nine of them."""
    decided = look(condition=PENDING, job=job("Completed"), looks=looks)
    assert isinstance(decided, Pause)
    assert decided.pause == pause
    assert (40 + 12 * 3600 / 60) * 9 < 25_000


@pytest.mark.parametrize(
    ("seconds", "longest"), [(43_200, 42_300), (21_600, 20_700), (1_800, 1_350), (10, 7.5)]
)
def test_a_quarter_of_an_hour_is_left_for_the_result(seconds: float, longest: float) -> None:
    """CloudFormation rolls back what gets too few signals in time."""
    assert decide.longest_wait(seconds) == longest


def test_a_wait_condition_that_a_later_operation_creates_again_has_its_whole_time() -> None:
    """An execution of an earlier operation may still look, and neither ends the wait nor leaves it alone."""
    wait = Wait(until=UNTIL, seconds=7_200, sent=3, looks=9)
    began = UNTIL - 1_000
    later = StackState(status="UPDATE_IN_PROGRESS", changed=began)
    assert decide.renew(wait, later) == replace(wait, until=began + 6_300, sent=0)
    assert decide.renew(wait, replace(later, changed=UNTIL - 6_300)) == wait
    assert decide.renew(wait, replace(later, status="UPDATE_COMPLETE")) == wait
    assert decide.renew(wait, StackState(status=None)) == wait


def test_ids_of_signals_are_short_enough() -> None:
    """CloudFormation takes 64 characters."""
    decided = look(now=UNTIL, job=job("InProgress"))
    assert isinstance(decided, Signal)
    training: Any = look(job=job(training="InProgress"))
    assert max(map(len, (*decided.ids, *training.ids))) <= 64


def test_the_documentation_says_what_twelve_hours_of_looks_cost() -> None:
    """Step Functions bills state transitions, 0.025 USD for a thousand; each look has three."""
    until = round(NEW_YEAR + decide.longest_wait(12 * 3600))
    now, looks = NEW_YEAR, 0
    while isinstance(decided := look(now=now, job=job(), until=until, looks=looks), Pause):
        now, looks = now + decided.pause, looks + 1
    page = (Path(__file__).parents[2] / "docs" / "waiting.md").read_text(encoding="utf-8")
    [(said, most)] = re.findall(r"about (\d+) looks in 12 hours .* less than (0\.\d+) USD, and", page)
    assert abs(looks - int(said)) < 20
    assert looks * 3 * 0.025 / 1000 < float(most)
