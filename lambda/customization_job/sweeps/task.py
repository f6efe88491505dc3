"""A task of a sweep: whether the sweep is still the stack's, what it consists of, and the step to be done.

Nothing in a task is trusted. CloudFormation says where the current definition is, and the definition what
the trials are; a task only names one of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract.tasks import KIND, RESOURCE, STACK_ID, SWEEP_KIND, TASK

from ..frame.errors import AwsError
from ..frame.event import EventError
from ..frame.task import TaskResult
from . import decide, definition
from .decide import Standing
from .definition import DefinitionUri

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from ..frame.task import Task
    from ..services import Services
    from .desired_state import DesiredState

SWEEP, RUN, STEP, TRIAL, HOLDS = "sweep", "run", "step", "trial", "holds"
"""Members of a task: the hash of the definition, the event that began the run, the step, which trial, and how
often nothing could be done."""

TRIAL_STEP, REPORT_STEP = "trial", "report"

_DIGEST, _RUN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{8}")
_STEP = re.compile(rf"{TRIAL_STEP}|{REPORT_STEP}")


@dataclass(frozen=True, kw_only=True)
class SweepTask:
    """A task of a sweep that is the stack's current one.

    Args:
        task: the task as it was sent.
        run: the event that began the run, as client tokens name it.
        uri: where the definition is.
        desired: what the definition says.
        stack: the stack's status.
    """

    task: Task
    run: str
    uri: DefinitionUri
    desired: DesiredState
    stack: StackState

    def number(self, name: str) -> int:
        """Return a member that is a number, 0 where it is left out."""
        return self.task.number(name)

    def number_or_none(self, name: str) -> int | None:
        """Return a member that is a number, None where it is left out."""
        return self.task.number(name) if name in self.task.members else None

    def is_stack_gone(self, services: Services) -> bool:
        """Return whether the stack is being deleted, or is gone, as far as that can be read."""
        try:
            stack, root = _read_stacks(self.task.stack_id, services)
        except AwsError as error:
            services.log.write("stack not read", "WARNING", code=error.reason, reason=str(error))
            return False
        return decide.is_gone(stack) or decide.is_gone(root)


def execution_input(desired: DesiredState, uri: DefinitionUri, run: str) -> dict[str, object]:
    """Return the input of an execution: one task for each trial, and the one that comes last.

    Args:
        desired: what the definition says.
        uri: where it is.
        run: the event, as client tokens name it.
    """
    shared = {
        KIND: SWEEP_KIND,
        STACK_ID: desired.owner.stack_id,
        RESOURCE: desired.owner.logical_id,
        SWEEP: uri.digest,
        RUN: run,
    }
    trials = [{TASK: {**shared, STEP: TRIAL_STEP, TRIAL: index}} for index in range(desired.count)]
    return {"trials": trials, "report": {TASK: {**shared, STEP: REPORT_STEP}}}


def carry_out(task: Task, services: Services) -> TaskResult:
    """Carry out one step of a sweep.

    Raises:
        EventError: no state machine of a sweep would send this.
        AwsError: something could not be read.
    """
    digest, run = task.text(SWEEP, _DIGEST), task.text(RUN, _RUN)
    step, logical_id = task.text(STEP, _STEP), task.logical_id(RESOURCE)
    stack, root = _read_stacks(task.stack_id, services)
    resource = services.stacks.get_resource(task.stack_id, logical_id)
    uri = DefinitionUri.read(resource.physical_id)
    is_current = uri is not None and uri.digest == digest
    found = decide.standing(stack, root, resource, resource.physical_id if is_current else "")
    if found is Standing.UNSETTLED:
        return held(task, services, f"nothing done: {found.value}", decide.UNSETTLED)
    if found is Standing.OVER or uri is None:
        return TaskResult(f"nothing done: {found.value}")
    desired = definition.read(uri, task.stack_id, logical_id, services.objects)
    if desired is None:
        services.log.write("definition not read", "ERROR", definition=str(uri))
        return TaskResult("nothing done: the definition cannot be read", decide.UNREADABLE, level="ERROR")
    current = SweepTask(task=task, run=run, uri=uri, desired=desired, stack=stack)
    return _report(current, services) if step == REPORT_STEP else _trial(current, services)


def held(task: Task, services: Services, note: str, seconds: float) -> TaskResult:
    """Return that nothing can be done yet.

    Args:
        task: the task.
        services: the services of AWS.
        note: why not.
        seconds: when to try again, at first.
    """
    holds = task.number(HOLDS)
    return TaskResult(note, services.retry.spread(decide.hold(seconds, holds)), {HOLDS: holds + 1})


def _trial(current: SweepTask, services: Services) -> TaskResult:
    from .trial import look

    index = current.number(TRIAL)
    if index >= current.desired.count:
        raise EventError(f"the sweep has no trial {index}")
    return look(current.desired.trial(index), current, services)


def _report(current: SweepTask, services: Services) -> TaskResult:
    from .report import report

    return report(current, services)


def _read_stacks(stack_id: str, services: Services) -> tuple[StackState, StackState]:
    """Return the status of the stack and of its root stack, whose operation a nested stack is part of."""
    stack = services.stacks.get_stack(stack_id, is_needed=False)
    return stack, services.stacks.get_stack(stack.root_id, is_needed=False) if stack.root_id else stack
