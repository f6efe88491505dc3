"""What a sweep asks for: its trials, each a customization job whose name and token its inputs decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Self

from contract.replacement import TAG_PROPERTIES
from contract.resource import (
    ON_DELETE_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    REQUEST_PROPERTY,
    REVISION_PROPERTY,
    STATE_MACHINE_PROPERTY,
    UPLOADED_FILES_PROPERTY,
)
from contract.sweeps import (
    BUCKET_PROPERTY,
    FEWEST_TRIALS,
    KEEP_PROPERTY,
    MAX_CONCURRENCY_PROPERTY,
    MOST_CONCURRENT,
    MOST_TRIALS,
    OBJECTIVE_PROPERTY,
    OVERRIDES,
    PREFIX_PROPERTY,
    RESULTS_PROPERTY,
    TRIALS_PROPERTY,
    Objective,
    trial_request,
)

from ..frame.event import DELETE, Event, ResourceChange
from ..frame.properties import text
from ..jobs import desired_state as jobs
from ..jobs.identity import NO_OPERATION, ClientToken
from ..jobs.training_limit import problems as problems_of_limit
from ..published.desired_state import is_parameter_name

_OF_JOBS = (ON_DELETE_PROPERTY, REVISION_PROPERTY, UPLOADED_FILES_PROPERTY, *TAG_PROPERTIES)
"""Properties that every trial has, as a job has them."""

_NAMES = ("jobName", "customModelName")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"([A-Za-z0-9._=-]{1,255}/){1,20}")
_LONGEST_PREFIX = 800
_MACHINE = re.compile(
    r"arn:(?P<partition>aws[a-z-]{0,20}):states:(?P<region>[a-z0-9-]{1,20}):(?P<account>[0-9]{12})"
    r":stateMachine:[A-Za-z0-9_-]{1,80}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial: a job that is not started by a deployment.

    Args:
        index: its place in the template, from 0.
        overrides: what it changes of the base request, as the template says it.
        change: what the functions for jobs need: names, fingerprint, owner and request of the job.
    """

    index: int
    overrides: Mapping[str, Any]
    change: jobs.Change

    @property
    def fingerprint(self) -> str:
        """The training inputs; two trials of a sweep never have the same."""
        return self.change.desired.fingerprint

    def name(self, generation: int) -> str:
        """Return the name of its job."""
        return self.change.job_name(self.change.desired, generation)

    def token(self, generation: int, run: str) -> ClientToken:
        """Return the token of its job, the same for every attempt to start it in one run.

        Args:
            generation: how many jobs of the same fingerprint there were before.
            run: the event that began the run, as client tokens name it.
        """
        stack, resource = self.change.owner
        return ClientToken(
            stack=stack,
            resource=resource,
            fingerprint=self.fingerprint,
            generation=generation,
            request=run,
            infrastructure=self.change.desired.infrastructure,
            operation=NO_OPERATION,  # no operation of the stack starts it
            model_tags=self.change.desired.model_tags_code,
        )


