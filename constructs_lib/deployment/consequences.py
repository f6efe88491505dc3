"""What deploying one template over another does to each job, in one sentence for each.

`contract.replacement` defines what a training depends on; the Lambda decides by the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

from ..contract import REQUEST, typed
from ..contract.promotion import PROMOTION_STORES_PROPERTY
from ..contract.replacement import TAG_PROPERTIES, infrastructure, training_inputs
from ..contract.resource import (
    KEEP_NEWEST_PROPERTY,
    ON_DELETE_PROPERTY,
    REQUEST_PROPERTY,
    RESOURCE_TYPE,
    RETAINED_PARAMETERS_PROPERTY,
    RETRAIN_PROPERTY,
    SECONDS_PROPERTY,
    TRAINING_LIMIT_PROPERTY,
    WAIT_PROPERTY,
)
from ..findings import printable
from .changes import MISSING, changes, listed, shown
from .indirect import condition_changes, indirect_changes, parameters, references
from .templates import Template, resources

if TYPE_CHECKING:
    from .deployed_stacks import DeployedJob

Starts = Literal["yes", "no", "if-running", "unknown", "fails"]
Stops = Literal["yes", "no", "if-running"]

FUNCTION = "ServiceToken"
"""The property with the function of a resource."""

FUNCTION_CHANGES = (
    'and CloudFormation rejects that with "Modifying service token is not allowed"; change the settings of '
    "the job's function with JobProvider.configure, or give the job another construct id, which makes it "
    "a new job"
)
_WOULD = {
    "yes": "a deploy would start a job",
    "no": "a deploy would start no job",
    "if-running": "a deploy would start a job unless the old one is Completed",
    "unknown": "a deploy may start a job",
    "fails": "a deploy would fail",
}
_ENDED, _GONE = ("Failed", "Stopped"), "NotFound"
_NOT_RUNNING = ("Completed", "Stopping", *_ENDED, _GONE)
_IN_PLACE = (
    ON_DELETE_PROPERTY,
    RETRAIN_PROPERTY,
    RETAINED_PARAMETERS_PROPERTY,
    PROMOTION_STORES_PROPERTY,
    TRAINING_LIMIT_PROPERTY,
    KEEP_NEWEST_PROPERTY,
)
_NEVER_FREED = "and Bedrock never frees a job's name; change the name, or leave it out to have it generated"
_CHANGE_NAME = "change the name, or leave it out to have it generated"
_DELETED_NOW = "its model is deleted, unless something serves it"
_DELETED_LATER = "its model is kept until the stack is deleted"
_DELETED_BY_LOOKS = "its model is kept as long as it is among the newest {number}, or needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a deploy would do to one job.

    Args:
        job: the construct's path and logical id; the logical id alone where the template has no path.
        starts: `yes`; `no`; `if-running`, unless the old job is Completed; `unknown`, what the templates
            do not show decides; or `fails`, the stack cannot be deployed.
        why: the reason, as the end of a sentence.
        stops: whether it would stop the job that is deployed; `if-running` where it is not known to run.
        deletes_model: whether it would delete the model of the job that is deployed.
        arn: the ARN of the job that is deployed; "" where that is not known.
        logical_id: its logical id.
    """

    job: str
    starts: Starts
    why: str
    stops: Stops = "no"
    deletes_model: bool = False
    arn: str = ""
    logical_id: str = ""

    def __str__(self) -> str:
        return printable(f"{self.job}: {_WOULD[self.starts]}, because {self.why}.")


def consequences(
    old: Template,
    new: Template,
    *,
    current: Mapping[str, DeployedJob] | None = None,
    given: Mapping[str, str] | None = None,
) -> list[Consequence]:
    """Return what a deploy of `new` over `old` would do to each job, in the order of `new`.

    Args:
        old: the template that is deployed.
        new: the template to be deployed.
        current: the jobs of the deployed stack, by logical id. Default: not known.
        given: why a parameter of a nested stack gets another value, by its name. Default: none does.
    """
    before, after = resources(old, RESOURCE_TYPE), resources(new, RESOURCE_TYPE)
    jobs = [
        _Job(
            logical_id=name,
            old=before.get(name),
            new=after.get(name),
            templates=(old, new),
            current=current,
            given=given or {},
        )
        for name in dict.fromkeys([*after, *before])
    ]
    found = {one.logical_id: one.consequence() for one in jobs}
    for one in jobs:
        found[one.logical_id] = one.after_others(found, jobs)
    return list(found.values())


