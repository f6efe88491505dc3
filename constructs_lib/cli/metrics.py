"""`bedrock-customize metrics`: the losses or rewards of a job, as a table, a chart, a picture or CSV."""

import re
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ..findings import printable
from .aws_options import (
    COULD_NOT,
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
    job_targets,
    only_job,
    print_document,
    query_of,
)
from .common import ForceOption, many
from .deploy_common import ProfileOption, RegionOption, command_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.job_description import JobDescription
    from ..monitoring.job_targets import JobTarget
    from ..monitoring.metrics import Metrics

_ATTEMPTS = 3  # a person waits for the answer

PlotOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE", help="Draw a picture: FILE ends in .png or .svg.", show_default=False
    ),
]


def metrics(
    job: TargetArgument = None,
    *,
    stack: StackNameOption = None,
    resource: ResourceOption = None,
    trial: Annotated[
        str | None,
        typer.Option(
            metavar="N|best",
            help="Of a sweep: the number of the trial, from 0, or best, once all have ended.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this metric, such as training_loss, or loss for all losses; may be repeated.",
            show_default=False,
        ),
    ] = None,
    every_step: Annotated[
        bool, typer.Option("--all", help="Print every step, not the last one of each epoch only.")
    ] = False,
    chart: Annotated[bool, typer.Option("--chart", help="Print a chart in place of the table.")] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print every value as CSV, in the form of a long table.")
    ] = False,
    plot: PlotOption = None,
    force: ForceOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
    output: AwsOutputOption = AwsOutput.TEXT,
    query: QueryOption = None,
) -> None:
    """Print the metrics of a job, which Bedrock writes to S3: losses, or rewards, by step.

    The files and their columns are used as they are, whichever the model is. Nothing is changed in AWS.

    Of a sweep, --trial says which of its jobs is meant; `status` lists the trials.

    Exit code: 0, also for a job that still runs and has no metrics yet; 1 where they cannot be read, or the
    job has ended without any; 2 for wrong usage.
    """
    printed_as = _printed_as(output, query, chart=chart, csv=csv, every_step=every_step)
    query_of(query)
    with aws_errors():
        if plot is not None:
            check_plot_file(plot, force=force)
        described, found = _read(
            lambda: aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local),
            (job, stack, resource),
            trial,
        )
        for remark in _remarks(found):
            typer.echo(printable(remark), err=True)
        chosen = _chosen(found, metric)
        printed_as(described, chosen)
        if plot is not None and chosen.series:
            write_plot_file(chosen, plot, title=described.name)
        if not chosen.series:
            _end_without_metrics(described, found, has_written_nothing=plot is not None)


def check_plot_file(path: Path, *, force: bool) -> None:
    """Find out whether a picture can be drawn, before AWS is asked.

    Args:
        path: what `--plot` names.
        force: whether to replace a file that exists.

    Raises:
        BadParameter: the file has another suffix, exists, or is in no folder.
        Exit: with 1, matplotlib is not installed.
    """
    from ..monitoring.metrics_plot import require_matplotlib

    if rule := _why_not(path, force=force):
        raise typer.BadParameter(rule, param_hint="--plot")
    try:
        require_matplotlib()
    except ModuleNotFoundError as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(COULD_NOT) from None


def _why_not(path: Path, *, force: bool) -> str:
    """Return why a picture cannot be written to a file, and what to do; "" if nothing speaks against it."""
    from ..monitoring.metrics_plot import plot_format

    if plot_format(path) is None:
        return f"must end in .png or .svg, got {printable(path.suffix) or 'no suffix'}; rename it"
    try:
        if not path.parent.is_dir():
            return f"must be in a folder that exists, got {printable(path)}; make the folder, or correct it"
        if path.exists() and not force:
            return f"must not exist, got {printable(path)}; choose another name, or replace it with --force"
    except OSError as error:
        return _cannot_write(path, error)
    return ""


def _cannot_write(path: Path, error: OSError) -> str:
    reason = printable(error.strerror or error)
    return f"must be a file that can be written, got {printable(path)} ({reason}); correct it"


def write_plot_file(metrics: "Metrics", path: Path, *, title: str) -> None:
    """Draw a picture of metrics, and say so on stderr.

    Args:
        metrics: metrics with at least one series.
        path: what `--plot` names.
        title: what stands above the charts.

    Raises:
        BadParameter: the file cannot be written.
    """
    from ..monitoring.metrics_plot import write_plot

    try:
        write_plot(metrics, path, title=title)
    except OSError as error:
        raise typer.BadParameter(_cannot_write(path, error), param_hint="--plot") from None
    typer.echo(f"{printable(path)}: written", err=True)


