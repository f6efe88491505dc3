"""What the function needs to decide whether a model is promoted: its records, and what conditions ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contract.promotion import APPROVED_TAG, POLICY_NAME
from ..contract.resource import STACK_TAG
from .keys import data_key_statements
from .statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .locations import S3Location
    from .statements import Statement


def records_statements(
    output: S3Location, prefix: str, *, partition: str, region: str, account: str
) -> list[Statement]:
    """Return the statements by which the function keeps the policy and the records of one promotion.

    A record is never deleted. Only with the permission to list does S3 tell a missing object from a denied
    one. See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html.

    Args:
        output: where the jobs write; the records are in its bucket.
        prefix: the prefix that belongs to the one resource, with a slash at its end.
        partition: the partition of the stack.
        region: its Region.
        account: its account, which the bucket belongs to.
    """
    start = f"{output.bucket_arn(partition)}/{prefix}"
    keys = [output.key_arn] if output.key_arn else []
    return [
        allow(["s3:GetObject", "s3:PutObject"], [f"{start}*"], _owned_by(account)),
        allow(["s3:DeleteObject"], [f"{start}{POLICY_NAME}"], _owned_by(account)),
        _list(output, prefix, partition, account),
        *data_key_statements(read=[], write=keys, region=region),
    ]


def read_records_statements(
    output: S3Location, prefix: str, *, partition: str, region: str, account: str
) -> list[Statement]:
    """Return the statements by which the function reads the records before it deletes a model.

    Args:
        output: as above.
        prefix: as above.
        partition: as above.
        region: as above.
        account: as above.
    """
    keys = [output.key_arn] if output.key_arn else []
    return [
        allow(["s3:GetObject"], [f"{output.bucket_arn(partition)}/{prefix}*"], _owned_by(account)),
        _list(output, prefix, partition, account),
        *data_key_statements(read=keys, write=[], region=region),
    ]


def answers_statements(
    data: S3Location, stack_id: str, *, partition: str, region: str, account: str
) -> list[Statement]:
    """Return the statements for asking deployments of the stack, besides those for creating them.

    Args:
        data: the object with the records, in a bucket of the account.
        stack_id: the stack's ARN, which its deployments have in a tag.
        partition: the partition of the stack.
        region: its Region.
        account: its account.
    """
    deployments = f"arn:{partition}:bedrock:{region}:{account}:custom-model-deployment/*"
    own = {"StringEquals": {f"aws:ResourceTag/{STACK_TAG}": stack_id}}
    return [
        allow(["s3:GetObject"], [f"{data.bucket_arn(partition)}/{data.path}"], _owned_by(account)),
        *data_key_statements(read=[data.key_arn] if data.key_arn else [], write=[], region=region),
        allow(["bedrock:InvokeModel"], [deployments], own),
    ]


def alarm_statements(alarm_arns: Sequence[str], *, counts_invocations: bool) -> list[Statement]:
    """Return the statements for reading the states of alarms, and perhaps the number of invocations.

    AWS limits metrics to no resource. See
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html.

    Args:
        alarm_arns: the alarms.
        counts_invocations: whether the number of invocations is read.
    """
    return [
        allow(["cloudwatch:DescribeAlarms"], alarm_arns),
        *([allow(["cloudwatch:GetMetricStatistics"], ["*"])] if counts_invocations else []),
    ]


def put_events_statement(source: str, *, partition: str, region: str, account: str) -> Statement:
    """Return the statement for sending events about decisions to the default bus.

    The keys may have several values, one for each event of a call, so that each must be the one. See
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html.

    Args:
        source: the source of the events.
        partition: the partition of the stack.
        region: its Region.
        account: its account.
    """
    bus = f"arn:{partition}:events:{region}:{account}:event-bus/default"
    only = {"ForAllValues:StringEquals": {"events:source": source}, "Null": {"events:source": "false"}}
    return allow(["events:PutEvents"], [bus], only)


def no_approval_statement(models_arn: str) -> Statement:
    """Return the statement by which the function can neither approve a model nor take an approval back.

    It may tag models, because their tags change with the template. See
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html.

    Args:
        models_arn: the ARN of all custom models of the account and Region, with a wildcard.
    """
    approval = {"ForAnyValue:StringEquals": {"aws:TagKeys": APPROVED_TAG}}
    denied = allow(["bedrock:TagResource", "bedrock:UntagResource"], [models_arn], approval)
    return {**denied, "Effect": "Deny"}


def _list(output: S3Location, prefix: str, partition: str, account: str) -> Statement:
    below = {"StringLike": {"s3:prefix": f"{prefix}*"}}
    return allow(["s3:ListBucket"], [output.bucket_arn(partition)], {**below, **_owned_by(account)})


def _owned_by(account: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:ResourceAccount": account}}
