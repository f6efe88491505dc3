"""`bedrock-customize stop`: jobs that run, after a question."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..findings import printable
from .aws_options import (
    COULD_NOT,
    FEW_ATTEMPTS,
    AwsOutput,
    AwsOutputOption,
    EndpointOption,
    LocalOption,
    QueryOption,
    ResourceOption,
    StackNameOption,
    aws_access,
    aws_errors,
    clock_of,
    job_targets,
    print_document,
    query_of,
)
from .common import many
from .console import print_lines, print_table
from .deploy_common import ProfileOption, RegionOption, YesOption, command_name, confirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.job_description import JobDescription
    from ..monitoring.job_targets import JobTarget
    from ..monitoring.stopping import StopCandidate

# https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-stop.html
_BILLED = (
    "Bedrock bills the tokens that were trained until now. A stopped job cannot be resumed, and has no model."
)


def stop(
    context: typer.Context,
    jobs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="JOB",
            help="The jobs: ARNs, names, or job files that were deployed.",
            show_default=False,
        ),
    ] = None,
    *,
    stack: StackNameOption = None,
    resource: ResourceOption = None,
    owned: Annotated[
        bool,
        typer.Option("--owned", help="Also stop jobs that a stack owns, which keeps the stopped job."),
    ] = False,
    yes: YesOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Stop jobs that are in progress.

    The jobs are shown with their owners before you are asked. Then Bedrock is asked to stop exactly these
    jobs, by their ARNs, which takes about a minute. A job that has ended is left as it is.

    A job that a stack owns is stopped only with --owned, because the stack keeps the stopped job. `destroy`,
    and a deployment with other inputs or another revision, stop it as well.

    With --stack also the trials of sweeps that train. A sweep goes on with the trials that wait; `destroy`,
    and a deployment without them, end it.

    Exit code: 0 where all jobs have ended or were asked to stop, 1 where one could not be stopped or you
    have declined, 2 for wrong usage, 130 where it is interrupted.
    """
    query_of(query)
    with aws_errors("interrupted; only the jobs that are reported above were asked to stop"):
        found = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        access = replace(found, attempts=FEW_ATTEMPTS)
        stopping = _Stopping(
            access,
            _targets(access, jobs or [], stack, resource),
            is_text=output is AwsOutput.TEXT and query is None,
        )
        stopping.show(context)
        if stopping.is_refused(is_owned=owned) or not stopping.is_confirmed(is_yes=yes):
            typer.echo("Nothing was stopped.", err=True)
            raise typer.Exit(COULD_NOT)
        stopping.run()
        print_document(
            {"jobs": stopping.results},
            output=output,
            query=query,
            as_text=lambda: None,
            as_table=stopping.print_table,
        )
        if any(one["error"] for one in stopping.results):
            raise typer.Exit(COULD_NOT)


def _targets(
    access: AwsAccess, jobs: Sequence[str], stack: str | None, resource: str | None
) -> list[JobTarget]:
    """Return the jobs that a command line means."""
    named: list[str | None] = [*jobs] or [None]
    return [
        found
        for one in named
        for found in job_targets(lambda: access, one, stack, resource, with_sweeps=True)
    ]


