"""Rules about buckets and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.iam_evaluator import ACCOUNT, conditions, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.view import View

_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def account_controls_its_keys(view: View) -> Iterator[str]:
    """The account can always change a key's policy."""
    for key in view.of_type("AWS::KMS::Key"):
        statements = listed(key.properties["KeyPolicy"]["Statement"])
        if not any(
            one.get("Principal") == {"AWS": _ROOT} and "kms:*" in listed(one["Action"]) for one in statements
        ):
            yield f"{key.id}: its account is locked out"


def key_policy_names_principals(view: View) -> Iterator[str]:
    """A key policy names its principals, and has a condition for each but the account."""
    for key in view.of_type("AWS::KMS::Key"):
        for one in listed(key.properties["KeyPolicy"]["Statement"]):
            principal = one.get("Principal")
            if principal != {"AWS": _ROOT} and ("*" in str(principal) or not one.get("Condition")):
                yield f"{key.id}: open to {principal}"


def key_rotation_is_enabled(view: View) -> Iterator[str]:
    """Keys have rotation enabled."""
    for key in view.of_type("AWS::KMS::Key"):
        if key.properties.get("EnableKeyRotation") is not True:
            yield f"{key.id}: does not rotate"


def buckets_and_keys_are_retained(view: View) -> Iterator[str]:
    """Buckets and keys are retained on deletion and replacement; a key whose creation failed is not."""
    for one in view.of_type("AWS::KMS::Key", "AWS::S3::Bucket"):
        kept = {"Retain", "RetainExceptOnCreate"} if one.type == "AWS::KMS::Key" else {"Retain"}
        if not (
            one.attributes["DeletionPolicy"] in kept and one.attributes["UpdateReplacePolicy"] == "Retain"
        ):
            yield f"{one.id}: {dict(one.attributes)}"


def bucket_encrypts_with_a_key(view: View) -> Iterator[str]:
    """Buckets encrypt with KMS, with a bucket key."""
    for bucket in view.of_type("AWS::S3::Bucket"):
        rules = bucket.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        kinds = {rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
        if kinds != {"aws:kms"} or not all(rule.get("BucketKeyEnabled") for rule in rules):
            yield f"{bucket.id}: {kinds or 'no encryption'}"


def bucket_requires_tls(view: View) -> Iterator[str]:
    """Buckets deny calls without TLS."""
    protected = {
        policy.properties["Bucket"]
        for policy in view.of_type("AWS::S3::BucketPolicy")
        for one in listed(policy.properties["PolicyDocument"]["Statement"])
        if one["Effect"] == "Deny" and ("Bool", "aws:SecureTransport", "false") in conditions(one)
        if "s3:*" in listed(one["Action"]) and "*" in str(one["Principal"])
    }
    for bucket in view.of_type("AWS::S3::Bucket"):
        if view.ref(bucket.id) not in protected:
            yield f"{bucket.id}: plain HTTP works"


def bucket_is_private(view: View) -> Iterator[str]:
    """Buckets block all four kinds of public access, and no policy allows access to everybody."""
    for bucket in view.of_type("AWS::S3::Bucket"):
        blocked = bucket.properties.get("PublicAccessBlockConfiguration", {})
        if len(blocked) != len(_BLOCKS) or not all(blocked.get(name) is True for name in _BLOCKS):
            yield f"{bucket.id}: {blocked}"
    for policy in view.of_type("AWS::S3::BucketPolicy"):
        for one in listed(policy.properties["PolicyDocument"]["Statement"]):
            if one["Effect"] == "Allow" and one.get("Principal") in ("*", {"AWS": "*"}):
                yield f"{policy.id}: open to all"


def bucket_keeps_versions(view: View) -> Iterator[str]:
    """Buckets keep older versions."""
    for bucket in view.of_type("AWS::S3::Bucket"):
        if bucket.properties.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{bucket.id}: keeps no versions"


def bucket_acls_are_disabled(view: View) -> Iterator[str]:
    """Access control lists are disabled."""
    for bucket in view.of_type("AWS::S3::Bucket"):
        rules = bucket.properties.get("OwnershipControls", {}).get("Rules", [])
        if [rule["ObjectOwnership"] for rule in rules] != ["BucketOwnerEnforced"]:
            yield f"{bucket.id}: {rules}"


RULES = (
    account_controls_its_keys,
    key_policy_names_principals,
    key_rotation_is_enabled,
    buckets_and_keys_are_retained,
    bucket_encrypts_with_a_key,
    bucket_requires_tls,
    bucket_is_private,
    bucket_keeps_versions,
    bucket_acls_are_disabled,
)
