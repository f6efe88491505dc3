"""`bedrock-customize list`: the jobs of an account, with what they are and whose they are."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..contract import printable
from .aws_options import (
    COULD_NOT,
    AwsOutput,
    AwsOutputOption,
    EndpointOption,
    LocalOption,
    QueryOption,
    aws_access,
    aws_errors,
    print_document,
    query_of,
)
from .common import many
from .deploy_common import ProfileOption, RegionOption
from .durations import seconds_of, shown_duration
from .rows import print_rows, print_wrapped, shown_time

if TYPE_CHECKING:
    from ..monitoring.account_reader import AccountReader
    from ..monitoring.job_list import JobList, ListedJob


class Status(StrEnum):
    """The status of a job, in Bedrock's words."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


def list_jobs(
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
    now = datetime.now(UTC)
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
        rows = [_row(one, now) for one in found.jobs]
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
            as_text=lambda: _print(reader, found, rows, every_job=every_job),
            as_table=lambda: print_rows(rows, is_table=True),
        )
        end_if_incomplete(reader)


def end_if_incomplete(reader: "AccountReader") -> None:
    """Say what could not be read, and end with 1 if there is something.

    Args:
        reader: has read.

    Raises:
        Exit: something could not be read.
    """
    for sentence in reader.unread:
        typer.echo(printable(sentence), err=True)
    if reader.unread:
        raise typer.Exit(COULD_NOT)


def _print(reader: "AccountReader", found: "JobList", rows: list[dict[str, str]], *, every_job: bool) -> None:
    where = printable(reader.access.where)
    print_rows(rows, is_table=False)
    if rows:
        typer.echo("")
    of_whom = "" if every_job else " of this library"
    more = "there are more (--limit); " if found.has_more else ""
    print_wrapped(f"{many(len(rows), 'job')}{of_whom} in {where}; {more}{many(reader.calls, 'call')} to AWS.")


def _row(listed: "ListedJob", now: datetime) -> dict[str, str]:
    from ..monitoring.job_owners import Ownership

    job, owner = listed.job, listed.owner
    lasted = shown_duration(((job.ended or now) - job.created).total_seconds())
    losses = [job.training_loss, *job.validation_losses]
    is_owned = owner.ownership is Ownership.OWNED
    return {
        "name": job.name,
        "status": job.status,
        "type": job.customization_type,
        "base model": job.base_model,
        "started": shown_time(job.created),
        "took": lasted if job.has_ended else f"{lasted} so far",
        "loss": " / ".join(f"{one:.4g}" for one in losses if isinstance(one, int | float)),
        "owner": f"{owner.stack}/{owner.resource}" if is_owned else str(owner),
    }


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