class _Stopping:
    """Jobs that are to be stopped: shown, asked about, stopped.

    Args:
        access: the AWS that is asked.
        targets: the jobs, and sweeps, of which the trials that train are meant.
        is_text: whether the output is for people; else they read standard error.

    Raises:
        AwsCallError: one of the jobs cannot be read, or nothing is known of a sweep.
    """

    def __init__(self, access: AwsAccess, targets: Sequence[JobTarget], *, is_text: bool) -> None:
        from ..monitoring.stopping import stop_candidates, training_trials

        self._access = access
        self._is_text = is_text
        self._sweeps = {one: training_trials(access, one) for one in targets if one.is_sweep}
        trials = [job for sweep in self._sweeps.values() for job in sweep.jobs]
        self._candidates = stop_candidates(access, [*(one for one in targets if not one.is_sweep), *trials])
        self._running = [one for one in self._candidates if one.runs]
        self.results = [_result(one.job, "nothing to stop") for one in self._candidates if not one.runs]

    def show(self, context: typer.Context) -> None:
        """Show the jobs that run, and say of the others that there is nothing to stop."""
        from rich.text import Text

        from .job_view import job_rows, print_rows

        now = clock_of(context).now()
        for one in self._candidates:
            if one.runs:
                owner = [] if one.target.stack else [("owner", Text(printable(str(one.owner))))]
                print_rows([*job_rows(one.target, one.job, now), *owner], stderr=not self._is_text)
                typer.echo(err=not self._is_text)
        for one in self._candidates:
            if not one.runs:
                self._say(f"{one.job.name} is {one.job.status}; there is nothing to stop.")
        for target, sweep in self._sweeps.items():
            print_lines(*map(printable, sweep.unread), stderr=True)
            if not sweep.jobs:
                self._say(f"No trial of the sweep {target.resource} trains; there is nothing to stop.")
                self._say_what_waits(target)

    def is_refused(self, *, is_owned: bool) -> bool:
        """Return whether a stack needs one of the jobs, and say how to end it in agreement with the stack.

        Args:
            is_owned: whether that does not matter.
        """
        needed = [] if is_owned else [one for one in self._running if one.may_be_needed]
        for reason in dict.fromkeys(_why_refused(one) for one in needed):
            print_lines(printable(reason), stderr=True)
        return bool(needed)

    def is_confirmed(self, *, is_yes: bool) -> bool:
        """Return whether the jobs are to be stopped.

        Args:
            is_yes: whether the command line has answered with yes.
        """
        if not self._running:
            return True
        needed = [one for one in self._running if one.may_be_needed]
        for stack in dict.fromkeys(one.owner.stack for one in needed if not one.target.trial):
            self._say(
                f"The stack {stack} keeps a stopped job. It gets another one from a deployment that changes "
                "the inputs, the revision, the role, the network or the output."
                if stack
                else "A stack may have the job, and keeps it when it is stopped."
            )
        for target, sweep in self._sweeps.items():
            if sweep.jobs:
                self._say(f"The sweep {target.resource} does not train a stopped trial again.")
                self._say_what_waits(target)
        self._say(_BILLED)
        return confirmed(is_yes=is_yes)(f"Stop {many(len(self._running), 'job')}?")

    def run(self) -> None:
        """Stop the jobs, each of them whatever happens to the others."""
        from ..deployment.aws_calls import AwsCallError
        from ..monitoring.stopping import stop_job

        for one in self._running:
            bedrock = self._access.client("bedrock", region=one.target.region)
            try:
                job = stop_job(bedrock, one.job)
            except AwsCallError as error:
                print_lines(printable(f"{one.job.name} was not stopped: {error}"), stderr=True)
                self.results.append(_result(one.job, "not stopped", str(error)))
            else:
                self._report(job)

    def print_table(self) -> None:
        """Print what has become of each job."""
        rows = [[printable(one[name]) for name in ("jobName", "status", "result")] for one in self.results]
        print_table(("name", "status", "result"), rows)

    def _say_what_waits(self, sweep: JobTarget) -> None:
        if count := self._sweeps[sweep].waiting:
            self._say(f"It still starts {many(count, 'trial')}. To prevent that, {_how_to_end(sweep.stack)}.")

    def _report(self, job: JobDescription) -> None:
        from ..monitoring.job_description import COMPLETED, FAILED

        if job.status in (COMPLETED, FAILED):
            self.results.append(_result(job, "nothing to stop"))
            self._say(f"{job.name} is {job.status}: it ended before it was stopped.")
            return
        self.results.append(_result(job, "asked to stop"))
        command = shlex.join([command_name(), "watch", job.arn, *self._access.options])
        self._say(f"Bedrock was asked to stop {job.name}, which is {job.status}. To see it end: {command}")

    def _say(self, sentence: str) -> None:
        print_lines(printable(sentence), stderr=not self._is_text)


def _how_to_end(stack: str) -> str:
    """Return how a sweep is ended in agreement with its stack."""
    destroy = f"`cdk destroy`, or `{command_name()} destroy --stack {stack}`"
    return f"delete the stack ({destroy}), or remove the trials and deploy"


def _result(job: JobDescription, result: str, error: str | None = None) -> dict[str, Any]:
    return {"jobArn": job.arn, "jobName": job.name, "status": job.status, "result": result, "error": error}


def _why_refused(one: StopCandidate) -> str:
    from ..monitoring.job_owners import Ownership

    owner, name = one.owner, one.job.name
    if owner.ownership is Ownership.OWNED and one.target.trial:
        return (
            f"The sweep {owner.resource} of the stack {owner.stack} has trials that train. To end the sweep, "
            f"{_how_to_end(owner.stack)}. To stop only what trains now, add --owned."
        )
    if owner.ownership is Ownership.OWNED:
        return (
            f"{name} is the job of the resource {owner.resource} of the stack {owner.stack}. To stop it, "
            f"delete the stack (`cdk destroy`, or `{command_name()} destroy --stack {owner.stack}`), or "
            "change the inputs or the revision and deploy. To stop it and keep the stack, add --owned."
        )
    if owner.ownership is Ownership.IN_TRANSITION:
        return (
            f"The stack {owner.stack} is {owner.stack_status}, and may still need the job {name}: a rollback "
            "returns to the former job. Wait until the operation has ended, or add --owned."
        )
    reason = f" {one.unread}" if one.unread else ""
    return f"This library has started {name}, and a stack may have it.{reason} To stop it, add --owned."
