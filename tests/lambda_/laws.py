"""What must hold of parameters and deployments whatever happens, one method a law.

It is written independently of how the function decides: it compares every call that changes something, and
every response, with what CloudFormation, Bedrock and Parameter Store hold at that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.resource import ownership_tags

from tests.lambda_.kinds import JOB, PUBLISHED, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.testing.bedrock import Deployment
    from tests.lambda_.operations import Event, Properties, Stack
    from tests.lambda_.probe import Invocation, ProbedFakes

ROLLING_BACK = (
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
)
_JOBS = ("create_model_customization_job", "stop_model_customization_job", "delete_custom_model")
_WRITES = (
    "put_parameter",
    "create_custom_model_deployment",
    "update_custom_model_deployment",
    "delete_custom_model_deployment",
)
_WHOLE = ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
_AT_ONCE = 15.0
"""Seconds after which a rollback has waited for something."""


class Laws:
    """Tells every violation.

    Args:
        fakes: everything outside the function.
        breach: is told the law that is violated, and by what.
    """

    def __init__(self, fakes: ProbedFakes, breach: Callable[[str, str], None]) -> None:
        self._fakes = fakes
        self._breach = breach
        self._created_by: dict[str, Event] = {}
        self._untrue: dict[Invocation, tuple[str, str]] = {}
        self._left: set[str] = set()
        self._refused: set[str] = set()
        self._is_disturbed = False

    # -- what is watched -----------------------------------------------------------------------------------

    def see(self, run: Invocation) -> None:
        """Remember which jobs CloudFormation shows, for every run that is under way."""
        for one in {run, *self._fakes.runs}:
            record = one.event.stack.record
            one.stood |= {(name, shown.physical_id) for name, shown in record.resources.items()}

    def watch(self, name: str, run: Invocation, request: Mapping[str, Any]) -> Callable[[], None] | None:
        """Hold a call that is about to be made to the laws."""
        event = run.event
        kind = event.body.get("ResourceType", "")
        if name in _WRITES and event.phase == "look" and run.status_seen in (*ROLLING_BACK, *_WHOLE):
            self._breach("a look changes nothing in a rollback or a deletion", _of(event))
        if name in _JOBS and kind != JOB:
            self._breach("only events of a job start, stop or delete one", f"{name} in {_of(event)}")
        if name.endswith(("_parameter", "_resource")):
            self._watch_parameter(name, run, request)
        return self._watch_deployment(name, run, request)

    def _watch_parameter(self, name: str, run: Invocation, request: Mapping[str, Any]) -> None:
        match name:
            case "put_parameter":
                self._check_foreign_parameter(run, request["Name"])
                self._check_value(run, request["Name"], request["Value"])
            case "delete_parameter":
                self._check_foreign_parameter(run, request["Name"])
                self._check_parameter_needed(run, request["Name"])
            case "add_tags_to_resource" | "remove_tags_from_resource":
                # what is overwritten after somebody has deleted it has no tags for a moment
                self._check_foreign_parameter(run, request["ResourceId"])

    def _watch_deployment(
        self, name: str, run: Invocation, request: Mapping[str, Any]
    ) -> Callable[[], None] | None:
        match name:
            case "create_custom_model_deployment":
                self._check_model(run, request["modelArn"], request["modelDeploymentName"])
                self._check_creation(run)
                before = {one.arn for one in self._fakes.double.deployments()}
                return lambda: self._note_creation(run, before)
            case "update_custom_model_deployment":
                if found := self._found(request["customModelDeploymentIdentifier"]):
                    self._check_foreign_deployment(run, found)
                    self._check_model(run, request["modelArn"], found.name)
                    self._check_change(run, found, request["modelArn"])
            case "delete_custom_model_deployment":
                if found := self._found(request["customModelDeploymentIdentifier"]):
                    self._check_foreign_deployment(run, found)
                    self._check_deployment_needed(run, found)
                    arn = found.arn
                    return lambda: self._note_refused(run, arn)
            case "tag_resource" | "untag_resource" if run.event.body.get("ResourceType") != JOB:
                if found := self._found(request["resourceARN"]):
                    self._check_foreign_deployment(run, found)
            case "delete_custom_model":
                self._check_published(run, request["modelIdentifier"])
        return None

    def note_by_hand(self) -> None:
        """Remember that somebody has changed what is ours, or created what is not."""
        self._is_disturbed = True

    # -- 3: a deployment keeps its ARN, and serves the model of a job that stands ---------------------------

    def _check_model(self, run: Invocation, model_arn: str, about: str) -> None:
        """A deployment is given the model that its template names, or that of a job that stands."""
        event = run.event
        if not model_arn:
            self._breach("the model of a deployment is never emptied", about)
        if event.phase == "look":
            jobs = {one["job"] for one in event.body["Things"] if one["kind"] == "deployment"}
            is_right = model_arn in self._models_of_standing(run, jobs)
        else:
            properties = event.body["ResourceProperties"]
            follow = properties.get("Follow")
            standing = self._models_of_standing(run, {follow["Job"]}) if follow else set()
            is_right = model_arn == properties.get("ModelArn") or model_arn in standing
        if self._is_over(run):
            self._breach("a repeat of an old event gives no model", _of(event))
        if not is_right:
            self._breach("a deployment gets only the model of a job that stands", f"{about}: {_of(event)}")

    def _check_creation(self, run: Invocation) -> None:
        """No deployment is created in a rollback."""
        is_back = run.event.phase == "back" and run.event.number == run.event.stack.number
        if is_back or run.status_seen in ROLLING_BACK:
            self._breach("a rollback creates no deployment", _of(run.event))

    def _check_deployment_needed(self, run: Invocation, found: Deployment) -> None:
        """A deployment that CloudFormation shows as a resource's current one is deleted only with it."""
        event = run.event
        if found.status == "Failed" or self._is_made_by(event, found.arn):
            return
        if event.phase == "back" and found.name != name_of(event.body["ResourceProperties"], *event.resource):
            return  # the name that the failed deployment wanted
        if event.body["RequestType"] != "Delete":
            self._breach("only a Delete deletes a deployment", _of(event))
        if is_current(run, found.name):
            self._breach("a current deployment is not deleted", _of(event))

    # -- 4: a published value changes only to the model of the job that stands, once it is complete ---------

    def _check_value(self, run: Invocation, name: str, value: str) -> None:
        """A parameter gets the model of a job that stands, or its first value; it never loses a model."""
        event, known = run.event, self._fakes.parameters.values.get(name)
        if event.phase == "look":
            things = [one for one in event.body["Things"] if one["parameter"] == name]
            jobs = {one["job"] for one in things if one["kind"] == "published"}
            deployments = {one["resource"] for one in things if one["kind"] == "deployment"}
            owners = {(event.stack.arn, one) for one in deployments}
            allowed = self._models_of_standing(run, jobs) | self._deployments_of(owners)
        elif event.body["ResourceType"] == PUBLISHED:
            allowed = self._published_values(run, name)
        else:
            allowed = self._deployments_of({event.resource})
            if self._is_made_by(event, value):
                self._untrue[run] = name, value  # a rollback has deleted it: this run must see that, too
                return
        if value not in allowed | {known}:
            self._breach("a parameter gets only what stands", f"{name}={value}, {_of(event)}")

    def _published_values(self, run: Invocation, name: str) -> set[str]:
        body = run.event.body
        properties, old = body["ResourceProperties"], body.get("OldResourceProperties", {})
        known, former = self._fakes.parameters.values, old.get("ParameterName", name)
        values = self._models_of_standing(run, {properties["Job"]})
        if former != name:
            values.add(known.get(former, ""))  # what is published under the former name goes on
        return values if name in known else values | {properties.get("InitialValue", "")}

    def _check_parameter_needed(self, run: Invocation, name: str) -> None:
        """A parameter that CloudFormation shows as a resource's current one is deleted only with it."""
        event = run.event
        if event.body.get("ResourceType") == PUBLISHED and is_current(run, name):
            if event.body["RequestType"] == "Create":
                return  # it takes back what it has created, before anybody else knows of it
            self._breach("a current parameter is not deleted", _of(event))

    # -- 5: a model that a parameter of the stack holds is not deleted --------------------------------------

    def _check_published(self, run: Invocation, model_arn: str) -> None:
        """No deletion of a model is requested that a parameter of the stack holds.

        When the resource leaves or the stack is deleted, these are the parameters that are retained.
        """
        stack, names = run.event.stack, retained_parameters(run.event)
        if stack.status not in _WHOLE:
            shown = [one for one in stack.record.resources.values() if one.kind == PUBLISHED]
            names |= {one.physical_id for one in shown if not one.status.startswith("DELETE_")}
        for name in names:
            found = self._fakes.parameters.parameters.get(name)
            is_held = found and _has(stack, found.tags) and found.changed < run.began
            if is_held and found and found.value == model_arn:
                self._breach("no model is deleted that a parameter holds", _of(run.event))

    # -- 6: nothing foreign is touched ----------------------------------------------------------------------

    def _check_foreign_parameter(self, run: Invocation, name: str) -> None:
        """A parameter is changed only if it belongs to the resource."""
        found = self._fakes.parameters.parameters.get(name)
        is_new = found and found.version == 1 and not found.tags and found.changed >= run.began
        if found and not is_new and not self._is_ours(run.event, found.tags):
            self._breach("no foreign parameter is changed", f"{name}, {_of(run.event)}")

    def _check_foreign_deployment(self, run: Invocation, found: Deployment) -> None:
        """A deployment is changed only if it belongs to the resource."""
        if not self._is_ours(run.event, found.tags):
            self._breach("no foreign deployment is changed", f"{found.name}, {_of(run.event)}")

    # -- 7: a rollback neither fails nor waits --------------------------------------------------------------

    def check_restored(self, answer: Mapping[str, Any] | None, event: Event) -> None:
        """Check an Update of a rollback."""
        if not answer or answer["Status"] != "SUCCESS":
            self._breach("a rollback never fails", f"{_of(event)}: {answer}")

    def check_end(self, run: Invocation, *, was_killed: bool) -> None:
        """Check what a run has left, and how long an Update of a rollback took if nothing went wrong."""
        event, (name, value) = run.event, self._untrue.pop(run, ("", ""))
        is_left = value and self._fakes.parameters.values.get(name) == value
        # A repeat of a failed event is not distinguished from a new one: Bedrock may return the deployment
        # that the rollback has deleted. See "What it does not promise" in docs/reliability.md.
        is_excused = was_killed or run.is_blind or event.number != event.stack.number
        if is_left and not is_excused and not self._found(value):
            self._breach("a parameter gets only what stands", f"{name}={value}, {_of(event)}")
        is_back = event.phase == "back" and event.number == event.stack.number
        if not is_back or not run.is_calm or event.body["ResourceType"] == JOB:
            return
        if self._fakes.clock.now() - run.began > _AT_ONCE:
            self._breach("a rollback never waits", _of(event))

    def check_delete(self, event: Event, answer: Mapping[str, Any] | None, *, is_excused: bool) -> None:
        """Check a Delete: it succeeds, but for a deployment that is protected."""
        properties, stack = event.body["ResourceProperties"], event.stack
        succeeded = bool(answer and answer["Status"] == "SUCCESS")
        is_protected = "DeletionProtection" in properties and not stack.goes_back
        found = self._found(event.body["PhysicalResourceId"])
        is_refused = found is not None and found.arn in self._refused
        if not succeeded and not is_excused and not is_protected and not is_refused:
            self._breach("a Delete succeeds", f"{_of(event)}: {answer}")
        if not succeeded or is_excused or properties.get("OnDelete") == "Retain":
            self._left.add(event.stack.arn)

    # -- 10: without a change there are only reads ----------------------------------------------------------

    def _check_change(self, run: Invocation, found: Deployment, model_arn: str) -> None:
        """A deployment is not given the model that it has, unless it is being given another one."""
        if found.model_arn == model_arn and found.update_status != "Updating" and run.is_calm:
            self._breach("no deployment is given the model that it has", _of(run.event))

    def snapshot(self) -> object:
        """Return everything that parameters and deployments are."""
        parameters = {
            name: (one.value, one.version, dict(one.tags))
            for name, one in self._fakes.parameters.parameters.items()
        }
        deployments = {
            (one.arn, one.model_arn, one.update_model_arn, one.update_status, tuple(sorted(one.tags.items())))
            for one in self._fakes.double.deployments()
        }
        return parameters, deployments

    def check_unchanged(self, before: object) -> None:
        """Check that a second look has changed nothing."""
        if self.snapshot() != before:
            self._breach("a second look changes nothing", f"{before} {self.snapshot()}")

    # -- what a look and a deletion reach -------------------------------------------------------------------

    def check_followed(self, stack: Stack, wanted: Mapping[str, Properties]) -> None:
        """Check, after a look at a quiet stack, that parameters and deployments have the model."""
        for logical, properties in wanted.items():
            follow = properties.get("Follow", properties)
            if "Job" not in follow or follow["Job"] not in wanted:
                continue
            model = self._model_of(stack.resources[follow["Job"]].physical_id)
            if not model:
                continue
            if "ParameterName" in properties:
                self._check_parameter_followed(stack, logical, properties["ParameterName"], model)
            else:
                self._check_deployment_followed(stack, logical, properties, model)

    def _check_parameter_followed(self, stack: Stack, logical: str, name: str, model: str) -> None:
        found = self._fakes.parameters.parameters.get(name)
        if found and not ownership_tags(stack.arn, logical).items() <= found.tags.items():
            return
        if found is None or found.value != model:
            self._breach("a look publishes the model", f"{name}={found}, not {model}")

    def _check_deployment_followed(
        self, stack: Stack, logical: str, properties: Properties, model: str
    ) -> None:
        found = self._found(name_of(properties, stack.arn, logical))
        if found is None and self._has_room(properties["Follow"]["Parameter"]):
            self._breach("a look deploys the model", f"there is no {logical}, and {model}")
        if found is None or found.status != "Active" or self._is_disturbed:
            return
        goal = found.update_model_arn if found.update_status in ("Updating", "UpdateFailed") else ""
        if model not in (found.model_arn, goal):
            self._breach("a look deploys the model", f"{found} and not {model}")

    def check_deleted(self, stack: Stack) -> None:
        """Check that nothing is left of a stack that was deleted without an obstacle."""
        if stack.arn in self._left or self._is_disturbed:
            return
        parameters = self._fakes.parameters.parameters
        names = [
            name
            for name, one in parameters.items()
            if _has(stack, one.tags) and one.value not in self._refused
        ]
        known = [one for one in self._fakes.double.deployments() if one.arn not in self._refused]
        names += [one.name for one in known if _has(stack, one.tags)]
        if names:
            self._breach("nothing is left of a stack that is deleted", ", ".join(names))

    def note_forgotten(self, stack: Stack) -> None:
        """Remember that CloudFormation has forgotten something of a stack."""
        self._left.add(stack.arn)

    # -- what there is --------------------------------------------------------------------------------------

    def _note_creation(self, run: Invocation, before: set[str]) -> None:
        for one in self._fakes.double.deployments():
            if one.arn not in before:
                self._created_by[one.arn] = run.event

    def _is_made_by(self, event: Event, arn: str) -> bool:
        """Return whether an event, or a repeat of it, has created a deployment."""
        maker = self._created_by.get(arn)
        return maker is not None and maker.request_id == event.request_id

    def _note_refused(self, run: Invocation, arn: str) -> None:
        """Remember what is left because Bedrock refuses to delete what is being changed.

        A rollback does not wait, and a cleanup only as long as the function runs: see "What it does not
        promise" in docs/reliability.md.
        """
        event = run.event
        is_back = event.stack.goes_back or run.status_seen in ROLLING_BACK or event.phase == "cleanup"
        if is_back and self._found(arn):
            self._refused.add(arn)
        elif not self._found(arn):
            self._refused.discard(arn)

    def _found(self, identifier: str) -> Deployment | None:
        known = self._fakes.double.deployments()
        return next((one for one in known if identifier in (one.arn, one.name)), None)

    def _has_room(self, parameter: str) -> bool:
        """Return whether nothing keeps a first deployment from being created."""
        behaviour, known = self._fakes.double.behaviour, self._fakes.double.deployments()
        is_free = len(known) < behaviour.deployments and not behaviour.deleting_seconds
        is_calm = all(one.status != "Creating" for one in known) and not self._is_disturbed
        return is_free and is_calm and parameter not in self._fakes.parameters.values

    @staticmethod
    def _is_ours(event: Event, tags: Mapping[str, str]) -> bool:
        owners = {one["resource"] for one in event.body.get("Things", ())} or {event.resource[1]}
        return any(ownership_tags(event.stack.arn, one).items() <= tags.items() for one in owners)

    @staticmethod
    def _is_over(run: Invocation) -> bool:
        """Return whether an event is one of an earlier operation, and CloudFormation shows that."""
        event, stack = run.event, run.event.stack
        shown = stack.record.resources.get(event.resource[1])
        if event.phase != "forward" or event.number == stack.number or shown is None or run.is_blind:
            return False
        began = stack.record.updated or stack.record.created
        is_touched = (shown.changed or 0.0) >= began and run.began > (shown.changed or 0.0)
        is_awaited = shown.status == f"{event.body['RequestType'].upper()}_IN_PROGRESS"
        return stack.is_moving and is_touched and not is_awaited

    def _models_of_standing(self, run: Invocation, jobs: set[str]) -> set[str]:
        return {self._model_of(arn) for name, arn in run.stood if name in jobs} - {""}

    def _model_of(self, job_arn: str) -> str:
        return next((one.arn for one in self._fakes.double.models() if one.job_arn == job_arn), "")

    def _deployments_of(self, owners: set[tuple[str, str]]) -> set[str]:
        known = self._fakes.double.deployments()
        return {
            one.arn
            for one in known
            if any(ownership_tags(*owner).items() <= one.tags.items() for owner in owners)
        }


