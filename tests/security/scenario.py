"""A scenario: a policy, the calls that it must allow, and similar calls that it must not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    REGION,
    Call,
    Statement,
    identity_allows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PLACE = {"partition": "aws", "region": REGION, "account": ACCOUNT}
BEDROCK = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
KMS = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
JOB = f"{BEDROCK}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl"
MODEL = f"{BEDROCK}:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
BASE = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0:300k"
STRANGER = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/Service/bedrock"
VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
VIA_BEDROCK = {"kms:ViaService": f"bedrock.{REGION}.amazonaws.com"}
OF_CUSTOM_MODEL = {"kms:EncryptionContextKeys": ["aws:bedrock:custom-model"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One policy and its calls.

    Args:
        name: What the policy belongs to.
        statements: The policy.
        needed: Calls that must be allowed.
        forbidden: Neighbours that must not be.
        decide: How the policy is evaluated. Default: as the policy of an identity.
        kept: Parts that no call can show to be needed, by name, with the reason.
    """

    name: str
    statements: Sequence[Statement]
    needed: Sequence[Call]
    forbidden: Sequence[Call]
    decide: Callable[[Sequence[Statement], Call], bool] = identity_allows
    kept: Mapping[str, str] = field(default_factory=dict)


def read(bucket: str, key: str, **others: Any) -> Call:  # noqa: ANN401 - fields of the call
    """Return a call that reads an object."""
    return Call(
        name=f"read {bucket}/{key}", action="s3:GetObject", resource=f"arn:aws:s3:::{bucket}/{key}", **others
    )


def write(bucket: str, key: str, **others: Any) -> Call:  # noqa: ANN401 - fields of the call
    """Return a call that writes an object."""
    return Call(
        name=f"write {bucket}/{key}", action="s3:PutObject", resource=f"arn:aws:s3:::{bucket}/{key}", **others
    )


def list_by(bucket: str, prefix: str, **others: Any) -> Call:  # noqa: ANN401 - fields of the call
    """Return a call that lists a bucket by a prefix."""
    keys = {"s3:prefix": prefix}
    name = f"list {bucket} by {prefix!r}"
    return Call(name=name, action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}", keys=keys, **others)


def lists(bucket: str, prefixes: Sequence[str], **others: Any) -> list[Call]:  # noqa: ANN401 - fields of the call
    """Return the calls that need `s3:ListBucket`: with each prefix, and with none.

    A HeadBucket carries no prefix, and neither does a look at an object that is not there.
    """
    arn = f"arn:aws:s3:::{bucket}"
    head = Call(name=f"head {bucket}, or miss an object", action="s3:ListBucket", resource=arn, **others)
    return [*(list_by(bucket, prefix, **others) for prefix in prefixes), head]


def key_call(action: str, name: str, keys: Mapping[str, Any]) -> Call:
    """Return a call that uses a key."""
    via = keys.get("kms:ViaService", "itself")
    return Call(
        name=f"{action} on {name} via {via}", action=f"kms:{action}", resource=f"{KMS}/{name}", keys=keys
    )


def served_by_bedrock() -> list[Call]:
    """Return Bedrock's own calls with a model's key, where it optimizes a Nova model for serving."""
    service = {"caller": "bedrock", "service": "bedrock.amazonaws.com"}
    return [
        replace(key_call(action, "model", OF_CUSTOM_MODEL), name=f"Bedrock's own {action}", **service)
        for action in ("Decrypt", "GenerateDataKey")
    ]


def served_otherwise() -> list[Call]:
    """Return similar calls that are forbidden: no custom model, another feature, a person, more actions."""
    calls = served_by_bedrock()
    guardrail = {"kms:EncryptionContextKeys": ["aws:bedrock:guardrail"]}
    return [
        *(renamed(one, "without context", keys={}) for one in calls),
        *(renamed(one, "for a guardrail", keys=guardrail) for one in calls),
        *(renamed(one, "by another service", service="sagemaker.amazonaws.com") for one in calls),
        *(renamed(one, "by another account", service=None, caller=STRANGER) for one in calls),
        renamed(calls[0], "to grant", action="kms:CreateGrant"),
        renamed(calls[0], "to delete", action="kms:ScheduleKeyDeletion"),
    ]


def renamed(call: Call, name: str, **others: Any) -> Call:  # noqa: ANN401 - fields of the call
    """Return a call with changes and a name for them."""
    return replace(call, name=f"{call.name} {name}", **others)
