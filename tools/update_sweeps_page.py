"""Write the table of times and costs in `docs/sweeps.md`, from the simulation of `sweep_model.py`.

PYTHONPATH=lambda:constructs_lib python -m tools.update_sweeps_page
"""

from __future__ import annotations

from pathlib import Path

from tests.lambda_.sweep_model import Plan, simulate

PAGE = Path(__file__).parent.parent / "docs/sweeps.md"
HEAD = (
    "| trials | sweeps | at a time, each | one training | all have ended after | calls of the function "
    "| state transitions | Step Functions, Lambda, S3 |\n|---|---|---|---|---|---|---|---|\n"
)
PLANS = (
    Plan(trials=6, hours=1.0),
    Plan(trials=50, max_concurrency=5),
    Plan(trials=200),
    Plan(trials=200, max_concurrency=10),
    Plan(sweeps=5, trials=200),
    Plan(sweeps=5, trials=200, hours=12.0),
)
_HOURS_OF_TWO_DAYS = 48


def rows() -> list[str]:
    """Return the rows of the table."""
    found = []
    for plan in PLANS:
        took = simulate(plan)
        cells = (
            f"{plan.sweeps * plan.trials:,}",
            str(plan.sweeps),
            str(plan.max_concurrency),
            f"{plan.hours:g} h",
            _duration(took.hours),
            f"{took.calls:,}",
            f"{took.transitions:,}",
            f"{took.dollars:.2f} USD",
        )
        found.append(f"| {' | '.join(cells)} |\n")
    return found


def with_table(page: str) -> str:
    """Return the page with the table as it must be.

    Args:
        page: the page.
    """
    before, _, rest = page.partition(HEAD)
    lines = rest.splitlines(keepends=True)
    while lines and lines[0].startswith("|"):
        lines.pop(0)
    return before + HEAD + "".join([*rows(), *lines])


def _duration(hours: float) -> str:
    return f"{hours:.1f} h" if hours < _HOURS_OF_TWO_DAYS else f"{hours / 24:.1f} days"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
