"""The model of the best trial in a Systems Manager parameter, which the report of the sweep writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii

from ..contract.resource import (
    JOB_ARN_PROPERTY,
    JOB_PROPERTY,
    ON_DELETE_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    PUBLISHED_MODEL_TYPE,
    OnDelete,
    ResourceOnDelete,
)
from ..job.handler_permissions import Capability, ServingPermissions
from ..permissions import parameter_arn
from ..serving.stack_resources import ServingResource, permit

if TYPE_CHECKING:
    from constructs import Construct

    from ..checks import Checks
    from ..job.provider import JobProvider
    from ..job.stack_env import StackEnv


@jsii.implements(cdk.ITaggableV2)
class BestModel(cdk.Resource):
    """The parameter of a sweep, a published model like that of a job: nothing foreign is overwritten.

    Args:
        sweep: the construct.
        env: its stack.
        resource: the custom resource of the sweep.
        parameter_name: the name of the parameter, which has been checked.
        on_delete: what happens to jobs and models when the sweep is deleted; what is retained keeps its
            parameter.
        provider: the function.
        checks: how serious each rule is.
    """

    def __init__(
        self,
        sweep: Construct,
        env: StackEnv,
        *,
        resource: cdk.CfnResource,
        parameter_name: str,
        on_delete: OnDelete,
        provider: JobProvider,
        checks: Checks,
    ) -> None:
        super().__init__(sweep, "BestModel")
        self._inherited_tags = cdk.TagManager(cdk.TagType.STANDARD, PUBLISHED_MODEL_TYPE, None)
        is_retained = on_delete is OnDelete.RETAIN
        kept = ResourceOnDelete.RETAIN if is_retained else ResourceOnDelete.DELETE
        self.resource = ServingResource(
            construct=self,
            path=self.node.path,
            type=PUBLISHED_MODEL_TYPE,
            properties={
                PARAMETER_NAME_PROPERTY: parameter_name,
                JOB_PROPERTY: resource.logical_id,
                JOB_ARN_PROPERTY: resource.ref,
                ON_DELETE_PROPERTY: kept.value,
            },
            parameter=parameter_name,
        ).define(env, provider, self._inherited_tags, checks)
        permissions = ServingPermissions(
            logical_id=self.resource.logical_id,
            capabilities=[Capability.CHANGE_PARAMETERS],
            parameter_arn=parameter_arn(parameter_name, **env.arn_parts),
        )
        permit(self.resource, provider, permissions)

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that the parameter inherits: those of `Tags.of(scope)` and of the stack."""
        return self._inherited_tags
