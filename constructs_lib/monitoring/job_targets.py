"""Which jobs a command line means: by ARN, by name, by job file, or those of a stack."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.resource import RESOURCE_TYPE
from ..contract.sweeps import SWEEP_TYPE
from ..deployment.aws_calls import AwsCallError
from ..deployment.deployed_stacks import described_stack, former_resources, stack_resources
from ..deployment.stack_names import stack_name
from ..deployment.synthesized_stacks import NESTED_STACK
from ..permissions.exact import JOB
from .sweep_description import is_definition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ..deployment.aws_calls import Client
    from .aws_access import AwsAccess
    from .sweep_description import TrialDescription

JOB_ARN = JOB.pattern
"""The ARN of a job, with the groups `region` and `account`."""

JOB_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9+.-]{0,62}")
"""The name of a job."""

_JOB_FILES = (".json", ".yaml", ".yml")
_DEEPEST = 20
_RECORDS_OUTPUT = re.compile(r"Promotion([0-9a-f]{8})?$")
"""How the name of the output ends that has the location of the records of a promotion."""


class NotATargetError(ValueError):
    """A text names no job; the message says what would."""


class NoJobError(AwsCallError):
    """A stack has no job.

    Args:
        sentence: why.
        stack_status: CloudFormation's word for the status of the stack. Default: "", there is no such stack.
    """

    def __init__(self, sentence: str, *, stack_status: str = "") -> None:
        super().__init__(sentence)
        self.stack_status = stack_status


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTarget:
    """A job, or a sweep, that a command line means.

    Args:
        identifier: its ARN, or its name where nobody has given the ARN; of a sweep the URI of its definition.
        region: the Region that is asked for it.
        stack: the name of its stack. Default: not known.
        stack_id: the ARN of its stack, or of the nested stack that its resource is in. Default: not known.
        stack_status: CloudFormation's word for the status of the stack. Default: not known.
        resource: the logical id of its resource; in a nested stack after that stack's logical id and a slash.
            Default: not known.
        resource_status: CloudFormation's word for the status of the resource. Default: not known.
        has_promotion: whether something in the stack decides if a new model serves. Default: not known.
        trial: of the job of a trial, the number of the trial and what it changes; the resource is the sweep.
            Default: it is none, or nobody has asked for a sweep.
    """

    identifier: str
    region: str
    stack: str = ""
    stack_id: str = ""
    stack_status: str = ""
    resource: str = ""
    resource_status: str = ""
    has_promotion: bool = False
    trial: str = ""

    @property
    def logical_id(self) -> str:
        """The logical id of its resource in its own stack."""
        return self.resource.rpartition("/")[2]

    @property
    def is_sweep(self) -> bool:
        """Whether it is a sweep."""
        return is_definition(self.identifier)


def job_of_trial(sweep: JobTarget, trial: TrialDescription) -> JobTarget:
    """Return the job of a trial as a target.

    Args:
        sweep: its sweep.
        trial: the trial.

    Raises:
        NoJobError: it has no job.
    """
    if not trial.job_arn:
        reason = f": {trial.failure_message}" if trial.failure_message else ""
        raise NoJobError(
            f"{trial.label} of the sweep {sweep.resource} has no job ({trial.status}){reason}",
            stack_status=sweep.stack_status,
        )
    return replace(sweep, identifier=trial.job_arn, trial=trial.label)


def is_job_file(target: str) -> bool:
    """Return whether a text names a job file and not a job, whose name may also end in `.yaml`.

    Args:
        target: what the command line says.
    """
    path = Path(target)
    try:
        return path.suffix.lower() in _JOB_FILES and ("/" in target or path.is_file())
    except (OSError, ValueError):  # a text that can be no path
        return False


def named_job(target: str, access: AwsAccess) -> JobTarget:
    """Return the job with an ARN or a name; nothing is called.

    Args:
        target: ARN or name; an ARN also says which Region is asked.
        access: the AWS that is asked.

    Raises:
        NotATargetError: it is neither.
    """
    if found := JOB_ARN.fullmatch(target):
        return JobTarget(identifier=target, region=access.region if access.is_local else found["region"])
    if JOB_NAME.fullmatch(target):
        return JobTarget(identifier=target, region=access.region)
    if ":custom-model/" in target:
        raise NotATargetError(
            "must be a job, got a custom model; take the jobArn that `aws bedrock get-custom-model` shows"
        )
    raise NotATargetError(f"must be a job's ARN or name, or a job file, got {target!r}; correct it")


def stack_of_file(file: str) -> str:
    """Return the name of the stack that `deploy` gives a job file.

    Args:
        file: the path of the job file.
    """
    return stack_name(Path(file))


def jobs_of_stack(
    access: AwsAccess, stack: str, resource: str | None = None, *, with_sweeps: bool = False
) -> list[JobTarget]:
    """Return the jobs of a stack and of its nested stacks, in the order of CloudFormation.

    Args:
        access: the AWS that is asked.
        stack: the stack's name or ARN; by its ARN a stack is found for 90 days after its deletion.
        resource: only the job of this resource: its logical id, or the first letters that only it has.
            Default: all jobs.
        with_sweeps: whether sweeps are among them. Default: no.

    Raises:
        NoJobError: there is no such stack, it has no job, or no job of this resource.
        AwsCallError: CloudFormation cannot be asked.
    """
    chosen = resources_of_stack(access, stack, resource, with_sweeps=with_sweeps)
    without = [one for one in chosen if not one.is_sweep and not JOB_ARN.fullmatch(one.identifier)]
    if len(without) == len(chosen):
        status = chosen[0].stack_status
        listed = ", ".join(f"{one.resource} is {one.resource_status}" for one in without)
        raise NoJobError(
            f"No job was started for the stack {stack} ({status}): {listed}.", stack_status=status
        )
    return [one for one in chosen if one not in without]


def resources_of_stack(
    access: AwsAccess,
    stack: str,
    resource: str | None = None,
    *,
    with_deleted: bool = False,
    with_sweeps: bool = False,
) -> list[JobTarget]:
    """Return the same with the resources for which no job was started.

    Args:
        access: the AWS that is asked.
        stack: the stack's name or ARN; by its ARN a stack is found for 90 days after its deletion.
        resource: only this resource, as for `jobs_of_stack`. Default: all.
        with_deleted: whether deleted resources are among them. Default: only those of a stack that is
            deleted itself.
        with_sweeps: whether sweeps are among them. Default: no.

    Raises:
        NoJobError: there is no such stack, or it has no such resource.
        AwsCallError: CloudFormation cannot be asked.
    """
    cloudformation = access.client("cloudformation")
    described = described_stack(cloudformation, stack)
    status, stack_id = described.status, described.stack_id
    if not stack_id:
        raise NoJobError(
            f"There is no stack {stack} in {access.where}. If it was deleted, its ARN still names it for 90 "
            "days, and `bedrock-customize orphans` lists the jobs that still run."
        )
    lookup = _Lookup(
        cloudformation=cloudformation,
        region=access.region,
        types=(RESOURCE_TYPE, SWEEP_TYPE) if with_sweeps else (RESOURCE_TYPE,),
        with_deleted=with_deleted or status == "DELETE_COMPLETE",
    )
    found = list(_jobs(lookup, (stack, stack_id, status), "", 0))
    if not found and with_deleted:
        found = list(_former_jobs(cloudformation, access, (stack, stack_id, status)))
    chosen = _chosen(found, resource)
    if not chosen:
        listed = ", ".join(one.resource for one in found)
        nothing = "no model customization job and no sweep" if with_sweeps else "no model customization job"
        has = f"no resource {resource}; its jobs are {listed}" if found else nothing
        raise NoJobError(f"The stack {stack} ({status}) has {has}.", stack_status=status)
    has_promotion = any(map(_RECORDS_OUTPUT.search, described.outputs))
    return [replace(one, has_promotion=has_promotion) for one in chosen]


def _chosen(found: list[JobTarget], resource: str | None) -> list[JobTarget]:
    if resource is None:
        return found
    exact = [one for one in found if one.resource == resource]
    if exact:
        return exact
    # A person knows the construct's id, with which the CDK begins the logical id.
    alike = [one for one in found if one.resource.startswith(resource)]
    return alike if len(alike) == 1 else []


def _former_jobs(
    cloudformation: Client, access: AwsAccess, stack: tuple[str, str, str]
) -> Iterator[JobTarget]:
    """Yield the resources that a stack has had, where CloudFormation lists none of them any more."""
    name, stack_id, status = stack
    for one in former_resources(cloudformation, stack_id):
        if one.type == RESOURCE_TYPE:
            yield JobTarget(
                identifier=one.physical_id,
                region=access.region,
                stack=name,
                stack_id=stack_id,
                stack_status=status,
                resource=one.logical_id,
                resource_status=one.status,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lookup:
    """What is looked for in a stack and in its nested stacks.

    Args:
        cloudformation: a client.
        region: its Region.
        types: the types of the resources.
        with_deleted: whether deleted resources are among them.
    """

    cloudformation: Client
    region: str
    types: Collection[str]
    with_deleted: bool


def _jobs(lookup: _Lookup, stack: tuple[str, str, str], path: str, depth: int) -> Iterator[JobTarget]:
    name, stack_id, status = stack
    for one in stack_resources(lookup.cloudformation, stack_id, with_deleted=lookup.with_deleted):
        if one.type in lookup.types:
            yield JobTarget(
                identifier=one.physical_id,
                region=lookup.region,
                stack=name,
                stack_id=stack_id,
                stack_status=status,
                resource=f"{path}{one.logical_id}",
                resource_status=one.status,
            )
        elif one.type == NESTED_STACK and one.physical_id and depth < _DEEPEST:
            nested = (name, one.physical_id, status)
            try:
                yield from _jobs(lookup, nested, f"{path}{one.logical_id}/", depth + 1)
            except AwsCallError as error:
                # CloudFormation forgets a deleted stack after 90 days.
                if one.status != "DELETE_COMPLETE" or error.code != "ValidationError":
                    raise