def retained_parameters(event: Event) -> set[str]:
    """Return the names of the parameters that a job's resource names because they stay."""
    return set(event.body["ResourceProperties"].get("RetainedParameters", ()))


def is_current(run: Invocation, name: str) -> bool:
    """Return whether CloudFormation shows that a resource has this name, and that it stays.

    A Delete that Lambda repeats while a later operation cleans up, which has not touched a resource that
    has got the same name again, is believed: see "What it does not promise" in docs/reliability.md.
    """
    event, stack = run.event, run.event.stack
    shown = stack.record.resources.get(event.resource[1])
    if shown is None or stack.status in _WHOLE or shown.status.startswith("DELETE_"):
        return False
    if stack.goes_back and stack.is_moving and event.resource[1] not in (stack.stable or {}):
        return False  # the rollback deletes the resource, and has not come to it yet
    began = stack.record.updated or stack.record.created
    is_repeat = event.body["RequestType"] == "Delete" and event.number != stack.number
    is_believed = is_repeat and (shown.changed or 0.0) < began and stack.status != "UPDATE_IN_PROGRESS"
    return shown.physical_id == name and not is_believed and not run.is_blind


def _has(stack: Stack, tags: Mapping[str, str]) -> bool:
    return stack.arn in tags.values()


def _of(event: Event) -> str:
    body = event.body
    what = body.get("ResourceType", "").removeprefix("Custom::Bedrock")
    return (
        f"{body['RequestType']} of {what} {body['LogicalResourceId']} ({event.phase}, {event.stack.status})"
    )
