"""Carries out the tasks of the stack's state machines, and returns when to go on.

A state machine calls the function again and again until a task is over; what cannot be done now is done by a
later call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.tasks import EXPIRE_KIND, PROMOTION_KIND, RESOURCE, SWEEP_KIND, WAIT_KIND

from .frame.advice import failed
from .frame.errors import AwsError
from .frame.event import EventError, is_own_stack
from .frame.log import frames_of
from .frame.retry import Retry
from .frame.task import Task, TaskResult, read_task, refused, returned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .frame.response_url import FunctionEnv
    from .handler import Dependencies
    from .services import Services


class TaskError(Exception):
    """A task that could not be carried out; the state machine is to try it again.

    Its text is in the execution's history, so it says nothing of its own.
    """


def carry_out(
    event: Mapping[str, object],
    context: Any,  # noqa: ANN401 - Lambda's own type
    dependencies: Dependencies,
    env: FunctionEnv,
) -> dict[str, object]:
    """Carry out one task; one that is not of the function's own stack is refused with one line of the log.

    Args:
        event: see `frame.task`.
        context: Lambda's context object.
        dependencies: everything outside the handler.
        env: where the function runs.

    Raises:
        TaskError: it could not be carried out now.
    """
    request_id = str(getattr(context, "aws_request_id", "unknown"))
    try:
        task = _read_own_task(event, dependencies.stack_id(), env)
        log = dependencies.open_log(
            {
                "StackId": task.stack_id,
                "LogicalResourceId": task.members.get(RESOURCE),
                "RequestId": request_id,
                "RequestType": "Task",
            }
        )
        retry = Retry.of_call(dependencies.clock, context)
        result = _carry_out(task, dependencies.services(env, retry, log))
    except EventError as error:
        log = dependencies.open_log({"RequestId": request_id})
        log.write("event refused", "ERROR", reason=f"The task was not carried out: {error}.")
        return refused()
    log.write("task carried out", result.level, kind=task.kind, decision=result.decision)
    return returned(task, result)


def _read_own_task(event: Mapping[str, object], own: str, env: FunctionEnv) -> Task:
    task = read_task(event)
    if not is_own_stack(task.stack_id, own, env):
        raise EventError("its stack is not the one that the function belongs to")
    if task.kind not in _TASKS:
        raise EventError(f"its kind must be one of {', '.join(_TASKS)}")
    return task


def _carry_out(task: Task, services: Services) -> TaskResult:
    log = services.log
    try:
        return _TASKS[task.kind](task, services)
    except EventError:
        raise
    except AwsError as error:
        log.write("task failed", "ERROR", kind=task.kind, code=error.reason, reason=failed(error))
    except Exception as error:  # noqa: BLE001 - its text may hold secrets, and the history would show it
        log.write("crashed", "ERROR", kind=task.kind, error=type(error).__name__, frames=frames_of(error))
    raise TaskError("The task could not be carried out; see the function's log.")


def _wait(task: Task, services: Services) -> TaskResult:
    from .waiting.task import carry_out as wait

    return wait(task, services)


def _sweep(task: Task, services: Services) -> TaskResult:
    from .sweeps.task import carry_out as sweep

    return sweep(task, services)


def _expire(task: Task, services: Services) -> TaskResult:
    from .throughputs.expiry import carry_out as expire

    return expire(task, services)


def _promote(task: Task, services: Services) -> TaskResult:
    from .promotion.task import carry_out as promote

    return promote(task, services)


# What carries out a task, by its kind. Each imports its part when a task needs it.
_TASKS: dict[str, Callable[[Task, Services], TaskResult]] = {
    WAIT_KIND: _wait,
    SWEEP_KIND: _sweep,
    EXPIRE_KIND: _expire,
    PROMOTION_KIND: _promote,
}
