"""Bedrock's provisioned throughputs, over the AWS SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.aws import seconds_of
from ..frame.bedrock import BedrockClient
from .ports import Throughput

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDENTIFIER = "provisionedModelId"


class BedrockThroughputs(BedrockClient):
    """The real implementation of the port `Throughputs`."""

    def get(self, name: str) -> Throughput | None:
        """Return a throughput by its name or ARN."""
        output = self.find("GetProvisionedModelThroughput", {_IDENTIFIER: name})
        if output is None:
            return None
        model_arn = output.get("modelArn", "")
        return Throughput(
            arn=output["provisionedModelArn"],
            name=output.get("provisionedModelName", ""),
            model_arn=model_arn,
            update_model_arn=output.get("desiredModelArn", model_arn),
            status=output.get("status", ""),
            units=output.get("modelUnits", 0),
            failure=output.get("failureMessage", ""),
            created=seconds_of(output.get("creationTime")),
            changed=seconds_of(output.get("lastModifiedTime")),
            commitment=output.get("commitmentDuration", ""),
            committed_until=seconds_of(output.get("commitmentExpirationTime")),
        )

    def create(self, request: Mapping[str, object]) -> str:
        """Buy a throughput and return its ARN."""
        return str(self.call("CreateProvisionedModelThroughput", request)["provisionedModelArn"])

    def update(self, arn: str, model_arn: str) -> None:
        """Give a throughput another model."""
        self.call("UpdateProvisionedModelThroughput", {_IDENTIFIER: arn, "desiredModelId": model_arn})

    def rename(self, arn: str, name: str) -> None:
        """Give a throughput another name."""
        self.call("UpdateProvisionedModelThroughput", {_IDENTIFIER: arn, "desiredProvisionedModelName": name})

    def delete(self, arn: str) -> None:
        """Delete a throughput."""
        self.call("DeleteProvisionedModelThroughput", {_IDENTIFIER: arn})
