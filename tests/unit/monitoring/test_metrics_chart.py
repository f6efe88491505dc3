"""The chart of metrics in a terminal."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from constructs_lib.monitoring.metrics import Metrics, ParsedFile, Point, Series, parse_metrics
from constructs_lib.monitoring.metrics_chart import chart_lines

STEPS = "o/step_wise_training_metrics.csv"
VALIDATION = "o/validation_metrics.csv"


def metrics_of(**texts: str) -> Metrics:
    """Return the metrics of the training file and of validation files."""
    keys = {"training": STEPS}
    files = {keys.get(name, f"{name}/validation_metrics.csv"): text for name, text in texts.items()}
    return Metrics.of({key: parse_metrics(text.encode(), key) for key, text in files.items()})


@pytest.fixture(scope="module")
def losses() -> Metrics:
    """Return losses that fall over three epochs."""
    rows = "".join(f"{step},{(step - 1) // 15},{0.25 * math.exp(-step / 9):.6f}\n" for step in range(1, 46))
    return metrics_of(
        training=f"step_number,epoch_number,training_loss\n{rows}",
        validation="step_number,epoch_number,validation_loss\n15,0,0.0314\n30,1,0.0174\n45,2,0.0166\n",
    )


def test_the_chart_has_both_losses_their_axes_and_a_legend(losses: Metrics) -> None:
    """What is drawn can be read without colours."""
    assert chart_lines(losses, width=60, height=9, colour=False) == [
        "⠤⠤ training_loss  o validation_loss",
        "  0.224 ┤⠑⢄",
        "        │  ⠑⢄⡀",
        "        │    ⠈⠢⢄⡀",
        "        │       ⠈⠒⠤⣀⡀",
        "        │           ⠈⠉⠑⠒⠤⠤⣀⣀⡀",
        "0.00168 ┤                o  ⠈⠉⠉⠉⠒⠒⠒⠒⠢⠤⠤⠤⠤⠤o⠤⠤⢄⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀o",
        "        └───────────────────────────────────────────────────",
        "         1                      step                      45",
    ]


def test_ascii_is_enough(losses: Metrics) -> None:
    """Where the output is not UTF-8, nothing else is used."""
    lines = chart_lines(losses, width=60, height=9, colour=False, ascii_only=True)
    assert all(line.isascii() for line in lines)
    assert lines[0] == "** training_loss  o validation_loss"
    assert sum(line.count("o") for line in lines[1:-1]) == 3


def test_colours_change_nothing_else(losses: Metrics) -> None:
    """The escape sequences are those of colours."""
    plain = chart_lines(losses, width=60, height=9, colour=False)
    coloured = chart_lines(losses, width=60, height=9, colour=True)
    assert [Text.from_ansi(line).plain for line in coloured] == plain
    assert "\x1b[36m" in coloured[1]


@pytest.mark.parametrize("width", [20, 40, 41, 60, 200])
@pytest.mark.parametrize("height", [5, 6, 12, 40])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_chart_has_the_size_that_was_asked_for(
    losses: Metrics, width: int, height: int, *, ascii_only: bool
) -> None:
    """It fits the terminal, and a panel of another view."""
    lines = chart_lines(losses, width=width, height=height, colour=False, ascii_only=ascii_only)
    assert len(lines) == height
    assert max(map(len, lines)) <= width


def test_rewards_are_drawn_as_losses_are() -> None:
    """Reinforcement fine-tuning has no loss."""
    found = metrics_of(
        training="step_number,epoch_number,policy_entropy,train_reward_mean\n1,0,2,0.1\n2,0,1,0.9\n"
    )
    assert found.quantities == ["reward", "policy_entropy"]
    lines = chart_lines(found, width=40, height=6, colour=False)
    assert lines[0] == "⠤⠤ train_reward_mean"
    assert lines[1].startswith("0.9 ┤")
    lines = chart_lines(found, width=40, height=6, colour=False, quantity="policy_entropy")
    assert lines[0] == "⠤⠤ policy_entropy"


def test_every_validation_file_has_its_own_mark() -> None:
    """Colours are not needed to tell them apart."""
    text = "step,validation_loss\n1,{}\n2,{}\n"
    found = metrics_of(
        training="step,training_loss\n1,5\n2,1\n", faq=text.format(4, 3), mail=text.format(3, 2)
    )
    lines = chart_lines(found, width=60, height=8, colour=False)
    assert lines[0] == "⠤⠤ training_loss  o validation_loss (faq)  x validation_l..."
    assert [sum(line.count(mark) for line in lines[1:-1]) for mark in "ox"] == [2, 2]


def test_one_point_is_a_chart() -> None:
    """After the first step there is one value."""
    lines = chart_lines(metrics_of(training="step,training_loss\n5,0.5\n"), width=40, height=6, colour=False)
    assert lines[0] == "o training_loss"
    assert [line for line in lines if line.startswith("0.5 ┤") and "o" in line]
    assert lines[-1].strip() == "step 5"


def test_nothing_to_draw_is_no_line() -> None:
    """A job has no metrics at first."""
    assert chart_lines(Metrics(), width=40, height=6, colour=False) == []


def test_names_from_a_file_cannot_control_the_terminal() -> None:
    """Columns are named by a file."""
    found = metrics_of(training="step,\x1b[2J[red]損失\u202e\n1,2\n2,3\n")
    [legend, *_] = chart_lines(found, width=80, height=6, colour=False)
    assert legend == "⠤⠤ \\x1b[2J[red]\\u640d\\u5931\\u202e"


def test_a_peak_among_many_steps_is_drawn() -> None:
    """Several thousand steps share a column; a peak of one step is not lost."""
    rows = "".join(f"{step},{9 if step == 54_321 else 1}\n" for step in range(100_000))
    lines = chart_lines(metrics_of(training=f"step,training_loss\n{rows}"), width=60, height=8, colour=False)
    assert len(lines[1]) > 30
    assert lines[1].startswith("9 ┤")


numbers = st.floats(-1e100, 1e100) | st.integers(-10, 10)


@given(
    points=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=30, unique_by=lambda one: one[0]),
    width=st.integers(1, 100),
    height=st.integers(1, 20),
)
def test_any_numbers_can_be_drawn(points: list[tuple[float, float]], width: int, height: int) -> None:
    """Neither huge nor equal numbers are an exception."""
    found = [Point(step, None, value) for step, value in sorted(points)]
    series = Series(name="x", kind="training", source=STEPS, points=found, label="x")
    metrics = Metrics.of({STEPS: ParsedFile(series=[series], skipped=0)})
    lines = chart_lines(metrics, width=width, height=height, colour=False)
    assert len(lines) == max(5, height)
    assert max(map(len, lines)) <= max(20, width)
