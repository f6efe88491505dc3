"""The prefix of the names that the Lambda function generates for jobs and models."""

from __future__ import annotations

_LONGEST_ID = 30
_HEAD, _TAIL = 22, 8
_LONGEST_GROUP = 16


def name_prefix(stack_id: str, logical_id: str) -> str:
    """Return the prefix of every generated name of one resource, with the hyphen at its end.

    It depends only on what every event contains and what never changes, so a construct can be moved without a
    second training. A template can compute the same text (`Fn::Select`, `Fn::Split` of `AWS::StackId`), which
    event patterns need; that is why it contains the first group of the stack's UUID and not the stack's name,
    which no template can shorten.

    Args:
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
    """
    uuid = stack_id.rpartition("/")[2]
    return f"{short_logical_id(logical_id)}-{uuid.partition('-')[0][:_LONGEST_GROUP]}-"


def short_logical_id(logical_id: str) -> str:
    """Return a logical id in at most 30 characters; a longer one keeps the CDK's hash at its end.

    Args:
        logical_id: the resource's logical id, letters and digits.
    """
    if len(logical_id) <= _LONGEST_ID:
        return logical_id
    return logical_id[:_HEAD] + logical_id[-_TAIL:]
