"""What a stack's status means for a job that somebody wants."""

from __future__ import annotations

from enum import Enum


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
