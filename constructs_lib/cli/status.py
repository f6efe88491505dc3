"""`bedrock-customize status`: a job, or the jobs of a stack, as they are now."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..findings import printable
from .aws_options import (
    COULD_NOT,
    EXIT_STATUSES,
    AwsOutput,
    AwsOutputOption,
    EndpointOption,
    LocalOption,
    QueryOption,
    ResourceOption,
    StackNameOption,
    TargetArgument,
    aws_access,
    aws_errors,
    clock_of,
    job_targets,
    only_job,
    print_document,
    query_of,
)
from .console import console_for
from .deploy_common import ProfileOption, RegionOption

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.job_description import JobDescription
    from ..monitoring.job_targets import JobTarget
    from ..monitoring.sweep_description import SweepDescription


def status(
    context: typer.Context,
    job: TargetArgument = None,
    *,
    stack: StackNameOption = None,
    resource: ResourceOption = None,
    exit_status: Annotated[
        bool,
        typer.Option(
            "--exit-status", help="End with 3 if the job has failed, with 4 if it was stopped; of several, 3."
        ),
    ] = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Print the status of a job: its phases and times, its losses, why it failed, and what to do.

    With --output json and --query the job is what GetModelCustomizationJob returns, with the stack where it
    is known. With --stack and without --resource it is in the list `jobs`, however many jobs the stack has.

    With --stack also the sweeps of the stack, each with a row for every trial and the best model; for
    programs in the list `sweeps`, as their results in S3 have it. A sweep has failed where no trial is
    complete.

    Exit code: 0; 1 where a job cannot be read; 2 for wrong usage; with --exit-status 3 and 4 as for `watch`.
    """
    query_of(query)
    with aws_errors():
        access = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        is_list = stack is not None and resource is None
        targets = job_targets(lambda: access, job, stack, resource, with_sweeps=True)
        found = _Jobs(access, targets if is_list else [only_job(targets, "status")])
        _print(found, clock_of(context).now(), output, query, is_list=is_list)
        if found.problems:
            raise typer.Exit(COULD_NOT)
        if exit_status:
            statuses = [one.status for _, one in found.jobs] + [one.status for _, one in found.sweeps]
            codes = [EXIT_STATUSES[one] for one in statuses if one in EXIT_STATUSES]
            raise typer.Exit(min(codes, default=0))


class _Jobs:
    """Jobs as Bedrock describes them, and sweeps.

    Args:
        access: the AWS that is asked.
        targets: which jobs.

    Raises:
        AwsCallError: nothing can be read.
    """

    def __init__(self, access: "AwsAccess", targets: "Sequence[JobTarget]") -> None:
        from ..deployment.aws_calls import AwsCallError
        from ..monitoring.job_description import describe_job
        from ..monitoring.sweep_description import describe_sweep

        self.jobs: list[tuple[JobTarget, JobDescription]] = []
        self.sweeps: list[tuple[JobTarget, SweepDescription]] = []
        self.problems: list[tuple[JobTarget, AwsCallError]] = []
        bedrock = access.client("bedrock", region=targets[0].region)
        for target in targets:
            try:
                if target.is_sweep:
                    s3 = access.client("s3", region=target.region)
                    self.sweeps.append((target, describe_sweep(s3, bedrock, target)))
                else:
                    self.jobs.append((target, describe_job(bedrock, target.identifier)))
            except AwsCallError as error:
                if len(targets) == 1 or error.is_general or error.is_of_region:
                    raise
                self.problems.append((target, error))

    def document(self, *, is_list: bool) -> dict[str, Any]:
        """Return them for programs: one job, or a list."""
        from .job_view import job_document
        from .sweep_view import sweep_document

        read = [job_document(target, job) for target, job in self.jobs]
        sweeps = [sweep_document(target, sweep) for target, sweep in self.sweeps]
        if not is_list:
            return [*read, *sweeps][0]
        unread = [
            {
                "jobArn": target.identifier,
                "stack": target.stack,
                "resource": target.resource,
                "error": str(error),
            }
            for target, error in self.problems
        ]
        return {"jobs": [*read, *unread], **({"sweeps": sweeps} if sweeps else {})}


def _print(found: _Jobs, now: "datetime", output: AwsOutput, query: str | None, *, is_list: bool) -> None:
    from .job_view import job_rows, job_table, print_rows
    from .sweep_view import sweep_rows, sweep_table

    def as_text() -> None:
        for number, (target, job) in enumerate(found.jobs):
            if number:
                typer.echo()
            print_rows(job_rows(target, job, now))
        for number, (target, sweep) in enumerate(found.sweeps, len(found.jobs)):
            if number:
                typer.echo()
            print_rows([*sweep_rows(target, sweep)])
            console_for().print(sweep_table(sweep))

    def as_table() -> None:
        if found.jobs:
            console_for().print(job_table(found.jobs, now))
        for _, sweep in found.sweeps:
            console_for().print(sweep_table(sweep))

    for target, error in found.problems:
        typer.echo(printable(f"{target.resource}: {error}"), err=True)
    print_document(
        found.document(is_list=is_list),
        output=output,
        query=query,
        as_text=as_text,
        as_table=as_table,
    )
