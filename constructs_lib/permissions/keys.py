"""Permissions on KMS keys: the buckets' keys through S3, the model's key through Bedrock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.request.tokens import is_known

from .statements import allow, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Statement

_MODEL_KEY = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")
_MODEL_USE = ("kms:Decrypt", "kms:GenerateDataKey")


def data_key_statements(*, read: Sequence[str], write: Sequence[str], region: str) -> list[Statement]:
    """Permit to read objects under their buckets' own keys, and to encrypt what is written, through S3 only.

    A multipart upload needs `kms:Decrypt` too, so each key in `write` belongs in `read` as well. Rests on
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html.
    """
    condition = via("s3", region)
    pairs = [("kms:Decrypt", [*read, *write]), ("kms:GenerateDataKey", list(write))]
    return merged(allow([action], keys, condition) for action, keys in pairs if keys)


def model_key_statements(key_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Permit to encrypt a custom model under `key_arns`, through Bedrock only.

    No `kms:GrantIsForAWSResource`: neither Bedrock's page nor Nova's has it. Rests on
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html.
    """
    return [allow(_MODEL_KEY, key_arns, via("bedrock", region))] if key_arns else []


def model_key_user_statements(key_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Permit to use a custom model that is encrypted under `key_arns`, through Bedrock only.

    Bedrock's page gives who invokes a model `kms:Decrypt`, Nova's `kms:GenerateDataKey` too. Rests on
    https://docs.aws.amazon.com/nova/latest/userguide/customize-fine-tune-encrypt.html.
    """
    return [allow(_MODEL_USE, key_arns, via("bedrock", region))] if key_arns else []


def model_key_service_statement() -> Statement:
    """Let Bedrock itself use a key for what it makes of a custom model that is encrypted under it.

    Bedrock optimizes a Nova model for provisioned throughput under the model's own key, as a service and not
    through a role. It stands in a key policy. No `aws:SourceAccount`: the page has none, and what Bedrock
    sends there is not recorded; the encryption context keeps the key to custom models. Rests on
    https://docs.aws.amazon.com/nova/latest/userguide/customize-fine-tune-encrypt.html.
    """
    custom_models = {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:bedrock:custom-model"}}
    return {
        "Sid": "BedrockServesCustomModels",
        **allow(_MODEL_USE, ["*"], custom_models),
        "Principal": {"Service": "bedrock.amazonaws.com"},
    }


def key_policy_statements(*, partition: str, account: str) -> list[Statement]:
    """Leave the key in its account's hands, and let Bedrock serve models under it.

    The IAM policies of this library are what grants its use. No role is named: a key policy that names a
    role, and a role policy that names the key, is a cycle that CloudFormation refuses, and naming the roles
    here would grant without their policies.
    """
    root = {"Principal": {"AWS": f"arn:{partition}:iam::{account}:root"}}
    return [
        {"Sid": "AccountKeepsControl"} | allow(["kms:*"], ["*"]) | root,
        model_key_service_statement(),
    ]


def via(service: str, region: str) -> dict[str, dict[str, str]]:
    """Permit calls that a service makes on the caller's behalf, and no direct ones."""
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}


def key_arn(identifier: str, *, partition: str, region: str, account: str) -> str:
    """Give the ARN of a key that is named by id or by ARN; a token is taken for an ARN."""
    if identifier.startswith("arn:") or not is_known(identifier):
        return identifier
    return f"arn:{partition}:kms:{region}:{account}:key/{identifier}"
