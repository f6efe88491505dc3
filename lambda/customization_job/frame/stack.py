"""What the status of a stack, and of a resource in it, means for an event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .errors import AwsError


class StackPhase(Enum):
    """What a stack is doing, as far as it decides whether something may be started for it now."""

    IN_PROGRESS = "a create or update is in progress"
    ROLLING_BACK = "a rollback or deletion is in progress"
    ROLLED_BACK = "the last operation was rolled back, or the stack is deleted"
    IDLE = "no operation is in progress"
    UNKNOWN = "the status could not be read"

    @property
    def has_failed(self) -> bool:
        """Whether the operation that sent the event has failed: what it started must not go on."""
        return self in (StackPhase.ROLLING_BACK, StackPhase.ROLLED_BACK)

    @property
    def is_active(self) -> bool:
        """Whether an operation is in progress that may be waiting for a response."""
        return self not in (StackPhase.IDLE, StackPhase.ROLLED_BACK)


_ROLLING_BACK = {
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
}


def phase_of(status: str) -> StackPhase:
    """Return what a stack's status means.

    Args:
        status: as `DescribeStacks` returns it; "" where there is no such stack any more.
    """
    if status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
        return StackPhase.IN_PROGRESS
    if status in _ROLLING_BACK:
        return StackPhase.ROLLING_BACK
    if not status or "ROLLBACK" in status or status.startswith("DELETE_"):
        return StackPhase.ROLLED_BACK
    return StackPhase.IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """A stack as `DescribeStacks` returns it.

    Args:
        status: its status; "" where there is no such stack, None where it could not be read.
        changed: when the last operation began, in seconds since 1970. Whether a rollback changes that time
            is not documented. Default: unknown.
        is_parents_rollback: whether a nested stack is deleted because its root stack is rolled back; None
            where the root stack could not be read.
        root_id: the ARN of the root stack, where the stack is nested. Default: it is not.
        unread: why the status could not be read. Default: it could.
    """

    status: str | None
    changed: float | None = None
    is_parents_rollback: bool | None = False
    root_id: str = ""
    unread: AwsError | None = None

    @property
    def phase(self) -> StackPhase:
        """What the stack is doing."""
        return StackPhase.UNKNOWN if self.status is None else phase_of(self.status)

    @property
    def is_in_progress(self) -> bool:
        """Whether an operation is in progress, the cleanup after an update included."""
        return (self.status or "").endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_deleted_whole(self) -> bool:
        """Whether every resource is deleted: the stack is being deleted, or its creation rolled back."""
        return self.status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")

    @property
    def is_rollback(self) -> bool:
        """Whether a failed deployment is being rolled back."""
        return bool(self.is_parents_rollback) or "ROLLBACK" in (self.status or "")

    @property
    def is_rollback_of_creation(self) -> bool:
        """Whether everything in the stack was created by the operation that is rolled back."""
        return self.status == "ROLLBACK_IN_PROGRESS" or bool(self.is_parents_rollback)

    def is_later_than(self, moment: float) -> bool:
        """Return whether the stack's operation began after a moment, in seconds since 1970."""
        return self.changed is not None and self.changed > moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceState:
    """A resource as `DescribeStackResource` returns it.

    Its physical id says which job is the resource's current one.

    Args:
        is_known: whether CloudFormation could be called.
        physical_id: its physical id. Default: the stack has no such resource, or it has no id yet.
        status: its status. Default: the stack has no such resource.
        changed: when its status changed last, in seconds since 1970. Default: unknown.
        resource_type: its type. Default: the stack has no such resource.
    """

    is_known: bool
    physical_id: str = ""
    status: str = ""
    changed: float | None = None
    resource_type: str = ""

    @property
    def is_leaving(self) -> bool:
        """Whether the resource is not in the stack, or is being deleted, so that no job is current."""
        return self.is_known and (not self.status or self.status.startswith("DELETE_"))

    @property
    def is_changing(self) -> bool:
        """Whether a Create or an Update is in progress, which may make another job the current one."""
        return self.status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")

    @property
    def is_undecided(self) -> bool:
        """Whether the current job is unknown: CloudFormation was not called, or a Create is in progress."""
        return not self.is_known or self.status == "CREATE_IN_PROGRESS"

    def has_current(self, arn: str) -> bool:
        """Return whether a job is the resource's current one."""
        return self.is_known and not self.is_leaving and self.physical_id == arn

    def may_lose(self, physical_id: str, stack: StackState, *, is_named: bool) -> bool:
        """Return whether a Delete is about what has this id, and not about the resource's current one.

        An id that the event itself names is trusted where the operation in progress has not touched the
        resource: CloudFormation may not show yet that it deletes it. A name is not trusted before the cleanup
        of an update: it may be that of a failed attempt, and of the current deployment too, as an ARN never
        is. In a rollback the id is trusted in any case: what CloudFormation shows of a resource then is not
        documented.

        Args:
            physical_id: what may be deleted.
            stack: the stack's status.
            is_named: whether the event's physical id is this id.
        """
        if not self.has_current(physical_id):
            return True
        if not is_named or not stack.is_in_progress:
            return False
        is_early = stack.status == "UPDATE_IN_PROGRESS" and not physical_id.startswith("arn:")
        return stack.is_rollback or (not is_early and self.is_untouched(stack))

    def is_untouched(self, stack: StackState) -> bool:
        """Return whether the operation in progress has not changed the resource yet, as far as is known."""
        is_unknown = self.changed is None or stack.changed is None
        return stack.is_in_progress and (is_unknown or stack.is_later_than(self.changed or 0.0))


UNKNOWN_RESOURCE = ResourceState(is_known=False)


class Stacks(Protocol):
    """The calls of CloudFormation. What fails is an `AwsError`."""

    def get_stack(self, stack_id: str, *, is_needed: bool = True) -> StackState:
        """Return a stack's status and when its last operation began.

        Args:
            stack_id: the stack's ARN.
            is_needed: whether the event fails without it; else a denied call is not retried.
        """
        ...

    def get_resource(self, stack_id: str, logical_id: str) -> ResourceState:
        """Return a resource's physical id and status."""
        ...

    def list_resources(self, stack_id: str, resource_type: str = "") -> Mapping[str, str]:
        """Return the physical ids of a stack's resources, by logical id.

        Args:
            stack_id: the stack's ARN.
            resource_type: only resources of this type. Default: of any type.
        """
        ...

    def operation_began(self, stack_id: str) -> float | None:
        """Return when the stack's last operation began, read from its events, in seconds since 1970.

        Failed operations that were not rolled back count as one with what followed them.
        """
        ...

    def signal_resource(self, stack_id: str, logical_id: str, unique_id: str) -> None:
        """Send a wait condition the signal that something has succeeded.

        Args:
            stack_id: the stack's ARN.
            logical_id: the wait condition's logical id.
            unique_id: what the stack's events say; the same one again counts once. At most 64 characters.
        """
        ...
