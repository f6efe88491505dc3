"""A published model and its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.lambda_.builders import Harness, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lambda_.parameter_store import ParameterStore

NAME = "/tickets/model"
TYPE = "Custom::BedrockPublishedModel"


class Story:
    """A job that stands, and a parameter that is to hold its model."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.store: ParameterStore = harness.fakes.parameters
        self.name = ""
        self.arn = ""

    def train(self, request: dict[str, Any] | None = None) -> str:
        """Start a job, and make it the current one."""
        self.arn = str(self.harness.create(properties(request))["PhysicalResourceId"])
        self.stands(self.arn)
        return self.arn

    def complete(self) -> str:
        """Let the current job complete, and return its model."""
        self.harness.double.complete(self.arn)
        return self.model(self.arn)

    def model(self, arn: str) -> str:
        """Return the model of a job."""
        [model] = [model.arn for model in self.harness.double.models() if model.job_arn == arn]
        return model

    def stands(self, arn: str, status: str = "UPDATE_COMPLETE") -> None:
        """Make a job the current one."""
        self.harness.fakes.stack.resources["Job"] = ResourceRecord(arn, status)

    def desired(self, **settings: object) -> dict[str, Any]:
        """Write the properties of the parameter's resource; a None takes a member away."""
        told = {
            "ServiceToken": FUNCTION,
            "ServiceTimeout": "300",
            "ParameterName": NAME,
            "Job": "Job",
            "JobArn": self.arn,
            "OnDelete": "Delete",
            **settings,
        }
        return {name: value for name, value in told.items() if value is not None}

    def create(self, status: str = "CREATE_IN_PROGRESS", **settings: object) -> dict[str, Any]:
        """Create the resource, and let CloudFormation show it."""
        members = {"request_id": settings.pop("request_id")} if "request_id" in settings else {}
        return self._send("Create", status, self.desired(**settings), **members)

    def update(
        self,
        old: dict[str, Any] | None = None,
        status: str = "UPDATE_IN_PROGRESS",
        name: str = NAME,
        **settings: object,
    ) -> dict[str, Any]:
        """Update the resource."""
        members: dict[str, object] = {
            "PhysicalResourceId": name,
            "OldResourceProperties": old or self.desired(),
        }
        return self._send("Update", status, self.desired(**settings), **members)

    def delete(self, name: str = NAME, status: str = "DELETE_IN_PROGRESS", **settings: object) -> Any:  # noqa: ANN401 - a response
        """Delete the resource."""
        return self._send("Delete", status, self.desired(**settings), PhysicalResourceId=name)

    def look(self, status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
        """Let the stack's rule call the function, and return what the log says."""
        thing = {"kind": "published", "job": "Job", "resource": "Published", "parameter": NAME}
        return self.harness.look(thing, status=status)[-1]

    def value(self, name: str = NAME) -> str | None:
        """Return the value of a parameter; None where there is none."""
        found = self.store.parameters.get(name)
        return found.value if found else None

    def _send(self, kind: str, status: str, desired: Mapping[str, Any], **members: object) -> dict[str, Any]:
        told = {"LogicalResourceId": "Published", "ResourceType": TYPE, **members}
        answer = self.harness.send(kind, status, dict(desired), **told)
        if kind != "Delete" and answer["Status"] == "SUCCESS":
            done = ResourceRecord(answer["PhysicalResourceId"], f"{kind.upper()}_COMPLETE", kind=TYPE)
            self.harness.fakes.stack.resources["Published"] = done
        return answer