def is_same_training(one: Template, other: Template) -> bool:
    """Return whether two resources train the same, by what their properties say.

    Args:
        one: a resource of a template.
        other: another one.
    """
    return training_inputs(properties_of(one)) == training_inputs(properties_of(other))


def job_label(logical_id: str, resource: Template) -> str:
    """Return how a job is named in a sentence.

    Args:
        logical_id: its logical id.
        resource: its resource.
    """
    metadata = resource.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
    return f"{path} ({logical_id})" if isinstance(path, str) else logical_id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One job of the two templates.

    Args:
        logical_id: its logical id.
        old: its resource in the deployed template.
        new: its resource in the template to be deployed.
        templates: both templates.
        current: the jobs of the deployed stack, if they are known.
        given: why a parameter of a nested stack gets another value, by its name.
    """

    logical_id: str
    old: Template | None
    new: Template | None
    templates: tuple[Template, Template]
    current: Mapping[str, DeployedJob] | None
    given: Mapping[str, str]

    @property
    def label(self) -> str:
        return job_label(self.logical_id, self.new or self.old or {})

    @property
    def deployed(self) -> DeployedJob | None:
        """The job that the resource has, if that is known."""
        return (self.current or {}).get(self.logical_id)

    @property
    def status(self) -> str:
        return self.deployed.status if self.deployed else ""

    @property
    def condition(self) -> str:
        return str((self.new or {}).get("Condition", ""))

    def consequence(self) -> Consequence:
        """Return what a deploy does, apart from what follows from other jobs."""
        if self.new is None:
            return self._removed()
        if self.old is None:
            return self._created("it is new in this stack")
        if self.current is not None and self.deployed is None:
            return self._not_there()
        return self._updated(properties_of(self.old), properties_of(self.new))

    def after_others(self, found: Mapping[str, Consequence], jobs: Iterable[_Job]) -> Consequence:
        """Return the consequence with what follows from those of other jobs of the stack."""
        own = found[self.logical_id]
        if self.new is None:
            return own
        if self.old is None:
            return self._after_removals(own, [one for one in jobs if one.old and one.new is None])
        others = [
            name
            for name in dict.fromkeys(references(training_inputs(properties_of(self.new))))
            if name in found and name != self.logical_id and found[name].starts not in ("no", "fails")
        ]
        if own.starts == "no" and others:
            why = f"its request refers to {listed(others)}, which may start a new job"
            return replace(own, starts="unknown", why=f"{why}{self._fate()}", stops=self._stops())
        return own

    def _after_removals(self, own: Consequence, removed: list[_Job]) -> Consequence:
        properties = properties_of(self.new)
        name = properties["Request"].get("jobName")
        for one in removed:
            if name and name == properties_of(one.old)["Request"].get("jobName"):
                why = f"jobName is {shown(name)} as that of {one.label}, {_NEVER_FREED}"
                return replace(own, starts="fails", why=why)
            if is_same_training(one.old or {}, self.new or {}):
                keep = f"to keep that job, keep its logical id {one.logical_id} (override_logical_id)"
                why = f"{own.why}; its inputs are those of {one.label}, which is removed: {keep}"
                return replace(own, why=why)
        return own

    def _removed(self) -> Consequence:
        if self.current is not None and self.deployed is None:
            return self._with("no", "it is removed from the stack, which has no job for it")
        return self._with(
            "no",
            f"it is removed from the stack{self._fate(is_removed=True)}",
            stops=self._stops(),
            deletes_model=self._on_delete == "DeleteModel" and self.status not in (*_ENDED, _GONE),
        )

    def _created(self, why: str) -> Consequence:
        if self.condition:
            return self._with("unknown", f"{why}, where its condition {self.condition} is true")
        return self._with("yes", why)

    def _not_there(self) -> Consequence:
        old, new = self.templates
        was = str((self.old or {}).get("Condition", ""))
        if was and was == self.condition and not condition_changes(was, old, new):
            names = parameters(old.get("Conditions", {}), old)
            why = f"its condition {was} is not true in the deployed stack"
            if not names:
                return self._with("no", why)
            return self._with("no", f"{why}; other values of its parameters may start one")
        return self._created("the deployed stack has no job for it")

    def _updated(self, before: Template, after: Template) -> Consequence:
        if fails := self._function_changes(before, after):
            return self._with("fails", fails)
        old, new = self.templates
        was = str((self.old or {}).get("Condition", ""))
        if was != self.condition or (was and condition_changes(was, old, new)):
            why = f"its condition {self.condition or was} changes, and decides whether there is a job"
            return self._with("unknown", f"{why}{self._fate()}", stops=self._stops())
        trained = [*changes(training_inputs(before), training_inputs(after), shape=REQUEST)]
        around = [*changes(infrastructure(before), infrastructure(after), shape=REQUEST)]
        if trained:
            return self._started(listed(trained), before, after)
        forced = str(after.get(RETRAIN_PROPERTY, "")).lower() == "true"
        if around and self.status != _GONE and (forced or self.status not in ("", "Completed")):
            why = f"{listed(around)}{f', and {RETRAIN_PROPERTY} is set' if forced else ''}"
            return self._started(why, before, after)
        if around and not self.status:
            return self._if_running(listed(around), before, after)
        return self._kept(before, after, around, forced=forced)

    def _kept(self, before: Template, after: Template, around: list[str], *, forced: bool) -> Consequence:
        """Return that the job is kept, as far as the templates show."""
        indirect = [*self._indirect(training_inputs(after))]
        if forced or self.status not in ("Completed", _GONE):
            indirect += [one for one in self._indirect(infrastructure(after)) if one not in indirect]
        if indirect:
            why = f"its request refers to what changes: {listed(indirect)}"
            return self._with("unknown", f"{why}{self._fate()}", stops=self._stops())
        in_place = [*_changes_in_place(before, after), *around]
        why = "nothing changes that its training depends on"
        if in_place:
            why = f"what changes needs no new training: {listed(in_place)}"
        names = parameters(training_inputs(after), self.templates[1])
        other = f"; another value of {listed(names)} than the deployed one would start one" if names else ""
        again = f"; the job is {self.status}, and another revision starts a new one"
        return self._with("no", f"{why}{other}{again if self.status in _ENDED else ''}")

    def _function_changes(self, before: Template, after: Template) -> str:
        functions = [*changes(before.get(FUNCTION, MISSING), after.get(FUNCTION, MISSING), FUNCTION)]
        functions = functions or [*self._indirect(after.get(FUNCTION))]
        return f"{listed(functions)}, {FUNCTION_CHANGES}" if functions else ""

    def _started(self, why: str, before: Template, after: Template) -> Consequence:
        """Return that another job starts, unless its names are taken."""
        name, model = (after["Request"].get(one) for one in ("jobName", "customModelName"))
        if name and name == before["Request"].get("jobName") and self.status != _GONE:
            return self._with("fails", f"{why}, but jobName is still {shown(name)}, {_NEVER_FREED}")
        if (
            model
            and model == before["Request"].get("customModelName")
            and self.status not in (*_ENDED, _GONE)
        ):
            kept = f"{why}, but customModelName is still {shown(model)}"
            if self.status:
                return self._with("fails", f"{kept}, which the present job holds; {_CHANGE_NAME}")
            unless = "which fails unless the present job has ended without a model"
            return self._with("unknown", f"{kept}, {unless}; {_CHANGE_NAME}", stops="if-running")
        return self._with("yes", f"{why}{self._fate()}", stops=self._stops())

    def _if_running(self, why: str, before: Template, after: Template) -> Consequence:
        name = after["Request"].get("jobName")
        if name and name == before["Request"].get("jobName"):
            fails = f"a deploy fails unless the old job is Completed: jobName is still {shown(name)}"
            return self._with("unknown", f"{why}; {fails}, {_NEVER_FREED}")
        return self._with("if-running", f"{why}{self._fate()}", stops=self._stops())

    def _indirect(self, value: object) -> Iterator[str]:
        old, new = self.templates
        yield from indirect_changes(value, old, new, self.given)

    def _with(
        self, starts: Starts, why: str, *, stops: Stops = "no", deletes_model: bool = False
    ) -> Consequence:
        arn = self.deployed.arn if self.deployed else ""
        return Consequence(
            job=self.label,
            starts=starts,
            why=why,
            stops=stops,
            deletes_model=deletes_model,
            arn=arn,
            logical_id=self.logical_id,
        )

    @property
    def _on_delete(self) -> str:
        return str(properties_of(self.old).get(ON_DELETE_PROPERTY, "StopJob"))

    def _stops(self) -> Stops:
        """Return whether the old job is stopped where it is removed or replaced."""
        if self._on_delete == "Retain" or self.status in _NOT_RUNNING:
            return "no"
        return "yes" if self.status else "if-running"

    def _fate(self, *, is_removed: bool = False) -> str:
        """Return what happens to the old job and its model, as the end of a sentence."""
        model = "its model is kept"
        if self._on_delete == "DeleteModel":
            is_deleted_later = properties_of(self.new).get(ON_DELETE_PROPERTY) == "DeleteModel"
            model = _DELETED_NOW if is_removed else _DELETED_LATER if is_deleted_later else model
            number = properties_of(self.old).get(KEEP_NEWEST_PROPERTY)
            if number is not None and not is_removed:
                model = _DELETED_BY_LOOKS.format(number=number)
        if self._on_delete not in ("StopJob", "DeleteModel", "Retain"):
            return ""
        if self.deployed and self.status:
            return f"; {_fate_of(self.deployed, self._on_delete, model)}"
        if self._on_delete == "Retain":
            return "; the old job and its model are kept as they are"
        return f"; the old job is stopped if it still runs, and {model}"


def _fate_of(job: DeployedJob, on_delete: str, model: str) -> str:
    """Return what happens to a job whose status is known."""
    name = f"the job {job.name}" if job.name else "the job"
    since = f" since {job.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if job.since else ""
    if job.status == _GONE:
        return f"Bedrock does not know the old job {job.arn}"
    if job.status not in _NOT_RUNNING:
        end = "continues and is billed" if on_delete == "Retain" else "is stopped"
        return f"{name}, {job.status}{since}, {end}"
    if job.status == "Completed":
        end = "its model is kept" if on_delete == "Retain" else model
        return f"{name} is Completed{since}, and {end}"
    return f"{name} is {job.status}{since}"


def _changes_in_place(before: Template, after: Template) -> Iterator[str]:
    for name in TAG_PROPERTIES:
        old, new = before.get(name) or [], after.get(name) or []
        yield from changes(_tags(old), _tags(new), name)
    for name in _IN_PLACE:
        yield from changes(before.get(name, MISSING), after.get(name, MISSING), name)
    yield from changes(_timeout(before), _timeout(after), f"{WAIT_PROPERTY}.{SECONDS_PROPERTY}")


def _timeout(properties: Template) -> object:
    """Return how long a deployment waits; the ids in the property change with every job."""
    wait = properties.get(WAIT_PROPERTY)
    return wait.get(SECONDS_PROPERTY, MISSING) if isinstance(wait, Mapping) else MISSING


def _tags(value: object) -> object:
    """Return a list of tags as a mapping; anything else as it is."""
    if isinstance(value, list) and all(isinstance(one, Mapping) and "key" in one for one in value):
        return {str(one["key"]): one.get("value") for one in value}
    return value


def properties_of(resource: Template | None) -> dict[str, Any]:
    """Return the properties of a job or a sweep, `Request` with the API's types, as the function sees it.

    Args:
        resource: the resource in its template. Default: there is none, it has no properties.
    """
    properties = (resource or {}).get("Properties")
    properties = properties if isinstance(properties, Mapping) else {}
    request = properties.get(REQUEST_PROPERTY)
    return {**properties, REQUEST_PROPERTY: typed(request) if isinstance(request, Mapping) else {}}
