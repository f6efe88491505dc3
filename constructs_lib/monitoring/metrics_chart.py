"""A chart of metrics that is drawn with characters."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .metrics import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .metrics import Metrics, Point

_LEAST_WIDTH, _LEAST_ROWS = 20, 2
_LINES_AROUND = 3  # the legend, the axis and its labels
_ROWS_OF_A_LABEL = 4
_MARKERS = "ox+#@"
_COLOURS = (36, 33, 35, 32)  # of ANSI escape sequences: cyan, yellow, magenta, green
# A Braille character has 2 dots across and 4 down; these are the bits of each column from below
# (https://www.unicode.org/charts/PDF/U2800.pdf).
_ACROSS, _DOWN = 2, 4
_BITS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
_BRAILLE = 0x2800
_Paint: TypeAlias = Callable[[str, int | None], str]


def chart_lines(
    metrics: Metrics,
    *,
    width: int,
    height: int,
    colour: bool,
    quantity: str | None = None,
    ascii_only: bool = False,
) -> list[str]:
    """Return a chart of one quantity as lines; none where there is nothing to draw.

    The first metric is a line; each other one has a mark at every point, which distinguishes it without
    colours.

    Args:
        metrics: the metrics.
        width: the most characters of a line, at least 20.
        height: the number of lines, at least 5.
        colour: whether the lines have the escape sequences of colours.
        quantity: one of `metrics.quantities`. Default: the first.
        ascii_only: whether to draw with ASCII characters, where Braille cannot be printed. Default: no.
    """
    chosen = quantity or next(iter(metrics.quantities), None)
    series = [one for one in metrics.series if one.quantity == chosen]
    if not series:
        return []
    rows = max(_LEAST_ROWS, height - _LINES_AROUND)
    steps = _Scale.of(point.step for one in series for point in one.points)
    values = _Scale.of(point.value for one in series for point in one.points)
    labels = _labels(values, rows)
    margin = max(map(len, labels))
    canvas = _Canvas(max(_LEAST_WIDTH, width) - margin - 2, rows)
    marks = cycle(_MARKERS)
    legend = []
    for number, (one, ink) in enumerate(zip(series, cycle(_COLOURS), strict=False)):
        dots = [*_dots(one.points, steps, values, canvas)]
        is_line = number == 0 and len(dots) > 1
        mark = ("**" if ascii_only else "⠤⠤") if is_line else next(marks)
        legend.append(_Entry(mark, one.label, ink))
        if is_line:
            canvas.line(dots, ink)
        else:
            canvas.mark(dots, mark, ink)
    paint = _painted if colour else _plain
    tick, edge, corner, line = ("|", "|", "+", "-") if ascii_only else ("┤", "│", "└", "─")
    drawn = zip(labels, canvas.lines(paint, ascii_only=ascii_only), strict=True)
    return [
        _legend(legend, max(_LEAST_WIDTH, width), paint),
        *(f"{label:>{margin}} {tick if label else edge}{cells}".rstrip() for label, cells in drawn),
        f"{'':{margin}} {corner}{line * canvas.columns}",
        f"{'':{margin + 2}}{_step_labels(steps, canvas.columns)}".rstrip(),
    ]


class _Entry(NamedTuple):
    """What the legend says of a series: how it is drawn, its name, its colour."""

    mark: str
    label: str
    ink: int


class _Scale(NamedTuple):
    """The range of an axis."""

    low: float
    high: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> _Scale:
        found = [*numbers]
        return cls(min(found), max(found))

    def position(self, number: float, dots: int) -> int:
        """Return the dot of a number; the middle where the range has only one number."""
        span = self.high - self.low
        share = (number - self.low) / span if span else 0.5
        return round(share * (dots - 1))


class _Canvas:
    """Characters to draw on; positions are dots from the lower left corner.

    Args:
        columns: the number of characters across.
        rows: the number of characters down.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = max(1, columns), rows
        self.across, self.down = self.columns * _ACROSS, rows * _DOWN
        self._bits: dict[tuple[int, int], int] = {}
        self._marks: dict[tuple[int, int], str] = {}
        self._inks: dict[tuple[int, int], int] = {}

    def line(self, dots: Sequence[tuple[int, int]], ink: int) -> None:
        """Draw a line through dots."""
        for (x, y), (to_x, to_y) in pairwise(dots):
            length = max(abs(to_x - x), abs(to_y - y), 1)
            for step in range(length + 1):
                self._dot(x + round((to_x - x) * step / length), y + round((to_y - y) * step / length), ink)

    def mark(self, dots: Iterable[tuple[int, int]], mark: str, ink: int) -> None:
        """Draw a mark at each dot."""
        for x, y in dots:
            cell = (x // _ACROSS, y // _DOWN)
            self._marks[cell], self._inks[cell] = mark, ink

    def lines(self, paint: _Paint, *, ascii_only: bool) -> Iterator[str]:
        """Yield the rows from the top."""
        for row in reversed(range(self.rows)):
            cells = [(column, row) for column in range(self.columns)]
            drawn = ((self._inks.get(one), self._shown(one, "*" if ascii_only else "")) for one in cells)
            runs = groupby(drawn, key=itemgetter(0))
            yield "".join(paint("".join(text for _, text in run), ink) for ink, run in runs)

    def _dot(self, x: int, y: int, ink: int) -> None:
        cell = (x // _ACROSS, y // _DOWN)
        self._bits[cell] = self._bits.get(cell, 0) | _BITS[x % _ACROSS][y % _DOWN]
        self._inks[cell] = ink

    def _shown(self, cell: tuple[int, int], instead: str) -> str:
        bits = self._bits.get(cell)
        return self._marks.get(cell) or (" " if bits is None else instead or chr(_BRAILLE + bits))


def _dots(
    points: Sequence[Point], steps: _Scale, values: _Scale, canvas: _Canvas
) -> Iterator[tuple[int, int]]:
    """Yield the dots of a series; of thousands of points that share a column, those that can be seen."""
    for x, same in groupby(points, key=lambda one: steps.position(one.step, canvas.across)):
        found = [values.position(one.value, canvas.down) for one in same]
        seen = {found[0]: None, min(found): None, max(found): None, found[-1]: None}
        yield from ((x, y) for y in seen)


def _labels(values: _Scale, rows: int) -> Sequence[str]:
    """Return the labels of the rows from the top, "" for most."""
    labels = [""] * rows
    if values.high == values.low:
        labels[rows - 1 - _Canvas(1, rows).down // 2 // _DOWN] = shown(values.low)
        return labels
    parts = max(1, (rows - 1) // _ROWS_OF_A_LABEL)
    for part in range(parts + 1):
        row = round(part * (rows - 1) / parts)
        labels[row] = shown(values.high - (values.high - values.low) * row / (rows - 1))
    return labels


def _step_labels(steps: _Scale, columns: int) -> str:
    first, last = shown(steps.low), shown(steps.high)
    if first == last:
        return f"step {first}".center(columns)[:columns]
    middle = columns - len(first) - len(last)
    return f"{first}{'step':^{middle}}{last}" if middle > len("step") + 1 else f"{first} {last}"[:columns]


def _legend(entries: Iterable[_Entry], width: int, paint: _Paint) -> str:
    """Return the legend in one line, cut at the end where it is too long."""
    drawn: list[str] = []
    for entry in entries:
        # Names come from a file; others than ASCII may be wider than one character.
        text = f"{'  ' if drawn else ''}{entry.mark} {ascii(entry.label)[1:-1]}"
        is_cut = len(text) > width
        text = f"{text[: max(0, width - 3)]}..."[:width] if is_cut else text
        drawn.append(paint(text, entry.ink))
        width -= len(text)
        if is_cut:
            break
    return "".join(drawn)


def _painted(text: str, ink: int | None) -> str:
    return text if ink is None else f"\x1b[{ink}m{text}\x1b[0m"


def _plain(text: str, _: int | None) -> str:
    return text
