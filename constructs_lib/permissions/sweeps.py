"""What a sweep needs: the function writes its results, and a state machine runs its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contract.sweeps import DEFINITIONS_NAME, RESULTS_NAME
from .keys import data_key_statements
from .statements import allow

if TYPE_CHECKING:
    from .locations import S3Location
    from .statements import Statement


def results_statements(
    output: S3Location, prefix: str, *, partition: str, region: str, account: str
) -> list[Statement]:
    """Return the statements by which the function keeps the definition and the results of a sweep.

    Args:
        output: where the jobs of the sweep write.
        prefix: the prefix in its bucket that belongs to the sweep, with a slash at its end.
        partition: the partition of the stack.
        region: its Region.
        account: its account, which the bucket belongs to.
    """
    start = f"{output.bucket_arn(partition)}/{prefix}"
    objects = [f"{start}{RESULTS_NAME}", f"{start}{DEFINITIONS_NAME}*"]
    keys = [output.key_arn] if output.key_arn else []
    return [
        allow(["s3:GetObject", "s3:PutObject"], objects, {"StringEquals": {"aws:ResourceAccount": account}}),
        *data_key_statements(read=[], write=keys, region=region),
    ]


def distributed_map_statements(state_machine_arn: str, executions_arn: str) -> list[Statement]:
    """Return the statements by which a state machine runs the items of a Map in executions of its own.

    See https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html.

    Args:
        state_machine_arn: the state machine itself.
        executions_arn: the ARN of all of its executions, with a wildcard.
    """
    return [
        allow(["states:StartExecution"], [state_machine_arn]),
        allow(["states:DescribeExecution", "states:StopExecution"], [executions_arn]),
    ]
