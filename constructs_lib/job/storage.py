"""The bucket and the key of jobs that are given none: encrypted, versioned, TLS only, retained.

The bucket is as sensitive as the training data: besides metrics and reports, Bedrock writes copies of the
training and validation records there (`validated_data/**/validated_prompts.jsonl`, seen with fine-tuning).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

import aws_cdk as cdk
from constructs import Construct

from ..checks.rules.data import differ
from ..findings import InvalidJob, error
from ..permissions import key_arn, model_key_service_statement, vpc_only_statement
from ..request import OutputData
from .job_data import location, without_alias
from .nag_suppressions import BUCKET, BUCKET_WITHOUT_LOGS, acknowledge
from .stack_env import stacks_around
from .unresolved import as_arn, as_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from constructs import IDependable

    from ..permissions import S3Location
    from ..request.interfaces import Key
    from .beside_job import BesideJob
    from .stack_env import StackEnv

AWS_OWNED_KEY: Final = "AWS_OWNED_KEY"
"""Given as a key: encrypt the custom model under a key that AWS owns."""

_ALIAS = re.compile(r"arn:.+?:kms:(?P<region>.+?):(?P<account>.+?):(?P<name>alias/.+)")
_ALIAS_GRANTS = "@aws-cdk/aws-kms:applyImportedAliasPermissionsToPrincipal"
"""The feature flag without which a grant on an imported alias does nothing."""

_OLDER_VERSIONS_STAY = 30
_INCOMPLETE_UPLOADS_STAY = 7
"""Days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputBucket:
    """Settings of a bucket for the job's results; it is always encrypted, versioned, private and retained.

    It holds copies of the training and validation records besides reports and metrics. Versions that were
    overwritten or deleted are removed after 30 days.

    Args:
        access_logs: bucket that receives S3 server access logs. Default: no logs are written.
        expire_after_days: days after which objects expire; their older versions are removed after as many
            days again, 30 at most. Default: objects stay until they are deleted.
        only_from_vpc_id: VPC outside of which all access to objects is denied. Default: no such rule, because
            AWS does not say whether Bedrock's own checks come from the VPC, and it also locks out people.
    """

    access_logs: s3.IBucket | None = None
    expire_after_days: int | None = None
    only_from_vpc_id: str | None = None


