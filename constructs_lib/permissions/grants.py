"""Permissions on a job and its model, and statements that the owners of keys and buckets must add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .keys import model_key_service_statement, model_key_statements, via
from .statements import allow, merged, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .locations import S3Location
    from .statements import Statement


def read_statement(job_arn: str) -> Statement:
    """Return the statement that permits reading the job's status, settings and outcome."""
    return allow(["bedrock:GetModelCustomizationJob"], [job_arn])


def stop_statement(job_arn: str) -> Statement:
    """Return the statement that permits stopping the job while it runs."""
    return allow(["bedrock:StopModelCustomizationJob"], [job_arn])


def tag_statement(job_arn: str) -> Statement:
    """Return the statement that permits reading and changing the job's tags."""
    actions = ["bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:UntagResource"]
    return allow(actions, [job_arn])


def invoke_statement(target_arn: str) -> Statement:
    """Return the statement that permits inference on a model deployment or on provisioned throughput.

    A custom model itself cannot be invoked, only what serves it. A caller of an encrypted model also needs
    `model_key_user_statements`. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html.
    """
    return allow(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], [target_arn])


def model_key_owner_statements(principal_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Return what a key's owner adds to its policy: `principal_arns` encrypt a model, Bedrock serves it.

    Args:
        principal_arns: the ARNs of the roles of the job: its service role, and the role of the function.
        region: the Region of the job, through whose Bedrock the key may be used.
    """
    [use] = model_key_statements(["*"], region=region)
    return [_to("BedrockEncryptsCustomModels", use, principal_arns), model_key_service_statement()]


def data_key_owner_statements(principal_arns: Sequence[str], *, region: str, write: bool) -> list[Statement]:
    """Return what a key's owner adds to its policy so that `principal_arns` reach a bucket's objects.

    Args:
        principal_arns: the ARNs of the roles, such as the job's service role.
        region: the Region of the bucket, through whose S3 the key may be used.
        write: whether they also write objects, as a job does to its output.
    """
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if write else ["kms:Decrypt"]
    return [_to("BedrockReachesEncryptedData", allow(actions, ["*"], via("s3", region)), principal_arns)]


def bucket_owner_statements(
    principal_arns: Sequence[str], *, read: Sequence[S3Location], write: Sequence[S3Location], partition: str
) -> list[Statement]:
    """Return what the owners of buckets add to their policies so that `principal_arns` reach the objects.

    One statement may name several buckets; each owner uses the part that names their bucket. See
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html.

    Args:
        principal_arns: the ARNs of the roles, such as the job's service role.
        read: what they read: the job's data.
        write: what they read and write: the job's output.
        partition: the partition of the buckets, such as `aws`.
    """
    objects = [allow(["s3:GetObject"], one.objects_to_read(partition)) for one in read]
    objects += [allow(["s3:GetObject", "s3:PutObject"], one.objects_to_write(partition)) for one in write]
    buckets = [allow(["s3:ListBucket"], [one.bucket_arn(partition)]) for one in (*read, *write)]
    statements = merged([*objects, *buckets])
    return [
        _to(f"BedrockReachesData{number}", statement, principal_arns)
        for number, statement in enumerate(statements, 1)
    ]


def _to(sid: str, statement: Statement, principal_arns: Sequence[str]) -> Statement:
    return {"Sid": sid, **statement, "Principal": {"AWS": scalar(principal_arns)}}
