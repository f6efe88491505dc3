"""What must hold whatever happens, said independently of how the handler does it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lambda_.operations import Event, Resource, Stack
    from tests.lambda_.probe import Invocation, ProbedWorld

_LIVE = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_TAGS = ("jobTags", "customModelTags")
_INFRASTRUCTURE = ("roleArn", "vpcConfig", "outputDataConfig")
_SETTINGS = ("ServiceToken", "ServiceTimeout", "OnDelete", "RetrainOnInfrastructureChange", "Request")
_DATA = {"JobArn", "JobName", "CustomModelName", "JobStatus", "OutputModelArn"}
_KEYS = {"Status", "Reason", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId", "Data"}


def training(properties: dict[str, Any]) -> str:
    """Say what the weights of a job with these properties depend on, and the names it asks for."""
    request = {k: v for k, v in properties["Request"].items() if k not in (*_TAGS, *_INFRASTRUCTURE)}
    rest = {k: v for k, v in properties.items() if k not in _SETTINGS}
    return json.dumps([request, rest], sort_keys=True)


def infrastructure(properties: dict[str, Any]) -> str:
    """Say what only a running job depends on."""
    return json.dumps(
        {k: v for k, v in properties["Request"].items() if k in _INFRASTRUCTURE}, sort_keys=True
    )


class Laws:
    """Collects every breach; a test asserts that there is none."""

    def __init__(self, world: ProbedWorld) -> None:
        self.breaches: list[str] = []
        self.halted: set[str] = set()
        self._world = world
        self._wishes: dict[str, Event] = {}
        self._starts: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()
        self._finished: Counter[str] = Counter()
        self._put: Counter[str] = Counter()
        self._excused: set[str] = set()

    @property
    def started(self) -> int:
        """How many jobs were started."""
        return len(self._wishes)

    def note_begin(self, event: Event) -> None:
        """Remember that an invocation begins."""
        self._begun[event.request_id] += 1

    def note_end(self, event: Event, *, was_killed: bool) -> None:
        """Remember that an invocation ended; unless it was killed it has answered."""
        self._finished[event.request_id] += not was_killed
        if (
            not self._finished[event.request_id]
            <= self._put[event.request_id]
            <= self._begun[event.request_id]
        ):
            self._breach("every event is answered exactly once", event.body["RequestType"])

    def check_untroubled(self, wanted: dict[str, dict[str, Any]]) -> None:
        """Check that nothing but an exact name keeps a deployment from succeeding."""
        exact = any({"jobName", "customModelName"} & set(one["Request"]) for one in wanted.values())
        self._expect(exact, "an untroubled deployment succeeds")

    def check_delete(self, event: Event, answer: dict[str, Any] | None, status: str) -> None:
        """Check a Delete; excuse jobs that shall be left alone, or that CloudFormation gave up."""
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        if answer and not succeeded:
            self._expect("ran out of time" in answer["Reason"], f"a Delete succeeds: {answer['Reason']}")
        is_retained = (
            event.body["ResourceProperties"].get("OnDelete") == "Retain" and "ROLLBACK" not in status
        )
        if not succeeded:
            self.halted.add(event.body["PhysicalResourceId"])
        if is_retained or not succeeded:
            self._excused.update(arn for arn, wish in self._wishes.items() if _same_resource(wish, event))

    def check_start(self, run: Invocation, before: set[str]) -> None:
        """Check a job that was just started, if it is a new one."""
        event, new = run.event, [job for job in self._world.double.jobs() if job.arn not in before]
        if not new:
            return
        [job] = new
        self._starts[event.request_id] += 1
        if self._starts[event.request_id] > 1:
            self._breach("one event never starts two jobs", job.name)
        if event.phase != "forward" or run.status_seen not in _LIVE:
            self._breach("no job starts in a rollback", f"{event.body['RequestType']} {run.status_seen}")
        self._check_need(run)
        self._wishes[job.arn] = event

    def check_answer(self, answer: dict[str, Any], content: bytes) -> None:
        """Check the form of an answer."""
        self._put[answer["RequestId"]] += 1
        is_legal = (
            len(content) < 4096
            and set(answer) <= _KEYS
            and answer["Status"] in ("SUCCESS", "FAILED")
            and 0 < len(answer["PhysicalResourceId"]) <= 1024
            and (answer["Status"] == "SUCCESS" or answer["Reason"])
            and set(answer.get("Data", _DATA)) == _DATA
        )
        if not is_legal:
            self._breach("every answer is legal", str(answer))
        event = self._world.runs[-1].event.body if self._world.runs else {}
        is_failed_update = event.get("RequestType") == "Update" and answer["Status"] == "FAILED"
        if is_failed_update and event["RequestId"] == answer["RequestId"]:
            self._expect(
                answer["PhysicalResourceId"] == event["PhysicalResourceId"], "a failed Update keeps its id"
            )

    def check_success(self, event: Event, answer: dict[str, Any]) -> None:
        """Check that what stands for the resource is what was wished."""
        wish = self._wishes.get(answer["PhysicalResourceId"])
        properties = event.body["ResourceProperties"]
        is_right = wish is not None and training(wish.body["ResourceProperties"]) == training(properties)
        self._expect(is_right, "a success stands for the wish")
        job = next(
            (one for one in self._world.double.jobs() if one.arn == answer["PhysicalResourceId"]), None
        )
        if job and job.arn != event.body.get("PhysicalResourceId") and job.arn not in self.halted:
            is_dead = job.status in ("Stopping", "Stopped") or (
                job.status == "Completed" and not self._is_complete(job.arn)
            )
            self._expect(not is_dead, "what is adopted is of use")
        if job and job.status == "InProgress":
            wanted = {tag["key"]: tag["value"] for tag in properties["Request"].get("jobTags", ())}
            before = event.body.get("OldResourceProperties", {}).get("Request", {}).get("jobTags", ())
            gone = {tag["key"] for tag in before} - set(wanted)
            is_right = wanted.items() <= job.tags.items() and not gone & set(job.tags)
            self._expect(is_right, "tags follow the template")

    def check_restored(self, answer: dict[str, Any] | None, old: Resource) -> None:
        """Check that a rollback ends where it began."""
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        self._expect(succeeded, f"a rollback succeeds: {answer}")
        if succeeded and answer and self._is_useful(old.physical_id):
            given = answer["PhysicalResourceId"]
            is_as_good = (
                self._is_complete(given)
                and self._is_complete(old.physical_id)
                and self._are_alike(given, old)
            )
            self._expect(given == old.physical_id or is_as_good, "a rollback gives the old job back")

    def check_quiet(self, stack: Stack) -> None:
        """Check, when nothing is in progress, who runs and for whom."""
        self._world.clock.advance(120.0)
        owned = {one.physical_id for one in stack.resources.values()}
        for job in self._world.double.jobs():
            if job.status == "InProgress" and job.arn not in owned | self._excused:
                self._breach("no job runs that nobody owns", f"{job.name} after {stack.status}")
            if job.arn in owned - self.halted and job.status in ("Stopping", "Stopped"):
                self._breach("nobody's job is stopped", f"{job.name} after {stack.status}")

    def _check_need(self, run: Invocation) -> None:
        event, body = run.event, run.event.body
        new, old = body["ResourceProperties"], body.get("OldResourceProperties")
        for arn, wish in self._wishes.items():
            was = wish.body["ResourceProperties"]
            is_same = _same_resource(wish, event) and training(was) == training(new)
            if is_same and infrastructure(was) == infrastructure(new) and self._is_useful(arn):
                self._breach("one wish never has two jobs", body["RequestType"])
        if old is None or training(old) != training(new):
            return
        current = body["PhysicalResourceId"]
        if infrastructure(old) == infrastructure(new):
            self._breach("a change of tags never trains", current)
        elif any(trouble.kind == "complete" for trouble in run.troubles):
            return  # it may have been completed after it was looked at
        elif self._is_complete(current) and "RetrainOnInfrastructureChange" not in new:
            self._breach("a finished job is not trained again for its infrastructure", current)

    def _are_alike(self, arn: str, old: Resource) -> bool:
        wish = self._wishes.get(arn)
        return wish is not None and training(wish.body["ResourceProperties"]) == training(old.properties)

    def _is_useful(self, arn: str) -> bool:
        return self._is_complete(arn) or any(
            job.arn == arn and job.status == "InProgress" for job in self._world.double.jobs()
        )

    def _is_complete(self, arn: str) -> bool:
        return any(model.job_arn == arn for model in self._world.double.models())

    def _expect(self, holds: bool, law: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self._breach(law, "")

    def _breach(self, law: str, about: str) -> None:
        self.breaches.append(f"{law}: {about}")


def _same_resource(one: Event, other: Event) -> bool:
    return all(one.body[name] == other.body[name] for name in ("StackId", "LogicalResourceId"))
