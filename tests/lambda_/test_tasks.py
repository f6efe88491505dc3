"""Tasks: a state machine of the stack has the function look, again and again, until there is nothing left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from contract import tasks as words
from customization_job import handler
from customization_job.frame.event import EventError
from customization_job.frame.task import Task, TaskResult, read_task, returned
from customization_job.handler import on_event
from customization_job.tasks import TaskError

from tests.lambda_.builders import STACK, Harness
from tests.lambda_.fakes import ACCOUNT, REGION, Context, Fakes

if TYPE_CHECKING:
    from customization_job.frame.log import Log
    from customization_job.frame.retry import Retry
    from customization_job.services import Services

WAIT: dict[str, Any] = {
    "kind": "wait",
    "stackId": STACK,
    "resource": "Job",
    "waitCondition": "JobWaitCondition0a1b2c3d",
    "until": 1_767_300_000,
    "sent": 0,
    "looks": 0,
    "missing": 0,
}


def test_the_handler_knows_a_task_by_the_member_that_the_contract_names() -> None:
    """The handler cannot import the contract before it knows that it can respond."""
    assert {words.TASK} == handler._TASK


@pytest.mark.parametrize(
    "event",
    [
        {"task": {**WAIT, "stackId": STACK.replace("6f1c2a30", "7a000000")}},
        {"task": {**WAIT, "stackId": STACK.replace(ACCOUNT, "999999999999")}},
        {"task": {**WAIT, "stackId": STACK.replace(REGION, "us-east-1")}},
        {"task": {**WAIT, "stackId": "training"}},
        {"task": {**WAIT, "stackId": None}},
        {"task": {**WAIT, "kind": "start"}},
        {"task": {**WAIT, "kind": ["wait"]}},
        {"task": {**WAIT, "waitCondition": "no id"}},
        {"task": {**WAIT, "resource": "x" * 256}},
        {"task": {**WAIT, "resource": "Job\n"}},
        {"task": {**WAIT, "until": "soon"}},
        {"task": {**WAIT, "until": 1e99}},
        {"task": {**WAIT, "sent": True}},
        {"task": {**WAIT, "looks": -1}},
        {"task": {**WAIT, "missing": 10**12}},
        {"task": []},
        {"task": "wait"},
    ],
)
def test_a_task_that_no_state_machine_of_this_stack_would_send_is_refused(event: dict[str, Any]) -> None:
    """Whoever may invoke the function can make it look at its own stack, and nothing else."""
    fakes = _Unconnected(own=STACK)
    assert on_event(event, Context(fakes.clock), fakes) == {"task": {}, "isOver": True, "pause": 0}
    [line] = map(json.loads, fakes.log.getvalue().splitlines())
    assert (line["act"], line["level"]) == ("event refused", "ERROR")
    assert fakes.answers == []


def test_a_task_with_anything_beside_it_is_no_task() -> None:
    """What else is in the event would have to mean something."""
    fakes = _Unconnected(own=STACK)
    assert on_event({"task": WAIT, "pause": 7}, Context(fakes.clock), fakes) is None
    with pytest.raises(EventError, match="nothing else"):
        read_task({"task": WAIT, "pause": 7})


class _Unconnected(Fakes):
    """Fakes without any service."""

    __test__ = False

    def connect(self, service: str) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError(f"{service} was connected")


@pytest.mark.parametrize(("pause", "whole"), [(0.2, 1), (30.4, 30), (1e9, 86_400)])
def test_a_pause_is_what_a_state_machine_can_wait(pause: float, whole: int) -> None:
    """Step Functions takes whole seconds."""
    task = Task(kind="wait", stack_id=STACK, members=WAIT)
    got = returned(task, TaskResult("", pause=pause, members={"looks": 7}))
    assert got == {"task": {**WAIT, "looks": 7}, "isOver": False, "pause": whole}


def test_a_bug_is_left_to_the_state_machine_and_its_history_shows_nothing() -> None:
    """The text of an error may hold a secret, and the history of an execution shows it."""
    fakes = _Broken(own=STACK)
    with pytest.raises(TaskError) as error:
        on_event({"task": WAIT}, Context(fakes.clock), fakes)
    assert "a secret" not in str(error.value)
    assert (error.value.__cause__, error.value.__context__) == (None, None)
    [line] = map(json.loads, fakes.log.getvalue().splitlines())
    assert (line["act"], line["error"]) == ("crashed", "RuntimeError")
    assert "a secret" not in fakes.log.getvalue()


class _Broken(Fakes):
    """Fakes with a bug."""

    __test__ = False

    def services(self, _env: object, retry: Retry, log: Log) -> Services:
        """Break CloudFormation."""
        services = super().services(_env, retry, log)
        services.stacks = _Raising()
        return services


class _Raising:
    def __getattr__(self, _name: str) -> object:
        raise RuntimeError("a secret")


def test_a_line_of_the_log_says_what_a_task_was_about(harness: Harness) -> None:
    """`logs --resource` finds it by the resource."""
    harness.task(WAIT, status="UPDATE_COMPLETE")
    line = harness.lines[-1]
    assert (line["act"], line["logicalResourceId"], line["requestType"]) == (
        "task carried out",
        "Job",
        "Task",
    )
