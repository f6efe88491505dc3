"""Write the table of times and costs in `docs/sweeps.md`, from a simulation with the function's decisions.

PYTHONPATH=lambda:constructs_lib python -m tools.update_sweeps_page
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from contract.sweeps import MOST_CONCURRENT, MOST_TRIALS
from customization_job.sweeps.decide import pause, why_not_admitted

PAGE = Path(__file__).parent.parent / "docs/sweeps.md"
HEAD = (
    "| trials | sweeps | at a time, each | one training | all have ended after | calls of the function "
    "| state transitions | Step Functions and Lambda |\n|---|---|---|---|---|---|---|---|\n"
)
ROWS = ((6, 1, 2, 1), (50, 1, 5, 2), (200, 1, 2, 2), (200, 1, 10, 2), (1000, 5, 2, 2), (1000, 5, 2, 12))
"""Trials, sweeps, trials at a time of each sweep, and hours of one training."""

HOUR = 3600.0
_PER_TRANSITION = 0.025 / 1000
"""USD in us-east-1: https://aws.amazon.com/step-functions/pricing/."""
_PER_CALL = 0.20 / 1_000_000 + 0.25 * 1.0 * 0.0000166667
"""USD of one second with 256 MB in us-east-1: https://aws.amazon.com/lambda/pricing/."""
_OF_LOOK = 3
"""State transitions: the call, the choice, and the pause or the end."""
_EVENTS_OF_LOOK = 9
"""Events in the history of an execution: three states that are entered and left, and three of the call."""
_OF_PARENT = 5


@dataclass(slots=True)
class Outcome:
    """What sweeps took.

    Args:
        seconds: until all trials had ended.
        calls: calls of the function.
        most_underway: the most jobs that were in progress at one time.
        longest_history: the most events in the history of one execution.
        jobs: jobs that were started.
    """

    seconds: float = 0.0
    calls: int = 0
    most_underway: int = 0
    longest_history: int = 0
    jobs: int = 0
    executions: int = 0

    @property
    def transitions(self) -> int:
        """State transitions; the start of a trial's execution is counted as one."""
        return self.calls * _OF_LOOK + self.executions

    @property
    def dollars(self) -> float:
        """What Step Functions and Lambda cost; the trainings are not in it."""
        return self.transitions * _PER_TRANSITION + self.calls * _PER_CALL


@dataclass(slots=True)
class _Trial:
    sweep: int
    started: float | None = None
    looks: int = 0


@dataclass(slots=True)
class _Account:
    """The jobs of an account that are in progress: the sweep of each, by when it ends."""

    ends: list[tuple[float, int]] = field(default_factory=list)

    def underway(self, now: float) -> list[int]:
        self.ends = [one for one in self.ends if one[0] > now]
        return [sweep for _, sweep in self.ends]


def simulate(trials: int, sweeps: int, concurrency: int, hours: float) -> Outcome:
    """Run sweeps in virtual time, without a call of any service.

    The state machines run `concurrency` trials of each sweep at a time; the function starts a trial where the
    quota of the account has room, and looks at it as often as it does on AWS.

    Args:
        trials: the trials of all sweeps.
        sweeps: how many sweeps they are spread over.
        concurrency: the trials of one sweep at a time.
        hours: the time of one training.
    """
    if trials > sweeps * MOST_TRIALS:
        raise ValueError(f"{sweeps} sweeps have at most {sweeps * MOST_TRIALS} trials")
    account, outcome, order = _Account(), Outcome(), count()
    waiting = [trials // sweeps + (one < trials % sweeps) for one in range(sweeps)]
    events: list[tuple[float, int, _Trial]] = []

    def run_next(sweep: int, now: float) -> None:
        if waiting[sweep]:
            waiting[sweep] -= 1
            outcome.executions += 1
            heapq.heappush(events, (now, next(order), _Trial(sweep)))

    for sweep in range(sweeps):
        for _ in range(concurrency):
            run_next(sweep, 0.0)
    while events:
        now, _, trial = heapq.heappop(events)
        outcome.calls += 1
        trial.looks += 1
        after = _look(trial, account, outcome, now, concurrency=concurrency, seconds=hours * HOUR)
        if after is not None:
            heapq.heappush(events, (now + after, next(order), trial))
            continue
        outcome.seconds = max(outcome.seconds, now)
        outcome.longest_history = max(outcome.longest_history, trial.looks * _EVENTS_OF_LOOK)
        run_next(trial.sweep, now)
    outcome.calls += sweeps  # the reports
    outcome.executions += sweeps * _OF_PARENT
    return outcome


def _look(
    trial: _Trial, account: _Account, outcome: Outcome, now: float, *, concurrency: int, seconds: float
) -> float | None:
    """Return the seconds until the function looks at a trial again; None where it has ended."""
    if trial.started is None:
        underway = account.underway(now)
        names = [f"{sweep}-" for sweep in underway]
        refusal = why_not_admitted(names, f"{trial.sweep}-", concurrency)
        if refusal is not None:
            return refusal[1]
        trial.started = now
        account.ends.append((now + seconds, trial.sweep))
        outcome.jobs += 1
        outcome.most_underway = max(outcome.most_underway, len(underway) + 1)
        return pause(0.0)
    age = now - trial.started
    return pause(age) if age < seconds else None


def rows() -> list[str]:
    """Return the rows of the table."""
    found = []
    for trials, sweeps, concurrency, hours in ROWS:
        took = simulate(trials, sweeps, concurrency, hours)
        assert took.jobs == trials  # noqa: S101 - a table of something else must not be written
        assert took.most_underway <= MOST_CONCURRENT  # noqa: S101 - as above
        cells = (
            f"{trials:,}",
            str(sweeps),
            str(concurrency),
            f"{hours} h",
            _duration(took.seconds),
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


def _duration(seconds: float) -> str:
    hours = seconds / HOUR
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"  # noqa: PLR2004 - two days


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
