"""A sweep and its events, and a state machine that runs its trials: Step Functions in a Python loop."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customization_job.handler import on_event
from customization_job.tasks import TaskError

from tests.lambda_.builders import REQUEST, STACK, Harness
from tests.lambda_.cloudformation import Record, ResourceRecord
from tests.lambda_.fakes import ACCOUNT, FUNCTION, REGION, Context, Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.bedrock import Job
    from tests.lambda_.object_store import ObjectStore

TYPE = "Custom::BedrockCustomizationSweep"
LOGICAL_ID = "Search"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Trials"
BUCKET, PREFIX = "results-bucket", "out/sweep/"
RESULTS = f"s3://{BUCKET}/{PREFIX}results.json"
BASE = {**REQUEST, "validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/validation.jsonl"}]}}
CREATE, STOP, DELETE_MODEL = "CreateModelCustomizationJob", "StopModelCustomizationJob", "DeleteCustomModel"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
RETRY_SECONDS = 30.0
MOST_CALLS = 50_000
OPERATION_SECONDS = 60.0
"""How long a deployment takes before the sweep's event."""


def trial(epochs: int) -> dict[str, Any]:
    """Change the number of epochs."""
    return {"hyperParameters": {"epochCount": str(epochs)}}


def sweep(trials: int | list[dict[str, Any]] = 3, **settings: object) -> dict[str, Any]:
    """Write a sweep's properties as CloudFormation sends them; a None takes a member away."""
    told = {
        "ServiceToken": FUNCTION,
        "ServiceTimeout": "2700",
        "Request": BASE,
        "Trials": [trial(index + 1) for index in range(trials)] if isinstance(trials, int) else trials,
        "MaxConcurrency": "2",
        "Objective": "ValidationLoss",
        "OnDelete": "StopJob",
        "Results": {"Bucket": BUCKET, "Prefix": PREFIX},
        "StateMachine": MACHINE,
        **settings,
    }
    return {name: value for name, value in told.items() if value is not None}


class SweepStory:
    """A stack with a sweep, as CloudFormation deploys it: statuses, events, and the physical id it keeps."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.double = harness.double
        self.fakes = harness.fakes
        self.clock = harness.fakes.clock
        self.objects: ObjectStore = harness.fakes.objects
        self.record = Record(status="CREATE_IN_PROGRESS", created=self.clock.now())
        self.fakes.records[STACK] = self.record
        self.fakes.own = STACK
        self.desired: dict[str, Any] = {}
        self.physical_id = ""
        self.double.configure(losses="different")

    # -- what CloudFormation does --------------------------------------------------------------------------

    def deploy(self, desired: dict[str, Any], *, fails: bool = False) -> dict[str, Any]:
        """Deploy the stack with a sweep; where something else `fails`, roll it back."""
        before, old = self.physical_id, self.desired
        self.begin("UPDATE_IN_PROGRESS" if before else "CREATE_IN_PROGRESS")
        self.clock.advance(OPERATION_SECONDS)
        answer = self.send("Update" if before else "Create", desired)
        is_good = answer["Status"] == "SUCCESS" and not fails
        if answer["Status"] == "SUCCESS":
            self.show(answer["PhysicalResourceId"], "UPDATE_COMPLETE" if before else "CREATE_COMPLETE")
        if is_good and before:
            self.desired, self.physical_id = desired, answer["PhysicalResourceId"]
            self.set(CLEANUP)
            if self.physical_id != before:
                self.send("Delete", old, before)
            self.set("UPDATE_COMPLETE")
        elif is_good:
            self.desired, self.physical_id = desired, answer["PhysicalResourceId"]
            self.set("CREATE_COMPLETE")
        elif before:
            self._roll_back(answer, desired, old, before)
        else:
            self.set("ROLLBACK_IN_PROGRESS")
            self.send("Delete", desired, answer["PhysicalResourceId"])
            self.record.resources.clear()
            self.set("ROLLBACK_COMPLETE")
        return answer

    def _roll_back(
        self, answer: dict[str, Any], desired: dict[str, Any], old: dict[str, Any], before: str
    ) -> None:
        self.set("UPDATE_ROLLBACK_IN_PROGRESS")
        now = answer["PhysicalResourceId"]
        restored = self.send("Update", old, now, OldResourceProperties=desired)
        assert restored["Status"] == "SUCCESS"
        assert restored["PhysicalResourceId"] == before
        self.show(before, "UPDATE_COMPLETE")
        self.set("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        if now != before:
            assert self.send("Delete", desired, now)["Status"] == "SUCCESS"
        self.set("UPDATE_ROLLBACK_COMPLETE")

    def remove(self) -> dict[str, Any]:
        """Deploy a template without the sweep."""
        self.begin("UPDATE_IN_PROGRESS")
        self.set(CLEANUP)
        self.show(self.physical_id, "DELETE_IN_PROGRESS")
        answer = self.send("Delete", self.desired, self.physical_id)
        self.record.resources.clear()
        self.set("UPDATE_COMPLETE")
        self.physical_id, self.desired = "", {}
        return answer

    def destroy(self) -> dict[str, Any]:
        """Delete the stack."""
        self.begin("DELETE_IN_PROGRESS")
        self.show(self.physical_id, "DELETE_IN_PROGRESS")
        answer = self.send("Delete", self.desired, self.physical_id)
        is_gone = answer["Status"] == "SUCCESS"
        if is_gone:
            self.record.resources.clear()
        self.set("DELETE_COMPLETE" if is_gone else "DELETE_FAILED")
        return answer

    def begin(self, status: str) -> None:
        """Begin an operation."""
        self.record.updated = self.clock.now()
        self.set(status)

    def set(self, status: str) -> None:
        """Give the stack a status."""
        self.record.set(status, self.clock.now(), STACK)
        self.fakes.statuses[STACK] = status

    def show(self, physical_id: str, status: str) -> None:
        """Show the sweep's resource."""
        self.record.resources[LOGICAL_ID] = ResourceRecord(physical_id, status, self.clock.now(), TYPE)

    def send(
        self, kind: str, desired: dict[str, Any], physical_id: str = "", **members: object
    ) -> dict[str, Any]:
        """Send an event in the status that the stack has."""
        told: dict[str, object] = {"LogicalResourceId": LOGICAL_ID, "ResourceType": TYPE, **members}
        if kind != "Create":
            told["PhysicalResourceId"] = physical_id or self.physical_id
        if kind == "Update":
            told.setdefault("OldResourceProperties", self.desired)
        return self.harness.send(kind, self.record.status, desired, **told)

    # -- what state machines do ----------------------------------------------------------------------------

    def call(self, task: dict[str, Any]) -> dict[str, Any]:
        """Let the state machine have the function carry out a task."""
        got = on_event({"task": task}, Context(self.clock, self.harness.seconds), self.fakes)
        assert got is not None
        return got

    def execution(self, number: int = -1) -> dict[str, Any]:
        """Return the input of an execution, by default of the last one that was started."""
        return list(self.fakes.executions.inputs.values())[number]

    def task(self, index: int = 0, **members: object) -> dict[str, Any]:
        """Return the task of a trial."""
        return {**self.execution()["trials"][index]["task"], **members}

    @property
    def report(self) -> dict[str, Any]:
        """The task that comes last."""
        return dict(self.execution()["report"]["task"])

    @property
    def results(self) -> dict[str, Any]:
        """The results in S3."""
        return dict(self.objects.json(RESULTS))

    @property
    def jobs(self) -> list[Job]:
        """The sweep's jobs, oldest first."""
        return [job for job in self.double.jobs() if job.name.startswith(LOGICAL_ID)]

    @property
    def underway(self) -> list[Job]:
        """Those that train."""
        return [job for job in self.jobs if job.status == "InProgress"]

    def acts(self, act: str) -> list[dict[str, Any]]:
        """Return the lines of the log about one act."""
        return [line for line in self.harness.lines if line["act"] == act]


