"""The parts of a job besides its custom resource: given by the user, or made by this library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..request import OnDelete
from .beside_job import BesideJob
from .bucket_deployments import BucketDeployments
from .handler_permissions import JobPermissions
from .job_data import upload
from .network import Placement
from .passed_role import passed_role, retain, role_needs
from .stack_jobs import is_trained_here
from .storage import model_key, output_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk
    from constructs import Construct

    from ..findings import Finding
    from ..permissions import ServiceRoleNeeds
    from ..request import JobSpec, TrainingData
    from .arguments import Arguments
    from .asset import Copies
    from .job_data import JobData
    from .passed_role import PassedRole
    from .provider import JobProvider
    from .stack_env import StackEnv
    from .storage import JobOutput, ModelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class JobParts:
    """The parts of one job.

    Args:
        spec: the complete job.
        beside: the job's resources outside its construct.
        data: what the job reads.
        key: the key of the custom model.
        output: where the results go.
        placement: the network.
        role: the role that Bedrock assumes.
        needs: what that role must be permitted.
        on_delete: what happens to job and model when the resource is deleted.
    """

    spec: JobSpec
    beside: BesideJob
    data: JobData
    key: ModelKey
    output: JobOutput
    placement: Placement
    role: PassedRole
    needs: ServiceRoleNeeds
    on_delete: OnDelete

    @property
    def findings(self) -> Sequence[Finding]:
        """Warnings about the network, which are known only when it is made."""
        retained = self.placement.retained() if self.on_delete is OnDelete.RETAIN else ()
        return [*self.placement.findings, *retained]

    def connect(
        self,
        resource: cdk.CfnResource,
        provider: JobProvider,
        env: StackEnv,
        *,
        state_machine_arn: str | None = None,
        deletes_models: bool = False,
        listed: Sequence[str] = (),
        lists_models: bool = False,
    ) -> None:
        """Name the parts after the job's resource, permit the function, and add the dependencies.

        Args:
            resource: the job's resource.
            provider: the function behind it.
            env: the job's stack.
            state_machine_arn: the state machine that is started before the job. Default: none is.
            deletes_models: whether models are deleted before the resource is. Default: no.
            listed: URIs of the data whose size the function reads. Default: none.
            lists_models: whether the function looks for earlier models of the job. Default: no.
        """
        model = self.spec.base_model.model_id
        permissions = JobPermissions(
            logical_id=self.beside.belongs_to(resource),
            role_arn=self.role.arn,
            base_model=None if is_trained_here(model) else model,
            model_key_arn=self.key.arn,
            in_vpc=self.placement.vpc_config is not None,
            deletes_model=deletes_models or self.on_delete is OnDelete.DELETE_MODEL,
            state_machine_arn=state_machine_arn,
            listed=listed,
            lists_models=lists_models,
            independent=[*self.key.independent, *self.role.independent],
        )
        if self.role.own:
            self.role.own.belongs_to(resource)
        uris = self.data.uris_of_constructs
        others = [
            *self.key.dependencies,
            *self.output.made,
            *self.placement.dependencies,
            *self.role.dependencies,
            *([BucketDeployments(resource, env.stack, uris)] if uris else []),
        ]
        provider.permit(resource, permissions, others)


def make_parts(
    job: Construct,
    path: str,
    env: StackEnv,
    given: Arguments,
    copies: Copies,
    *,
    further: Sequence[TrainingData] = (),
) -> JobParts:
    """Make the parts that were not given, and return all of them with the complete job.

    Args:
        job: the construct.
        path: its path in the app.
        env: its stack.
        given: its arguments, which are valid.
        copies: its local files.
        further: the training data of further trials of a sweep. Default: none.
    """
    # The order of these steps is the order of the resources in the template.
    beside = BesideJob(env, path)
    data = upload(given.spec, given.media, copies, env, further)
    key = model_key(given.key, env)
    output = output_of(given.output, env, beside)
    placement = Placement()
    if given.network:
        placement = given.network.bind(job, inputs=data.locations, output=output.location)
    customization, isolation = given.spec.customization, placement.isolation
    needs = role_needs(customization, env, data=data, output=output, key=key, placement=placement)
    role = passed_role(given.role, needs, job, env, beside=beside, isolation=isolation)
    if given.on_delete is OnDelete.RETAIN:
        retain(*output.made, *placement.made, *role.made)
    spec = replace(
        given.spec,
        training_data=data.training,
        validation_data=data.validation,
        output_data=output.data,
        custom_model_kms_key=key.key,
        vpc_config=placement.vpc_config,
        role_arn=role.arn,
    )
    return JobParts(
        spec=spec,
        beside=beside,
        data=data,
        key=key,
        output=output,
        placement=placement,
        role=role,
        needs=needs,
        on_delete=given.on_delete,
    )
