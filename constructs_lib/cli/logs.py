"""`bedrock-customize logs`: what the function behind the jobs of a stack has done, and why."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .aws_options import (
    FEW_ATTEMPTS,
    AwsOutput,
    AwsOutputOption,
    LocalOption,
    QueryOption,
    ResourceOption,
    StackNameOption,
    aws_access,
    aws_errors,
    clock_of,
    print_document,
    query_of,
)
from .console import print_lines, print_table
from .deploy_common import ProfileOption, RegionOption  # noqa: TC001 - typer evaluates the annotations
from .durations import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..deployment.aws_calls import AwsCallError
    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.function_logs import LogEvent
    from ..monitoring.job_targets import JobTarget
    from ..monitoring.log_lines import LogLine

_STYLES = {"ERROR": "red", "WARNING": "yellow"}


def logs(
    context: typer.Context,
    job: Annotated[
        str | None,
        typer.Argument(metavar="JOB", help="The job file that was deployed.", show_default=False),
    ] = None,
    *,
    stack: StackNameOption = None,
    resource: ResourceOption = None,
    since: Annotated[
        str, typer.Option(metavar="DURATION", help="How far back, such as 90min, 12h or 30d.")
    ] = "7d",
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only the last N lines; default: all.", show_default=False),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")
    ] = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Show what the function behind the jobs of a stack has decided and done, and why.

    The log is kept when the stack is deleted; name the stack by its ARN then. Bedrock writes no log of the
    training.

    Exit code: 0 where the log could be read, 1 where it could not, 2 for wrong usage, 130 where it is
    interrupted.
    """
    if follow and (output is not AwsOutput.TEXT or query is not None):
        raise typer.BadParameter(
            "goes on for ever, and --output and --query print one document; leave one of them out",
            param_hint="--follow",
        )
    seconds = seconds_of(since, name="--since")
    query_of(query)
    with aws_errors():
        from ..monitoring.function_logs import FunctionLogs, log_groups

        clock = clock_of(context)
        name = _stack(job, stack)
        found = aws_access(profile=profile, region=region, endpoint_url=None, local=local)
        access = replace(found, attempts=FEW_ATTEMPTS)
        resources = _resources(access, name, resource)
        groups = log_groups(access, resources)
        log = FunctionLogs(access, groups, clock.now() - timedelta(seconds=seconds))
        about = _About(resources, is_chosen=resource is not None)
        shown: Iterable[tuple[LogEvent, LogLine]] = about.lines(log.new_events())
        if limit is not None:
            shown = deque(shown, maxlen=limit)
        if output is AwsOutput.TEXT and query is None:
            printer = _Printer()
            printer.print(shown)
            if follow:
                printer.print(about.lines(log.follow(clock.sleep, _report)))
            elif printer.day is None:
                typer.echo(
                    f"The function has written nothing in the last {since}; look further back with --since.",
                    err=True,
                )
        else:
            lines = list(shown)
            print_document(
                {"logGroups": groups, "events": [_document(event, line) for event, line in lines]},
                output=output,
                query=query,
                as_text=lambda: None,
                as_table=lambda: _print_table(lines),
            )


def _stack(job: str | None, stack: str | None) -> str:
    """Return the name of the stack that a command line means."""
    from ..monitoring.job_targets import is_job_file, stack_of_file

    if (job is None) == (stack is None):
        raise typer.BadParameter(
            "name the stack with --stack, or the job file that was deployed, and not both"
        )
    if job is None:
        return str(stack)
    if not is_job_file(job):
        raise typer.BadParameter(
            f"must be a job file, got {job!r}; name the stack of a job with --stack",
            param_hint="JOB",
        )
    return stack_of_file(job)


def _resources(access: AwsAccess, stack: str, resource: str | None) -> list[JobTarget]:
    from ..monitoring.job_targets import resources_of_stack

    # A resource that a rollback has deleted, or an update has removed, has its lines in the log, too.
    return resources_of_stack(access, stack, resource, with_deleted=True)


class _About:
    """The lines that are about a stack; several stacks may share a log group.

    Args:
        resources: the resources that the command line means.
        is_chosen: whether it means only these resources of their stacks.
    """

    def __init__(self, resources: Sequence[JobTarget], *, is_chosen: bool) -> None:
        self._stacks = {one.stack_id for one in resources}
        self._resources = (
            {(one.stack_id, one.resource.rpartition("/")[2]) for one in resources} if is_chosen else None
        )

    def lines(self, events: Iterable[LogEvent]) -> Iterator[tuple[LogEvent, LogLine]]:
        """Yield what is shown of events."""
        from ..monitoring.log_lines import read_line

        for event in events:
            line = read_line(event.message)
            if line is not None and self._includes(line):
                yield event, line

    def _includes(self, line: LogLine) -> bool:
        stack = line.record.get("stackId") if line.record else None
        # What has no stack is an error of Python or Lambda, which may be about any resource.
        if not (isinstance(stack, str) and stack):
            return True
        if self._resources is not None and (stack, line.resource) not in self._resources:
            return False
        return stack in self._stacks


def _report(error: AwsCallError | None) -> None:
    typer.echo("The log can be read again." if error is None else f"{error} Trying again.", err=True)


class _Printer:
    """Prints one line after the other, and the day where it changes."""

    def __init__(self) -> None:
        self.day: date | None = None

    def print(self, lines: Iterable[tuple[LogEvent, LogLine]]) -> None:
        """Print lines as they come."""
        from rich.text import Text

        for event, line in lines:
            at = event.time.astimezone()
            if at.date() != self.day:
                self.day = at.date()
                print_lines(Text(f"{at:%Y-%m-%d (%Z)}", style="dim"))
            about = _printed(" ".join(filter(None, (line.resource, line.request))))
            head = " ".join(filter(None, (f"{at:%H:%M:%S}", about)))
            style = _STYLES.get(line.level, "")
            first, *others = _sentence(line)
            print_lines(
                Text.assemble(head, "  ", (first, style)), *(Text(f"    {one}", style) for one in others)
            )


def _sentence(line: LogLine) -> list[str]:
    """Return the lines of what is said; a traceback has several."""
    level = f"{line.level}: " if line.level in _STYLES and line.record else ""
    first, *others = line.sentence.splitlines() or [""]
    return [_printed(level + first), *map(_printed, others)]


def _printed(text: str) -> str:
    from ..findings import printable

    return printable(text.expandtabs(4))


def _print_table(lines: Sequence[tuple[LogEvent, LogLine]]) -> None:
    rows = [
        (
            event.time.astimezone().isoformat(sep=" ", timespec="seconds"),
            _printed(line.resource),
            _printed(line.request),
            " ".join(_sentence(line)),
        )
        for event, line in lines
    ]
    print_table(("time", "resource", "request", "what was done"), rows)


def _document(event: LogEvent, line: LogLine) -> dict[str, Any]:
    return {
        "timestamp": event.time,
        "logGroup": event.group,
        "logStream": event.stream,
        "level": line.level,
        "resource": line.resource,
        "request": line.request,
        "sentence": line.sentence if line.record else None,
        "message": event.message,
        "record": line.record,
    }
