"""Permissions on KMS keys: the buckets' keys through S3, the model's key through Bedrock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..request.tokens import is_known, literal
from .statements import allow, merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .statements import Statement

_MODEL_KEY = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")
_MODEL_USE = ("kms:Decrypt", "kms:GenerateDataKey")
_ALIAS = "alias/"
# A token, or a dynamic reference, may hold colons that divide nothing.
_PART = r"(?:\$\{Token\[[^\]]*\]\}|\{\{resolve:[^{}]*\}\}|[^:{}$])*"
_KMS_ARN = re.compile(rf"(?P<account>arn:{_PART}:kms:{_PART}:{_PART}):(?P<name>.+)")


def key_arn(identifier: str, *, partition: str, region: str, account: str) -> str:
    """Return the ARN of the key, or of the alias, that `identifier` names.

    Args:
        identifier: a key's id or ARN, or an alias or its ARN. A token is taken for a key's ARN.
        partition: AWS partition of the job.
        region: Region of the job.
        account: account of the job.
    """
    prefix = f"arn:{partition}:kms:{region}:{account}"
    if identifier.startswith(_ALIAS):
        return f"{prefix}:{identifier}"
    if identifier.startswith("arn:") or not is_known(identifier):
        return identifier
    return f"{prefix}:key/{identifier}"


def data_key_statements(*, read: Sequence[str], write: Sequence[str], region: str) -> list[Statement]:
    """Return the statements for decrypting what is read and encrypting what is written, through S3 only.

    A multipart upload needs `kms:Decrypt` too, so each key in `write` belongs in `read` as well. See
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html.

    Args:
        read: the ARNs of the keys, or of their aliases, that encrypt what is read.
        write: the same of what is written.
        region: the Region of the buckets.
    """
    through_s3 = via("s3", region)
    decrypt = key_statements(["kms:Decrypt"], [*read, *write], through_s3)
    return merged([*decrypt, *key_statements(["kms:GenerateDataKey"], write, through_s3)])


def model_key_statements(key_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Return the statements for encrypting a custom model under `key_arns`, through Bedrock only.

    No `kms:GrantIsForAWSResource`: neither Bedrock's page nor Nova's has it. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html.

    Args:
        key_arns: the ARNs of the keys or of their aliases; `*` in a key policy, where it is the key itself.
        region: the Region of the job.
    """
    return list(key_statements(_MODEL_KEY, key_arns, via("bedrock", region)))


def model_key_user_statements(key_arns: Sequence[str], *, region: str) -> list[Statement]:
    """Return the statements for using a custom model encrypted under `key_arns`, through Bedrock only.

    Bedrock's page lists `kms:Decrypt` for callers of a model, Nova's page `kms:GenerateDataKey` too. See
    https://docs.aws.amazon.com/nova/latest/userguide/customize-fine-tune-encrypt.html.
    """
    return list(key_statements(_MODEL_USE, key_arns, via("bedrock", region)))


def model_key_service_statement() -> Statement:
    """Return the key policy statement by which Bedrock itself uses the key of a custom model.

    Bedrock optimizes a Nova model for provisioned throughput under the model's own key, as a service and not
    through a role. The statement belongs in a key policy. No `aws:SourceAccount`: the page has none, and what
    Bedrock sends there is not recorded; the encryption context limits the key to custom models. See
    https://docs.aws.amazon.com/nova/latest/userguide/customize-fine-tune-encrypt.html.
    """
    custom_models = {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:bedrock:custom-model"}}
    return {
        "Sid": "BedrockServesCustomModels",
        **allow(_MODEL_USE, ["*"], custom_models),
        "Principal": {"Service": "bedrock.amazonaws.com"},
    }


def key_policy_statements(*, partition: str, account: str) -> list[Statement]:
    """Return a key policy by which the account controls the key, and Bedrock serves models under it.

    The IAM policies of this library grant its use. No role is named: a key policy that names a
    role, and a role policy that names the key, is a cycle that CloudFormation rejects, and naming the roles
    here would grant without their policies.
    """
    root = {"Principal": {"AWS": f"arn:{partition}:iam::{account}:root"}}
    return [
        {"Sid": "AccountKeepsControl"} | allow(["kms:*"], ["*"]) | root,
        model_key_service_statement(),
    ]


def via(service: str, region: str) -> dict[str, dict[str, str]]:
    """Return the condition that permits calls by a service on the caller's behalf, and no direct ones."""
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}


def key_statements(
    actions: Sequence[str], key_arns: Sequence[str], condition: Mapping[str, Mapping[str, str]]
) -> Iterator[Statement]:
    """Yield statements for exactly the keys that `key_arns` name by key ARN or by alias ARN.

    As a resource, an alias's ARN permits nothing on its key. So an alias becomes all keys of its account and
    Region, on condition that the key has this alias. Each alias has its own statement: its condition
    neither limits keys that are named by ARN nor permits the keys of another account. See
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html.
    """
    exact = [arn for arn in key_arns if _alias(arn) is None]
    if exact:
        yield allow(actions, exact, condition)
    for arn in dict.fromkeys(key_arns):
        if (alias := _alias(arn)) is not None:
            # A key may have several aliases: the condition key is multivalued.
            has_alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias["name"]}}
            yield allow(actions, [f"{alias['account']}:key/*"], {**condition, **has_alias})


def _alias(arn: str) -> re.Match[str] | None:
    """Return the parts of an alias's ARN; None for the ARN of a key, and for a token."""
    found = _KMS_ARN.fullmatch(arn)
    # `Alias.from_alias_name` with a token: all that follows the account is the token, `alias/` included.
    return found if found and not literal(found["name"]).startswith("key/") else None