class SharedStorage(Construct):
    """The key and the output bucket of a stack's jobs; each is made when the first job needs it."""

    @classmethod
    def of(cls, env: StackEnv) -> SharedStorage:
        """Return the storage of a stack; the first job that needs it makes it."""
        return env.find_or_make(cls, lambda: cls(env.stack, "BedrockModelCustomizationData"))

    @cached_property
    def key(self) -> kms.Key:
        """Encrypts the custom models and the output bucket."""
        return create_key(self, "Key")

    @cached_property
    def output(self) -> s3.Bucket:
        """Receives the results and the copies of the data, those of each job below a prefix of its own."""
        return create_output_bucket(self, "Output", key=self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKey:
    """The key of one custom model.

    Args:
        key: the key, as the request names it; None for one that AWS owns.
        arn: its ARN.
        is_made: whether this library makes it.
        dependencies: what must exist before the job starts although the request does not refer to it.
    """

    key: Key | str | None
    arn: str | None
    is_made: bool = False
    dependencies: Sequence[IDependable] = ()

    @property
    def independent(self) -> Sequence[str]:
        """Its ARN, where it waits for nothing that the user defined."""
        return [self.arn] if self.is_made and self.arn else []


def model_key(given: Key | str | None, env: StackEnv) -> ModelKey:
    """Return the key of a custom model: the given one, none, or the one that the jobs of the stack share.

    Args:
        given: what the user gave.
        env: the job's stack.
    """
    if given is None:
        key = SharedStorage.of(env).key
        return ModelKey(key=key, arn=key.key_arn, is_made=True)
    if isinstance(given, str):
        is_owned_by_aws = given == AWS_OWNED_KEY
        arn = key_arn(given, **env.arn_parts)
        return ModelKey(key=None, arn=None) if is_owned_by_aws else ModelKey(key=given, arn=arn)
    target = cast("Key", without_alias(given))
    # The request names an alias of the app by its text, which makes CloudFormation wait for nothing.
    alias = [] if target is given else [cast("kms.Alias", given)]
    return ModelKey(key=given, arn=target.key_arn, dependencies=alias)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutput:
    """Where the results of one job go.

    Args:
        data: the S3 location, as the request names it.
        location: the same, as a policy names it.
        made: the policy of a bucket that this library makes: the job waits for it, and still needs it if it
            continues after its stack is deleted. (The bucket is retained in any case.)
    """

    data: OutputData
    location: S3Location
    made: Sequence[s3.BucketPolicy] = ()


def output_of(given: OutputData | OutputBucket | None, env: StackEnv, beside: BesideJob) -> JobOutput:
    """Return where a job's results go: a given location, a bucket of its own, or a prefix in the shared one.

    Args:
        given: what the user gave.
        env: the job's stack.
        beside: where a bucket of its own is made.
    """
    if isinstance(given, OutputData):
        return JobOutput(data=given, location=location(given, env))
    if given is None:
        bucket, prefix = SharedStorage.of(env).output, f"{beside.logical_id}/"
    else:
        bucket, prefix = _own_bucket(given, env, beside), ""
    data, policy = OutputData.from_bucket(bucket, prefix), bucket.policy
    return JobOutput(data=data, location=location(data, env), made=[policy] if policy else [])


def own_prefix(output: JobOutput, env: StackEnv, beside: BesideJob, *, is_made: bool) -> str:
    """Return the start of the keys of what the function writes beside the output of one resource's jobs.

    Args:
        output: where the jobs write.
        env: their stack.
        beside: has the logical id of the resource.
        is_made: whether the bucket is made in this stack. Other stacks may use a given one as well.
    """
    path = output.location.path.rstrip("/")
    start = f"{path}/" if path else ""
    if is_made:
        return start
    uuid = cdk.Fn.select(2, cdk.Fn.split("/", env.stack.stack_id))
    return f"{start}{beside.logical_id}-{cdk.Fn.select(0, cdk.Fn.split('-', uuid))}/"


def job_prefix(job: Construct, env: StackEnv) -> str:
    """Return the prefix of one job's results in a bucket that several stacks share.

    Unlike the prefix in the shared bucket of a stack, it is a literal: a job file could contain it, and the
    role's policy needs no resource of its own for it.

    Args:
        job: the construct.
        env: its stack.
    """
    root = stacks_around(env.stack)[-1]  # only the deployment knows the name of a nested stack
    return f"{root.stack_name}/{cdk.Names.node_unique_id(job.node)}/"


def bucket_of(output: OutputData, scope: Construct, env: StackEnv) -> s3.IBucket:
    """Return the bucket of a job's results as a construct; of a URI, an imported one.

    Args:
        output: the location.
        scope: where a bucket is imported.
        env: the job's stack.
    """
    from aws_cdk import aws_s3 as s3

    if output.bucket is not None:
        return cast("s3.IBucket", output.bucket)
    found = location(output, env)
    name = found.bucket or "placeholder"  # of a lookup that the CDK CLI has not made yet
    if found.is_deploy_time:
        name = cdk.Fn.select(2, cdk.Fn.split("/", output.uri))
    return s3.Bucket.from_bucket_attributes(
        scope,
        "OutputBucket",
        bucket_name=as_token(name),
        account=output.bucket_owner,
        encryption_key=imported_key(output.encryption_key, scope, "OutputBucketKey", env, "output_data"),
    )


def imported_key(
    given: Key | str | None, scope: Construct, id: str, env: StackEnv, path: str
) -> kms.IKey | None:
    """Return a key as a construct; of an ARN, an id or an alias, an imported one.

    Args:
        given: what the user gave.
        scope: where a key is imported.
        id: its id there.
        env: the job's stack.
        path: the argument.

    Raises:
        InvalidJob: the key is given by an alias of another account or Region, which the CDK cannot import.
    """
    from aws_cdk import aws_kms as kms

    if given is None or not isinstance(given, str):
        return cast("kms.IKey | None", given)
    arn = key_arn(given, **env.arn_parts)
    alias = _ALIAS.fullmatch(arn)
    if alias is None:
        placeholder = key_arn("placeholder", **env.arn_parts)
        return kms.Key.from_key_arn(scope, id, as_arn(arn, placeholder))
    if differ(alias["account"], env.account) or differ(alias["region"], env.region):
        rule = "must not be an alias of another account or Region where it is used as a construct"
        fix = "give the key's ARN, arn:aws:kms:<region>:<account>:key/<id>"
        raise InvalidJob(scope.node.path, [error("alias-of-another-account", path, rule, given, fix)])
    around = Construct(scope, id)
    around.node.set_context(_ALIAS_GRANTS, value=True)
    return kms.Alias.from_alias_name(around, "Alias", alias["name"])


def _own_bucket(settings: OutputBucket, env: StackEnv, beside: BesideJob) -> s3.Bucket:
    bucket = create_output_bucket(
        beside.scope,
        "Output",
        key=SharedStorage.of(env).key,
        access_logs=settings.access_logs,
        expire_after_days=settings.expire_after_days,
        only_from_vpc_id=settings.only_from_vpc_id,
    )
    beside.name(bucket.node.default_child, "Output")
    if bucket.policy:
        beside.name(bucket.policy.node.default_child, "Access")
    return bucket


def create_key(scope: Construct, id: str) -> kms.Key:
    """Make a key that rotates, is retained, and is used only through IAM policies that name it.

    Where the operation that makes it fails, CloudFormation schedules its deletion, so that nothing is billed;
    it can be cancelled for 30 days. The bucket is retained even then: Bedrock may have written to it, and
    CloudFormation cannot delete a bucket that is not empty.

    The key policy leaves control with the account, and lets Bedrock serve models under the key. It names no
    role: roles whose policies name the key, and a key whose policy names the roles, would be a circular
    dependency that CloudFormation rejects.

    Args:
        scope: the construct to make it in.
        id: its id there.
    """
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    key = kms.Key(
        scope,
        id,
        description="Encrypts the data and the results of Bedrock model customization jobs",
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
    """Make a private bucket for a job's results: KMS, TLS only, versioned, bucket owner enforced, retained.

    Versions that were overwritten or deleted are removed after 30 days, and incomplete uploads after 7: what
    is deleted, such as the copies of the data, is then gone. Nothing else is removed automatically.

    Args:
        scope: the construct to make it in.
        id: its id there.
        key: encrypts the objects; a bucket key keeps the number of KMS calls small.
        access_logs: see `OutputBucket`.
        expire_after_days: see `OutputBucket`.
        only_from_vpc_id: see `OutputBucket`.
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
        from aws_cdk import aws_iam as iam

        statement = vpc_only_statement(bucket_arn=bucket.bucket_arn, vpc_id=only_from_vpc_id)
        bucket.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
    return bucket


def _lifecycle(days: int | None) -> s3.LifecycleRule:
    from aws_cdk import aws_s3 as s3

    older = _OLDER_VERSIONS_STAY if days is None else min(days, _OLDER_VERSIONS_STAY)
    return s3.LifecycleRule(
        expiration=None if days is None else cdk.Duration.days(days),
        # S3 accepts this in no rule with an expiration, which has the same effect.
        expired_object_delete_marker=True if days is None else None,
        noncurrent_version_expiration=cdk.Duration.days(older),
        abort_incomplete_multipart_upload_after=cdk.Duration.days(_INCOMPLETE_UPLOADS_STAY),
    )
