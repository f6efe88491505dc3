"""The construct that buys provisioned throughput for a custom model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock

from ..contract.resource import (
    COMMITMENT_EXPIRES_ATTRIBUTE,
    COMMITMENT_PROPERTY,
    EXPIRES_AFTER_PROPERTY,
    MODEL_ARN_ATTRIBUTE,
    MODEL_ID_PROPERTY,
    MODEL_UNITS_PROPERTY,
    ON_DELETE_PROPERTY,
    PURCHASE_PROPERTY,
    STATE_MACHINE_PROPERTY,
    STATUS_ATTRIBUTE,
    THROUGHPUT_ARN_ATTRIBUTE,
    THROUGHPUT_NAME_ATTRIBUTE,
    THROUGHPUT_NAME_PROPERTY,
    THROUGHPUT_TYPE,
    ResourceOnDelete,
)
from ..job.handler_permissions import Capability
from ..job.outputs import Outputs
from ..job.stack_env import StackEnv
from ..job.stack_jobs import report
from .defined_model import DefinedModel
from .stack_resources import ServingResource, StackResources, refuse
from .throughput_checks import AloneInStack, ThroughputArguments
from .throughput_interface import ImportedThroughput, ThroughputBase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from ..catalog import Catalog
    from ..checks import Checks
    from ..job.job import ModelCustomizationJob
    from ..job.provider import JobProvider
    from .billing import Billing
    from .throughput_interface import IProvisionedModelThroughput


@jsii.implements(bedrock.IModel, cdk.ITaggableV2)
class ProvisionedModelThroughput(DefinedModel, ThroughputBase):
    """Provisioned throughput for a custom model: AWS bills its model units by the hour, used or not.

    It is bought when the resource is created, and never again by an update or a rollback, unless `purchase`
    is changed when it is gone. An account has no model units until AWS Support grants some. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/prov-thru-purchase.html.

    Args:
        scope: the construct to define it in.
        id: its id there. A throughput that is renamed or moved is another one, and another purchase.
        model: the ARN of a model that exists, or a job that is defined in the same stack with
            `wait=Wait.for_completion()`. If the job has no model at the end of the wait, nothing is bought
            until `purchase` is changed. Another model of the same base model takes the place of the first.
        model_units: its model units, 1 to 999,999. They cannot be changed.
        billing: how it is billed, and when that ends. A commitment cannot be changed, and must be alone in
            its stack.
        throughput_name: the exact name. Default: the function generates one from the stack and the logical
            id.
        purchase: a text; another one buys the throughput again, if it has expired or was deleted. Default:
            `1`.
        on_delete: what happens to the throughput when its resource is deleted. Default: it is deleted, which
            fails until a commitment has ended.
        throughput_tags: its tags, besides those of `Tags.of(scope)` and of the stack. Default: only those.
        checks: how serious each rule is. Default: as for the job, or as docs/checks.md lists it.
        catalog: what is documented of models. Default: as for the job, or the catalogue of this library.
        provider: the function that calls Bedrock. Default: the job's, or the stack's own.

    Raises:
        InvalidJob: the throughput is not valid; the error lists every problem.
    """

    _resource_type = THROUGHPUT_TYPE
    _arn_type = "provisioned-model"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: ModelCustomizationJob | str,
        model_units: int,
        billing: Billing,
        throughput_name: str | None = None,
        purchase: str = "1",
        on_delete: ResourceOnDelete = ResourceOnDelete.DELETE,
        throughput_tags: Mapping[str, str] | None = None,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        provider: JobProvider | None = None,
    ) -> None:
        env = StackEnv.of(scope)
        path = f"{scope.node.path}/{id}"
        given = ThroughputArguments(
            model=model,
            model_units=model_units,
            billing=billing,
            purchase=purchase,
            name=throughput_name,
            on_delete=on_delete,
            tags=throughput_tags or {},
            checks=checks,
            catalog=catalog,
            provider=provider,
        )
        own_checks = given.checks_for(given.find_job(env))
        remarks = refuse(path, given.all_findings(env), own_checks)
        super().__init__(scope, id, given, env)
        expires = billing.expires_after
        machine = self._provider.state_machine_arn if expires else None
        self._resource = ServingResource(
            construct=self,
            path=path,
            type=self._resource_type,
            properties={
                THROUGHPUT_NAME_PROPERTY: throughput_name,
                MODEL_ID_PROPERTY: model if isinstance(model, str) else model.custom_model_arn,
                MODEL_UNITS_PROPERTY: str(model_units),
                COMMITMENT_PROPERTY: billing.commitment,
                PURCHASE_PROPERTY: purchase,
                EXPIRES_AFTER_PROPERTY: str(expires) if expires else None,
                STATE_MACHINE_PROPERTY: machine,
                ON_DELETE_PROPERTY: on_delete.value,
            },
            tags=given.tags,
            job=self._job,
        ).define(env, self._provider, self._inherited_tags, own_checks)
        self._permit(Capability.BUY_THROUGHPUT, state_machine_arn=machine)
        if billing.commitment:
            self.node.add_validation(AloneInStack(self, env, self._provider, own_checks))
        description = "ARN of the provisioned throughput"
        outputs = Outputs(self, path, env)
        output = outputs.add("ThroughputArn", value=self.throughput_arn, description=description)
        StackResources.of(env).leave_out_with(self._resource, output)
        report(self, remarks)

    @staticmethod
    def from_throughput_arn(scope: Construct, id: str, throughput_arn: str) -> IProvisionedModelThroughput:
        """Import a throughput that exists; nothing is bought.

        The key of its model is not known: what `grant_invoke` permits does not include it. See
        `from_throughput_attributes`.

        Args:
            scope: the construct to import it into.
            id: its id there.
            throughput_arn: the throughput's ARN.

        Raises:
            InvalidJob: the ARN does not name exactly one throughput.
        """
        return ImportedThroughput(scope, id, throughput_arn)

    @staticmethod
    def from_throughput_attributes(
        scope: Construct,
        id: str,
        *,
        throughput_arn: str,
        custom_model_kms_key: kms.IKey | kms.Key | str | None = None,
    ) -> IProvisionedModelThroughput:
        """Import a throughput that exists, with the key of its model; nothing is bought.

        Args:
            scope: the construct to import it into.
            id: its id there.
            throughput_arn: the throughput's ARN.
            custom_model_kms_key: the key that encrypts its model, or the key's ARN, id or alias, which
                `grant_invoke` permits as well; an id or alias is one of the throughput's account and Region.
                Default: the key is not known, and not permitted.

        Raises:
            InvalidJob: the ARN does not name exactly one throughput, or the key not one key.
        """
        return ImportedThroughput(scope, id, throughput_arn, custom_model_kms_key)

    @property
    def throughput_name(self) -> str:
        """The name of the throughput."""
        return self._attribute(THROUGHPUT_NAME_ATTRIBUTE)

    @property
    def throughput_arn(self) -> str:
        """The throughput's ARN; empty while nothing has been bought because there was no model."""
        return self._attribute(THROUGHPUT_ARN_ATTRIBUTE)

    @property
    def custom_model_arn(self) -> str:
        """The ARN of the model that it served at the time of the deployment of the stack."""
        return self._attribute(MODEL_ARN_ATTRIBUTE)

    @property
    def throughput_status(self) -> str:
        """Its status at the time of the deployment of the stack."""
        return self._attribute(STATUS_ATTRIBUTE)

    @property
    def commitment_expires(self) -> str:
        """When its commitment ends, such as `2026-12-31T10:00:00Z`; empty without one."""
        return self._attribute(COMMITMENT_EXPIRES_ATTRIBUTE)