@dataclass(frozen=True, kw_only=True)
class DesiredState:
    """What the template asks for.

    Args:
        properties: the resource's properties as CloudFormation sends them.
        owner: the event, or in a task that of `definition.owner`: which resource of which stack is meant.
    """

    properties: Mapping[str, Any]
    owner: Event

    @classmethod
    def of(cls, properties: object, owner: Event) -> Self:
        """Read the properties of an event."""
        return cls(properties=properties if isinstance(properties, Mapping) else {}, owner=owner)

    @property
    def count(self) -> int:
        """The number of trials."""
        return len(self._overrides)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """All trials."""
        return tuple(map(self.trial, range(self.count)))

    def trial(self, index: int) -> Trial:
        """Return one trial."""
        overrides = self._overrides[index]
        return Trial(index=index, overrides=overrides, change=self.change_of(overrides))

    def change_of(self, overrides: Mapping[str, Any]) -> jobs.Change:
        """Return what the functions for jobs need of a trial.

        Args:
            overrides: what it changes of the base request.
        """
        request = {name: value for name, value in self.base.items() if name not in _NAMES}
        shared = {name: self.properties[name] for name in _OF_JOBS if self.properties.get(name)}
        properties = {**shared, REQUEST_PROPERTY: trial_request(request, overrides)}
        members = {"request_type": DELETE, "properties": properties, "old_properties": None}
        return jobs.Change.of(Event(**{**self.owner.members, **members}))

    @property
    def base(self) -> Mapping[str, Any]:
        """The base request, without tags."""
        return self._of(REQUEST_PROPERTY)

    @property
    def max_concurrency(self) -> int:
        """How many trials train at the same time. Anything but a number counts as 1."""
        return _number(self.properties.get(MAX_CONCURRENCY_PROPERTY)) or 1

    @property
    def objective(self) -> Objective:
        """By which loss trials are compared."""
        value = self.properties.get(OBJECTIVE_PROPERTY)
        return (
            Objective.TRAINING_LOSS if value == Objective.TRAINING_LOSS.value else Objective.VALIDATION_LOSS
        )

    @property
    def keep(self) -> int | None:
        """How many models are kept; None where all are."""
        return _number(self.properties.get(KEEP_PROPERTY))

    @property
    def bucket(self) -> str:
        """The bucket of the definition and the results."""
        return text(self._of(RESULTS_PROPERTY).get(BUCKET_PROPERTY))

    @property
    def prefix(self) -> str:
        """The prefix of their keys, with a slash at its end."""
        return text(self._of(RESULTS_PROPERTY).get(PREFIX_PROPERTY))

    @property
    def parameter(self) -> str:
        """The name of the parameter with the ARN of the best model; "" where there is none."""
        return text(self.properties.get(PARAMETER_NAME_PROPERTY))

    @property
    def machine(self) -> str:
        """The ARN of the state machine."""
        return text(self.properties.get(STATE_MACHINE_PROPERTY))

    @property
    def on_delete(self) -> str:
        """What a Delete does to the jobs and their models. An unknown value stops the jobs."""
        value = self.properties.get(ON_DELETE_PROPERTY)
        return value if value in jobs.ON_DELETE else jobs.STOP_JOB

    @cached_property
    def _overrides(self) -> tuple[Mapping[str, Any], ...]:
        given = self.properties.get(TRIALS_PROPERTY)
        listed = given if isinstance(given, list) else []
        return tuple(one if isinstance(one, Mapping) else {} for one in listed)

    def _of(self, name: str) -> Mapping[str, Any]:
        found = self.properties.get(name)
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, kw_only=True)
class Change(ResourceChange[DesiredState]):
    """One event of this resource type."""

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read an event."""
        return cls.read(event, partial(DesiredState.of, owner=event))


def problems(desired: DesiredState) -> Iterator[str]:
    """Yield everything that is wrong with a sweep, in sentences; what all trials have in common, once."""
    given = desired.properties
    trials = given.get(TRIALS_PROPERTY)
    if not isinstance(trials, list) or not FEWEST_TRIALS <= len(trials) <= MOST_TRIALS:
        yield f"{TRIALS_PROPERTY} must be a list of {FEWEST_TRIALS} to {MOST_TRIALS} trials; correct it"
        return
    number = _number(given.get(MAX_CONCURRENCY_PROPERTY))
    if number is None or number > MOST_CONCURRENT:
        yield f"{MAX_CONCURRENCY_PROPERTY} must be a number from 1 to {MOST_CONCURRENT}; correct it"
    if given.get(OBJECTIVE_PROPERTY) not in [one.value for one in Objective]:
        yield f"{OBJECTIVE_PROPERTY} must be one of {', '.join(one.value for one in Objective)}; correct it"
    if KEEP_PROPERTY in given and desired.keep is None:
        yield f"{KEEP_PROPERTY} must be the number of models that are kept; correct it, or leave it out"
    yield from problems_of_limit(given)
    if PARAMETER_NAME_PROPERTY in given and not is_parameter_name(desired.parameter):
        yield f"{PARAMETER_NAME_PROPERTY} must be the name of a parameter; correct it, or leave it out"
    yield from _problems_of_places(desired)
    yield from _problems_of_trials(desired)


def _problems_of_places(desired: DesiredState) -> Iterator[str]:
    if not _BUCKET.fullmatch(desired.bucket):
        yield f"{BUCKET_PROPERTY} of {RESULTS_PROPERTY} must be the name of a bucket; correct it"
    if not _PREFIX.fullmatch(desired.prefix) or len(desired.prefix) > _LONGEST_PREFIX:
        yield (
            f"{PREFIX_PROPERTY} of {RESULTS_PROPERTY} must have letters, digits and ._=-, and a slash at its "
            f"end, in at most {_LONGEST_PREFIX} characters; correct it"
        )
    machine, own = _MACHINE.fullmatch(desired.machine), desired.owner.stack_id.split(":")
    if machine is None or machine.group("partition", "region", "account") != (own[1], *own[3:5]):
        yield f"{STATE_MACHINE_PROPERTY} must be a state machine of the stack's account and Region"


def _problems_of_trials(desired: DesiredState) -> Iterator[str]:
    for name in _NAMES:
        if desired.base.get(name):
            yield f"{name} must not be given, because every trial has its own; remove it"
    found: dict[str, list[int]] = {}
    first: dict[str, int] = {}
    for trial in desired.trials:
        if others := sorted(set(trial.overrides) - set(OVERRIDES)):
            yield f"trial {trial.index} must change only {' and '.join(OVERRIDES)}, not {', '.join(others)}"
        for problem in jobs.problems(trial.change):
            found.setdefault(problem, []).append(trial.index)
        same = first.setdefault(trial.fingerprint, trial.index)
        if same != trial.index:
            yield f"trial {trial.index} is the same training as trial {same}; remove it"
    for problem, indexes in found.items():
        which = "" if len(indexes) == desired.count else f"trial {', '.join(map(str, indexes))}: "
        yield f"{which}{problem}"


def _number(value: object) -> int | None:
    digits = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(digits) if _NUMBER.fullmatch(digits) else None