@dataclass
class Execution:
    """One execution: at most `max_concurrency` trials at a time, then the report."""

    waiting: list[dict[str, Any]]
    report: dict[str, Any]
    max_concurrency: int
    running: int = 0
    outputs: list[dict[str, Any]] = field(default_factory=list)
    is_over: bool = False


@dataclass
class Machine:
    """Step Functions: runs executions in the time of the story's clock, with its Retry.

    `every_second` is called before each call of the function. A function that is killed, or that raises, is
    called again with the same task 30 seconds later.
    """

    story: SweepStory
    watch: Callable[[], object] = lambda: None
    crash: Callable[[dict[str, Any]], bool] = lambda _task: False
    calls: int = 0
    executions: list[Execution] = field(default_factory=list)
    _due: list[tuple[float, int, Execution, dict[str, Any]]] = field(default_factory=list)
    _count: int = 0

    def start(self, number: int = -1, max_concurrency: int = 2) -> Execution:
        """Start an execution that the function has asked for."""
        given = self.story.execution(number)
        trials = [one["task"] for one in given["trials"]]
        execution = Execution(trials, given["report"]["task"], max_concurrency)
        self.executions.append(execution)
        self._fill(execution)
        return execution

    def run(self, until: float | None = None) -> None:
        """Run until everything has ended, or for some seconds."""
        end = None if until is None else self.story.clock.now() + until
        while self._due and (end is None or self._due[0][0] <= end):
            at, _, execution, task = heapq.heappop(self._due)
            if at > self.story.clock.now():
                self.story.clock.advance(at - self.story.clock.now())
            self.watch()
            self._step(execution, task)
        if end is not None and self.story.clock.now() < end:
            self.story.clock.advance(end - self.story.clock.now())

    def _step(self, execution: Execution, task: dict[str, Any]) -> None:
        self.calls += 1
        assert self.calls < MOST_CALLS, "the function fails at every call, or the sweep never ends"
        try:
            got = self.story.call(task)
        except (Killed, TaskError):
            self._later(RETRY_SECONDS, execution, task)
            return
        assert got["isOver"] or got["pause"] > 0
        if self.crash(got["task"]):  # the answer is lost
            self._later(RETRY_SECONDS, execution, task)
        elif not got["isOver"]:
            self._later(got["pause"], execution, got["task"])
        elif task["step"] == "report":
            execution.is_over = True
        else:
            execution.running -= 1
            execution.outputs.append(got["task"])
            self._fill(execution)

    def _fill(self, execution: Execution) -> None:
        while execution.waiting and execution.running < execution.max_concurrency:
            execution.running += 1
            self._later(0.0, execution, execution.waiting.pop(0))
        if not execution.running:
            self._later(0.0, execution, execution.report)

    def _later(self, seconds: float, execution: Execution, task: dict[str, Any]) -> None:
        self._count += 1
        heapq.heappush(self._due, (self.story.clock.now() + seconds, self._count, execution, task))
