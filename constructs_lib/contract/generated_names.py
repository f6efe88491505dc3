"""How the names start that the handler makes for jobs and models."""

from __future__ import annotations

_LONGEST_ID = 30
_HEAD, _TAIL = 22, 8
_LONGEST_GROUP = 16


def name_prefix(stack_id: str, logical_id: str) -> str:
    """Return how every generated name of one resource starts, the last hyphen included.

    It follows only from what every event has and what never changes, so a construct can be moved without a
    second training. A template can write the same text (`Fn::Select`, `Fn::Split` of `AWS::StackId`), as an
    event pattern needs it; that is why the stack is named by the first group of its UUID and not by its name,
    which no template can shorten.

    Args:
        stack_id: The stack's ARN.
        logical_id: The resource's logical id.
    """
    uuid = stack_id.rpartition("/")[2]
    return f"{short_logical_id(logical_id)}-{uuid.partition('-')[0][:_LONGEST_GROUP]}-"


def short_logical_id(logical_id: str) -> str:
    """Return a logical id in at most 30 characters; a longer one keeps its hash, which the CDK puts last.

    Args:
        logical_id: The resource's logical id, letters and digits.
    """
    if len(logical_id) <= _LONGEST_ID:
        return logical_id
    return logical_id[:_HEAD] + logical_id[-_TAIL:]
