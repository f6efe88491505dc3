"""One resource and its events: properties, events, and a harness that sends them."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customization_job.frame.event import read_event
from customization_job.handler import on_event
from customization_job.jobs.desired_state import Change
from hypothesis import settings

from tests.lambda_.cloudformation import Record
from tests.lambda_.fakes import ACCOUNT, FUNCTION, LAMBDA_SECONDS, REGION, Context, Fakes, Killed

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import BedrockDouble

STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/training/6f1c2a30-0000-11f0-8000-0a1b2c3d4e5f"
RESPONSE_URL = (
    f"https://cloudformation-custom-resource-response-{REGION.replace('-', '')}.s3.{REGION}.amazonaws.com/"
    "arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/training/6f1c2a30%7CJob%7Cr?X-Amz-Date=20260101T000000Z"
    "&X-Amz-Signature=canary-signature"
)
REQUEST: dict[str, Any] = {
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/service",
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "customizationType": "FINE_TUNING",
    "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://bucket/out/"},
    "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
}


def properties(request: dict[str, Any] | None = None, **settings: object) -> dict[str, Any]:
    """Write a resource's properties as CloudFormation sends them; a None takes a member away."""
    members = {**REQUEST, **(request or {})}
    told = {
        "ServiceToken": FUNCTION,
        "ServiceTimeout": "2700",
        "OnDelete": "StopJob",
        "Request": {name: value for name, value in members.items() if value is not None},
        **settings,
    }
    return copy.deepcopy({name: value for name, value in told.items() if value is not None})


def event(kind: str = "Create", request_id: str = "request-1", **members: object) -> dict[str, Any]:
    """Write an event; a None takes a member away."""
    told = {
        "RequestType": kind,
        "ResponseURL": RESPONSE_URL,
        "StackId": STACK,
        "RequestId": request_id,
        "ResourceType": "Custom::BedrockModelCustomizationJob",
        "LogicalResourceId": "Job",
        "ServiceToken": FUNCTION,
        "ResourceProperties": properties(),
        **members,
    }
    return {name: value for name, value in told.items() if value is not None}


def decode(event: dict[str, Any]) -> Change:
    """Read an event as the handler does."""
    return Change.of(read_event(event))


@dataclass
class Harness:
    """A resource, and what it takes to send its events."""

    fakes: Fakes = field(default_factory=Fakes)
    seconds: float = LAMBDA_SECONDS
    requests: int = 0

    @property
    def double(self) -> BedrockDouble:
        """Bedrock."""
        return self.fakes.double

    @property
    def statuses(self) -> list[str]:
        """The status of every job, oldest first."""
        return [job.status for job in self.double.jobs()]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log."""
        return [json.loads(line) for line in self.fakes.log.getvalue().splitlines()]

    def calls(self, operation: str = "") -> list[str]:
        """Name the calls that Bedrock had."""
        return [call.operation for call in self.double.calls(operation)]

    def create(self, desired: dict[str, Any] | None = None, **members: object) -> dict[str, Any]:
        """Create the resource."""
        return self.send("Create", "CREATE_IN_PROGRESS", desired or properties(), **members)

    def update(
        self, physical_id: str, desired: dict[str, Any], old: dict[str, Any], **members: object
    ) -> dict[str, Any]:
        """Update the resource."""
        told = {"PhysicalResourceId": physical_id, "OldResourceProperties": old, **members}
        return self.send("Update", "UPDATE_IN_PROGRESS", desired, **told)

    def delete(
        self, physical_id: str, desired: dict[str, Any] | None = None, **members: object
    ) -> dict[str, Any]:
        """Delete the resource."""
        told = {"PhysicalResourceId": physical_id, **members}
        return self.send("Delete", "DELETE_IN_PROGRESS", desired or properties(), **told)

    def look(self, *things: dict[str, str], status: str = "UPDATE_COMPLETE") -> list[dict[str, Any]]:
        """Let the stack's rule call the function, and return the lines that the log has of it."""
        self.fakes.status, self.fakes.own = status, STACK
        before = len(self.lines)
        on_event(look(*things), Context(self.fakes.clock, self.seconds), self.fakes)
        return self.lines[before:]

    def task(self, task: dict[str, Any], status: str = "CREATE_IN_PROGRESS") -> dict[str, Any]:
        """Let a state machine have the function carry out a task, and return what it gets back."""
        self.fakes.status, self.fakes.own = status, STACK
        got = on_event({"task": task}, Context(self.fakes.clock, self.seconds), self.fakes)
        assert got is not None
        return dict(json.loads(json.dumps(got)))

    def send(self, kind: str, stack: str, desired: dict[str, Any], **members: object) -> dict[str, Any]:
        """Send an event while the stack is in a status, and return the response."""
        self.requests += 1
        self.fakes.status = str(members.pop("status", stack))
        request_id = str(members.pop("request_id", f"request-{self.requests}"))
        body = event(kind, request_id, ResourceProperties=desired, **members)
        on_event(copy.deepcopy(body), Context(self.fakes.clock, self.seconds), self.fakes)
        return self.fakes.answers[-1]


def carried_out(
    event: dict[str, Any], double: BedrockDouble, *, began: float | None = None
) -> dict[str, Any]:
    """Let the function of any stack carry out an event, and return the response.

    Args:
        event: the event, as CloudFormation sends it.
        double: Bedrock, with a clock that tests turn.
        began: when the stack's operation began, in seconds since 1970. Default: now.
    """
    _, _, _, region, account, *_ = event["StackId"].split(":")
    kind, began = event["RequestType"].upper(), double.clock.now() if began is None else began
    times = {"created": began} if kind == "CREATE" else {"updated": began}
    told: dict[str, Any] = {
        "own": event["StackId"],
        "status": f"{kind}_IN_PROGRESS",
        "stack": Record(**times),
    }
    fakes = Fakes(double=double, account=account, region=region, **told)
    function = f"arn:aws:lambda:{region}:{account}:function:handler"
    on_event(copy.deepcopy(event), Context(fakes.clock, invoked_function_arn=function), fakes)
    [answer] = fakes.answers
    return answer


def look(*things: dict[str, str], stack_id: str = STACK) -> dict[str, Any]:
    """Write what the stack's rule sends."""
    return {"follow": stack_id, "things": list(things)}


STEADY = settings(derandomize=True, database=None, deadline=None)
"""For random tests: the same examples every time, however slow the machine."""

CREATE, GET, STOP = "CreateModelCustomizationJob", "GetModelCustomizationJob", "StopModelCustomizationJob"
NEW_YEAR = 1_767_225_600.0
INVENTED = "training-Job-1ABCDEFGHIJKL"
TWO = properties({"hyperParameters": {"epochCount": "9"}})
TAGGED = properties(JobTags=[{"key": "a", "value": "b"}], CustomModelTags=[{"key": "m", "value": "true"}])


def named(**request: str) -> dict[str, Any]:
    """Ask for exact names."""
    return properties(dict(request))


def die(_double: object) -> None:
    """Be killed by Lambda."""
    raise Killed
