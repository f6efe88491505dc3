"""Every sentence that a failed deployment of a sweep may show: what happened, and what to do about it."""

from __future__ import annotations

ROLLED_BACK = (
    "The sweep was not started, because the stack is being rolled back or deleted. Correct the first failure "
    "in the stack's events, and deploy again."
)

NEVER_STARTED = "unchanged: no trial is started before the deployment has succeeded"
RETAINED = "unchanged: OnDelete is Retain"
UNKNOWN_CURRENT = "unchanged: it is unknown which trials the stack's current sweep has"
STACK_UNREAD = (
    "The status of the stack could not be read, so it is unknown which jobs are still needed, and none was "
    "stopped. Check that the function's role may call cloudformation:DescribeStacks and "
    "cloudformation:DescribeStackResource on the stack, and delete it again."
)


def invalid(problems: list[str]) -> str:
    """Return everything that is wrong with what is desired."""
    return "The sweep was not started, because it is not valid: " + " | ".join(problems)


def not_started(cause: str) -> str:
    """Return why a call that failed kept anything from being started."""
    return f"The sweep was not started: {cause}"
