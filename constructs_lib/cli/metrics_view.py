"""The metrics of a job as text, as a table, as a chart, as CSV and for programs."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from io import StringIO
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

from ..findings import printable
from ..monitoring.metrics import shown
from .common import many
from .console import console_for, is_fixed, print_lines, print_table

if TYPE_CHECKING:
    from ..monitoring.job_description import JobDescription
    from ..monitoring.metrics import Metrics, Point, Series

_CHART_LINES = 16
_PIPE_WIDTH = 80  # of a chart
_GAP = "  "
_Rows: TypeAlias = Sequence[Sequence[str]]
"""The cells of a table; the first row has the names of the columns."""


def document_of(job: JobDescription, metrics: Metrics) -> dict[str, Any]:
    """Return the metrics for programs, named as AWS names members.

    Args:
        job: the job.
        metrics: its metrics.
    """
    return {
        "jobArn": job.arn,
        "jobName": job.name,
        "status": job.status,
        "files": [uri_of(job, key) for key in metrics.files],
        "skippedCells": metrics.skipped,
        "metrics": [
            {
                "name": one.name,
                "kind": one.kind,
                "source": uri_of(job, one.source),
                "first": one.points[0].value,
                "last": one.points[-1].value,
                "lowest": min(point.value for point in one.points),
                "highest": max(point.value for point in one.points),
                "points": [
                    {"step": _plain(step), "epoch": _plain(epoch), "value": value}
                    for step, epoch, value in one.points
                ],
            }
            for one in metrics.series
        ],
    }


def uri_of(job: JobDescription, key: str) -> str:
    """Return the URI of an object to which a job has written.

    Args:
        job: the job.
        key: the object's key.
    """
    return f"s3://{job.output_s3_uri.removeprefix('s3://').partition('/')[0]}/{key}"


def print_csv(job: JobDescription, metrics: Metrics) -> None:
    """Print all values as CSV, a line for each.

    Args:
        job: the job.
        metrics: its metrics.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("kind", "source", "step", "epoch", "name", "value"))
    for one in metrics.series:
        source, name = printable(uri_of(job, one.source)), printable(one.name)
        for step, epoch, value in one.points:
            writer.writerow((one.kind, source, _plain(step), _plain(epoch), name, value))
    typer.echo(text.getvalue(), nl=False)


def print_chart(_: JobDescription, metrics: Metrics) -> None:
    """Print a chart of each quantity, as wide as the terminal.

    Args:
        metrics: the metrics.
    """
    from ..monitoring.metrics_chart import chart_lines

    console = console_for()
    for number, quantity in enumerate(metrics.quantities):
        if number:
            typer.echo()
        lines = chart_lines(
            metrics,
            width=_PIPE_WIDTH if is_fixed() else console.width,
            height=_CHART_LINES,
            colour=console.color_system is not None,
            quantity=quantity,
            ascii_only=not _has_braille(console.encoding),
        )
        typer.echo("\n".join(lines))


def print_text(job: JobDescription, metrics: Metrics, *, every_step: bool) -> None:
    """Print the metrics for people: each metric in short, then its course.

    Args:
        job: the job.
        metrics: its metrics.
        every_step: whether the course has every step. Default: the last one of each epoch.
    """
    _print_tables(job, metrics, every_step=every_step, print_rows=_aligned)


def print_framed(job: JobDescription, metrics: Metrics, *, every_step: bool) -> None:
    """Print as `print_text`, with lines around the cells.

    Args:
        job: as for `print_text`.
        metrics: as for `print_text`.
        every_step: as for `print_text`.
    """
    _print_tables(job, metrics, every_step=every_step, print_rows=_framed)


def _print_tables(
    job: JobDescription, metrics: Metrics, *, every_step: bool, print_rows: Callable[[_Rows], None]
) -> None:
    if not metrics.series:
        return
    print_lines(printable(f"{job.name}  {job.status}  {job.base_model}"))
    series = sorted(metrics.series, key=lambda one: metrics.quantities.index(one.quantity))
    print_rows(_summary(series))
    course, left_out = _course(series, every_step=every_step)
    if len(course) > 1 + (not every_step):  # one epoch is what the summary says
        typer.echo()
        print_rows(course)
        if left_out:
            print_lines(f"{many(left_out, 'more metric')}; choose with --metric NAME")
    print_lines("", *(printable(uri_of(job, key)) for key in metrics.files))


def _summary(series: Sequence[Series]) -> _Rows:
    rows: list[Sequence[str]] = [("metric", "first", "last", "lowest", "highest", "steps")]
    for one in series:
        values = [point.value for point in one.points]
        numbers = map(shown, (values[0], values[-1], min(values), max(values)))
        rows.append((_label(one), *numbers, f"{len(values):,}"))
    return rows


def _course(series: Sequence[Series], *, every_step: bool) -> tuple[_Rows, int]:
    """Return the values by epoch or by step: of the metrics that fit, and how many do not."""
    found = [{point.step if every_step else point.epoch: point for point in one.points} for one in series]
    last: dict[float, Point] = {}  # of an epoch
    for points in found:
        for at, point in points.items():
            if at is not None:
                last[at] = max(point, last.get(at, point), key=lambda one: (one.step, one.epoch is not None))
    rows = sorted(last)
    columns = [
        ("epoch", *(_optional(last[at].epoch) for at in rows)),
        ("step", *(shown(last[at].step) for at in rows)),
    ]
    columns += [
        (_label(one), *(shown(points[at].value) if at in points else "" for at in rows))
        for one, points in zip(series, found, strict=True)
    ]
    width = console_for().width
    widths = accumulate(max(map(len, column)) + len(_GAP) for column in columns)
    fitting = max(3, sum(one - len(_GAP) <= width for one in widths))
    return list(zip(*columns[:fitting], strict=True)), len(columns[fitting:])


def _aligned(rows: _Rows) -> None:
    """Print a table with numbers at the right of their columns, if it fits."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + len(_GAP) * len(widths[1:]) > console_for().width:
        print_table(rows[0], rows[1:])
        return
    for first, *numbers in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(numbers, widths[1:], strict=True)]
        typer.echo(_GAP.join([f"{first:<{widths[0]}}", *cells]).rstrip())


def _framed(rows: _Rows) -> None:
    from rich.box import ASCII2
    from rich.table import Table
    from rich.text import Text

    table = Table(box=ASCII2)
    for name in rows[0]:
        table.add_column(Text(name, overflow="fold"))
    for row in rows[1:]:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console_for().print(table)


def _label(one: Series) -> str:
    # Columns are named by a file; others than ASCII may be wider than one character.
    return ascii(one.label)[1:-1]


def _optional(number: float | None) -> str:
    return "" if number is None else shown(number)


def _plain(number: float | None) -> float | None:
    """Return a number as it is written in JSON and CSV: a step or an epoch without a decimal."""
    return int(number) if number is not None and float(number).is_integer() else number


def _has_braille(encoding: str) -> bool:
    try:
        "⠿┤".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
