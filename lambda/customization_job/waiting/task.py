"""The task `wait`: looks at a job, and sends the wait condition the signals that are due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.tasks import LOOKS, MISSING, RESOURCE, SECONDS, SENT, UNTIL, WAIT_CONDITION

from ..frame.advice import failed
from ..frame.errors import AwsError
from ..frame.observe import read_resource
from ..frame.stack import StackState
from ..frame.task import Task, TaskResult
from ..jobs.desired_state import is_job_arn
from . import decide
from .decide import Over, Pause, Wait

if TYPE_CHECKING:
    from ..jobs.ports import Job
    from ..services import Services


def carry_out(task: Task, services: Services) -> TaskResult:
    """Look once. What cannot be read or sent now is left to the next look.

    Raises:
        EventError: the task is not one of a wait condition.
    """
    return _Look(task, services).run()


class _Look:
    """One look."""

    def __init__(self, task: Task, services: Services) -> None:
        self._services = services
        self._stack_id = task.stack_id
        self._job_id = task.logical_id(RESOURCE)
        self._condition_id = task.logical_id(WAIT_CONDITION)
        self._wait = Wait(
            until=task.number(UNTIL),
            seconds=task.number(SECONDS),
            sent=task.number(SENT),
            looks=task.number(LOOKS),
            missing=task.number(MISSING),
        )

    def run(self) -> TaskResult:
        """Read, decide, and send.

        The wait condition is read first: while it waits, the resource's current job does not change.
        """
        services = self._services
        stack = self._stack()
        self._wait = decide.renew(self._wait, stack)
        condition = read_resource(services.stacks, self._stack_id, self._condition_id, services.log)
        job = self._job()
        match decide.look(self._wait, services.retry.now, stack, condition, job):
            case Over(note=note, level=level):
                return TaskResult(note, level=level)
            case Pause(note=note, pause=pause):
                return self._again(note, pause)
            case signal:
                return self._send(signal)

    def _send(self, signal: decide.Signal) -> TaskResult:
        """Send signals in order; why one is not accepted does not matter, the next look sends it again."""
        services = self._services
        for unique_id in signal.ids:
            try:
                services.stacks.signal_resource(self._stack_id, self._condition_id, unique_id)
            except AwsError as error:
                services.log.write(
                    "signal not accepted",
                    "WARNING",
                    waitCondition=self._condition_id,
                    uniqueId=unique_id,
                    code=error.reason,
                )
                return self._again("the wait condition could not be signaled", decide.soon(self._wait))
            self._wait = replace(self._wait, sent=self._wait.sent + 1)
            services.log.write("signal sent", waitCondition=self._condition_id, uniqueId=unique_id)
        return TaskResult(signal.note) if signal.pause is None else self._again(signal.note, signal.pause)

    def _again(self, note: str, pause: float) -> TaskResult:
        wait = self._wait
        members = {UNTIL: wait.until, SENT: wait.sent, LOOKS: wait.looks + 1, MISSING: wait.missing}
        return TaskResult(note, pause=pause, members=members)

    def _stack(self) -> StackState:
        try:
            return self._services.stacks.get_stack(self._stack_id, is_needed=False)
        except AwsError as error:
            self._services.log.write("stack not read", "WARNING", code=error.reason, reason=failed(error))
            return StackState(status=None)

    def _job(self) -> Job | None:
        """Read the resource's current job; None where it has none yet, or it cannot be read now."""
        services = self._services
        resource = read_resource(services.stacks, self._stack_id, self._job_id, services.log)
        if resource.is_changing or not is_job_arn(resource.physical_id, self._stack_id):
            return None
        try:
            job = services.bedrock.get_job(resource.physical_id)
        except AwsError as error:
            services.log.write("job not read", "WARNING", reason=failed(error))
            return None
        self._wait = replace(self._wait, missing=0 if job else self._wait.missing + 1)
        return job
