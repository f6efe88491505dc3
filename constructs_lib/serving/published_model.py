"""The model of a job in a Systems Manager parameter, which a retraining updates once it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii

from ..checks.rules.serving import parameter_name_findings, parameter_value_findings, retained_parameter
from ..contract.follow import PUBLISHED_KIND
from ..contract.promotion import PROMOTION_PROPERTY, WhenUnsure
from ..contract.resource import (
    INITIAL_VALUE_PROPERTY,
    JOB_ARN_PROPERTY,
    JOB_PROPERTY,
    ON_DELETE_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    PUBLISHED_MODEL_TYPE,
    RETAINED_PARAMETERS_PROPERTY,
    VALUE_ATTRIBUTE,
    OnDelete,
    ResourceOnDelete,
)
from ..findings import InvalidJob, error
from ..job.argument_types import shown, wrong_type
from ..job.follow_rule import Followed
from ..job.handler_permissions import Capability, ServingPermissions
from ..job.interface import grant
from ..job.stack_env import StackEnv
from ..job.stack_jobs import StackJobs, report
from ..permissions import exact_problems, parameter_arn, read_parameter_statement
from ..permissions.exact import PARAMETER
from ..promotion.promotion_events import PromotionEvents
from ..promotion.promotion_metrics import PromotionMetrics
from ..promotion.promotion_policy import PromotionArguments
from .stack_resources import ServingResource, StackResources, permit, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from ..findings import Finding
    from ..job.job import ModelCustomizationJob
    from ..job.stack_jobs import DefinedJob
    from ..promotion.bake import Bake
    from ..promotion.promote_if import PromoteIf
    from ..promotion.promotion_policy import Promotion


@jsii.implements(cdk.ITaggableV2)
class PublishedModel(PromotionMetrics, PromotionEvents, cdk.Resource):
    """A Systems Manager parameter with the ARN of a job's model, made by `job.publish_model_arn`.

    The parameter gets the ARN when the job is complete, by an event, or at the latest an hour later; during
    the deployment, if that waits for the completion of the job. A retraining changes it once the new job is
    complete; while that runs, or if it fails, the value stays. It is no `AWS::SSM::Parameter`, because
    CloudFormation would write the value of the template again. A parameter that exists and belongs to another
    resource is refused, and never changed.

    Args:
        scope: the construct to define it in.
        id: its id there.
        job: a job that is defined in the same stack.
        parameter_name: its name, such as `/tickets/model`. Another name is another parameter.
        initial_value: its value until the first model is complete, such as the ARN of an older model.
            Default: the parameter does not exist until then.
        on_delete: what happens to the parameter when the resource is deleted. Default: it is deleted.
        promote_if: what must be so that a new model takes the place of the old one. Default: that its job is
            complete.
        when_unsure: what happens if a condition of `promote_if` has no answer. Default: the old model stays.
        bake: alarms that take the new model back. Default: nothing does.

    Raises:
        InvalidJob: the name, the value or the promotion is not valid, or the job is not one of the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job: ModelCustomizationJob,
        parameter_name: str,
        initial_value: str | None = None,
        on_delete: ResourceOnDelete = ResourceOnDelete.DELETE,
        promote_if: PromoteIf | None = None,
        when_unsure: WhenUnsure = WhenUnsure.KEEP,
        bake: Bake | None = None,
    ) -> None:
        env, path = StackEnv.of(scope), f"{scope.node.path}/{id}"
        defined = StackJobs.of(env).find(job)
        if defined is None:
            raise InvalidJob(path, [_not_of_stack(job)])
        checks = defined.checks
        promotion = PromotionArguments(promote_if=promote_if, when_unsure=when_unsure, bake=bake)
        found = [
            *parameter_findings(env, "parameter_name", parameter_name),
            *(() if initial_value is None else parameter_value_findings("initial_value", initial_value)),
            *on_delete_findings(on_delete),
            *promotion.findings(env, defined, has_deployment=False),
        ]
        outlives_model = on_delete is ResourceOnDelete.RETAIN and defined.on_delete is OnDelete.DELETE_MODEL
        if outlives_model:
            found.append(retained_parameter())
        remarks = refuse(path, found, checks)
        super().__init__(scope, id)
        self._env = env
        self._name = parameter_name
        self._inherited_tags = cdk.TagManager(cdk.TagType.STANDARD, PUBLISHED_MODEL_TYPE, None)
        self._provider = provider = job.provider
        self._promotion = promotion.make(path, env, defined, provider)
        self._resource = ServingResource(
            construct=self,
            path=path,
            type=PUBLISHED_MODEL_TYPE,
            properties={
                PARAMETER_NAME_PROPERTY: parameter_name,
                JOB_PROPERTY: defined.resource.logical_id,
                JOB_ARN_PROPERTY: defined.ref,
                INITIAL_VALUE_PROPERTY: initial_value,
                ON_DELETE_PROPERTY: on_delete.value,
                PROMOTION_PROPERTY: self._promotion.members if self._promotion else None,
            },
            parameter=parameter_name,
            job=defined,
        ).define(env, provider, self._inherited_tags, checks)
        permit(self._resource, provider, self._permissions(defined, self._promotion))
        if self._promotion is not None:
            output = self._promotion.connect(self, self._resource)
            StackResources.of(env).leave_out_with(self._resource, output)
        if outlives_model:
            _keep_model_of(defined, parameter_name)
        if defined.awaited_result is not None:
            # The job is complete then, and the parameter gets its model with the deployment.
            self._resource.node.add_dependency(defined.awaited_result)
        provider.follow(
            Followed(
                kind=PUBLISHED_KIND,
                job=defined.resource,
                names=defined.names_in_events(),
                resource=self._resource,
                parameter=parameter_name,
                store=self._promotion.store if self._promotion else None,
            )
        )
        report(self, remarks)

    @property
    def parameter_name(self) -> str:
        """The name of the parameter; what uses it is deployed after this resource."""
        return self._resource.ref

    @property
    def parameter_arn(self) -> str:
        """The ARN of the parameter."""
        return parameter_arn(self._name, **self._env.arn_parts)

    @property
    def value(self) -> str:
        """The value of the parameter at the time of the deployment: empty until there is a model.

        Do not use it where an empty value is refused; read the parameter instead.
        """
        return self._resource.get_att(VALUE_ATTRIBUTE).to_string()

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that the parameter inherits: those of `Tags.of(scope)` and, at synthesis, of the stack."""
        return self._inherited_tags

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the value of the parameter.

        Args:
            grantee: who is granted it.
        """
        return grant(grantee, [read_parameter_statement(self.parameter_arn)])

    def _permissions(self, job: DefinedJob, promotion: Promotion | None) -> ServingPermissions:
        asks = promotion.capabilities if promotion else ()
        return ServingPermissions(
            logical_id=self._resource.logical_id,
            capabilities=[Capability.CHANGE_PARAMETERS, *asks],
            parameter_arn=self.parameter_arn,
            model_key_arn=job.model_key.arn if asks else None,
            state_machine_arn=promotion.state_machine_arn if promotion else None,
            independent=job.model_key.independent if asks else (),
        )


