"""Stopping of jobs: who has a job that is to be stopped, and what Bedrock does about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..contract.resource import name_prefix
from ..deployment.aws_calls import AwsCallError, aws_calls
from .account_reader import AccountReader
from .job_description import IN_PROGRESS, NOT_FOUND, STOPPING, JobDescription, describe_job
from .job_list import job_summaries
from .job_owners import JobOwner, Ownership, Stacks, is_started_for
from .sweep_description import describe_sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..deployment.aws_calls import Client
    from .aws_access import AwsAccess
    from .job_targets import JobTarget

_TOO_LATE = (NOT_FOUND, "ConflictException", "ValidationException")
"""How Bedrock rejects the stop of a job that does not run any more; which one it uses is not documented."""

_UNKNOWN_TRIAL = "trial (its number is not known)"

_NEEDED = (Ownership.OWNED, Ownership.IN_TRANSITION, Ownership.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCandidate:
    """A job that is to be stopped.

    Args:
        target: the job as it was named.
        job: the job as Bedrock describes it.
        owner: who has it; where it does not run, nobody is asked.
        unread: why its owner is not known. Default: it is.
    """

    target: JobTarget
    job: JobDescription
    owner: JobOwner
    unread: str = ""

    @property
    def runs(self) -> bool:
        """Whether there is something to stop."""
        return self.job.status == IN_PROGRESS

    @property
    def may_be_needed(self) -> bool:
        """Whether a stack has the job, or may have it, or may return to it."""
        return self.owner.ownership in _NEEDED


def stop_candidates(access: AwsAccess, targets: Iterable[JobTarget]) -> list[StopCandidate]:
    """Return jobs that are to be stopped, each once, with their owners. Nothing is changed.

    Args:
        access: the AWS that is asked.
        targets: the jobs as they were named.

    Raises:
        AwsCallError: one of the jobs does not exist or cannot be read.
    """
    found: dict[str, tuple[JobTarget, JobDescription]] = {}
    for target in targets:
        job = describe_job(access.client("bedrock", region=target.region), target.identifier)
        # A job that is named twice has the owner that its stack says.
        if job.arn not in found or target.stack:
            found[job.arn] = (target, job)
    candidates: list[StopCandidate] = []
    for region in dict.fromkeys(target.region for target, _ in found.values()):
        jobs = [(target, job) for target, job in found.values() if target.region == region]
        candidates += _with_owners(replace(access, region=region), jobs)
    return candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingTrials:
    """What trains for a sweep.

    Args:
        jobs: the jobs that run.
        waiting: how many trials are still to be started; None where the results could not be read.
        unread: what is not known, and why, as sentences.
    """

    jobs: Sequence[JobTarget]
    waiting: int | None
    unread: Sequence[str]


def training_trials(access: AwsAccess, sweep: JobTarget) -> TrainingTrials:
    """Return what trains for a sweep.

    Bedrock says which jobs run, and their tokens say for which resource: whoever may write the results in S3
    could name jobs of others there, and leave out those that train.

    Args:
        access: the AWS that is asked.
        sweep: the sweep as it was named.

    Raises:
        AwsCallError: the jobs cannot be listed, and the results not be read.
    """
    found, unread = None, list[str]()
    s3, bedrock = (access.client(service, region=sweep.region) for service in ("s3", "bedrock"))
    try:
        found = describe_sweep(s3, bedrock, sweep)
    except AwsCallError as error:
        if error.is_general:
            raise
        unread.append(f"The trials of the sweep {sweep.resource} that wait are not known: {error}")
    try:
        arns = _running_jobs(replace(access, region=sweep.region), sweep)
    except AwsCallError as error:
        if found is None or error.is_general:
            raise
        arns = [one.job_arn for one in found.training]
        unread.append(f"Other trials of the sweep {sweep.resource} may train: {error}")
    labels = {one.job_arn: one.label for one in found.trials} if found else {}
    jobs = [replace(sweep, identifier=arn, trial=labels.get(arn, _UNKNOWN_TRIAL)) for arn in arns]
    return TrainingTrials(jobs=jobs, waiting=len(found.waiting) if found else None, unread=unread)


def stop_job(bedrock: Client, job: JobDescription) -> JobDescription:
    """Ask Bedrock to stop a job, and return the job as it is then.

    Args:
        bedrock: a client of the job's Region.
        job: the job.

    Raises:
        AwsCallError: the job runs on, or it is not known whether it does.
    """
    try:
        with aws_calls():
            bedrock.stop_model_customization_job(jobIdentifier=job.arn)
    except AwsCallError as error:
        if error.code not in _TOO_LATE:
            raise
        now = describe_job(bedrock, job.arn)
        if now.status == IN_PROGRESS:
            raise
        return now
    try:
        return describe_job(bedrock, job.arn)
    except AwsCallError:  # Bedrock has accepted the stop all the same
        return replace(job, status=STOPPING)


def _running_jobs(access: AwsAccess, sweep: JobTarget) -> list[str]:
    """Return the ARNs of the jobs in progress that were started for a sweep, also for a former definition."""
    reader, prefix = AccountReader(access), name_prefix(sweep.stack_id, sweep.logical_id)
    return [
        one.arn
        for one in job_summaries(reader, statusEquals=IN_PROGRESS, nameContains=prefix)
        if is_started_for(
            describe_job(reader.bedrock, one.arn).client_token, sweep.stack_id, sweep.logical_id
        )
    ]


def _with_owners(access: AwsAccess, jobs: Sequence[tuple[JobTarget, JobDescription]]) -> list[StopCandidate]:
    reader = AccountReader(access)
    asked = [(job.arn, job.client_token) for target, job in jobs if _is_asked(target, job)]
    owners = Stacks(reader).owners(asked) if asked else {}
    unread = " ".join(reader.unread)
    return [
        StopCandidate(
            target=target,
            job=job,
            owner=owners.get(job.arn) or _owner_by_target(target),
            unread=unread if job.arn in owners else "",
        )
        for target, job in jobs
    ]


def _is_asked(target: JobTarget, job: JobDescription) -> bool:
    """Return whether CloudFormation must be asked who has a job; `--stack` has asked already."""
    return job.status == IN_PROGRESS and not target.stack


def _owner_by_target(target: JobTarget) -> JobOwner:
    if not target.stack:
        return JobOwner(ownership=Ownership.UNKNOWN)
    is_deleted = "DELETE_COMPLETE" in (target.stack_status, target.resource_status)
    return JobOwner(
        ownership=Ownership.DELETED if is_deleted else Ownership.OWNED,
        stack=target.stack,
        stack_id=target.stack_id,
        stack_status=target.stack_status,
        resource=target.resource,
    )
