"""What must hold whatever happens, written independently of how the handler works."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.lambda_.kinds import DEPLOYMENT, JOB, PUBLISHED, RESULT, THROUGHPUT, kind_of
from tests.lambda_.laws import Laws, retained_parameters
from tests.lambda_.throughput_laws import ThroughputLaws
from tests.lambda_.waiting_laws import WaitingLaws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lambda_.operations import Event, Resource, Stack
    from tests.lambda_.probe import Invocation, ProbedFakes

_LIVE = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_TAGS = ("jobTags", "customModelTags")
_INFRASTRUCTURE = ("roleArn", "vpcConfig", "outputDataConfig")
_INPUTS = ("Revision", "UploadedFiles")
_DATA = {
    JOB: {"JobArn", "JobName", "CustomModelName", "JobStatus", "OutputModelArn"},
    PUBLISHED: {"Value"},
    DEPLOYMENT: {"DeploymentArn", "DeploymentName", "ModelArn", "Status"},
    THROUGHPUT: {"ThroughputArn", "ThroughputName", "ModelArn", "Status", "CommitmentExpires"},
    RESULT: {"JobStatus", "OutputModelArn", "TrainingLoss", "ValidationLoss", "FailureMessage"},
}
_KEYS = {"Status", "Reason", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId", "Data"}
_LAST_SECONDS = 40.0
_TOO_LONG = 300.0
_LISTS = {
    "list_model_customization_jobs",
    "list_custom_model_deployments",
    "list_provisioned_model_throughputs",
    "delete_custom_model",
}

CRASHED = "the handler meets no unexpected error"

Owner = tuple[str, str]
"""A resource: the stack's ARN and the logical id."""


def training(properties: dict[str, Any]) -> str:
    """Say what the weights of a job with these properties depend on, and the names it asks for."""
    request = {k: v for k, v in properties["Request"].items() if k not in (*_TAGS, *_INFRASTRUCTURE)}
    rest = {k: v for k, v in properties.items() if k in _INPUTS}
    return json.dumps([request, rest], sort_keys=True)


def infrastructure(properties: dict[str, Any]) -> str:
    """Say what only a running job depends on."""
    return json.dumps(
        {k: v for k, v in properties["Request"].items() if k in _INFRASTRUCTURE}, sort_keys=True
    )


