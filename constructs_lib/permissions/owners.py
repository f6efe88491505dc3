"""What the owners of foreign keys and buckets add to their own policies, for a job to reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .keys import model_key_service_statement, model_key_statements, via
from .statements import allow, merged, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .locations import S3Location
    from .statements import Statement


def model_key_owner_statements(principal_arns: Sequence[str], *, region: str) -> list[Statement]:
    """What a foreign key's owner adds to its policy: `principal_arns` encrypt a model, Bedrock serves it."""
    [use] = model_key_statements(["*"], region=region)
    return [_owned("BedrockEncryptsCustomModels", use, principal_arns), model_key_service_statement()]


def data_key_owner_statements(principal_arns: Sequence[str], *, region: str, write: bool) -> list[Statement]:
    """What a foreign key's owner adds to its policy so that `principal_arns` reach a bucket's objects."""
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if write else ["kms:Decrypt"]
    return [_owned("BedrockReachesEncryptedData", allow(actions, ["*"], via("s3", region)), principal_arns)]


def bucket_owner_statements(
    principal_arns: Sequence[str], *, read: Sequence[S3Location], write: Sequence[S3Location], partition: str
) -> list[Statement]:
    """What the owners of foreign buckets add to their policies so that `principal_arns` reach the objects.

    One statement may name several buckets; each owner takes what names the own one. Rests on
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html.
    """
    objects = [allow(["s3:GetObject"], place.objects_to_read(partition)) for place in read]
    objects += [allow(["s3:GetObject", "s3:PutObject"], place.objects_to_write(partition)) for place in write]
    buckets = [allow(["s3:ListBucket"], [place.bucket_arn(partition)]) for place in (*read, *write)]
    found = merged([*objects, *buckets])
    sids = [f"BedrockReachesData{number}" for number in range(1, len(found) + 1)]
    return [_owned(sid, one, principal_arns) for sid, one in zip(sids, found, strict=True)]


def _owned(sid: str, statement: Statement, principal_arns: Sequence[str]) -> Statement:
    return {"Sid": sid, **statement, "Principal": {"AWS": scalar(principal_arns)}}
