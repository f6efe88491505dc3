"""What the state of a stack, and of a resource in it, means for a job that somebody wants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stack(Enum):
    """Who would own a job that were started now."""

    LIVE = "a create or update is in progress"
    GOING_BACK = "a rollback or deletion is in progress"
    GONE_BACK = "the last operation was rolled back, or the stack is deleted"
    SETTLED = "no operation is in progress"
    UNKNOWN = "CloudFormation could not be asked"

    @property
    def is_over(self) -> bool:
        """Whether the operation that wanted a job has failed: what it started must not go on."""
        return self in (Stack.GOING_BACK, Stack.GONE_BACK)

    @property
    def is_moving(self) -> bool:
        """Whether an operation is in progress that may be waiting for an answer."""
        return self not in (Stack.SETTLED, Stack.GONE_BACK)


_GOING_BACK = {
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
}


def read_stack(status: str) -> Stack:
    """Say what a stack's status means.

    Args:
        status: As `DescribeStacks` gives it; "" where there is no such stack any more.
    """
    if status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
        return Stack.LIVE
    if status in _GOING_BACK:
        return Stack.GOING_BACK
    if not status or "ROLLBACK" in status or status.startswith("DELETE_"):
        return Stack.GONE_BACK
    return Stack.SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """A stack as `DescribeStacks` tells it.

    Args:
        status: Its status; "" where there is no such stack, None where CloudFormation could not be asked.
        changed: When CloudFormation says that the last operation began, in seconds since 1970. Whether a
            rollback moves that time is not documented. Default: not told.
        is_parents_rollback: Whether a nested stack is deleted because its root stack is rolled back; None
            where the root stack could not be read.
    """

    status: str | None
    changed: float | None = None
    is_parents_rollback: bool | None = False

    @property
    def phase(self) -> Stack:
        """Who would own a job that were started now."""
        return Stack.UNKNOWN if self.status is None else read_stack(self.status)

    @property
    def is_in_progress(self) -> bool:
        """Whether an operation is in progress, the cleanup after an update included."""
        return (self.status or "").endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_deleted_whole(self) -> bool:
        """Whether everything in the stack goes: it is being deleted, or its creation rolled back."""
        return self.status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")

    @property
    def is_rollback(self) -> bool:
        """Whether a failed deployment is being taken back."""
        return bool(self.is_parents_rollback) or "ROLLBACK" in (self.status or "")

    @property
    def is_rollback_of_creation(self) -> bool:
        """Whether everything that this stack ever had was made by the operation that is taken back."""
        return self.status == "ROLLBACK_IN_PROGRESS" or bool(self.is_parents_rollback)

    def is_later_than(self, moment: float) -> bool:
        """Whether the stack's operation began after a moment, in seconds since 1970."""
        return self.changed is not None and self.changed > moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What `DescribeStackResource` says of the resource: which physical id stands for it.

    Args:
        is_known: Whether CloudFormation could be asked.
        physical_id: The id. Default: the stack has no such resource, or it has no id yet.
        status: The resource's status. Default: the stack has no such resource.
        changed: When its status changed last, in seconds since 1970. Default: not told.
    """

    is_known: bool
    physical_id: str = ""
    status: str = ""
    changed: float | None = None

    @property
    def is_leaving(self) -> bool:
        """Whether nothing stands any more: the resource is not in the stack, or is being deleted."""
        return self.is_known and (not self.status or self.status.startswith("DELETE_"))

    @property
    def is_changing(self) -> bool:
        """Whether a Create or an Update of the resource is under way, which may let another job stand."""
        return self.status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")

    @property
    def is_open(self) -> bool:
        """Whether nobody can say what stands: CloudFormation was not asked, or a Create is under way."""
        return not self.is_known or self.status == "CREATE_IN_PROGRESS"

    def holds(self, arn: str) -> bool:
        """Whether a job stands for the resource."""
        return self.is_known and not self.is_leaving and self.physical_id == arn

    def is_untouched(self, state: StackState) -> bool:
        """Whether the operation that is in progress has not changed the resource yet, as far as is known."""
        is_unknown = self.changed is None or state.changed is None
        return state.is_in_progress and (is_unknown or state.is_later_than(self.changed or 0.0))


UNASKED = Standing(is_known=False)


class Stacks(Protocol):
    """The questions to CloudFormation. What is refused is a `Refusal`."""

    def get_stack(self, stack_id: str) -> StackState:
        """Read where a stack's operation stands, and when it began."""
        ...

    def get_resource(self, stack_id: str, logical_id: str) -> Standing:
        """Read which physical id stands for a resource."""
        ...

    def list_resources(self, stack_id: str) -> Mapping[str, str]:
        """Read which physical id stands for every resource of a stack, by logical id."""
        ...

    def operation_began(self, stack_id: str) -> float | None:
        """Read from the stack's events when its last operation began, in seconds since 1970.

        Failed operations that were not rolled back count as one with what followed them.
        """
        ...