def job_tags(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that a job must have."""
    listed = properties.get("JobTags") or properties.get("Request", {}).get("jobTags", ())
    return {tag["key"]: tag["value"] for tag in listed}


class Invariants:
    """Collects every violation; a test asserts that there is none."""

    def __init__(self, fakes: ProbedFakes) -> None:
        self.breaches: list[str] = []
        self.halted: set[str] = set()
        self._fakes = fakes
        self._started_by: dict[str, Event] = {}
        self._numbers: dict[str, int] = {}
        self._starts: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()
        self._finished: Counter[str] = Counter()
        self._put: Counter[str] = Counter()
        self._excused: set[str] = set()
        self._kept: set[str] = set()
        self._blind: set[Owner] = set()
        self._hasty: set[str] = set()
        self._denied: dict[str, set[str]] = {}
        self._had_model: set[Owner] = set()
        self._formerly: dict[Owner, set[Owner]] = {}
        self.laws = Laws(fakes, self._breach)
        self.waiting = WaitingLaws(fakes, self._breach)
        self.throughputs = ThroughputLaws(fakes, self._breach)

    @property
    def started(self) -> int:
        """How many jobs were started."""
        return len(self._started_by)

    def note_begin(self, event: Event) -> None:
        """Remember that an invocation begins."""
        self._begun[event.request_id] += 1

    def note_end(self, run: Invocation, *, was_killed: bool) -> None:
        """Remember that an invocation ended; unless it was killed it has answered."""
        event = run.event
        self.laws.check_end(run, was_killed=was_killed)
        if event.phase in ("look", "task"):
            if self._put[event.request_id]:
                self._breach(f"a {event.phase} is not responded to", "")
            return
        self._finished[event.request_id] += not was_killed
        if (
            not self._finished[event.request_id]
            <= self._put[event.request_id]
            <= self._begun[event.request_id]
        ):
            self._breach("every event is answered exactly once", event.body["RequestType"])
        self._denied.setdefault(event.request_id, set()).update(run.denied)
        if run.is_blind:
            self._blind.add(event.resource)
        if run.lost > _TOO_LONG:
            self._hasty.add(event.request_id)
        if was_killed:  # in the next operation, which it cannot have seen
            self._excused |= {
                arn
                for arn, starter in self._started_by.items()
                if starter is event and self._numbers[arn] != event.number
            }

    def note_models(self, stack: Stack) -> None:
        """Remember which resources of a stack have a model."""
        for logical, resource in stack.resources.items():
            if resource.status == "COMPLETE" and self._is_complete(resource.physical_id):
                self._had_model.add((stack.arn, logical))

    def note_deleted_by_hand(self) -> None:
        """Record that a user has deleted a model in the console."""
        self._had_model.clear()

    def note_moved(self, stack: str, logical: str, new: str) -> None:
        """Remember that a resource has another logical id now."""
        old_owner, owner = (stack, logical), (stack, new)
        self._formerly.setdefault(owner, set()).update({old_owner}, self._formerly.get(old_owner, ()))
        if old_owner in self._had_model:
            self._had_model.remove(old_owner)
            self._had_model.add(owner)
        lost = {arn for arn in self._excused if self._owner(arn) == old_owner}
        self._kept |= lost  # nothing leads from the new logical id to what the old one has lost

    def note_ignored_response(self, stack: Stack, logical: str) -> None:
        """Record what an Update has started whose response CloudFormation no longer accepts."""
        owner = (stack.arn, logical)
        self._excused |= {
            arn
            for arn, number in self._numbers.items()
            if self._owner(arn) == owner and number == stack.number
        }

    def note_forgotten(self, arn: str) -> None:
        """Remember a job that only the net can find, because CloudFormation has forgotten its id."""
        self._excused.add(arn)

    def was_moved(self, stack: str, logical: str) -> bool:
        """Return whether a resource had another logical id before."""
        return (stack, logical) in self._formerly

    def watch(self, name: str, run: Invocation, request: Mapping[str, Any]) -> Callable[[], None] | None:
        """Look at Bedrock before a call that changes it; the result looks at it afterwards."""
        effect = self.laws.watch(name, run, request) or self.throughputs.watch(name, run, request)
        if run.event.body.get("ResourceType") != JOB:
            return effect
        match name:
            case "create_model_customization_job":
                before = {job.arn for job in self._fakes.double.jobs()}
                return lambda: self.check_start(run, before)
            case "stop_model_customization_job":
                running = {job.arn for job in self._fakes.double.jobs(status="InProgress")}
                return lambda: self._check_stops(run, running)
            case "delete_custom_model":
                is_served = self._is_served(str(request["modelIdentifier"]), is_listed=True)
                self._expect(not is_served, "no deletion of a served model is requested")
                models = {model.arn: model.job_arn for model in self._fakes.double.models()}
                return lambda: self._check_deletions(run, models)
            case "tag_resource" | "untag_resource":
                self._expect(not run.is_unsure, "no tag is written while the stack's state is unknown")
        return None

    def check_untroubled(self, wanted: dict[str, dict[str, Any]]) -> None:
        """Check that nothing but an exact name keeps a deployment from succeeding."""
        if any(kind_of(one) != JOB for one in wanted.values()):
            return  # names of parameters and deployments may be taken, and Bedrock may fail to deploy
        exact = any({"jobName", "customModelName"} & set(one["Request"]) for one in wanted.values())
        self._expect(exact, "an untroubled deployment succeeds")

    def check_delete(self, event: Event, answer: dict[str, Any] | None, *, leaves: bool) -> None:
        """Check a Delete; excuse jobs that must stay, or that CloudFormation gave up."""
        stack, properties = event.stack, event.body["ResourceProperties"]
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        if kind_of(properties) == THROUGHPUT:
            self.throughputs.check_delete(event, answer)
            return
        if kind_of(properties) != JOB:
            is_slow = (
                event.request_id in self._hasty or not answer or "out of time" in answer.get("Reason", "")
            )
            is_excused = is_slow or bool(self._denials(event))
            self.laws.check_delete(event, answer, is_excused=is_excused)
            return
        if answer and not succeeded:
            is_served = event.phase == "gone" and any(map(self._is_served, self._models_of(event.resource)))
            is_hasty = event.request_id in self._hasty or "ran out of time" in answer["Reason"]
            is_expected = is_served or is_hasty
            self._expect(is_expected, f"a Delete succeeds: {answer['Reason']}")
        ours = {arn for arn in self._started_by if self._owner(arn) == event.resource}
        ours.add(event.body["PhysicalResourceId"])
        denied = self._denials(event)
        if not succeeded:
            self.halted.add(event.body["PhysicalResourceId"])
            self._excused |= ours
        elif properties.get("OnDelete") == "Retain" and not stack.goes_back:
            self._excused |= ours
        elif stack.goes_back:
            self._excused |= {arn for arn in ours if self._is_older(arn, stack)}
        elif leaves and not denied:
            self._excused -= {arn for arn in ours if self._is_listed(arn)}
            if event.phase == "gone" and properties.get("OnDelete") == "DeleteModel":
                self._check_nothing_left(event)

    def check_start(self, run: Invocation, before: set[str]) -> None:
        """Check a job that was just started, if it is a new one."""
        event, new = run.event, [job for job in self._fakes.double.jobs() if job.arn not in before]
        if not new:
            return
        [job] = new
        self._starts[event.request_id] += 1
        if self._starts[event.request_id] > 1:
            self._breach("one event never starts two jobs", job.name)
        is_back = event.phase != "forward" and event.number == event.stack.number
        if is_back or run.status_seen not in _LIVE:
            self._breach("no job starts in a rollback", f"{event.body['RequestType']} {run.status_seen}")
        if run.number_seen != event.number and not run.is_blind:
            self._check_late_start(event, job.arn)
        self._check_need(run)
        self._started_by[job.arn], self._numbers[job.arn] = event, event.stack.number
        lag = self._fakes.double.behaviour.visible_after_seconds
        if lag and run.ends - self._fakes.clock.now() < lag + _LAST_SECONDS:
            self._excused.add(job.arn)  # the function ends before anybody can see the job

    def check_answer(self, answer: dict[str, Any], content: bytes) -> None:
        """Check the form of an answer."""
        self._put[answer["RequestId"]] += 1
        type_ = self._fakes.runs[-1].event.body["ResourceType"] if self._fakes.runs else JOB
        data = _DATA[type_]
        is_legal = (
            len(content) < 4096
            and set(answer) <= _KEYS
            and answer["Status"] in ("SUCCESS", "FAILED")
            and 0 < len(answer["PhysicalResourceId"]) <= 1024
            and (answer["Status"] == "SUCCESS" or answer["Reason"])
            and set(answer.get("Data", data)) == data
        )
        if not is_legal:
            self._breach("every answer is legal", str(answer))
        has_crashed = "unexpected error" in answer.get("Reason", "")
        self._expect(not has_crashed, CRASHED)
        event = self._fakes.runs[-1].event.body if self._fakes.runs else {}
        is_failed_update = event.get("RequestType") == "Update" and answer["Status"] == "FAILED"
        if is_failed_update and event["RequestId"] == answer["RequestId"]:
            given = answer["PhysicalResourceId"]
            is_kept = given == event["PhysicalResourceId"]
            is_kept = is_kept or self.throughputs.is_of(self._fakes.runs[-1].event, given)
            self._expect(is_kept, "a failed Update keeps its id")

    def check_success(self, event: Event, answer: dict[str, Any]) -> None:
        """Check that the resource's job is the desired one."""
        if event.body["ResourceType"] == RESULT:
            self.waiting.check_result(event, answer)
        if event.body["ResourceType"] == THROUGHPUT:
            self.throughputs.check_success(event, answer)
        if event.body["ResourceType"] != JOB:
            return
        starter = self._started_by.get(answer["PhysicalResourceId"])
        properties = event.body["ResourceProperties"]
        is_right = starter is not None and training(starter.body["ResourceProperties"]) == training(
            properties
        )
        self._expect(is_right, "a success returns the desired job")
        job = next(
            (one for one in self._fakes.double.jobs() if one.arn == answer["PhysicalResourceId"]), None
        )
        if job and job.arn != event.body.get("PhysicalResourceId") and job.arn not in self.halted:
            is_dead = job.status in ("Stopping", "Stopped") or (
                job.status == "Completed" and not self._is_complete(job.arn)
            )
            self._expect(not is_dead, "an adopted job is useful")
        if job and job.status == "InProgress" and "describe_stacks" not in self._denials(event):
            wanted = job_tags(properties)
            gone = set(job_tags(event.body.get("OldResourceProperties", {}))) - set(wanted)
            is_right = wanted.items() <= job.tags.items() and not gone & set(job.tags)
            self._expect(is_right, "tags follow the template")

    def check_restored(self, answer: dict[str, Any] | None, old: Resource, event: Event) -> None:
        """Check that a rollback ends where it began."""
        if event.body["ResourceType"] != JOB:
            if "describe_stacks" not in self._denials(event) and event.request_id not in self._hasty:
                self.laws.check_restored(answer, event)
            return
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        denied = self._denials(event)
        self._expect(succeeded or "describe_stacks" in denied, f"a rollback succeeds: {answer}")
        if succeeded and answer and not denied and self._is_useful(old.physical_id):
            given = answer["PhysicalResourceId"]
            is_as_good = (
                self._is_complete(given)
                and self._is_complete(old.physical_id)
                and self._are_alike(given, old)
            )
            self._expect(given == old.physical_id or is_as_good, "a rollback restores the old job")

    def check_quiet(self, stack: Stack) -> None:
        """Check, when nothing is in progress, who runs and for whom, and which models are left."""
        self._fakes.clock.advance(120.0)
        self.throughputs.check_quiet(stack)
        owned = {one.physical_id for one in stack.resources.values()}
        owned |= {one.physical_id for _, one in stack.leftovers}
        jobs = self._fakes.double.jobs()
        self._excuse_hidden_jobs(stack, [job.arn for job in jobs if job.status == "InProgress"])
        known = [*stack.resources.items(), *stack.leftovers]
        pending = {name for name, one in known if one.status == "CREATE_FAILED"}
        complete = {one.physical_id for one in stack.resources.values() if one.status == "COMPLETE"}
        for job in jobs:
            is_excused = (
                job.arn in owned | self._excused | self._kept or self._owner(job.arn)[1] in pending
            )  # a failed Create's job ends when the next deployment deletes the failed resource
            if job.status == "InProgress" and not is_excused:
                self._breach("no job runs that is not needed", f"{job.name} after {stack.status}")
            if job.arn in complete - self.halted and job.status in ("Stopping", "Stopped"):
                self._breach("no job that is needed is stopped", f"{job.name} after {stack.status}")
        for owner in [one for one in self._had_model if one[0] == stack.arn]:
            if owner[1] not in stack.resources:
                self._had_model.discard(owner)
            elif not self._models_of(owner):
                self._breach("a resource that had a model has one", f"{owner[1]} after {stack.status}")
                self._had_model.discard(owner)
        self.note_models(stack)

    def _excuse_hidden_jobs(self, stack: Stack, running: list[str]) -> None:
        """Excuse jobs that a denied call, or an Update without a response, has hidden until the end."""
        failed = {name for name, one in stack.resources.items() if one.status == "UPDATE_FAILED"}
        for arn in running:
            owner = self._owner(arn)
            if owner in self._blind or (owner[0] == stack.arn and owner[1] in failed):
                self._excused.add(arn)
        self._blind.clear()

    def _check_stops(self, run: Invocation, running: set[str]) -> None:
        event = run.event
        stack, still = event.stack, {job.arn for job in self._fakes.double.jobs(status="InProgress")}
        for arn in running - still:
            is_named = event.body.get("PhysicalResourceId") == arn
            is_own = self._started_by.get(arn) is event or self._owner(arn) == event.resource
            if run.is_blind and (is_named or is_own):
                self.halted.add(arn)  # another event, or another delivery, may have made it the current job
            if stack.goes_back and self._is_older(arn, stack) and not run.is_blind:
                self._breach("a rollback stops only what its own operation started", stack.status)
            is_retained = event.body["ResourceProperties"].get("OnDelete") == "Retain"
            if is_retained and event.body["RequestType"] == "Delete" and not stack.goes_back:
                self._breach("what is to be retained is not stopped", stack.status)

    def _check_deletions(self, run: Invocation, models: dict[str, str]) -> None:
        event, stack = run.event, run.event.stack
        if set(models) - {model.arn for model in self._fakes.double.models()}:
            self._expect(not stack.goes_back, "a rollback deletes no model")
            self._expect(stack.is_moving, f"a model is deleted only while the stack moves: {stack.status}")
            self._expect(not run.is_unsure, "no model is deleted while the stack's state is unknown")
            is_read = not run.denied & {"list_custom_model_deployments", "list_provisioned_model_throughputs"}
            self._expect(is_read, "no model is deleted while it is unknown what serves it")
            wanted = event.body["ResourceProperties"].get("OnDelete")
            is_asked = event.body["RequestType"] == "Delete" and wanted == "DeleteModel"
            self._expect(is_asked, "a model is deleted only where that was asked for")

    def _check_nothing_left(self, event: Event) -> None:
        held = {self._fakes.parameters.values.get(name) for name in retained_parameters(event)}
        left = [
            arn
            for arn, job in self._models_of(event.resource, exactly=True).items()
            if not self._is_served(arn) and self._is_listed(job) and arn not in held
        ]
        self._expect(not left, "nothing is left of a stack that deletes its models")

    def _check_late_start(self, event: Event, arn: str) -> None:
        """Check a job that started in the next operation; excuse it if the resource had no other job."""
        known = event.body.get("PhysicalResourceId", "")
        standing = event.stack.record.resources.get(event.body["LogicalResourceId"])
        has_left = standing is None or standing.status.startswith("DELETE_")
        if has_left or standing.physical_id == known or not standing.physical_id.startswith("arn:"):  # type: ignore[union-attr]
            self._kept.add(arn)
        else:
            self._breach("no job starts for an operation that is over", event.body["RequestType"])

    def _check_need(self, run: Invocation) -> None:
        event, body = run.event, run.event.body
        new, old = body["ResourceProperties"], body.get("OldResourceProperties")
        for arn, starter in self._started_by.items():
            was = starter.body["ResourceProperties"]
            is_same = starter.resource == event.resource and training(was) == training(new)
            if is_same and infrastructure(was) == infrastructure(new) and self._is_useful(arn):
                self._breach("one starter never has two jobs", body["RequestType"])
        if old is None or training(old) != training(new):
            return
        current = body["PhysicalResourceId"]
        if infrastructure(old) == infrastructure(new):
            self._breach("a change of tags never trains", current)
        elif any(trouble.kind == "complete" for trouble in run.troubles):
            return  # it may have been completed after it was looked at
        elif self._is_complete(current) and "RetrainOnInfrastructureChange" not in new:
            self._breach("a finished job is not trained again for its infrastructure", current)

    def _is_older(self, arn: str, stack: Stack) -> bool:
        """Return whether a job existed before the deployment that is rolled back; a failed one goes on."""
        return self._numbers.get(arn, 0) <= stack.stable_number

    def _denials(self, event: Event) -> set[str]:
        return self._denied.get(event.request_id, set())

    def _owner(self, arn: str) -> Owner:
        return self._started_by[arn].resource if arn in self._started_by else ("", "")

    def _models_of(self, owner: Owner, *, exactly: bool = False) -> dict[str, str]:
        """Return the models of a resource, under this or an earlier logical id, and their jobs."""
        owners = {owner} if exactly else {owner, *self._formerly.get(owner, ())}
        models = self._fakes.double.models()
        return {one.arn: one.job_arn for one in models if self._owner(one.job_arn) in owners}

    def _is_listed(self, arn: str) -> bool:
        """Return whether Bedrock has listed a job long enough to be found."""
        lag = self._fakes.double.behaviour.visible_after_seconds + 1.0
        return any(
            job.arn == arn and job.created + lag < self._fakes.clock.now()
            for job in self._fakes.double.jobs()
        )

    def _is_served(self, model_arn: str, *, is_listed: bool = False) -> bool:
        """Return whether something serves a model; with `is_listed`, whether Bedrock shows that, too."""
        double = self._fakes.double
        latest = self._fakes.clock.now() - double.behaviour.deployment_readable_after_seconds
        new = {one.arn for one in double.deployments() if is_listed and one.created > latest}
        return any(one.model_arn == model_arn and one.arn not in new for one in double.serving())

    def _are_alike(self, arn: str, old: Resource) -> bool:
        starter = self._started_by.get(arn)
        return starter is not None and training(starter.body["ResourceProperties"]) == training(
            old.properties
        )

    def _is_useful(self, arn: str) -> bool:
        return self._is_complete(arn) or any(
            job.arn == arn and job.status == "InProgress" for job in self._fakes.double.jobs()
        )

    def _is_complete(self, arn: str) -> bool:
        return any(model.job_arn == arn for model in self._fakes.double.models())

    def _expect(self, holds: bool, invariant: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self._breach(invariant, "")

    def _breach(self, invariant: str, about: str) -> None:
        self.breaches.append(f"{invariant}: {about}")
