"""A job that the deployment waits for: its wait condition, the state machine's loop, and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.lambda_.builders import Harness, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, FUNCTION, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Tasks"
CONDITION = "JobWaitCondition0a1b2c3d"
OTHER = "JobWaitCondition4e5f6a7b"
RESULT_TYPE = "Custom::BedrockModelCustomizationResult"
SECONDS = 21_600
GOING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def waited_for(
    request: dict[str, Any] | None = None, condition: str = CONDITION, seconds: int = SECONDS
) -> dict[str, Any]:
    """Write the properties of a job that the deployment waits for."""
    wait = {"WaitCondition": condition, "StateMachine": MACHINE, "Seconds": str(seconds)}
    return properties(request, Wait=wait)


class WaitStory:
    """A job, and what CloudFormation does after its response."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.arn = ""
        self.condition = CONDITION

    @property
    def executions(self) -> dict[str, dict[str, Any]]:
        """The task of every execution that was started, by its name."""
        return {name: given["task"] for name, given in self.harness.fakes.executions.inputs.items()}

    @property
    def signals(self) -> list[str]:
        """The signals of the wait condition, without the ids of jobs."""
        return [one.rpartition("-")[0] for name, one in self.harness.fakes.signals if name == self.condition]

    def create(self, desired: dict[str, Any] | None = None, **members: object) -> dict[str, Any]:
        """Create the job, and let CloudFormation create the wait condition."""
        answer = self.harness.create(desired or waited_for(), **members)
        self.answered(answer)
        return answer

    def answered(self, answer: Mapping[str, Any], condition: str = CONDITION) -> None:
        """Let CloudFormation go on after the response of the job."""
        if answer["Status"] == "SUCCESS":
            self.arn, self.condition = str(answer["PhysicalResourceId"]), condition
            self.stands(self.arn)
            self.shows(condition, "CREATE_IN_PROGRESS")

    def stands(self, arn: str, status: str = "CREATE_COMPLETE") -> None:
        """Make a job the resource's current one."""
        self.harness.fakes.stack.resources["Job"] = ResourceRecord(arn, status)

    def shows(self, condition: str, status: str) -> None:
        """Let CloudFormation show a wait condition in a status."""
        record = ResourceRecord("arn", status, kind="AWS::CloudFormation::WaitCondition")
        self.harness.fakes.stack.resources[condition] = record

    def looks(self, task: dict[str, Any] | None = None, status: str = "CREATE_IN_PROGRESS") -> Iterator[Any]:
        """Run the state machine's loop; yield what it gets back, and wait as it does."""
        fakes = self.harness.fakes
        fakes.current = fakes.stack.resources.get("Job")
        given = task or list(self.executions.values())[-1]
        for _ in range(3_000):
            got = self.harness.task(given, status=status)
            self._count(fakes.stack.resources.get(self.condition))
            yield got
            if got["isOver"]:
                return
            given = got["task"]
            fakes.clock.advance(got["pause"])
            fakes.current = fakes.stack.resources.get("Job")
        raise AssertionError("the execution does not end")

    def run(self, status: str = "CREATE_IN_PROGRESS") -> int:
        """Run the state machine's loop to its end, and return the number of looks."""
        return len(list(self.looks(status=status)))

    def result(
        self, kind: str = "Create", status: str = "", waited: float = 0.0, **settings: object
    ) -> dict[str, Any]:
        """Send an event of the result, for whose response CloudFormation has waited some seconds already."""
        told = {
            "ServiceToken": FUNCTION,
            "ServiceTimeout": "2700",
            "Job": "Job",
            "JobArn": self.arn,
            "Until": "Completion",
            "Seconds": str(SECONDS),
            "FailOnFailure": "true",
            "FailOnTimeout": "false",
            **settings,
        }
        members: dict[str, object] = {"LogicalResourceId": "JobResult", "ResourceType": RESULT_TYPE}
        if kind != "Create":
            members |= {"PhysicalResourceId": "result/JobResult", "OldResourceProperties": told}
        changed = self.harness.fakes.clock.now() - waited
        self.harness.fakes.current = ResourceRecord(
            "result/JobResult", f"{kind.upper()}_IN_PROGRESS", changed, RESULT_TYPE
        )
        answer = self.harness.send(kind, status or f"{kind.upper()}_IN_PROGRESS", told, **members)
        self.harness.fakes.current = "the event's"
        return answer

    def _count(self, record: ResourceRecord | None) -> None:
        """Let CloudFormation complete the wait condition as soon as it has its four signals."""
        if record and record.status == "CREATE_IN_PROGRESS" and len(self.signals) >= 4:
            record.status = "CREATE_COMPLETE"
