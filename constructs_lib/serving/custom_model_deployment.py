"""The construct that deploys a custom model for on-demand inference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock

from ..contract.follow import DEPLOYMENT_KIND
from ..contract.promotion import PROMOTION_PROPERTY, WhenUnsure
from ..contract.resource import (
    DELETION_PROTECTION_PROPERTY,
    DEPLOYMENT_NAME_PROPERTY,
    DEPLOYMENT_TYPE,
    DESCRIPTION_PROPERTY,
    FOLLOW_PROPERTY,
    JOB_ARN_PROPERTY,
    JOB_PROPERTY,
    MODEL_ARN_PROPERTY,
    ON_DELETE_PROPERTY,
    PARAMETER_PROPERTY,
    ResourceOnDelete,
)
from ..findings import NOT_SHOWN, InvalidJob, error
from ..job.follow_rule import Followed
from ..job.handler_permissions import Capability
from ..job.outputs import Outputs
from ..job.stack_env import StackEnv
from ..job.stack_jobs import report
from ..permissions import (
    parameter_arn,
    read_parameter_statement,
)
from ..promotion.promotion_events import PromotionEvents
from ..promotion.promotion_metrics import PromotionMetrics
from ..promotion.promotion_policy import PromotionArguments
from .defined_model import DefinedModel
from .deployment_checks import DeploymentArguments
from .deployment_interface import DeploymentBase, ImportedDeployment
from .published_model import parameter_findings
from .release import Release
from .stack_resources import ServingResource, StackResources, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from ..catalog import Catalog
    from ..checks import Checks
    from ..job.job import ModelCustomizationJob
    from ..job.provider import JobProvider
    from ..permissions import Statement
    from ..promotion.bake import Bake
    from ..promotion.promote_if import PromoteIf
    from .deployment_interface import ICustomModelDeployment

_NOT_IN_PARAMETER = re.compile(r"[^a-zA-Z0-9_.\-]")


@jsii.implements(bedrock.IModel, cdk.ITaggableV2)
class CustomModelDeployment(PromotionMetrics, PromotionEvents, DefinedModel, DeploymentBase):
    """A custom model, deployed for on-demand inference; its ARN stays the same across retrainings.

    On-demand inference is billed by tokens: nothing while nobody calls it, besides the storage of the model.
    See https://docs.aws.amazon.com/bedrock/latest/userguide/deploy-custom-model-on-demand.html.

    Args:
        scope: the construct to define it in.
        id: its id there. A deployment that is renamed or moved is another one, with another ARN.
        model: a job that is defined in the same stack, or the ARN of a model that exists.
        release: when the model is deployed; a job needs `Release.ON_COMPLETION`, or
            `wait=Wait.for_completion()`. Default: during `cdk deploy`. If there is no model then, because the
            job is still in progress or has failed, the deployment keeps the model that it has, and a new one
            is not created.
        deployment_name: the exact name; another name is another deployment. Default: the function generates
            one from the stack and the logical id.
        description: its description, which cannot be changed and is not possible with
            `Release.ON_COMPLETION`. Default: none.
        arn_parameter_name: the name of a Systems Manager parameter with the deployment's ARN. Default: none;
            with `Release.ON_COMPLETION` `/<stack name>/<path of the construct>/deployment-arn`.
        on_delete: what happens to the deployment when its resource is deleted. Default: it is deleted; the
            model stays.
        deletion_protection: whether deleting it fails, as long as this is so. Default: it does not.
        deployment_tags: its tags, besides those of `Tags.of(scope)` and of the stack. Default: only those.
        promote_if: what must be so that a new model takes the place of the old one, with
            `Release.ON_COMPLETION`. Default: that its job is complete.
        when_unsure: what happens if a condition of `promote_if` has no answer. Default: the old model stays.
        bake: alarms that take the new model back, with `Release.ON_COMPLETION`. Default: nothing does.
        checks: how serious each rule is. Default: as for the job, or as docs/checks.md lists it.
        catalog: what is documented of models. Default: as for the job, or the catalogue of this library.
        provider: the function that calls Bedrock. Default: the job's, or the stack's own.

    Raises:
        InvalidJob: the deployment is not valid; the error lists every problem.
    """

    _resource_type = DEPLOYMENT_TYPE
    _arn_type = "custom-model-deployment"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: ModelCustomizationJob | str,
        release: Release = Release.AT_DEPLOYMENT,
        deployment_name: str | None = None,
        description: str | None = None,
        arn_parameter_name: str | None = None,
        on_delete: ResourceOnDelete = ResourceOnDelete.DELETE,
        deletion_protection: bool = False,
        deployment_tags: Mapping[str, str] | None = None,
        promote_if: PromoteIf | None = None,
        when_unsure: WhenUnsure = WhenUnsure.KEEP,
        bake: Bake | None = None,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        provider: JobProvider | None = None,
    ) -> None:
        env = StackEnv.of(scope)
        path = f"{scope.node.path}/{id}"
        given = DeploymentArguments(
            model=model,
            release=release,
            name=deployment_name,
            description=description,
            parameter=arn_parameter_name,
            on_delete=on_delete,
            deletion_protection=deletion_protection,
            tags=deployment_tags or {},
            promotion=PromotionArguments(promote_if=promote_if, when_unsure=when_unsure, bake=bake),
            checks=checks,
            catalog=catalog,
            provider=provider,
        )
        job = given.find_job(env)
        own_checks = given.checks_for(job)
        found, parameter = list(given.findings(env)), arn_parameter_name
        if given.waits_for_job and parameter is None:
            parameter = _default_parameter(env, path)
            found += parameter_findings(env, "arn_parameter_name", parameter)
        remarks = refuse(path, found, own_checks)
        super().__init__(scope, id, given, env)
        self._path, self._parameter = path, parameter
        self._is_followed = given.waits_for_job
        self._promotion = given.promotion.make(path, env, job, self._provider)
        self._resource = ServingResource(
            construct=self,
            path=path,
            type=self._resource_type,
            properties={
                DEPLOYMENT_NAME_PROPERTY: deployment_name,
                MODEL_ARN_PROPERTY: None if self._is_followed else _arn_of(model),
                DESCRIPTION_PROPERTY: description,
                FOLLOW_PROPERTY: self._followed_job(),
                ON_DELETE_PROPERTY: on_delete.value,
                DELETION_PROTECTION_PROPERTY: "true" if deletion_protection else None,
                PROMOTION_PROPERTY: self._promotion.members if self._promotion else None,
            },
            tags=given.tags,
            parameter=parameter,
            is_deployment=True,
            job=job,
        ).define(env, self._provider, self._inherited_tags, own_checks)
        self._permit(
            Capability.SERVE_MODELS,
            *([Capability.CHANGE_PARAMETERS] if self._is_followed else []),
            parameter_arn=self._parameter_arn if self._is_followed else None,
            state_machine_arn=self._promotion.state_machine_arn if self._promotion else None,
        )
        self._connect()
        report(self, remarks)

    @staticmethod
    def from_deployment_arn(scope: Construct, id: str, deployment_arn: str) -> ICustomModelDeployment:
        """Import a deployment that exists.

        The key of its model is not known: what `grant_invoke` permits does not include it. See
        `from_deployment_attributes`.

        Args:
            scope: the construct to import it into.
            id: its id there.
            deployment_arn: the deployment's ARN.

        Raises:
            InvalidJob: the ARN does not name exactly one deployment.
        """
        return ImportedDeployment(scope, id, deployment_arn)

    @staticmethod
    def from_deployment_attributes(
        scope: Construct,
        id: str,
        *,
        deployment_arn: str,
        custom_model_kms_key: kms.IKey | kms.Key | str | None = None,
    ) -> ICustomModelDeployment:
        """Import a deployment that exists, with the key of its model.

        Args:
            scope: the construct to import it into.
            id: its id there.
            deployment_arn: the deployment's ARN.
            custom_model_kms_key: the key that encrypts its model, or the key's ARN, id or alias, which
                `grant_invoke` permits as well; an id or alias is one of the deployment's account and Region.
                Default: the key is not known, and not permitted.

        Raises:
            InvalidJob: the ARN does not name exactly one deployment, or the key not one key.
        """
        return ImportedDeployment(scope, id, deployment_arn, custom_model_kms_key)

    @property
    def deployment_name(self) -> str:
        """The name of the deployment."""
        return self._resource.ref

    @property
    def deployment_arn(self) -> str:
        """The deployment's ARN; empty if there is no model yet at the time of the deployment of the stack.

        Read the parameter `arn_parameter_name` instead, which has it as soon as it is known.
        """
        return self._attribute("DeploymentArn")

    @property
    def model_arn(self) -> str:
        """What is invoked: the deployment's ARN. The CDK's `IModel` calls it so.

        Raises:
            InvalidJob: with `Release.ON_COMPLETION` it is not known when the stack is deployed.
        """
        if self._is_followed:
            rule = "is not known when the stack is deployed, because the model is deployed later"
            fix = (
                "read the parameter arn_parameter_name, and use grant_invoke to permit the call; for metrics "
                "and alarms import it with from_deployment_arn once the parameter exists"
            )
            found = error("deployment-arn-unknown", "model_arn", rule, NOT_SHOWN, fix)
            raise InvalidJob(self._path, [found])
        return self.deployment_arn

    @property
    def custom_model_arn(self) -> str:
        """The ARN of the model that it served at the time of the deployment; empty while there is none."""
        return self._attribute("ModelArn")

    @property
    def deployment_status(self) -> str:
        """Its status at the time of the deployment of the stack; empty while there is none."""
        return self._attribute("Status")

    @property
    def arn_parameter_name(self) -> str | None:
        """The name of the parameter with the deployment's ARN; None where there is none."""
        return self._parameter

    @property
    def _read_statements(self) -> Sequence[Statement]:
        arn = self._parameter_arn
        return [*super()._read_statements, *([read_parameter_statement(arn)] if arn else [])]

    @property
    def _may_lack_arn(self) -> bool:
        return self._is_followed or super()._may_lack_arn

    @property
    def _parameter_arn(self) -> str | None:
        return None if self._parameter is None else parameter_arn(self._parameter, **self._env.arn_parts)

    def _followed_job(self) -> Mapping[str, str] | None:
        if not self._is_followed or self._job is None or self._parameter is None:
            return None
        return {
            JOB_PROPERTY: self._job.resource.logical_id,
            JOB_ARN_PROPERTY: self._job.ref,
            PARAMETER_PROPERTY: self._parameter,
        }

    def _connect(self) -> None:
        """Define what depends on when the model is deployed."""
        outputs = Outputs(self, self._path, self._env)
        if self._is_followed:
            self._follow(outputs)
            return
        resources, arn = StackResources.of(self._env), self.deployment_arn
        resources.created_in_turn(self._resource)
        output = outputs.add("DeploymentArn", value=arn, description="ARN of the model deployment")
        resources.leave_out_with(self._resource, output)
        if self._parameter is not None:
            from aws_cdk import aws_ssm as ssm

            parameter = ssm.CfnParameter(self, "ArnParameter", type="String", name=self._parameter, value=arn)
            resources.leave_out_with(self._resource, parameter)

    def _follow(self, outputs: Outputs) -> None:
        if self._job is None or self._parameter is None:
            return
        description = "Name of the parameter with the ARN of the model deployment"
        told = [outputs.add("DeploymentArnParameter", value=self._parameter, description=description)]
        if self._promotion is not None:
            told.append(self._promotion.connect(self, self._resource))
        StackResources.of(self._env).leave_out_with(self._resource, *told)
        self._provider.follow(
            Followed(
                kind=DEPLOYMENT_KIND,
                job=self._job.resource,
                names=self._job.names_in_events(),
                resource=self._resource,
                parameter=self._parameter,
                store=self._promotion.store if self._promotion else None,
            )
        )


def _arn_of(model: ModelCustomizationJob | str) -> str:
    return model if isinstance(model, str) else model.custom_model_arn


def _default_parameter(env: StackEnv, path: str) -> str:
    """Return the name of the parameter of a deployment that names none."""
    steps = [_NOT_IN_PARAMETER.sub("-", one) for one in env.path_below(path)]
    return "/".join(["", env.stack.stack_name, *steps, "deployment-arn"])
