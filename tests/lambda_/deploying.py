"""A deployment and its events."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from contract.resource import deployment_name
from customization_job.frame.response import UnfinishedError

from constructs_lib.testing.bedrock import BeforeCall
from tests.lambda_.builders import STACK, Harness, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.testing.bedrock import Deployment
    from tests.lambda_.parameter_store import ParameterStore

TYPE = "Custom::BedrockCustomModelDeployment"
LOGICAL_ID = "Deployment"
NAME = deployment_name(STACK, LOGICAL_ID)
PARAMETER = "/training/deployment-arn"
CREATE, GET = "CreateCustomModelDeployment", "GetCustomModelDeployment"
UPDATE, DELETE = "UpdateCustomModelDeployment", "DeleteCustomModelDeployment"
READS = {GET, "ListTagsForResource", "GetModelCustomizationJob", "GetCustomModel"}
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
GOING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


class DeploymentStory:
    """Models that were trained, and a deployment.

    `delays` are the seconds before each repeated event; `before_event` are those between the beginning of an
    update of the stack and its event.
    """

    type = TYPE
    logical_id = LOGICAL_ID

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.double = harness.double
        self.fakes = harness.fakes
        self.clock = harness.fakes.clock
        self.store: ParameterStore = harness.fakes.parameters
        self.job = ""
        self.delays: list[float] = []
        self.before_event = 1.0

    # -- jobs and models -----------------------------------------------------------------------------------

    def train(self, epochs: int = 2, **request: object) -> str:
        """Start a job, and make it the current one."""
        desired = properties({"hyperParameters": {"epochCount": str(epochs)}, **request})
        self.job = str(self.harness.create(desired)["PhysicalResourceId"])
        self.stands(self.job)
        return self.job

    def model(self, epochs: int = 2, **request: object) -> str:
        """Train a model, and make its job the current one."""
        return self.complete(self.train(epochs, **request))

    def complete(self, job: str) -> str:
        """Let a job complete, and return its model."""
        self.double.complete(job)
        [found] = [model.arn for model in self.double.models() if model.job_arn == job]
        return found

    def stands(self, job: str, status: str = "UPDATE_COMPLETE") -> None:
        """Make a job the current one."""
        self.fakes.stack.resources["Job"] = ResourceRecord(job, status)

    # -- events --------------------------------------------------------------------------------------------

    def desired(self, model: str | None = None, **settings: object) -> dict[str, Any]:
        """Write the properties of the deployment's resource; a None takes a member away."""
        told = {
            "ServiceToken": FUNCTION,
            "ServiceTimeout": "2700",
            "ModelArn": model,
            "OnDelete": "Delete",
            **settings,
        }
        return {name: value for name, value in told.items() if value is not None}

    def following(self, job: str | None = None, **settings: object) -> dict[str, Any]:
        """Write the properties of a deployment that follows the job."""
        follow = {"Job": "Job", "JobArn": self.job if job is None else job, "Parameter": PARAMETER}
        return self.desired(Follow=follow, **settings)

    def create(
        self, desired: dict[str, Any], status: str = "CREATE_IN_PROGRESS", **members: object
    ) -> dict[str, Any]:
        """Create the resource, and let CloudFormation show it."""
        return self.send("Create", desired, status, **members)

    def update(
        self,
        desired: dict[str, Any],
        old: dict[str, Any],
        status: str = "UPDATE_IN_PROGRESS",
        name: str = NAME,
        **members: object,
    ) -> dict[str, Any]:
        """Update the resource."""
        told = {"PhysicalResourceId": name, "OldResourceProperties": old, **members}
        return self.send("Update", desired, status, **told)

    def delete(
        self,
        desired: dict[str, Any],
        name: str = NAME,
        status: str = "DELETE_IN_PROGRESS",
        **members: object,
    ) -> dict[str, Any]:
        """Delete the resource."""
        return self.send("Delete", desired, status, PhysicalResourceId=name, **members)

    def look(self, status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
        """Let the stack's rule call the function, and return what the log says."""
        thing = {"kind": "deployment", "job": "Job", "resource": LOGICAL_ID, "parameter": PARAMETER}
        return self.harness.look(thing, status=status)[-1]

    def send(self, kind: str, desired: Mapping[str, Any], status: str, **members: object) -> dict[str, Any]:
        """Send an event; send it again a minute later, and two, while there is no response, as Lambda."""
        told = {"LogicalResourceId": self.logical_id, "ResourceType": self.type, **members}
        self.operation(kind, status, str(told.get("PhysicalResourceId", "")))
        self.harness.requests += 1
        told.setdefault("request_id", f"request-{self.harness.requests}")
        delays = [60.0, 120.0]
        while True:
            try:
                answer = self.harness.send(kind, status, copy.deepcopy(dict(desired)), **told)
            except UnfinishedError:
                self.delays.append(delays[0])
                self.clock.advance(delays.pop(0))
            else:
                break
        self.fakes.current = "the event's"
        if kind != "Delete" and answer["Status"] == "SUCCESS":
            self.shown(answer["PhysicalResourceId"], f"{kind.upper()}_COMPLETE")
        return answer

    def operation(self, kind: str, status: str, physical_id: str) -> None:
        """Let CloudFormation show the operation, and the resource in it, unless a test shows it otherwise."""
        if status == "UPDATE_IN_PROGRESS":
            self.fakes.stack.updated = self.clock.now() - self.before_event
        if self.fakes.current == "the event's":
            shown = ResourceRecord(physical_id, f"{kind.upper()}_IN_PROGRESS", self.clock.now(), self.type)
            self.fakes.current = shown

    def shown(self, name: str, status: str = "CREATE_COMPLETE") -> None:
        """Let CloudFormation show the resource of the deployment."""
        self.fakes.stack.resources[self.logical_id] = ResourceRecord(
            name, status, self.clock.now(), self.type
        )

    # -- what there is -------------------------------------------------------------------------------------

    def deployment(self) -> Deployment:
        """Return the one deployment."""
        [found] = self.double.deployments()
        return found

    def count(self, operation: str) -> int:
        """Count the calls of an operation."""
        return len(self.double.calls(operation))

    def writes(self) -> list[str]:
        """Name the calls that change something."""
        return [call.operation for call in self.double.calls() if call.operation not in READS]

    def times(self, operation: str) -> list[float]:
        """Return a list to which the seconds from now to every later call of an operation are added."""
        began, found = self.clock.now(), list[float]()
        note = BeforeCall(lambda _double: found.append(self.clock.now() - began))
        self.double.faults.add(operation, note, times=1000)
        return found

    def acts(self, act: str) -> list[dict[str, Any]]:
        """Return the lines of the log about one act."""
        return [line for line in self.harness.lines if line["act"] == act]
