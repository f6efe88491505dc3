"""A provisioned throughput and its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.resource import deployment_name

from tests.lambda_.builders import STACK, Harness
from tests.lambda_.deploying import DeploymentStory
from tests.lambda_.fakes import ACCOUNT, FUNCTION, REGION

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import Serving

TYPE = "Custom::BedrockProvisionedModelThroughput"
LOGICAL_ID = "Throughput"
NAME = deployment_name(STACK, LOGICAL_ID)
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Tasks"
BUY, GET = "CreateProvisionedModelThroughput", "GetProvisionedModelThroughput"
UPDATE, DELETE = "UpdateProvisionedModelThroughput", "DeleteProvisionedModelThroughput"
READS = {GET, "ListTagsForResource"}
HOUR = 3600
_SOLD = ("", "ResponseLost", "CallerFailed")
GOING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


class ThroughputStory(DeploymentStory):
    """Models that were trained, and a throughput, in an account with model units."""

    type = TYPE
    logical_id = LOGICAL_ID

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness)
        self.double.configure(model_units=4)

    def desired(self, model: str | None = None, **settings: object) -> dict[str, Any]:
        """Write the properties of the throughput's resource; a None takes a member away."""
        told = {
            "ServiceToken": FUNCTION,
            "ServiceTimeout": "2700",
            "ModelId": model,
            "ModelUnits": "1",
            "Purchase": "1",
            "OnDelete": "Delete",
            **settings,
        }
        return {name: value for name, value in told.items() if value is not None}

    def expiring(self, model: str, seconds: int = HOUR, **settings: object) -> dict[str, Any]:
        """Write the properties of a throughput that is deleted after some time."""
        return self.desired(model, ExpiresAfter=str(seconds), StateMachine=MACHINE, **settings)

    def expire(self, name: str = NAME) -> dict[str, Any]:
        """Let the state machine have the function look once, and return what it gets back."""
        task = {"kind": "expire", "stackId": STACK, "resource": LOGICAL_ID, "name": name}
        self.fakes.current = self.fakes.stack.resources.get(LOGICAL_ID)
        got = self.harness.task(task)
        self.fakes.current = "the event's"
        return got

    def throughput(self) -> Serving:
        """Return the one throughput."""
        [found] = self.throughputs()
        return found

    def throughputs(self) -> list[Serving]:
        """Return the throughputs."""
        return [one for one in self.double.serving() if one.kind == "provisioned-model"]

    def bought(self) -> int:
        """Count the purchases that Bedrock has accepted, whatever has become of them."""
        accepted = [call for call in self.double.calls(BUY) if call.error in _SOLD]
        return len({call.request.get("clientRequestToken") for call in accepted})

    def get(self, identifier: str = NAME) -> dict[str, Any]:
        """Return what Bedrock returns of a throughput."""
        return self.double.client(account=ACCOUNT, region=REGION).get_provisioned_model_throughput(
            provisionedModelId=identifier
        )

    def writes(self) -> list[str]:
        """Name the calls that change something."""
        return [call.operation for call in self.double.calls() if call.operation not in READS]
