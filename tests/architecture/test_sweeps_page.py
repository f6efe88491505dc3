"""docs/sweeps.md says what the simulation of sweeps comes to."""

from tests.lambda_.sweep_model import EVENTS_OF_A_LOOK, Plan, simulate
from tools.update_sweeps_page import PAGE, with_table

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_that_of_the_simulation() -> None:
    """Run `PYTHONPATH=lambda:constructs_lib python -m tools.update_sweeps_page` where this fails."""
    assert with_table(TEXT) == TEXT


def test_the_text_names_the_longest_history() -> None:
    """That of a training of twelve hours."""
    looks = simulate(Plan(trials=2, hours=12.0)).most_looks
    assert f"A training of twelve hours comes to {looks * EVENTS_OF_A_LOOK:,}" in TEXT
