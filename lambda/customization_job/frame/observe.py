"""What every resource type reads of its stack before it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .advice import failed
from .errors import AwsError
from .stack import UNKNOWN_RESOURCE, ResourceState, Stacks, StackState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .log import Log
    from .retry import Retry

READS = 3
"""How often something is read that may not be visible yet, because it has only just been created."""

_PAUSES = (1.5, 3.0, 7.5, 11.0)
"""Seconds between one read and the next."""


def read_stack(stacks: Stacks, stack_id: str, retry: Retry, log: Log, *, is_delete: bool) -> StackState:
    """Read a stack's status. The status of an idle stack is read again: it may be a moment old.

    Args:
        stacks: CloudFormation.
        stack_id: the stack's ARN.
        retry: the time that is left.
        log: where to write that the status could not be read.
        is_delete: whether the event is a Delete, which goes on without the status.
    """
    found = StackState(status=None)
    try:
        for _ in attempts(retry, READS):
            found = stacks.get_stack(stack_id, is_needed=not is_delete)
            if found.phase.is_active or (is_delete and found.is_in_progress):
                break
    except AwsError as error:
        log.write("stack not read", "ERROR", code=error.reason, reason=failed(error))
        return StackState(status=None, unread=error)
    return found


def read_resource(stacks: Stacks, stack_id: str, logical_id: str, log: Log) -> ResourceState:
    """Read a resource's physical id and status.

    Args:
        stacks: CloudFormation.
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
        log: where to write that they could not be read.
    """
    try:
        return stacks.get_resource(stack_id, logical_id)
    except AwsError as error:
        log.write("resource not read", "WARNING", code=error.reason)
        return UNKNOWN_RESOURCE


def read_operation_began(stacks: Stacks, stack_id: str, log: Log) -> float | None:
    """Read from the stack's events when its last operation began; None where that is unknown.

    Args:
        stacks: CloudFormation.
        stack_id: the stack's ARN.
        log: where to write that they could not be read.
    """
    try:
        return stacks.operation_began(stack_id)
    except AwsError as error:
        log.write("events not read", "WARNING", code=error.reason)
        return None


def is_created_here(
    created: float | None, stack: StackState, stacks: Stacks, stack_id: str, log: Log
) -> bool | None:
    """Return whether the operation that is rolled back has created something; None where that is unknown.

    The stack's time proves it where it is not later. Where it is later, what was created is older, or the
    rollback has changed that time, which is not documented; then the stack's events decide.

    Args:
        created: when it was created, in seconds since 1970; None where that is unknown.
        stack: the stack's status.
        stacks: CloudFormation.
        stack_id: the stack's ARN.
        log: where to write that the events could not be read.
    """
    if stack.is_rollback_of_creation:
        return True
    if created is None:
        return None
    if stack.changed is not None and created >= stack.changed:
        return True
    began = read_operation_began(stacks, stack_id, log)
    return None if began is None else created >= began


def attempts(retry: Retry, times: int) -> Iterator[None]:
    """Yield as many times, with a pause before each but the first, while there is time."""
    for attempt in range(times):
        if attempt and not retry.wait(_PAUSES[attempt - 1]):
            return
        yield