def parameter_findings(env: StackEnv, argument: str, name: object) -> Iterator[Finding]:
    """Yield what is wrong with the name of a parameter that a resource of a stack writes.

    Args:
        env: the stack.
        argument: the argument.
        name: what was given.
    """
    found = [*parameter_name_findings(argument, name)]
    yield from found
    if isinstance(name, str) and not found:
        yield from exact_problems(argument, name, PARAMETER)
        yield from StackResources.of(env).repeated_parameter(argument, name)


def on_delete_findings(on_delete: object) -> Iterator[Finding]:
    """Yield an error unless a value is one of `ResourceOnDelete`.

    Args:
        on_delete: what was given.
    """
    if not isinstance(on_delete, ResourceOnDelete):
        fix = "write ResourceOnDelete.DELETE or ResourceOnDelete.RETAIN"
        yield wrong_type("on_delete", "must be a ResourceOnDelete", on_delete, fix)


def _keep_model_of(defined: DefinedJob, parameter_name: str) -> None:
    """Let the deletion of a job keep the model that a retained parameter holds.

    The parameter's resource is deleted before the job, so the job names the parameter itself, and waits for
    the policy that permits reading it: what is created before the job is deleted after it.
    """
    names = defined.retained_parameters
    names.append(parameter_name)
    defined.resource.add_property_override(RETAINED_PARAMETERS_PROPERTY, [*names])
    permissions = ServingPermissions(
        logical_id=defined.resource.logical_id, capabilities=[Capability.CHANGE_PARAMETERS]
    )
    permit(defined.resource, defined.provider, permissions)


def _not_of_stack(job: object) -> Finding:
    rule = "must be a ModelCustomizationJob that the same stack defines, because its function serves no other"
    fix = "define it in the stack of the job, and let other stacks read the parameter by its name"
    return error("deployment-stack", "job", rule, shown(job), fix)
