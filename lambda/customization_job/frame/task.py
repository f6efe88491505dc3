"""A task, as a state machine of the stack asks for it, and what it gets back; nothing in it is trusted.

A task names resources of the stack and holds numbers, and nothing that is secret: the history of an execution
shows it. What is true of the resources is read from CloudFormation and Bedrock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from contract.tasks import IS_OVER, KIND, PAUSE, STACK_ID, TASK

from .event import EventError
from .properties import LOGICAL_ID

if TYPE_CHECKING:
    import re

_LARGEST = 10**12
_LONGEST_PAUSE = 86_400

_SHORTEST_LOOK, _LONGEST_LOOK = 30.0, 300.0
_SHARE = 20
"""A look at a job comes after a twentieth of its age: an execution has room for 2,700 looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task.

    Args:
        kind: one of the kinds in `contract.tasks`.
        stack_id: the stack's ARN.
        members: all of its members; the kind knows which it needs.
    """

    kind: str
    stack_id: str
    members: Mapping[str, object]

    def logical_id(self, name: str) -> str:
        """Return a member that is a logical id.

        Raises:
            EventError: it is not one.
        """
        return self.text(name, LOGICAL_ID)

    def text(self, name: str, pattern: re.Pattern[str]) -> str:
        """Return a member that is a text of one form.

        Raises:
            EventError: it is not one.
        """
        value = self.members.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise EventError(f"{name} is not valid")
        return value

    def number(self, name: str) -> int:
        """Return a member that is a whole number, and 0 where it is left out.

        Raises:
            EventError: it is not one.
        """
        value = self.members.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST:
            raise EventError(f"{name} must be a whole number from 0 to {_LARGEST - 1}")
        return value


class TaskResult(NamedTuple):
    """What was done about a task, and when to go on.

    Args:
        decision: what was decided, and why; the log says it.
        pause: the seconds until the state machine calls the function again; None where nothing is left to do.
        members: members of the task that change. Default: none.
        level: the severity of the line in the log. Default: `INFO`.
    """

    decision: str
    pause: float | None = None
    members: Mapping[str, object] = {}
    level: str = "INFO"


def read_task(event: Mapping[str, object]) -> Task:
    """Read a task.

    Raises:
        EventError: no state machine of the stack would send this.
    """
    given = event.get(TASK)
    if set(event) != {TASK} or not isinstance(given, Mapping):
        raise EventError(f"it must have {TASK}, an object, and nothing else")
    kind, stack_id = given.get(KIND), given.get(STACK_ID)
    if not isinstance(kind, str) or not isinstance(stack_id, str):
        raise EventError(f"{TASK} must have {KIND} and {STACK_ID}")
    return Task(kind=kind, stack_id=stack_id, members=given)


def returned(task: Task, result: TaskResult) -> dict[str, object]:
    """Return what the state machine gets: the task for the next event, and whether and when it comes."""
    is_over = result.pause is None
    pause = 0 if result.pause is None else min(max(round(result.pause), 1), _LONGEST_PAUSE)
    return {TASK: {**task.members, **result.members}, IS_OVER: is_over, PAUSE: pause}


def pause_for(age: float) -> float:
    """Return the seconds until a task looks at a job again: more for a job that has run for long.

    Args:
        age: the seconds since the job was created.
    """
    return min(max(_SHORTEST_LOOK, age / _SHARE), _LONGEST_LOOK)


def refused() -> dict[str, object]:
    """Return what a state machine gets for a task that is not carried out: nothing is left to do."""
    return {TASK: {}, IS_OVER: True, PAUSE: 0}
