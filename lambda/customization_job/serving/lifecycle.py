"""Carries out one event of a deployment or a throughput; what each kind of event does is given to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple

from ..frame.errors import AwsError
from ..frame.event import DELETE, UPDATE
from ..frame.stack import StackPhase
from .actions import ActionError
from .decide import is_expected
from .ports import AnyServing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..frame.response import Outcome
    from ..frame.stack import StackState
    from .desired_state import Desired, ServingChange
    from .task import Task


class Steps(NamedTuple):
    """What each kind of event does.

    Args:
        problems: everything that is wrong with the desired state, in sentences.
        delete: carries out a Delete.
        roll_back: carries out an Update of a rollback, which never fails because of these problems.
        apply: carries out any other Create or Update.
    """

    problems: Iterable[str]
    delete: Callable[[StackState], Outcome]
    roll_back: Callable[[StackState, list[str]], Outcome]
    apply: Callable[[StackState], Outcome]


class ServingLifecycle(Generic[AnyServing]):
    """One event of a deployment or a throughput.

    Args:
        change: the event.
        task: what carrying it out needs.
        steps: what each kind of event does.
    """

    def __init__(self, change: ServingChange[Desired], task: Task[AnyServing], steps: Steps) -> None:
        self._change = change
        self._task = task
        self._steps = steps

    @property
    def physical_id(self) -> str:
        """The best physical id known so far."""
        return self._task.physical_id

    def run(self) -> Outcome:
        """Do what the event asks for, or return why not."""
        task = self._task
        try:
            return self._carry_out()
        except AwsError as error:
            return task.failed(task.sentences.call_failed(error))
        except ActionError as error:
            return task.failed(str(error))

    def undo(self) -> None:
        """Undo nothing: a Delete follows a failed Create, and an Update that goes back a failed Update."""

    def _carry_out(self) -> Outcome:
        change, task, steps = self._change, self._task, self._steps
        stack = task.stack()
        if change.request_type == DELETE:
            return steps.delete(stack)
        found = list(steps.problems)
        if change.request_type == UPDATE and stack.phase is StackPhase.ROLLING_BACK:
            return steps.roll_back(stack, found)
        if found:
            return task.failed(task.sentences.invalid(found))
        resource = task.resource()
        if not is_expected(change, resource, stack):
            return task.failed(task.sentences.out_of_date)
        if resource.is_changing:
            task.actions.sent = resource.changed
        return steps.apply(stack)
