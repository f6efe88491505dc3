"""What serves a custom model: on-demand deployments and provisioned throughputs, put there by a test."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from constructs_lib.testing.bedrock.arns import arn, short_id
from constructs_lib.testing.bedrock.clock import timestamp

ServingKind = Literal["custom-model-deployment", "provisioned-model"]
DeploymentStatus = Literal["Creating", "Active", "Failed"]
ThroughputStatus = Literal["Creating", "InService", "Updating", "Failed"]

DEPLOYMENT: Final = "custom-model-deployment"
THROUGHPUT: Final = "provisioned-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingRecord:
    """A deployment or a throughput; it stays as it is until it is removed.

    Args:
        kind: the resource type in its ARN.
        name: unique among those of its kind.
        account: 12 digits.
        region: such as `us-east-1`.
        model_arn: the custom model that it serves.
        base_model_arn: the foundation model at the root of that model.
        created: seconds since 1970.
        status: its state, in the words of its kind.
        units: model units of a throughput. Default: one.
    """

    kind: ServingKind
    name: str
    account: str
    region: str
    model_arn: str
    base_model_arn: str
    created: float
    status: str
    units: int = 1

    @property
    def arn(self) -> str:
        """Its ARN."""
        digits = short_id(self.account, self.region, self.kind, self.name)
        return arn(self.region, self.account, f"{self.kind}/{digits}")


def deployment_summary(record: ServingRecord) -> dict[str, Any]:
    """Return what `ListCustomModelDeployments` says of a deployment.

    Args:
        record: the deployment.
    """
    return {
        "customModelDeploymentArn": record.arn,
        "customModelDeploymentName": record.name,
        "modelArn": record.model_arn,
        "createdAt": timestamp(record.created),
        "status": record.status,
        "lastUpdatedAt": timestamp(record.created),
    }


def throughput_summary(record: ServingRecord) -> dict[str, Any]:
    """Return what `ListProvisionedModelThroughputs` says of a throughput.

    Args:
        record: the throughput.
    """
    return {
        "provisionedModelName": record.name,
        "provisionedModelArn": record.arn,
        "modelArn": record.model_arn,
        "desiredModelArn": record.model_arn,
        "foundationModelArn": record.base_model_arn,
        "modelUnits": record.units,
        "desiredModelUnits": record.units,
        "status": record.status,
        "creationTime": timestamp(record.created),
        "lastModifiedTime": timestamp(record.created),
    }
