"""`bedrock-customize list`: the jobs of an account, with what they are and whose they are."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ..findings import printable
from .aws_options import (
    AwsOutput,
    AwsOutputOption,
    EndpointOption,
    LocalOption,
    QueryOption,
    aws_access,
    aws_errors,
    clock_of,
    end_if_unread,
    print_document,
    query_of,
)
from .common import many
from .console import print_lines, print_table
from .deploy_common import ProfileOption, RegionOption
from .durations import seconds_of, shown_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..monitoring.account_reader import AccountReader
    from ..monitoring.job_list import JobList, ListedJob

    _Table: TypeAlias = tuple[Sequence[str], Sequence[Sequence[str]]]


class Status(StrEnum):
    """The status of a job, in Bedrock's words."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


def list_jobs(
    context: typer.Context,
    *,
    every_job: Annotated[
        bool, typer.Option("--all", help="Also jobs that this library has not started.")
    ] = False,
    status: Annotated[
        Status | None,
        typer.Option(help="Only jobs with this status.", case_sensitive=False, show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Only jobs that were created in this time, such as 12h or 7d.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only jobs with this text in their names.", show_default=False),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="At most this many, the newest first.")
    ] = 50,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """List the jobs that this library has started in an account and a Region, the newest first.

    A job that no stack owns any more is listed with what became of its stack. Nothing is changed.

    Exit code: 0, also where there is no job; 1 where something could not be read; 2 for wrong usage.
    """
    from ..monitoring.account_reader import AccountReader
    from ..monitoring.job_list import list_jobs as listed_jobs

    query_of(query)
    now = clock_of(context).now()
    after = None
    if since is not None:
        after = now - timedelta(seconds=seconds_of(since, name="--since", least="1s"))
    with aws_errors():
        access = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        reader = AccountReader(access)
        account = reader.account()
        found = listed_jobs(
            reader,
            limit=limit,
            with_others=every_job,
            status=status,
            created_after=after,
            name_contains=name,
        )
        table = _table(found.jobs, now)
        print_document(
            {
                "account": account,
                "region": access.region,
                "jobs": [_plain(one) for one in found.jobs],
                "hasMore": found.has_more,
                "complete": not reader.unread,
                "calls": reader.calls,
            },
            output=output,
            query=query,
            as_text=lambda: _print(reader, found, table, of_whom="" if every_job else " of this library"),
            as_table=lambda: print_table(*table),
        )
        end_if_unread(reader.unread)


def _print(reader: "AccountReader", found: "JobList", table: "_Table", *, of_whom: str) -> None:
    if found.jobs:
        print_table(*table)
        print_lines("")
    more = "there are more (--limit); " if found.has_more else ""
    print_lines(
        f"{many(len(found.jobs), 'job')}{of_whom} in {printable(reader.access.where)}; {more}"
        f"{many(reader.calls, 'call')} to AWS."
    )


def _table(jobs: "Sequence[ListedJob]", now: datetime) -> "_Table":
    from .job_view import zone

    names = ("name", "status", "type", "base model", f"started ({zone(now)})", "duration", "loss", "owner")
    return names, [[printable(cell) for cell in _row(one, now)] for one in jobs]


def _row(listed: "ListedJob", now: datetime) -> "Iterator[str]":
    from ..monitoring.job_owners import Ownership
    from ..monitoring.metrics import shown
    from .job_view import local_time

    job, owner = listed.job, listed.owner
    yield job.name
    yield job.status
    yield job.customization_type
    yield job.base_model
    yield local_time(job.created, now)
    yield shown_duration(((job.ended or now) - job.created).total_seconds())
    losses = [job.training_loss, *job.validation_losses]
    yield " / ".join(shown(one) for one in losses if one is not None)
    yield f"{owner.stack}/{owner.resource}" if owner.ownership is Ownership.OWNED else str(owner)


def _plain(listed: "ListedJob") -> dict[str, Any]:
    job, owner = listed.job, listed.owner
    return {
        "jobArn": job.arn,
        "jobName": job.name,
        "status": job.status,
        "customizationType": job.customization_type,
        "baseModel": job.base_model,
        "customModelArn": job.model_arn or None,
        "creationTime": job.created,
        "endTime": job.ended,
        "trainingLoss": job.training_loss,
        "validationLosses": list(job.validation_losses),
        "owner": str(owner),
        "ownership": owner.ownership,
        "stack": owner.stack or None,
        "stackId": owner.stack_id or None,
        "resource": owner.resource or None,
    }
