"""`bedrock-customize watch`: a job until it ends."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..findings import printable
from .aws_options import (
    EXIT_STATUSES,
    STILL_RUNNING,
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
    job_named,
    only_job,
    print_document,
    query_of,
    stack_meant,
)
from .common import ForceOption
from .console import console_for
from .deploy_common import ProfileOption, RegionOption
from .durations import seconds_of, shown_duration
from .metrics import PlotOption, check_plot_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.watching import Clock, Find, Look, MetricsReader, Observation
    from .watch_view import View

_INTERRUPTED = "The job goes on; run the same command to watch it again."


def watch(
    context: typer.Context,
    job: TargetArgument = None,
    *,
    stack: StackNameOption = None,
    resource: ResourceOption = None,
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="The time between two looks: 5s to 10min.")
    ] = "60s",
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Give up after this time, such as 6h, and leave the job alone. Default: never.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print a line for each change, as it is done without a terminal."),
    ] = False,
    plot: PlotOption = None,
    force: ForceOption = False,
    notify: Annotated[bool, typer.Option("--notify", help="Ring the terminal's bell at the end.")] = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Watch a job until it ends: its status, phases and metrics. The job is not affected by it.

    With --stack it may also be a sweep, which ends when all of its trials have: each of them has a line. Its
    results are read from S3, and the status of the trials that train from Bedrock.

    A lost network, throttling and expired credentials do not end it: it asks again until AWS responds. With
    --stack it waits for a stack that is being created, and if a deployment replaces the job, it watches the
    new one. With --output json or --query the changes are printed to stderr, and at the end the job as by
    `status`.

    Exit code: 0 Completed (of a sweep: at least one trial), 3 Failed, 4 Stopped, 5 still running after
    --timeout; 1 where the job cannot be watched, 2 for wrong usage, 130 after Ctrl-C or SIGTERM.
    """
    query_of(query)
    seconds = seconds_of(every, name="--every", least="5s", most="10min")
    until = None if timeout is None else seconds_of(timeout, name="--timeout")
    with aws_errors(_INTERRUPTED):
        from ..monitoring.watching import MetricsReader, WatchedJob
        from ..monitoring.watching import watch as looks

        if plot is not None:
            check_plot_file(plot, force=force)
        name = stack_meant(job, stack, resource)
        access = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        watched = WatchedJob(access, _find(access, job, name, resource))
        reader = MetricsReader(watched.client)
        clock = clock_of(context)
        has_document = output is not AwsOutput.TEXT or query is not None
        is_drawn = _is_terminal() and not quiet and not has_document
        with ExitStack() as shown:
            view = _view(shown, clock, reader, seconds, is_drawn=is_drawn, has_document=has_document)
            seen = looks(watched.look, clock, every=seconds, timeout=until)
            last = _follow(seen, view, reader if is_drawn or plot else None, plot)
        if notify:
            _ring()
        _end(last, clock, until, output, query, has_document=has_document)


def _find(access: "AwsAccess", job: str | None, stack: str | None, resource: str | None) -> "Find":
    """Return a function that returns the job of the command line."""
    from ..monitoring.watching import StackJob

    if stack is not None:
        return StackJob(stack, resource, lambda targets: only_job(targets, "watch"))
    target = job_named(str(job), access)
    return lambda _: target


def _view(
    shown: ExitStack,
    clock: "Clock",
    reader: "MetricsReader",
    every: float,
    *,
    is_drawn: bool,
    has_document: bool,
) -> "View":
    from .watch_view import Lines, Picture, to_stderr, to_stdout

    if not is_drawn:
        return Lines(clock, every=every, out=to_stderr if has_document else to_stdout)
    picture = Picture(clock, console_for(), reader)
    shown.enter_context(picture.drawn())
    return picture


def _follow(
    seen: "Iterator[Observation]", view: "View", reader: "MetricsReader | None", plot: Path | None
) -> "Observation":
    """Show what is known after each look, and return what is known at the end."""
    from ..monitoring.watching import Observation

    last, has_plot = Observation(), False
    for last in seen:
        look = last.look
        if reader and look and look.job and look.target and last.problem is None:
            is_new = reader.read(look.job, region=look.target.region, is_last=last.next_look is None)
            if plot is not None and is_new and reader.metrics.series:
                has_plot = _write_plot(reader, plot, look.job.name, view) or has_plot
        view.show(last)
    if plot is not None and not has_plot:
        is_sweep = last.look is not None and last.look.sweep is not None
        none = "a sweep has no metrics of its own" if is_sweep else "the job has written no metrics"
        reason = reader.problem if reader and reader.problem else none
        view.say(f"{plot} was not written: {reason}")
    return last


def _write_plot(reader: "MetricsReader", plot: Path, title: str, view: "View") -> bool:
    from ..monitoring.metrics_plot import write_plot

    try:
        write_plot(reader.metrics, plot, title=title)
    except OSError as error:
        view.say(f"{plot} cannot be written: {error.strerror or error}")
        return False
    return True


def _end(
    last: "Observation",
    clock: "Clock",
    timeout: float | None,
    output: AwsOutput,
    query: str | None,
    *,
    has_document: bool,
) -> None:
    """Print the result, and end with the exit status of the job or the sweep."""
    if last.look and last.look.target and has_document:
        _print_end(last.look, clock, output, query)
    elif last.look:
        _print_model(last.look)
    watched = (last.look.job or last.look.sweep) if last.look else None
    if last.has_timed_out:
        name, goes_on = last.look.job.name if last.look and last.look.job else "the job", _INTERRUPTED
        if last.look and last.look.sweep:
            name, goes_on = "the sweep", _INTERRUPTED.replace("job", "sweep")
        sentence = f"Gave up after {shown_duration(timeout or 0)} (--timeout). {goes_on}"
        typer.echo(printable(f"{name}: {sentence}"), err=True)
        raise typer.Exit(STILL_RUNNING)
    raise typer.Exit(EXIT_STATUSES.get(watched.status if watched else "", 0))


def _print_end(look: "Look", clock: "Clock", output: AwsOutput, query: str | None) -> None:
    from .job_view import job_document, job_table
    from .sweep_view import sweep_document, sweep_table

    document: dict[str, object] = {}
    table = None
    if look.job and look.target:
        document, table = (
            job_document(look.target, look.job),
            job_table([(look.target, look.job)], clock.now()),
        )
    elif look.sweep and look.target:
        document, table = sweep_document(look.target, look.sweep), sweep_table(look.sweep)
    if table is None:
        return
    print_document(
        document,
        output=output,
        query=query,
        as_text=lambda: None,
        as_table=lambda: console_for().print(table),
    )


def _print_model(look: "Look") -> None:
    """Print the model, and in which trial of a sweep it was trained."""
    from .job_view import of_promotion

    best = look.sweep.best_trial if look.sweep else None
    model = look.job.model_arn if look.job else best.model_arn if best else ""
    if best and look.is_final:
        typer.echo(printable(f"best {best.label}"))
    if model and (look.job or look.is_final):
        typer.echo(f"model {printable(model)}")
    if model and look.job and look.target and look.target.has_promotion:
        typer.echo(printable(of_promotion(look.target)), err=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def _ring() -> None:
    if sys.stderr.isatty():
        typer.echo("\a", err=True, nl=False)
