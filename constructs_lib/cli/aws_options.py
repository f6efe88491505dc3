"""What the commands for deployed jobs share: which job, which AWS, the form of the output, what fails."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from .deploy_common import INTERRUPTED, refuse_with_local, stopped_by_sigterm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.job_targets import JobTarget
    from ..monitoring.watching import Clock

COULD_NOT, FAILED, STOPPED, STILL_RUNNING = 1, 3, 4, 5
"""Exit statuses beside 0 and `INTERRUPTED`; 2 is wrong usage."""

EXIT_STATUSES = MappingProxyType({"Failed": FAILED, "Stopped": STOPPED})
"""The exit status for a job that has ended without a model, by Bedrock's word for its status."""

FEW_ATTEMPTS = 4
"""How often a call is sent where a person waits: that there is no network is then reported within seconds."""


_QUERY_PROBLEMS = {
    "ArityError": "gives a function another number of values than it takes",
    "JMESPathTypeError": "gives a function a value of another type than it takes",
    "UnknownFunctionError": "calls a function that JMESPath does not have",
}
"""Why a query that can be read cannot be applied, by the name of jmespath's class."""


class AwsOutput(StrEnum):
    """The form of the output, as of the AWS CLI."""

    TEXT = "text"
    TABLE = "table"
    JSON = "json"


TargetArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="JOB",
        help="The job's ARN or name, or the job file that was deployed.",
        show_default=False,
    ),
]
StackNameOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--stack", metavar="NAME", help="The jobs of this stack, by name or ARN.", show_default=False
    ),
]
ResourceOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--resource",
        metavar="ID",
        help="With --stack: only the job of this logical id, or the construct id that it begins with.",
        show_default=False,
    ),
]
EndpointOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url", metavar="URL", help="The URL of Bedrock; default: AWS's.", show_default=False
    ),
]
LocalOption: TypeAlias = Annotated[
    bool, typer.Option("--local", help="Ask the local AWS of this folder (`local start`).")
]
AwsOutputOption: TypeAlias = Annotated[
    AwsOutput,
    typer.Option(
        "--output", help="Text for people, a table, or JSON for programs; with --query as the AWS CLI."
    ),
]
QueryOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--query",
        metavar="JMESPATH",
        help="Print only this part of the JSON output (https://jmespath.org).",
        show_default=False,
    ),
]


@contextmanager
def aws_errors(interrupted: str = "interrupted") -> Iterator[None]:
    """Report what fails in the block in one sentence, and end the process with the exit status.

    Args:
        interrupted: what is reported where a person or a program stops the block.

    Raises:
        Exit: with 1 where the block has failed, with 130 where it was stopped.
    """
    from ..deployment.aws_calls import AwsCallError
    from ..findings import printable
    from ..testing.emulators import LocalAwsError

    with stopped_by_sigterm():
        try:
            yield
        except (AwsCallError, LocalAwsError) as error:
            typer.echo(printable(error), err=True)
            raise typer.Exit(COULD_NOT) from None
        except KeyboardInterrupt as error:
            typer.echo(str(error) or interrupted, err=True)
            raise typer.Exit(INTERRUPTED) from None


def aws_access(
    *, profile: str | None, region: str | None, endpoint_url: str | None, local: bool
) -> AwsAccess:
    """Return the AWS that a command line names; nothing of AWS is called.

    Args:
        profile: the profile. Default: that of the environment.
        region: the Region. Default: that of the profile or the environment.
        endpoint_url: the URL of Bedrock. Default: AWS's.
        local: whether it is the local AWS of this folder.

    Raises:
        BadParameter: an option has no meaning beside --local.
        AwsCallError: there is no Region, or the configuration cannot be used.
        LocalAwsError: no local AWS runs in this folder.
    """
    from ..monitoring.aws_access import AwsAccess

    if not local:
        return AwsAccess.of_profile(profile=profile, region=region, endpoint_url=endpoint_url)
    refuse_with_local({"--profile": profile, "--region": region, "--endpoint-url": endpoint_url})
    return AwsAccess.of_local_aws()


def job_targets(
    access: Callable[[], AwsAccess],
    target: str | None,
    stack: str | None,
    resource: str | None,
    *,
    with_sweeps: bool = False,
) -> list[JobTarget]:
    """Return the jobs that a command line means.

    Args:
        access: returns the AWS that is asked; called when the usage is right.
        target: ARN, name or job file.
        stack: name or ARN of a stack.
        resource: logical id of a resource, or its beginning.
        with_sweeps: whether sweeps are among them. Default: no.

    Raises:
        BadParameter: the usage is wrong.
        AwsCallError: there is no such stack or resource, or it has no job.
    """
    from ..monitoring.job_targets import jobs_of_stack

    name = stack_meant(target, stack, resource)
    if name is None:
        return [job_named(str(target), access())]
    return jobs_of_stack(access(), name, resource, with_sweeps=with_sweeps)


