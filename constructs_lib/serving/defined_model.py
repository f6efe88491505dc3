"""What the deployments and the throughputs that this app defines have in common: grants and permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import aws_cdk as cdk

from ..job.handler_permissions import Capability, ServingPermissions
from ..job.provider import JobProvider
from ..permissions import invoke_tagged_statement, model_key_user_statements, read_tagged_statement
from .invocable_model import InvocableModel
from .stack_resources import permit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from ..job.stack_env import StackEnv
    from ..permissions import Statement
    from .serving_arguments import ServingArguments


class DefinedModel(InvocableModel):
    """A deployment or a throughput that this app defines.

    Args:
        scope: the construct to define it in.
        id: its id there.
        given: its arguments, which have no error.
        env: its stack.
    """

    _resource: cdk.CfnResource
    """Its custom resource, which the subclass defines."""

    _resource_type: ClassVar[str]
    """The CloudFormation type of that."""

    _arn_type: ClassVar[str]
    """What its ARN calls it, before the id."""

    def __init__(self, scope: Construct, id: str, given: ServingArguments, env: StackEnv) -> None:
        super().__init__(scope, id)
        self._env = env
        self._job = job = given.find_job(env)
        self._inherited_tags = cdk.TagManager(cdk.TagType.STANDARD, self._resource_type, None)
        self._provider: JobProvider = given.provider or (job.provider if job else JobProvider.of(self))

    @property
    def provider(self) -> JobProvider:
        """The function that calls Bedrock for this resource."""
        return self._provider

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that it inherits: those of `Tags.of(scope)` and of the stack."""
        return self._inherited_tags

    @property
    def _invoke_statements(self) -> Sequence[Statement]:
        if self._may_lack_arn:  # then it may have no `model_arn`, which the other statement names
            invoke: Sequence[Statement] = [invoke_tagged_statement(*self._tag_values, every=self._every)]
        else:
            invoke = super()._invoke_statements
        key = self._job.model_key.arn if self._job else None
        return [*invoke, *model_key_user_statements([key] if key else [], region=self._env.region)]

    @property
    def _read_statements(self) -> Sequence[Statement]:
        if self._may_lack_arn:
            return [read_tagged_statement(*self._tag_values, every=self._every)]
        return super()._read_statements

    @property
    def _may_lack_arn(self) -> bool:
        """Whether the ARN may be empty at the deployment of the stack, which IAM accepts in no policy."""
        return self._job is not None and self._job.wait.may_lack_model

    @property
    def _tag_values(self) -> tuple[str, str]:
        return self._env.stack.stack_id, self._resource.logical_id

    @property
    def _every(self) -> str:
        env = self._env
        return f"arn:{env.partition}:bedrock:{env.region}:{env.account}:{self._arn_type}/*"

    def _attribute(self, name: str) -> str:
        return self._resource.get_att(name).to_string()

    def _permit(
        self,
        *capabilities: Capability,
        parameter_arn: str | None = None,
        state_machine_arn: str | None = None,
    ) -> None:
        """Permit the function what it needs, before it is needed."""
        key = self._job.model_key if self._job else None
        permissions = ServingPermissions(
            logical_id=self._resource.logical_id,
            capabilities=capabilities,
            parameter_arn=parameter_arn,
            model_key_arn=key.arn if key else None,
            state_machine_arn=state_machine_arn,
            independent=key.independent if key else (),
        )
        permit(self._resource, self._provider, permissions)
