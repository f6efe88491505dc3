"""The picture of metrics, drawn with the real matplotlib."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from constructs_lib.monitoring.metrics import Metrics, parse_metrics
from constructs_lib.monitoring.metrics_plot import MOST_CHARTS, draw_plot, plot_format

STEPS = "o/step_wise_training_metrics.csv"
TEXT = "step_number,epoch_number,training_loss,perplexity\n1,0,0.5,3\n2,0,0.25,2\n"


def metrics_of(text: str) -> Metrics:
    """Return the metrics of a training file."""
    return Metrics.of({STEPS: parse_metrics(text.encode(), STEPS)})


def texts_of(picture: bytes) -> list[str]:
    """Return the texts of an SVG picture."""
    root = ET.fromstring(picture)  # noqa: S314 - we have drawn it
    return [one.text for one in root.iter("{http://www.w3.org/2000/svg}text") if one.text]


def test_an_svg_picture_names_what_it_shows_and_is_the_same_each_time() -> None:
    """It can be committed, and its texts can be searched."""
    picture = draw_plot(metrics_of(TEXT), "svg", title="Tickets-Triage-60d62fdce33e")
    assert {"Tickets-Triage-60d62fdce33e", "training_loss", "loss", "perplexity", "step"} <= set(
        texts_of(picture)
    )
    assert picture == draw_plot(metrics_of(TEXT), "svg", title="Tickets-Triage-60d62fdce33e")
    assert b"Date" not in picture
    assert b"date" not in picture


def test_a_png_picture_has_a_chart_for_each_quantity() -> None:
    """The picture is higher with two."""
    heights = [
        int.from_bytes(picture[20:24])
        for picture in (
            draw_plot(metrics_of("step,training_loss\n1,2\n"), "png", title="x"),
            draw_plot(metrics_of(TEXT), "png", title="x"),
        )
        if picture.startswith(b"\x89PNG\r\n\x1a\n")
    ]
    assert heights[0] * 1.5 < heights[1]


def test_names_with_signs_of_formulas_are_only_names() -> None:
    """Columns are named by a file."""
    picture = draw_plot(metrics_of("step,$\\frac{,_x,損失\n1,2,3,4\n2,3,4,5\n"), "svg", title="$x_{")
    assert {"$x_{", "x", "\\u640d\\u5931"} <= set(texts_of(picture))


def test_a_file_of_many_columns_is_drawn_in_part() -> None:
    """A picture of a hundred charts would be metres high."""
    names = [f"m{number}" for number in range(90)]
    picture = draw_plot(metrics_of(f"step,{','.join(names)}\n1{',2' * 90}\n"), "svg", title="x")
    assert texts_of(picture).count("step") == MOST_CHARTS


@pytest.mark.parametrize(("file", "form"), [("a.png", "png"), ("a.SVG", "svg"), ("a.pdf", None), ("a", None)])
def test_the_suffix_says_the_format(file: str, form: str | None) -> None:
    """Other formats are not written."""
    assert plot_format(Path(file)) == form


def test_nothing_is_printed_where_no_folder_can_be_written(tmp_path: Path) -> None:
    """Matplotlib remarks on caches, displays and settings that have no meaning here."""
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "matplotlibrc").write_text("no.such.key: 1\nfont.family: nothing\nbackend: tkagg\n")
    script = (
        "from constructs_lib.monitoring.metrics import *;"
        "from constructs_lib.monitoring.metrics_plot import *;"
        f"m = Metrics.of({{{STEPS!r}: parse_metrics({TEXT.encode()!r}, {STEPS!r})}});"
        "print(len(draw_plot(m, 'png', title='x')) > 1000)"
    )
    env = {
        **os.environ,
        "HOME": "/nonexistent",
        "XDG_CACHE_HOME": "/proc/nonexistent",
        "XDG_CONFIG_HOME": "/proc/nonexistent",
        "MATPLOTLIBRC": str(settings),
    }
    env.pop("MPLCONFIGDIR", None)
    env.pop("DISPLAY", None)
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)