def _printed_as(
    output: AwsOutput, query: str | None, *, chart: bool, csv: bool, every_step: bool
) -> "Callable[[JobDescription, Metrics], None]":
    """Return a function that prints metrics in the form that the command line names."""
    from . import metrics_view as view

    if chart and csv:
        raise typer.BadParameter("--chart and --csv are two forms of the output; leave one of them out")
    if chart or csv:
        if output is not AwsOutput.TEXT or query is not None or every_step:
            name = "--chart" if chart else "--csv"
            raise typer.BadParameter(f"--output, --query and --all have no meaning with {name}; remove them")
        return view.print_chart if chart else view.print_csv
    return lambda job, found: print_document(
        view.document_of(job, found),
        output=output,
        query=query,
        as_text=lambda: view.print_text(job, found, every_step=every_step),
        as_table=lambda: view.print_framed(job, found, every_step=every_step),
    )


def _read(
    access: "Callable[[], AwsAccess]", which: tuple[str | None, str | None, str | None], trial: str | None
) -> "tuple[JobDescription, Metrics]":
    """Return the job that a command line means, and its metrics."""
    from ..monitoring.job_description import describe_job
    from ..monitoring.metrics_files import read_metrics

    if trial is not None and not re.fullmatch(r"best|[0-9]{1,3}", trial):
        raise typer.BadParameter(
            f"must be the number of a trial, or best, got {trial!r}; correct it", param_hint="--trial"
        )
    asked = cache(access)
    target = only_job(job_targets(asked, *which, with_sweeps=True), "metrics")
    if target.is_sweep:
        target = _job_of_sweep(asked(), target, trial)
    elif trial is not None:
        raise typer.BadParameter("must be given for a sweep only; remove it", param_hint="--trial")
    with closing(asked().client("bedrock", region=target.region, attempts=_ATTEMPTS)) as bedrock:
        described = describe_job(bedrock, target.identifier)
    with closing(asked().client("s3", region=target.region, attempts=_ATTEMPTS)) as s3:
        return described, read_metrics(s3, described.output_s3_uri, described.arn)


def _job_of_sweep(access: "AwsAccess", target: "JobTarget", trial: str | None) -> "JobTarget":
    """Return the job of the trial of a sweep that a command line means."""
    from ..monitoring.job_targets import NoJobError, job_of_trial
    from ..monitoring.sweep_description import describe_sweep

    with (
        closing(access.client("s3", region=target.region, attempts=_ATTEMPTS)) as s3,
        closing(access.client("bedrock", region=target.region, attempts=_ATTEMPTS)) as bedrock,
    ):
        sweep = describe_sweep(s3, bedrock, target)
    if trial == "best":
        if sweep.best_trial is None:
            raise NoJobError(f"The sweep {target.resource} has no best trial; it is {sweep.status}.")
        return job_of_trial(target, sweep.best_trial)
    for one in sweep.trials:
        if trial is not None and one.index == int(trial):
            return job_of_trial(target, one)
    raise typer.BadParameter(
        f"must be 0 to {len(sweep.trials) - 1} for the sweep {target.resource}, or best, got "
        f"{trial or 'nothing'}; `{command_name()} status --stack {target.stack}` lists the trials",
        param_hint="--trial",
    )


def _remarks(found: "Metrics") -> "Iterator[str]":
    """Yield a sentence for everything that is left out."""
    yield from found.problems
    if found.skipped:
        yield f"{many(found.skipped, 'cell')} of the metrics files without a number left out."


def _chosen(found: "Metrics", names: "Sequence[str] | None") -> "Metrics":
    if not names or not found.series:
        return found
    known = list(dict.fromkeys(one.name for one in found.series))
    for name in names:
        if not found.only([name]).series:
            listed = printable(", ".join(known))
            raise typer.BadParameter(
                f"must be one of {listed}, got {name!r}; correct it", param_hint="--metric"
            )
    return found.only(names)


def _end_without_metrics(job: "JobDescription", found: "Metrics", *, has_written_nothing: bool) -> None:
    """Say that a job has no metrics; that is a failure where there will be none, or a file was asked for."""
    what = "metrics files without values" if found.files else "no metrics"
    advice = "they were deleted, or the job wrote none" if job.has_ended else "look again when it has ended"
    sentence = f"The job {job.name} ({job.status}) has {what} below {job.output_s3_uri}; {advice}."
    typer.echo(printable(sentence), err=True)
    if job.has_ended or has_written_nothing:
        raise typer.Exit(COULD_NOT)
