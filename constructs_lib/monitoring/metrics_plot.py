"""A picture of metrics, drawn with matplotlib without a display."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..distribution import imports_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .metrics import Metrics, Series

PlotFormat: TypeAlias = Literal["png", "svg"]

MOST_CHARTS = 12
"""How many quantities a picture shows; more would make it too high to be read."""

_WIDTH, _TITLE, _CHART = 8.0, 0.4, 2.6  # inches
_DPI = 120
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_SETTINGS = {
    # Names of columns may contain $, which would start a formula.
    "text.parse_math": False,
    # The same metrics make the same file, whose texts can be searched.
    "svg.hashsalt": "metrics",
    "svg.fonttype": "none",
}
_FORMATS: Mapping[str, PlotFormat] = {".png": "png", ".svg": "svg"}
_NO_METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def plot_format(path: Path) -> PlotFormat | None:
    """Return the format of a picture, as the file's suffix says; None if it is another one.

    Args:
        path: the file.
    """
    return _FORMATS.get(path.suffix.lower())


def require_matplotlib() -> None:
    """Find out whether pictures can be drawn, before anything else is done.

    Raises:
        ModuleNotFoundError: matplotlib is not installed; the message says how to install it.
    """
    with imports_from("plot", "--plot"), _quiet():
        import matplotlib as mpl  # noqa: F401 - only whether it can be imported


def draw_plot(metrics: Metrics, form: PlotFormat, *, title: str) -> bytes:
    """Return a picture with a chart for each of the first `MOST_CHARTS` quantities.

    Args:
        metrics: metrics with at least one series.
        form: the format.
        title: what stands above the charts.

    Raises:
        ModuleNotFoundError: matplotlib is not installed; the message says how to install it.
    """
    require_matplotlib()
    with _quiet():
        from matplotlib import style
        from matplotlib.figure import Figure

        quantities = metrics.quantities[:MOST_CHARTS]
        with style.context(["default", _SETTINGS]):
            figure = Figure(figsize=(_WIDTH, _TITLE + _CHART * len(quantities)), layout="constrained")
            figure.suptitle(_text(title))
            charts = figure.subplots(len(quantities), squeeze=False)[:, 0]
            for quantity, axes in zip(quantities, charts, strict=True):
                _draw(axes, quantity, [one for one in metrics.series if one.quantity == quantity])
            file = io.BytesIO()
            figure.savefig(file, format=form, dpi=_DPI, metadata=_NO_METADATA[form])
    return file.getvalue()


def write_plot(metrics: Metrics, path: Path, *, title: str) -> None:
    """Write a picture, in place of one that is there.

    Args:
        metrics: metrics with at least one series.
        path: the file; its suffix says the format.
        title: what stands above the charts.

    Raises:
        ModuleNotFoundError: matplotlib is not installed; the message says how to install it.
        OSError: the file cannot be written.
    """
    path.write_bytes(draw_plot(metrics, plot_format(path) or "png", title=title))


def _draw(axes: Any, quantity: str, series: Sequence[Series]) -> None:  # noqa: ANN401 - matplotlib's Axes
    for one, colour in zip(series, cycle(_COLOURS), strict=False):
        # What is measured at few steps is marked, because a line between them shows more than is known.
        marker = "o" if one.kind == "validation" or len(one.points) == 1 else ""
        steps, values = [point.step for point in one.points], [point.value for point in one.points]
        axes.plot(steps, values, color=colour, marker=marker, markersize=5, label=_text(one.label))
    axes.set_xlabel("step")
    axes.set_ylabel(_text(quantity))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()


def _text(text: str) -> str:
    """Return a text from AWS or a file with the characters that every font has."""
    return ascii(text.lstrip("_"))[1:-1]  # matplotlib leaves a name with _ out of the legend


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep matplotlib's remarks away from stderr: on a cache that cannot be written, on a user's settings."""
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