def stack_meant(target: str | None, stack: str | None, resource: str | None) -> str | None:
    """Return the name of the stack whose jobs a command line means; None where it names a job.

    Args:
        target: ARN, name or job file.
        stack: name or ARN of a stack.
        resource: logical id of a resource, or its beginning.

    Raises:
        BadParameter: the usage is wrong.
    """
    from ..monitoring.job_targets import is_job_file, stack_of_file

    if (target is None) == (stack is None):
        raise typer.BadParameter(
            "name the job by its ARN, its name or its job file, or the stack with --stack, and not both"
        )
    if target is None or is_job_file(target):
        return stack or stack_of_file(str(target))
    if resource is not None:
        raise typer.BadParameter("must be given with --stack only; remove it", param_hint="--resource")
    return None


def job_named(target: str, access: AwsAccess) -> JobTarget:
    """Return the job with an ARN or a name; nothing of AWS is called.

    Args:
        target: ARN or name.
        access: the AWS that is asked.

    Raises:
        BadParameter: it is neither.
    """
    from ..monitoring.job_targets import NotATargetError, named_job

    try:
        return named_job(target, access)
    except NotATargetError as error:
        raise typer.BadParameter(str(error), param_hint="JOB") from None


def only_job(targets: Sequence[JobTarget], command: str) -> JobTarget:
    """Return the only job that a command line means.

    Args:
        targets: the jobs that it means.
        command: the command, which takes one job.

    Raises:
        BadParameter: there are several.
    """
    if len(targets) > 1:
        listed = ", ".join(one.resource for one in targets)
        raise typer.BadParameter(
            f"`{command}` takes one job, and the stack has {len(targets)}: {listed}; choose one with "
            "--resource"
        )
    return targets[0]


def query_of(expression: str | None) -> Callable[[Any], Any]:
    """Return a function that takes a part of a JSON document.

    Args:
        expression: what --query says. Default: the whole document.

    Raises:
        BadParameter: it is no JMESPath expression.
    """
    if expression is None:
        return lambda document: document
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        parsed = jmespath.compile(expression)
    except JMESPathError:
        raise typer.BadParameter(
            f"must be a JMESPath expression such as jobs[].jobArn, got {expression!r}; correct it",
            param_hint="--query",
        ) from None

    def search(document: Any) -> Any:  # noqa: ANN401 - any JSON document
        try:
            return parsed.search(document)
        except JMESPathError as error:
            reason = _QUERY_PROBLEMS.get(type(error).__name__, "cannot be applied to the output")
            raise typer.BadParameter(
                f"{reason}; see the output without --query, and correct it", param_hint="--query"
            ) from None

    return search


def print_document(
    document: Any,  # noqa: ANN401 - any JSON document
    *,
    output: AwsOutput,
    query: str | None,
    as_text: Callable[[], None],
    as_table: Callable[[], None],
) -> None:
    """Print a result in the form that the command line names.

    Args:
        document: the result for programs: of dicts, lists, texts, numbers and times.
        output: the form.
        query: what --query says.
        as_text: prints it for people; not used with a query.
        as_table: prints it as a table; not used with a query.

    Raises:
        BadParameter: the query cannot be applied.
    """
    plain = json.loads(json.dumps(document, default=_plain))
    if output is AwsOutput.JSON:
        typer.echo(json.dumps(query_of(query)(plain), indent=2))
    elif query is not None:
        _print_query(query_of(query)(plain), output)
    elif output is AwsOutput.TABLE:
        as_table()
    else:
        as_text()


def clock_of(context: typer.Context) -> Clock:
    """Return the time that a command goes by: the machine's, unless a test has passed another.

    Args:
        context: the context of the command.
    """
    from ..monitoring.watching import MachineClock

    clock: Clock = context.obj or MachineClock()
    return clock


def end_if_unread(sentences: Sequence[str]) -> None:
    """Say what could not be read, and end with 1 if there is something.

    Args:
        sentences: what, and why.

    Raises:
        Exit: there is something.
    """
    from ..findings import printable
    from .console import print_lines

    print_lines(*map(printable, sentences), stderr=True)
    if sentences:
        raise typer.Exit(COULD_NOT)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _print_query(found: Any, output: AwsOutput) -> None:  # noqa: ANN401 - any JSON document
    """Print what a query has found as the AWS CLI does: lines of texts with tabs between them, or a table."""
    rows = [_cells(one) for one in found] if _is_rows(found) else [_cells(found)]
    if output is AwsOutput.TEXT:
        for cells in rows:
            typer.echo("\t".join(cells))
        return
    from rich.box import ASCII2
    from rich.table import Table
    from rich.text import Text

    from .console import console_for

    table = Table(box=ASCII2, show_header=False)
    for cells in rows:
        table.add_row(*(Text(one, overflow="fold") for one in cells))
    console_for().print(table)


def _is_rows(found: object) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(one, list | dict) for one in found)


def _cells(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """Return the texts of one line; a mapping's in the order of its names, as the AWS CLI prints them."""
    from ..findings import printable

    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]
    values = value if isinstance(value, list) else [value]
    return [printable(one if isinstance(one, str) else _scalar(one)) for one in values]


def _scalar(value: object) -> str:
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
