"""What a job lacks, made step by step: uploads, bucket, key, network, role."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs_lib.job.belongings import JobId, scope_on_stack
from constructs_lib.job.data import inputs_by_path, location, uploaded, without_alias
from constructs_lib.job.handler_policies import JobPermissions
from constructs_lib.job.options import OutputBucket, ServiceRole
from constructs_lib.job.removal import retain, what_cannot_stay
from constructs_lib.job.roles import JobRole, PoliciesBelow, waits_for_others
from constructs_lib.job.trained import is_trained_here
from constructs_lib.job.uploads import UploadsInto
from constructs_lib.permissions import ServiceRoleNeeds, key_arn
from constructs_lib.request import OutputData, VpcConfig, is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from constructs import Construct, IConstruct, IDependable

    from constructs_lib.job.copies import Copies
    from constructs_lib.job.network import JobNetwork
    from constructs_lib.job.stack_env import StackEnv
    from constructs_lib.job.storage import SharedStorage
    from constructs_lib.permissions import S3Location
    from constructs_lib.request import Doubt, JobSpec, MediaData
    from constructs_lib.request.s3_data import S3Data


class Parts:
    """The parts of one job; `spec` grows with each step, `waits_for` is what must exist before the job.

    Args:
        job: The construct that owns what is made.
        path: Its path in the app.
        place: Where it runs.
        spec: What the user asked for.
        media: What the training data refers to.
        copies: The job's local files, as they will be uploaded.
    """

    def __init__(
        self,
        job: Construct,
        path: str,
        place: StackEnv,
        spec: JobSpec,
        *,
        media: Sequence[MediaData],
        copies: Copies,
    ) -> None:
        self._job = job
        self._path = path
        self._stack_env = place
        self._media = media
        self._id = JobId()
        self._made_here: list[IConstruct] = []
        self._network: Sequence[IConstruct] = ()
        self._bind: Callable[[str], None] | None = None
        self._outlived_by: Callable[[cdk.CfnResource], None] | None = None
        self._free: list[str] = []
        self._made_role: JobRole | None = None
        self.awaits_role = False
        self.makes_key = False
        self.spec, self.uploaded_files = uploaded(spec, place.stack, copies)
        self.waits_for: list[IDependable] = []
        if without_alias(spec.custom_model_kms_key) is not spec.custom_model_kms_key:
            # The request names an alias of the app by its text, which makes CloudFormation wait for nothing.
            self.waits_for.append(cast("kms.Alias", spec.custom_model_kms_key))
        self.doubts: list[Doubt] = []

    def make_key(self) -> None:
        """Encrypt the model under the key of the stack's jobs."""
        self.makes_key = True
        self.spec = replace(self.spec, custom_model_kms_key=self._storage.key)
        self._free.append(self.model_key_arn or "")

    def make_output(self, settings: OutputBucket | None) -> None:
        """Give the job a prefix in the bucket of the stack's jobs, or a bucket of its own."""
        if settings is None:
            bucket, prefix = self._storage.output, f"{self._id.later}/"
        else:
            bucket, prefix = self._own_bucket(settings), ""
        self.waits_for.extend([bucket.policy] if bucket.policy else [])
        self._made_here.extend([bucket.policy] if bucket.policy else [])
        self.spec = replace(self.spec, output_data=OutputData.from_bucket(bucket, prefix))

    def enter(self, network: JobNetwork) -> None:
        """Put the job's hosts into a VPC."""
        placement = network.bind(self._job, inputs=self._inputs, output=self._output)
        self.waits_for.extend(placement.dependencies)
        self.doubts.extend(placement.doubts)
        self._made_here.extend(placement.made)
        self._network = placement.found
        self._bind, self._outlived_by = placement.bind, placement.outlived_by
        config = VpcConfig(subnet_ids=placement.subnet_ids, security_group_ids=placement.security_group_ids)
        self.spec = replace(self.spec, vpc_config=config)

    def make_or_take(self, role: iam.IRole | iam.Role | ServiceRole | str | None) -> iam.IRole:
        """Give the job a role with exactly what it needs, or pass the given one as it is."""
        if role is None or isinstance(role, ServiceRole):
            return self._with_role(self._made(role or ServiceRole()))
        if isinstance(role, str):
            self.spec = replace(self.spec, role_arn=role)
            return iam.Role.from_role_arn(self._job, "Role", role, mutable=False)
        if cdk.Stack.of(role) is self._stack_env.stack:
            self.waits_for.append(PoliciesBelow(role))
            self.awaits_role = True
        return self._with_role(role)

    def retain(self) -> None:
        """Keep what was made for the job when its stack goes: a job that goes on needs it."""
        retain(self._made_here)
        self.doubts.extend(what_cannot_stay(self._network))

    def belong_to(self, resource: cdk.CfnResource, *, deletes_model: bool) -> JobPermissions:
        """Name what was made after the job's own resource, and say what the function must be permitted.

        Args:
            resource: The job's custom resource.
            deletes_model: Whether the finished model goes with it.
        """
        logical_id = self._id.belongs_to(resource)
        if uris := list(self._read_from_constructs()):
            self.waits_for.append(UploadsInto(resource, self._stack_env.stack, uris))
        if self._made_role is not None:
            self._made_role.belongs_to(resource)
        base = self.spec.base_model.model_id
        return JobPermissions(
            logical_id=logical_id,
            base_model=None if is_trained_here(base) else base,
            role_arn=self.spec.role_arn or "",
            model_key_arn=self.model_key_arn,
            in_vpc=self.spec.vpc_config is not None,
            deletes_model=deletes_model,
            free=self._free,
        )

    @cached_property
    def needs(self) -> ServiceRoleNeeds:
        """What the service role must be permitted."""
        customization, vpc = self.spec.customization, self.spec.vpc_config
        grader, teacher = customization.grader, customization.teacher
        return ServiceRoleNeeds(
            **self._stack_env.words,
            inputs=self._inputs,
            output=self._output,
            grader_arn=grader if grader is None or isinstance(grader, str) else grader.function_arn,
            teacher=teacher.model_id if teacher else None,
            model_key_arn=self.model_key_arn,
            subnet_ids=vpc.subnet_ids if vpc else (),
            security_group_ids=vpc.security_group_ids if vpc else (),
        )

    @cached_property
    def model_key_arn(self) -> str | None:
        """The ARN of the custom model's key; None where AWS owns it."""
        key = without_alias(self.spec.custom_model_kms_key)
        if isinstance(key, str):
            return key_arn(key, **self._stack_env.words)
        return None if key is None else key.key_arn

    def resolve(self, value: object) -> Any:  # noqa: ANN401 - any part of a template
        """Give `value` as the template will have it."""
        return self._stack_env.stack.resolve(value)

    @property
    def read(self) -> list[S3Data]:
        """Everything that the job reads."""
        return list(inputs_by_path(self.spec, self._media).values())

    def _read_from_constructs(self) -> Iterator[str]:
        files = {one.s3_uri for one in self.uploaded_files}
        for data in self.read:
            if data.bucket is not None or not (is_known(data.uri) or data.uri in files):
                yield data.uri

    @property
    def _inputs(self) -> list[S3Location]:
        return [self._located(data) for data in self.read]

    @property
    def _output(self) -> S3Location:
        return self._located(self.spec.output_data or OutputData())

    def _located(self, data: S3Data) -> S3Location:
        place = location(data)
        arn = place.key_arn and key_arn(place.key_arn, **self._stack_env.words)
        return replace(place, key_arn=arn)

    @cached_property
    def _storage(self) -> SharedStorage:
        from constructs_lib.job.storage import SharedStorage

        return SharedStorage.of(self._stack_env.stack)

    def _own_bucket(self, settings: OutputBucket) -> s3.Bucket:
        from constructs_lib.job.storage import create_output_bucket

        bucket = create_output_bucket(
            self._scope,
            "Output",
            key=self._storage.key,
            access_logs=settings.access_logs,
            expire_after_days=settings.expire_after_days,
            only_from_vpc_id=settings.only_from_vpc_id,
        )
        self._id.name(bucket.node.default_child, "Output")
        if bucket.policy:
            self._id.name(bucket.policy.node.default_child, "Access")
        return bucket

    def _made(self, settings: ServiceRole) -> iam.IRole:
        self._made_role = role = JobRole(self._scope, settings, self.needs, self._id)
        self.awaits_role = True
        if not waits_for_others(settings):
            self._free.append(role.role_arn)
            if self._outlived_by is not None and role.interfaces is not None:
                self._outlived_by(role.interfaces)
        self._made_here.extend([role, *role.policies])
        if self._bind is not None:
            self._bind(role.role_arn)
        return role

    @cached_property
    def _scope(self) -> Construct:
        return scope_on_stack(self._stack_env.stack, self._stack_env.path_below(self._path))

    def _with_role(self, role: iam.IRole) -> iam.IRole:
        self.spec = replace(self.spec, role_arn=role.role_arn)
        return role
