"""How a job is shown: for people as rows of a grid or as a line, for programs as a document."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from ..findings import printable
from ..monitoring.job_description import COMPLETED, FAILED, IN_PROGRESS, STOPPED, STOPPING
from ..monitoring.metrics import shown
from .console import broken, console_for, is_fixed
from .deploy_common import command_name
from .durations import shown_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from ..monitoring.job_description import JobDescription, Phase
    from ..monitoring.job_targets import JobTarget

STYLES = {COMPLETED: "green", FAILED: "red", STOPPED: "yellow", STOPPING: "yellow", IN_PROGRESS: "cyan"}
"""The colour of each status of a job or a phase."""

_STALLED_AFTER = timedelta(hours=1)
"""One that trained began 22 seconds after its validation; others waited for days until they were stopped."""

_LABEL = len("data processing") + 2
_NARROWEST = 20
_HELP = "docs/troubleshooting.md#"


def job_rows(
    target: JobTarget, job: JobDescription, now: datetime, *, with_arns: bool = True
) -> Sequence[tuple[str, Text]]:
    """Return what people want to know of a job, as names and values.

    Args:
        target: the job as the command line means it.
        job: the job as Bedrock describes it.
        now: the time.
        with_arns: whether its ARN and its model's are shown. Default: yes.
    """
    return [
        *_of_job(target, job, now, with_arns=with_arns),
        *(_of_phase(one, now) for one in job.phases),
        *_of_result(job, now, with_arns=with_arns),
        *(
            [("promotion", Text(printable(of_promotion(target))))]
            if job.model_arn and target.has_promotion
            else ()
        ),
    ]


def of_promotion(target: JobTarget) -> str:
    """Return how to see whether the model of a complete job serves.

    Args:
        target: the job, whose stack has a promotion policy.
    """
    return f"whether the model serves: {command_name()} promotion --stack {target.stack}"


def print_rows(rows: Sequence[tuple[str, Text]], *, stderr: bool = False) -> None:
    """Print names and values in the width of the terminal; an ARN stays whole, so that it can be copied.

    Args:
        rows: the names and values.
        stderr: whether to print on standard error. Default: on standard output.
    """
    console = console_for(stderr=stderr)
    width = max(_NARROWEST, console.width - _LABEL)
    for name, value in rows:
        label = f"{printable(name):{_LABEL}}"
        for line in [value] if is_fixed(stderr=stderr) else broken(value, width, indent=0):
            console.print(Text.assemble((label, "dim"), line), soft_wrap=True)
            label = " " * _LABEL


def grid_of(rows: Sequence[tuple[str, Text]]) -> Table:
    """Return names and values as a grid, in which what is too long for a line goes on in the next one.

    Args:
        rows: the names and values.
    """
    grid = Table.grid()
    grid.add_column(style="dim", width=_LABEL)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), value)
    return grid


def progress_of(job: JobDescription, now: datetime) -> str:
    """Return how far a job has come, in a few words; "" where Bedrock does not say.

    Args:
        job: the job.
        now: the time.
    """
    if job.status == COMPLETED:
        return _losses(job)
    failed = next((one.name for one in job.phases if one.status == FAILED), "")
    if job.status == FAILED:
        reason = printable(job.failure_message) or "Bedrock gives no reason"
        return f"in {failed}: {reason}" if failed else reason
    if job.status != IN_PROGRESS or not job.phases:
        return ""
    if job.idle_since is None:
        return job.phase.name if job.phase else ""
    waiting = next(one.name for one in job.phases if one.status != COMPLETED)
    since = f" since {local_time(job.idle_since, now)}" if is_stalled(job, now) else ""
    return f"{waiting} has not begun{since}"


def changed_at(job: JobDescription) -> datetime:
    """Return when the status of a job, or of one of its phases, last changed.

    Args:
        job: the job.
    """
    phase = job.phase
    of_phase = None
    if phase is not None:
        of_phase = phase.began if phase.status == IN_PROGRESS else phase.changed
    return job.ended or of_phase or (job.status != IN_PROGRESS and job.modified) or job.created


def is_stalled(job: JobDescription, now: datetime) -> bool:
    """Return whether a job has been in progress for long without a phase that is.

    Args:
        job: the job.
        now: the time.
    """
    return job.idle_since is not None and now - job.idle_since >= _STALLED_AFTER


def advice(job: JobDescription, now: datetime) -> str:
    """Return what to do about a job as a sentence; "" where there is nothing to do.

    Args:
        job: the job.
        now: the time.
    """
    if job.status == FAILED:
        of_training = any(one.name == "training" and one.status == FAILED for one in job.phases)
        if of_training or not job.phases:
            return (
                "Correct the cause and deploy again, with another revision if nothing else has changed: "
                f"{_HELP}a-training-failed-or-was-stopped"
            )
        return (
            "`bedrock-customize validate` checks the data, and Bedrock's report on it is in the output "
            f"location: {_HELP}a-job-fails-within-minutes"
        )
    if job.status == STOPPED:
        return (
            "A stopped job cannot be resumed; deploy with another revision to train again: "
            f"{_HELP}a-training-failed-or-was-stopped"
        )
    if is_stalled(job, now):
        return (
            "A job in this state may never train; stop it, and deploy with another revision: "
            f"{_HELP}a-job-is-in-progress-and-trains-nothing"
        )
    return ""


def local_time(moment: datetime, day: datetime) -> str:
    """Return a time in the time zone of this machine; with its date where it is of another day.

    Args:
        moment: the time.
        day: a time of the day that the reader has in mind: now, or the beginning of what ends.
    """
    here = moment.astimezone()
    return here.strftime("%H:%M" if here.date() == day.astimezone().date() else "%Y-%m-%d %H:%M")


def zone(now: datetime) -> str:
    """Return the name of this machine's time zone, such as `CET`.

    Args:
        now: the time now.
    """
    return now.astimezone().tzname() or "local time"


def job_document(target: JobTarget, job: JobDescription) -> dict[str, Any]:
    """Return a job for programs: what Bedrock returned, and the stack where it is known.

    Args:
        target: the job as the command line means it.
        job: the job as Bedrock describes it.
    """
    response = {name: value for name, value in job.response.items() if name != "ResponseMetadata"}
    stack = {"stack": target.stack, "resource": target.resource, "stackStatus": target.stack_status}
    return {**response, **(stack if target.stack else {})}


def job_table(jobs: Sequence[tuple[JobTarget, JobDescription]], now: datetime) -> Table:
    """Return jobs as a table with a row for each.

    Args:
        jobs: the jobs.
        now: the time.
    """
    from rich.box import ASCII2

    table = Table(box=ASCII2)
    for name in ("name", "status", "progress", f"started ({zone(now)})", "took"):
        table.add_column(name, overflow="fold")
    for _, job in jobs:
        took = shown_duration(((job.ended or now) - job.created).total_seconds())
        cells = (progress_of(job, now), local_time(job.created, now), took)
        table.add_row(Text(printable(job.name)), _status(job.status), *map(Text, cells))
    return table


def _of_job(
    target: JobTarget, job: JobDescription, now: datetime, *, with_arns: bool
) -> Iterator[tuple[str, Text]]:
    yield "job", Text(printable(job.name), style="bold")
    if with_arns:
        yield "ARN", Text(printable(job.arn))
    yield "base model", Text(printable(f"{job.base_model}  {job.customization_type}"))
    took = shown_duration(((job.ended or now) - job.created).total_seconds())
    times = f"started {local_time(job.created, now)} {zone(now)}"
    times += f", ended {local_time(job.ended, job.created)} after {took}" if job.ended else f", {took} ago"
    yield "status", Text.assemble(_status(job.status), f"  {times}")
    if target.stack:
        yield "stack", Text(printable(f"{target.stack} / {target.resource}  {target.stack_status}"))
    if target.trial:
        yield "trial", Text(printable(target.trial.removeprefix("trial ")))


def _of_phase(phase: Phase, now: datetime) -> tuple[str, Text]:
    span = ""
    if phase.began is not None and (phase.status == IN_PROGRESS or phase.changed is None):
        took = shown_duration((now - phase.began).total_seconds())
        span = f"{local_time(phase.began, now)}  ({took})"
    elif phase.began is not None and phase.changed is not None:
        took = shown_duration((phase.changed - phase.began).total_seconds())
        span = f"{local_time(phase.began, now)} - {local_time(phase.changed, phase.began)}  ({took})"
    status = _status(phase.status)
    status.pad_right(max(0, len(IN_PROGRESS) - len(status)))
    return phase.name, Text.assemble(status, f"  {span}" if span else "")


def _of_result(job: JobDescription, now: datetime, *, with_arns: bool) -> Iterator[tuple[str, Text]]:
    if job.failure_message:
        yield "failure", Text(printable(job.failure_message), style="red")
    if losses := _losses(job):
        yield "metrics", Text(losses)
    if job.model_arn and with_arns:
        yield "model", Text(printable(job.model_arn))
    if is_stalled(job, now):
        yield "problem", Text(progress_of(job, now), style="yellow")
    if sentence := advice(job, now):
        yield "what to do", Text(sentence)


def _status(status: str) -> Text:
    return Text(printable(status), style=STYLES.get(status, ""))


def _losses(job: JobDescription) -> str:
    found = [] if job.training_loss is None else [f"training loss {shown(job.training_loss)}"]
    found += [f"validation loss {shown(one)}" for one in job.validation_losses]
    return ", ".join(found)
