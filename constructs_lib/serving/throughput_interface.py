"""What every provisioned throughput offers, whether this app defines or imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_bedrock as bedrock
from typing_extensions import Protocol, runtime_checkable

from ..permissions import PROVISIONED_MODEL, read_throughput_statement
from .invocable_model import IInvocableModel, ImportedModel, InvocableModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from ..permissions import Statement
    from ..request.interfaces import Key


@runtime_checkable
class IProvisionedModelThroughput(IInvocableModel, Protocol):
    """A provisioned throughput, whether this app defines or imports it."""

    @property
    def throughput_arn(self) -> str:
        """The throughput's ARN."""
        ...


class ThroughputBase(InvocableModel):
    """A throughput, of which the ARN is known."""

    @property
    def throughput_arn(self) -> str:
        """The throughput's ARN."""
        raise NotImplementedError

    @property
    def model_arn(self) -> str:
        """What is invoked: the throughput's ARN. The CDK's `IModel` calls it so."""
        return self.throughput_arn

    @property
    def _read_statements(self) -> Sequence[Statement]:
        return [read_throughput_statement(self.throughput_arn)]


@jsii.implements(bedrock.IModel)
class ImportedThroughput(ImportedModel, ThroughputBase):
    """A throughput that another app bought; nothing is bought."""

    def __init__(self, scope: Construct, id: str, throughput_arn: str, key: Key | str | None = None) -> None:
        super().__init__(
            scope, id, argument="throughput_arn", arn=throughput_arn, kind=PROVISIONED_MODEL, key=key
        )

    @property
    def throughput_arn(self) -> str:
        """The throughput's ARN."""
        return self._arn
