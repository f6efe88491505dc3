"""How a sweep is shown: for people as a table with a row for each trial, for programs as a document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.box import ASCII2
from rich.table import Table
from rich.text import Text

from ..findings import printable
from ..monitoring.job_description import COMPLETED
from ..monitoring.metrics import shown
from .job_view import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..monitoring.job_targets import JobTarget
    from ..monitoring.sweep_description import SweepDescription, TrialDescription


def sweep_rows(target: JobTarget, sweep: SweepDescription) -> Iterator[tuple[str, Text]]:
    """Yield what people want to know of a sweep, as names and values.

    Args:
        target: the sweep as the command line means it.
        sweep: the sweep as it is now.
    """
    counts = Counter(one.status for one in sweep.trials)
    listed = ", ".join(f"{count} {status}" for status, count in counts.items())
    style = STYLES.get(sweep.status, "")
    yield "sweep", Text(printable(target.resource), style="bold")
    yield "status", Text.assemble((printable(sweep.status), style), f"  {printable(listed)}")
    yield "stack", Text(printable(f"{target.stack}  {target.stack_status}"))
    yield "results", Text(printable(sweep.results_uri))
    if (best := sweep.best_trial) is not None:
        yield "best", Text(printable(f"{best.label}: {losses_of(best)}"))
        if best.model_arn:
            yield "model", Text(printable(best.model_arn))


def sweep_table(sweep: SweepDescription) -> Table:
    """Return a sweep as a table with a row for each trial.

    Args:
        sweep: the sweep as it is now.
    """
    table = Table(box=ASCII2)
    for name in ("trial", "status", "result", "job"):
        table.add_column(name, overflow="fold")
    for one in sweep.trials:
        is_best = " *" if one.index == sweep.best else ""
        table.add_row(
            Text(printable(f"{one.label.removeprefix('trial ')}{is_best}")),
            Text(printable(one.status), style=STYLES.get(one.status, "")),
            Text(printable(result_of(one))),
            Text(printable(one.job_name)),
        )
    return table


def sweep_document(target: JobTarget, sweep: SweepDescription) -> dict[str, Any]:
    """Return a sweep for programs: its results as they are now, and its stack.

    Args:
        target: the sweep as the command line means it.
        sweep: the sweep as it is now.
    """
    stack = {"stack": target.stack, "resource": target.resource, "stackStatus": target.stack_status}
    return {**sweep.document(), **stack}


def result_of(trial: TrialDescription) -> str:
    """Return what has come of a trial, in a few words; "" where nothing has yet.

    Args:
        trial: the trial.
    """
    if trial.status == COMPLETED:
        return losses_of(trial)
    return trial.failure_message


def losses_of(trial: TrialDescription) -> str:
    """Return the losses of a trial in words.

    Args:
        trial: the trial.
    """
    found = {"training": trial.training_loss, "validation": trial.validation_loss}
    known = [f"{name} loss {shown(loss)}" for name, loss in found.items() if loss is not None]
    return ", ".join(known) or "Bedrock returns no losses"
