"""The metrics of a job as values, and reading of the CSV files in which Bedrock writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, takewhile, zip_longest
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Kind: TypeAlias = Literal["training", "validation"]

_FILES: Mapping[str, Kind] = {
    "step_wise_training_metrics.csv": "training",
    "validation_metrics.csv": "validation",
}
_STEP = ("step_number", "step")
_EPOCH = ("epoch_number", "epoch")
_STARTS = ("training_", "validation_", "train_", "val_")
_ENDS = ("_mean", "_max", "_min", "_std")
# No metric is larger, and sums and differences of such numbers are never infinite.
_LARGEST = 1e100
# More than any training has steps and any file metrics; what comes after them is left out.
_MOST_ROWS = 500_000
_MOST_COLUMNS = 100
# Between them a number is shown without decimals and without an exponent.
_LEAST_PLAIN, _LARGEST_PLAIN = 999.5, 1e9


def kind_of(key: str) -> Kind | None:
    """Return of which data the metrics in an object are; None if it has no metrics.

    Args:
        key: the object's key. Only the file name counts: AWS's page and jobs that ran differ in the folders
            (https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html).
    """
    return _FILES.get(key.rpartition("/")[2])


class Point(NamedTuple):
    """The value of a metric at one step.

    Args:
        step: the step of the training.
        epoch: its epoch, None where the file does not say.
        value: the metric's value.
    """

    step: float
    epoch: float | None
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric of one file.

    Args:
        name: the column's name, such as `training_loss`.
        kind: whether it is measured on the training data or on validation data.
        source: the key of the object.
        points: at least one point, by step; the values of a repeated step are averaged.
        label: the name, with the kind or the folder where several files have a metric of the name.
    """

    name: str
    kind: Kind
    source: str
    points: Sequence[Point]
    label: str = ""

    @property
    def quantity(self) -> str:
        """What is measured, such as `loss`: metrics of one quantity share an axis."""
        start = next((one for one in _STARTS if self.name.lower().startswith(one)), "")
        rest = self.name[len(start) :]
        if "/" in rest:  # such as critic/rewards/mean
            return rest.rpartition("/")[0] or rest
        end = next((one for one in _ENDS if rest.lower().endswith(one)), "")
        return rest[: len(rest) - len(end)] or rest or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """What was read of one file.

    Args:
        series: its metrics, in the order of the columns.
        skipped: how many cells are left out because they are not numbers.
    """

    series: Sequence[Series]
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The metrics of a job, as far as they can be read.

    Args:
        series: those of the training first.
        files: the keys of the objects that were found.
        skipped: how many cells are left out because they are not numbers.
        problems: a sentence for each object that is left out.
    """

    series: Sequence[Series] = ()
    files: Sequence[str] = ()
    skipped: int = 0
    problems: Sequence[str] = ()

    @classmethod
    def of(cls, files: Mapping[str, ParsedFile], problems: Iterable[str] = ()) -> Metrics:
        """Return the metrics of several files.

        Args:
            files: what was read, by key.
            problems: a sentence for each object that could not be read.
        """
        series = [one for file in files.values() for one in file.series]
        series.sort(key=lambda one: one.kind)  # keeps the order of files and columns
        return cls(
            series=tuple(_labelled(series)),
            files=tuple(files),
            skipped=sum(file.skipped for file in files.values()),
            problems=tuple(problems),
        )

    @property
    def quantities(self) -> Sequence[str]:
        """What is measured: losses and rewards first, then in the order of the columns."""
        names = dict.fromkeys(one.quantity for one in self.series)
        return sorted(names, key=lambda one: not one.lower().endswith(("loss", "reward", "rewards")))

    def only(self, names: Iterable[str]) -> Metrics:
        """Return some of the metrics.

        Args:
            names: names of columns or of quantities, in any case.
        """
        wanted = {name.lower() for name in names}
        kept = [one for one in self.series if {one.name.lower(), one.quantity.lower()} & wanted]
        return Metrics(series=kept, files=self.files, skipped=self.skipped, problems=self.problems)


def shown(value: float) -> str:
    """Return a number with three significant digits, a large one without decimals.

    Args:
        value: a value or a step of a metric.
    """
    return f"{value:.0f}" if _LEAST_PLAIN <= abs(value) < _LARGEST_PLAIN else f"{value:.3g}"


def parse_metrics(content: bytes, key: str) -> ParsedFile:
    """Return the metrics of a CSV file, whatever is in it.

    The column `step_number` (or `step`) has the steps; without one, rows are counted. Every other column but
    `epoch_number` that has a number is a metric. Nothing is quoted in such files, so that quotes have no
    meaning: one that is not closed would take the rest of the file with it.

    Args:
        content: the file, in UTF-8.
        key: the key of the object.
    """
    table = _Table.of(content)
    step, epoch = table.column(_STEP), table.column(_EPOCH)
    steps: Sequence[float | None] = range(table.rows) if step is None else table.numbers(step)
    epochs: Sequence[float | None] = [None] * table.rows if epoch is None else table.numbers(epoch)
    skipped = table.skipped + steps.count(None)
    kind = kind_of(key) or "training"
    series = []
    for column, name in enumerate(table.names):
        if column in (step, epoch):
            continue
        values = table.numbers(column)
        skipped += values.count(None) - table.cells[column].count("")
        if points := _points(steps, epochs, values):
            series.append(Series(name=name, kind=kind, source=key, points=points, label=name))
    return ParsedFile(series=series, skipped=skipped)


class _Table(NamedTuple):
    """The cells of a CSV file by column, which is several times as fast as by row.

    Args:
        names: the names of the columns, none of them empty or repeated.
        cells: the texts of each column.
        rows: how many rows it has.
        skipped: how many rows are left out.
    """

    names: Sequence[str]
    cells: Sequence[Sequence[str]]
    rows: int
    skipped: int

    @classmethod
    def of(cls, content: bytes) -> _Table:
        lines = content.decode("utf-8-sig", errors="replace").replace('"', "").splitlines()
        rows = [line.split(",", _MOST_COLUMNS) for line in lines[:_MOST_ROWS] if line and not line.isspace()]
        names = _distinct(rows[0]) if rows else []
        # A row with more cells cannot be assigned to columns; the last one may be half a row.
        whole = [row for row in rows[1:] if len(row) <= len(names)]
        cells = list(zip_longest(names, *whole, fillvalue=""))
        left_out = len(rows[1:]) - len(whole) + len(lines[_MOST_ROWS:])
        return cls(names, [column[1:] for column in cells], len(whole), left_out)

    def column(self, names: Sequence[str]) -> int | None:
        """Return the column with one of these names in any case; None if there is none."""
        lowered = [one.lower() for one in self.names]
        return next((lowered.index(name) for name in names if name in lowered), None)

    def numbers(self, column: int) -> Sequence[float | None]:
        """Return the numbers of a column; None where a cell has none that can be drawn."""
        return [_number(cell) for cell in self.cells[column]]


def _distinct(header: Sequence[str]) -> Sequence[str]:
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = cell.strip()
        names.append(name if name and name not in names else f"{name or 'column'} ({number})")
    return names


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if -_LARGEST <= value <= _LARGEST else None  # None also for NaN


def _points(
    steps: Sequence[float | None], epochs: Sequence[float | None], values: Sequence[float | None]
) -> Sequence[Point]:
    """Return the points by step, one for each."""
    found = [
        Point(step, epoch, value)
        for step, epoch, value in zip(steps, epochs, values, strict=True)
        if step is not None and value is not None
    ]
    found.sort(key=itemgetter(0))
    if all(one.step < other.step for one, other in pairwise(found)):
        return found
    return [_average(step, list(same)) for step, same in groupby(found, key=itemgetter(0))]


def _average(step: float, same: Sequence[Point]) -> Point:
    return Point(step, same[-1].epoch, math.fsum(one.value for one in same) / len(same))


def _labelled(series: Sequence[Series]) -> Iterable[Series]:
    """Yield the series, each with a label that no other one has."""
    for one in series:
        alike = [other for other in series if other.name == one.name]
        of_kind = [other.source for other in alike if other.kind == one.kind]
        if len(of_kind) > 1:
            yield replace(one, label=f"{one.name} ({_difference(one.source, of_kind)})")
        elif len(alike) > 1:
            yield replace(one, label=f"{one.name} ({one.kind})")
        else:
            yield one


def _difference(key: str, keys: Sequence[str]) -> str:
    """Return the folders in which a key differs from others; its file name where it has none."""
    folders = [one.split("/")[:-1] for one in keys]
    before = _common(folders)
    after = _common([one[: before - 1 if before else None : -1] for one in folders])
    own = key.split("/")[:-1]
    return "/".join(own[before : len(own) - after]) or (own or [key])[-1]


def _common(lists: Sequence[Sequence[str]]) -> int:
    """Return how many items all lists start with."""
    return len(list(takewhile(lambda items: len(set(items)) == 1, zip(*lists, strict=False))))
