"""Permissions on KMS keys: the buckets' keys through S3, the model's key through Bedrock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .statements import allow, merged, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Statement

_DATA_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
_MODEL_KEY = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


def data_key_statements(*, read: Sequence[str], write: Sequence[str], region: str) -> list[Statement]:
    """Permit to read objects under their buckets' own keys, and to encrypt what is written, through S3 only.

    A multipart upload needs `kms:Decrypt` too, so each key in `write` belongs in `read` as well. Rests on
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html.
    """
    condition = _via("s3", region)
    pairs = [("kms:Decrypt", [*read, *write]), ("kms:GenerateDataKey", list(write))]
    return merged(allow([action], keys, condition) for action, keys in pairs if keys)


def model_key_statements(key_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Permit to encrypt a custom model under `key_arns`, through Bedrock only; grants for Bedrock alone.

    `kms:GrantIsForAWSResource` stands apart because only `kms:CreateGrant` carries it. Rests on
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html.
    """
    if not key_arns:
        return []
    return [
        allow(_MODEL_KEY, key_arns, _via("bedrock", region)),
        allow(["kms:CreateGrant"], key_arns, _via("bedrock", region) | _GRANT),
    ]


def model_key_user_statements(key_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Permit to use a custom model that is encrypted under `key_arns`: Decrypt, through Bedrock only."""
    return [allow(["kms:Decrypt"], key_arns, _via("bedrock", region))] if key_arns else []


def key_policy_statements(*, partition: str, account: str) -> list[Statement]:
    """Leave the key in its account's hands, so that the IAM policies of this library are what grants its use.

    No role is named: a key policy that names a role, and a role policy that names the key, is a cycle that
    CloudFormation refuses, and naming the roles here would grant without their policies.
    """
    root = {"Principal": {"AWS": f"arn:{partition}:iam::{account}:root"}}
    return [{"Sid": "AccountKeepsControl"} | allow(["kms:*"], ["*"]) | root]


def model_key_owner_statements(principal_arns: Sequence[str], *, region: str) -> list[Statement]:
    """What a foreign key's owner adds to its policy so that `principal_arns` may encrypt a model."""
    use, grant = model_key_statements(["*"], region=region)
    return [
        _owned("BedrockEncryptsCustomModels", use, principal_arns),
        _owned("BedrockGrantsForCustomModels", grant, principal_arns),
    ]


def data_key_owner_statements(principal_arns: Sequence[str], *, region: str, write: bool) -> list[Statement]:
    """What a foreign key's owner adds to its policy so that `principal_arns` reach a bucket's objects."""
    actions = _DATA_KEY if write else _DATA_KEY[:1]
    return [_owned("BedrockReachesEncryptedData", allow(actions, ["*"], _via("s3", region)), principal_arns)]


def _owned(sid: str, statement: Statement, principal_arns: Sequence[str]) -> Statement:
    return {"Sid": sid, **statement, "Principal": {"AWS": scalar(principal_arns)}}


def _via(service: str, region: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}


_GRANT = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
