"""The bucket and the key that jobs are given where they have none: encrypted, versioned, TLS only, kept.

The bucket is as sensitive as the training data: beside metrics and reports, Bedrock writes copies of the
training and validation records there (`validated_data/**/validated_prompts.jsonl`, recorded of fine-tunings).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.job.nag_suppressions import BUCKET, BUCKET_WITHOUT_LOGS, acknowledge
from constructs_lib.permissions import model_key_service_statement, vpc_only_statement

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

_OLDER_VERSIONS_STAY = 30
_BROKEN_UPLOADS_STAY = 7
"""Days."""

_OF_STACK: WeakKeyDictionary[cdk.Stack, SharedStorage] = WeakKeyDictionary()


class SharedStorage(Construct):
    """The key and the output bucket of a stack's jobs; each is made when the first job needs it."""

    @classmethod
    def of(cls, stack: cdk.Stack) -> SharedStorage:
        """Find the storage of `stack`, or make it."""
        if stack not in _OF_STACK:
            _OF_STACK[stack] = cls(stack, "BedrockModelCustomizationData")
        return _OF_STACK[stack]

    @cached_property
    def key(self) -> kms.Key:
        """Encrypts the custom models and the output bucket."""
        return create_key(self, "Key")

    @cached_property
    def output(self) -> s3.Bucket:
        """Takes the results and the copies of the data, each job's below a prefix of its own."""
        return create_output_bucket(self, "Output", key=self.key)


def create_key(scope: Construct, id: str, *, description: str | None = None) -> kms.Key:
    """Make a key that rotates, outlives its stack, and is used only through IAM policies that name it.

    Where the operation that makes it fails, CloudFormation schedules its deletion, so that nothing is billed;
    it can be cancelled for 30 days. A bucket is left then: Bedrock may have written to it, and CloudFormation
    cannot delete what is not empty.

    The key policy leaves control with the account, and lets Bedrock serve models under the key. It names no
    role: roles whose policies name the key, and a key whose policy names the roles, would be a cycle that
    CloudFormation refuses.

    Args:
        scope: Where the key lives.
        id: Its name there.
        description: What people read beside the key. Default: says that it belongs to customization jobs.
    """
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    key = kms.Key(
        scope,
        id,
        description=description or "Encrypts the data and the results of Bedrock model customization jobs",
        enable_key_rotation=True,
        removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
    key.add_to_resource_policy(iam.PolicyStatement.from_json(model_key_service_statement()))
    return key


def create_output_bucket(
    scope: Construct,
    id: str,
    *,
    key: kms.IKey,
    access_logs: s3.IBucket | None = None,
    expire_after_days: int | None = None,
    only_from_vpc_id: str | None = None,
) -> s3.Bucket:
    """Make a private bucket for a job's results: KMS, TLS only, versioned, owner enforced, kept.

    Versions that were overwritten or deleted go after 30 days, and uploads that were broken off after 7: what
    somebody deletes, such as the copies of the data, is then gone. Nothing else goes unasked.

    Args:
        scope: Where the bucket lives.
        id: Its name there.
        key: Encrypts the objects; a bucket key keeps the number of KMS calls small.
        access_logs: Bucket that gets S3 server access logs. Default: no logs are written.
        expire_after_days: Days after which objects go; their older versions follow after as many days again,
            30 at most. Default: objects stay until they are deleted.
        only_from_vpc_id: VPC outside of which objects are refused to all. Default: no such rule, because
            AWS does not say whether Bedrock checks its access from there, and it locks out people too.
    """
    from aws_cdk import aws_s3 as s3

    bucket = s3.Bucket(
        scope,
        id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        enforce_ssl=True,
        versioned=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=None if access_logs is None else f"{id}/",
        removal_policy=cdk.RemovalPolicy.RETAIN,
        lifecycle_rules=[_lifecycle(expire_after_days)],
    )
    acknowledge(bucket, BUCKET if access_logs else BUCKET | BUCKET_WITHOUT_LOGS)
    if only_from_vpc_id is not None:
        restrict_to_vpc(bucket, only_from_vpc_id)
    return bucket


def restrict_to_vpc(bucket: s3.Bucket, vpc_id: str) -> None:
    """Refuse the objects of `bucket` to every call from outside `vpc_id`; read `vpc_only_statement` first."""
    from aws_cdk import aws_iam as iam

    statement = vpc_only_statement(bucket_arn=bucket.bucket_arn, vpc_id=vpc_id)
    bucket.add_to_resource_policy(iam.PolicyStatement.from_json(statement))


def _lifecycle(days: int | None) -> s3.LifecycleRule:
    from aws_cdk import aws_s3 as s3

    older = _OLDER_VERSIONS_STAY if days is None else min(days, _OLDER_VERSIONS_STAY)
    return s3.LifecycleRule(
        expiration=None if days is None else cdk.Duration.days(days),
        # S3 takes this beside an expiration in no rule, and an expiration does the same.
        expired_object_delete_marker=True if days is None else None,
        noncurrent_version_expiration=cdk.Duration.days(older),
        abort_incomplete_multipart_upload_after=cdk.Duration.days(_BROKEN_UPLOADS_STAY),
    )
