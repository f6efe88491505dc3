"""Carries out one event of a deployment: each kind of event has a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..frame.event import DELETE, UPDATE
from ..frame.stack import StackPhase
from ..serving import decide
from ..serving.actions import ActionError
from . import messages
from .deletion import Deletion
from .deploying import Deploying
from .desired_state import problems
from .job_event import JobEvent
from .rollback import Rollback
from .task import Task

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..services import Services
    from .desired_state import Change


class DeploymentLifecycle:
    """One event of a deployment.

    Args:
        change: the event.
        services: the services of AWS.
    """

    def __init__(self, change: Change, services: Services) -> None:
        self._change = change
        self._task = Task(change, services)

    @property
    def physical_id(self) -> str:
        """The best physical id known so far."""
        return self._task.physical_id

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not."""
        try:
            return self._carry_out()
        except AwsError as error:
            return self._task.failed(messages.call_failed(error))
        except ActionError as error:
            return self._task.failed(str(error))

    def undo(self) -> None:
        """Undo nothing: a Delete follows a failed Create, and an Update that goes back a failed Update."""

    def _carry_out(self) -> Outcome:
        change, task = self._change, self._task
        stack = task.stack()
        if change.request_type == DELETE:
            return Deletion(task).run(stack)
        found = list(problems(change))
        if change.request_type == UPDATE and stack.phase is StackPhase.ROLLING_BACK:
            return Rollback(task).run(stack, found)
        if found:
            return task.failed(messages.invalid(found))
        resource = task.resource()
        if not decide.is_expected(change, resource, stack):
            return task.failed(messages.SENTENCES.out_of_date)
        if resource.is_changing:
            task.actions.sent = resource.changed
        if change.desired.follow:
            return JobEvent(task, change.desired.follow).run(stack)
        return Deploying(task).run(stack)
