"""The jobs of an account, the newest first: what Bedrock lists, and what only a call for each job tells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..deployment.aws_calls import AwsCallError, not_of_aws
from .job_description import JobDescription, describe_job
from .job_owners import JobOwner, Ownership, Stacks, has_our_token, stack_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from .account_reader import AccountReader

_PAGE = 1000
_LEAST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedJob:
    """A job with its owner.

    Args:
        job: the job; without its token and losses where only the list could be read.
        owner: its owner.
    """

    job: JobDescription
    owner: JobOwner


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """Jobs, the newest first.

    Args:
        jobs: the jobs.
        has_more: whether there are more than were asked for.
    """

    jobs: Sequence[ListedJob]
    has_more: bool


def list_jobs(
    reader: AccountReader,
    *,
    limit: int,
    with_others: bool = False,
    status: str | None = None,
    created_after: datetime | None = None,
    name_contains: str | None = None,
) -> JobList:
    """Return the newest jobs with their owners.

    Only `GetModelCustomizationJob` tells the token, which says who has started a job, and the losses.

    Args:
        reader: reads them.
        limit: how many at most.
        with_others: whether jobs that this library has not started are among them. Default: no.
        status: only jobs with this status. Default: all.
        created_after: only jobs that were created after this time. Default: all.
        name_contains: only jobs with this text in their names. Default: all.

    Raises:
        AwsCallError: the jobs cannot be listed.
    """
    filters = {
        "statusEquals": status,
        "creationTimeAfter": created_after,
        "nameContains": name_contains,
    }
    listed = job_summaries(reader, **{name: value for name, value in filters.items() if value})
    found: list[JobDescription] = []
    unread: set[str] = set()
    # One more than is asked for says whether there are more.
    while (missing := limit + 1 - len(found)) > 0 and (some := list(islice(listed, max(missing, _LEAST)))):
        read, without = described(reader, some)
        unread |= without
        found += [one for one in read if with_others or _is_ours(one, unread)]
    shown = found[:limit]
    owners = job_owners(Stacks(reader), shown, unread)
    jobs = [ListedJob(job=one, owner=owners[one.arn]) for one in shown]
    return JobList(jobs=jobs, has_more=len(found) > limit)


def job_summaries(reader: AccountReader, **filters: object) -> Iterator[JobDescription]:
    """Yield the jobs that Bedrock lists, the newest first, without what the list does not tell.

    Args:
        reader: reads them.
        filters: those of `ListModelCustomizationJobs`.

    Raises:
        AwsCallError: they cannot be listed.
    """
    order = {"sortBy": "CreationTime", "sortOrder": "Descending", "maxResults": _PAGE}
    for one in reader.pages(
        reader.bedrock,
        "list_model_customization_jobs",
        "modelCustomizationJobSummaries",
        **order,
        **filters,
    ):
        yield JobDescription.of(_as_get(one))


def described(reader: AccountReader, jobs: Iterable[JobDescription]) -> tuple[list[JobDescription], set[str]]:
    """Return jobs as `GetModelCustomizationJob` describes them, and the ARNs of those that it does not.

    Args:
        reader: reads them.
        jobs: the jobs as they are listed; one that cannot be read is returned as it is.

    Raises:
        AwsCallError: nothing at all can be read.
    """

    def read(job: JobDescription) -> tuple[JobDescription, bool]:
        try:
            return describe_job(reader.bedrock, job.arn), True
        except AwsCallError as error:
            reader.note(error, "Some jobs could not be read, so their losses and tokens are unknown.")
            return job, False

    found = reader.each(read, jobs)
    return [job for job, _ in found], {job.arn for job, is_read in found if not is_read}


def job_owners(stacks: Stacks, jobs: Sequence[JobDescription], unread: set[str]) -> dict[str, JobOwner]:
    """Return the owners of jobs by their ARNs.

    Args:
        stacks: the stacks of the account.
        jobs: the jobs.
        unread: the ARNs of those whose token is unknown.
    """
    known = stacks.owners((one.arn, one.client_token) for one in jobs if one.arn not in unread)
    named = stacks.owners_by_name((one.arn, one.name) for one in jobs if one.arn in unread)
    unknown = {arn: JobOwner(ownership=Ownership.UNKNOWN) for arn in unread}
    return {**unknown, **named, **known}


def _is_ours(job: JobDescription, unread: set[str]) -> bool:
    if job.arn in unread:
        return bool(stack_part(job.name))
    return has_our_token(job.client_token)


def _as_get(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary with the names that the response of Get has."""
    if not isinstance(summary, dict):
        raise not_of_aws()
    return {
        **summary,
        "outputModelName": summary.get("customModelName", ""),
        "outputModelArn": summary.get("customModelArn"),
    }
