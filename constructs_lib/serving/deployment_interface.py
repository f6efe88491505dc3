"""What every deployment of a custom model offers, whether this app defines or imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_bedrock as bedrock
from typing_extensions import Protocol, runtime_checkable

from ..permissions import MODEL_DEPLOYMENT, read_deployment_statement
from .invocable_model import IInvocableModel, ImportedModel, InvocableModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from ..permissions import Statement
    from ..request.interfaces import Key


@runtime_checkable
class ICustomModelDeployment(IInvocableModel, Protocol):
    """A deployment of a custom model, whether this app defines or imports it."""

    @property
    def deployment_arn(self) -> str:
        """The deployment's ARN."""
        ...


class DeploymentBase(InvocableModel):
    """A deployment, of which the ARN is known."""

    @property
    def deployment_arn(self) -> str:
        """The deployment's ARN."""
        raise NotImplementedError

    @property
    def model_arn(self) -> str:
        """What is invoked: the deployment's ARN. The CDK's `IModel` calls it so."""
        return self.deployment_arn

    @property
    def _read_statements(self) -> Sequence[Statement]:
        return [read_deployment_statement(self.deployment_arn)]


@jsii.implements(bedrock.IModel)
class ImportedDeployment(ImportedModel, DeploymentBase):
    """A deployment that another app defined."""

    def __init__(self, scope: Construct, id: str, deployment_arn: str, key: Key | str | None = None) -> None:
        super().__init__(
            scope, id, argument="deployment_arn", arn=deployment_arn, kind=MODEL_DEPLOYMENT, key=key
        )

    @property
    def deployment_arn(self) -> str:
        """The deployment's ARN."""
        return self._arn
