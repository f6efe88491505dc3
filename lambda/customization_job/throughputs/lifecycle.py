"""Carries out one event of a throughput: each kind of event has a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError
from ..frame.event import DELETE, UPDATE
from ..frame.stack import StackPhase
from ..serving.actions import ActionError
from ..serving.decide import is_expected
from . import decide
from .buying import Buying
from .deletion import Deletion
from .desired_state import problems
from .messages import SENTENCES
from .rollback import Rollback
from .task import Task

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..services import Services
    from .desired_state import Change


class ThroughputLifecycle:
    """One event of a throughput.

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
            return self._task.failed(SENTENCES.call_failed(error))
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
            return task.failed(SENTENCES.invalid(found))
        if reason := decide.why_impossible(change):
            return task.failed(reason)
        resource = task.resource()
        if not is_expected(change, resource, stack):
            return task.failed(SENTENCES.out_of_date)
        if resource.is_changing:
            task.actions.sent = resource.changed
        return Buying(task).run(stack)
