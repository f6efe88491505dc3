"""Bedrock's on-demand deployments of custom models, over the AWS SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.aws import seconds_of
from ..frame.bedrock import BedrockClient
from .ports import Deployment

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDENTIFIER = "customModelDeploymentIdentifier"


class BedrockDeployments(BedrockClient):
    """The real implementation of the port `Deployments`."""

    def get(self, name: str) -> Deployment | None:
        """Return a deployment by its name or ARN."""
        output = self.find("GetCustomModelDeployment", {_IDENTIFIER: name})
        if output is None:
            return None
        update = output.get("updateDetails", {})
        return Deployment(
            arn=output["customModelDeploymentArn"],
            name=output.get("modelDeploymentName", ""),
            model_arn=output.get("modelArn", ""),
            status=output.get("status", ""),
            failure=output.get("failureMessage", ""),
            created=seconds_of(output.get("createdAt")),
            changed=seconds_of(output.get("lastUpdatedAt")),
            update_model_arn=update.get("modelArn", ""),
            update_status=update.get("updateStatus", ""),
        )

    def create(self, request: Mapping[str, object]) -> str:
        """Create a deployment and return its ARN."""
        return str(self.call("CreateCustomModelDeployment", request)["customModelDeploymentArn"])

    def update(self, arn: str, model_arn: str) -> None:
        """Give a deployment another model."""
        self.call("UpdateCustomModelDeployment", {_IDENTIFIER: arn, "modelArn": model_arn})

    def delete(self, arn: str) -> None:
        """Delete a deployment."""
        self.call("DeleteCustomModelDeployment", {_IDENTIFIER: arn})
