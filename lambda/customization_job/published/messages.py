"""Every sentence that a failed deployment of a published model may show: what happened, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.resource import RESOURCE_TAG, STACK_TAG

from ..frame import advice
from ..frame.errors import AwsError, ErrorKind
from ..frame.stack import StackPhase

if TYPE_CHECKING:
    from ..frame.parameters import Parameter

_ROLLED_BACK = (
    "The model was not published, because the stack is being rolled back or deleted. Correct the first "
    "failure in the stack's events, and deploy again."
)
NOT_IN_PROGRESS = {
    StackPhase.ROLLING_BACK: _ROLLED_BACK,
    StackPhase.ROLLED_BACK: _ROLLED_BACK,
    StackPhase.IDLE: (
        "The model was not published, because this event came late: no operation of the stack is in "
        "progress. Deploy again."
    ),
    StackPhase.UNKNOWN: (
        "The model was not published, because the stack's status could not be read. Check that the "
        "function's role may call cloudformation:DescribeStacks on the stack, and deploy again."
    ),
}
SUPERSEDED = (
    "The model was not published, because the resource has another parameter already: this event is out of "
    "date."
)
CHANGED = (
    "The model was not published, because the parameter was created and deleted by somebody else at the same "
    "time. Deploy again."
)

UNREADABLE = "the function may not read it: there is no such parameter, or it is not this stack's"

_ADVICE = {
    ErrorKind.QUOTA: (
        "An account has at most 10,000 standard parameters in a Region, and a parameter at most 50 tags. "
        "Delete parameters that are not needed, and deploy again."
    ),
}


def invalid(problems: list[str]) -> str:
    """Return everything that is wrong with the desired state."""
    return "The model was not published, because the properties are not valid: " + " | ".join(problems)


def taken(parameter: Parameter) -> str:
    """Return that the name of the parameter is in use by somebody else."""
    return (
        f"The model was not published: {foreign(parameter)}. Choose another name, or delete the parameter if "
        "nobody needs it, and deploy again."
    )


def foreign(parameter: Parameter) -> str:
    """Return whose a parameter is that is not ours."""
    stack, resource = parameter.tags.get(STACK_TAG, ""), parameter.tags.get(RESOURCE_TAG, "")
    whose = "was not created by this stack"
    if stack:
        whose = f"belongs to the resource {resource} of the stack {stack}"
    return advice.scrubbed(f"the parameter {parameter.name} exists and {whose}")


def call_failed(error: AwsError) -> str:
    """Return which call failed, how often it was tried, and what to do."""
    return f"{advice.failed(error, _ADVICE)}{advice.quoted(error)}"


def not_deleted(name: str, error: AwsError) -> str:
    """Return that a parameter is left, and why."""
    return f"The parameter {name} was not deleted. {call_failed(error)}"
