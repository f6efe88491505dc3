"""How long sweeps take, and what is billed for running them: a simulation that calls only the decisions.

Prices are those of us-east-1, without free tiers: https://aws.amazon.com/step-functions/pricing/,
https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/s3/pricing/. What Bedrock bills for the
training itself, by the token, and for the storage of models is not part of it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from customization_job.frame.task import pause_for
from customization_job.sweeps import decide

if TYPE_CHECKING:
    from collections.abc import Sequence

TRANSITIONS_OF_A_LOOK = 3
"""`Look`, `Over?`, and `Pause` or the end."""

EVENTS_OF_A_LOOK = 9
"""Events in the history of a child execution, of which it may have 25,000."""

_TRANSITION, _INVOCATION, _GIGABYTE_SECOND = 25e-6, 0.2e-6, 16.6667e-6
_GET, _PUT = 0.4e-6, 5e-6
_MEMORY_GIGABYTES, _SECONDS_OF_A_CALL = 0.25, 1.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Sweeps that run at the same time in one account.

    Args:
        sweeps: how many sweeps.
        trials: how many trials each has.
        max_concurrency: how many trials of a sweep train at the same time.
        hours: how long each training takes.
        foreign: how many other jobs of the account are always in progress.
    """

    sweeps: int = 1
    trials: int = 200
    max_concurrency: int = 2
    hours: float = 2.0
    foreign: int = 0


class Outcome(NamedTuple):
    """What it comes to.

    Args:
        hours: from the start to the end of the last trial.
        most_underway: the most jobs of the account that were in progress at the same time.
        calls: how often the function was called.
        most_looks: the most calls for one trial.
        dollars: what Step Functions, Lambda and S3 bill.
    """

    hours: float
    most_underway: int
    calls: int
    most_looks: int
    dollars: float

    @property
    def transitions(self) -> int:
        """State transitions that Step Functions bills."""
        return self.calls * TRANSITIONS_OF_A_LOOK


def simulate(plan: Plan) -> Outcome:
    """Return what a plan comes to, second by second of a clock of its own.

    Args:
        plan: the plan.
    """
    run = _Run(plan)
    while run.due:
        run.step()
    calls = sum(run.looks.values()) + plan.sweeps  # and one report for each sweep
    return Outcome(
        hours=run.now / 3600,
        most_underway=run.most_underway,
        calls=calls,
        most_looks=max(run.looks.values()),
        dollars=_dollars(calls, plan.sweeps * plan.trials),
    )


class _Run:
    """The time, and what comes next: looks at the trials, of which each sweep has some at a time."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = 0.0
        self.most_underway = 0
        self.looks: Counter[tuple[int, int]] = Counter()
        self.due: list[tuple[float, int, int]] = []
        self._created: dict[tuple[int, int], float] = {}
        self._holds: Counter[tuple[int, int]] = Counter()
        self._waiting = dict.fromkeys(range(plan.sweeps), plan.trials)
        for _ in range(plan.max_concurrency):
            for sweep in range(plan.sweeps):
                self._next_trial(sweep)

    def step(self) -> None:
        """Carry out the next look."""
        self.now, sweep, trial = heapq.heappop(self.due)
        one = (sweep, trial)
        self.looks[one] += 1
        if one not in self._created:
            heapq.heappush(self.due, (self.now + self._admit(one), sweep, trial))
        elif (age := self.now - self._created[one]) < self.plan.hours * 3600:
            heapq.heappush(self.due, (self.now + round(pause_for(age)), sweep, trial))
        else:
            self._next_trial(sweep)

    def _admit(self, one: tuple[int, int]) -> float:
        """Start a trial if there is room; return the seconds until the next look."""
        underway = self._underway()
        found = decide.why_not_admitted(underway, f"sweep-{one[0]}-", self.plan.max_concurrency)
        if found:
            self._holds[one] += 1
            return round(decide.hold(found[1], self._holds[one] - 1) * 0.75)  # the middle of what is drawn
        self._created[one] = self.now
        self.most_underway = max(self.most_underway, len(underway) + 1)
        return pause_for(0.0)

    def _underway(self) -> Sequence[str]:
        limit = self.plan.hours * 3600
        ours = [one for one, created in self._created.items() if self.now - created < limit]
        names = [f"sweep-{sweep}-{trial}" for sweep, trial in ours]
        return [*names, *(f"other-{index}" for index in range(self.plan.foreign))]

    def _next_trial(self, sweep: int) -> None:
        left = self._waiting[sweep]
        if left:
            self._waiting[sweep] = left - 1
            heapq.heappush(self.due, (self.now, sweep, self.plan.trials - left))


def _dollars(calls: int, trials: int) -> float:
    """Return what is billed: each call reads the definition, and each trial writes its start and its end."""
    step_functions = calls * TRANSITIONS_OF_A_LOOK * _TRANSITION
    function = calls * (_INVOCATION + _SECONDS_OF_A_CALL * _MEMORY_GIGABYTES * _GIGABYTE_SECOND)
    return step_functions + function + calls * _GET + 2 * trials * (_PUT + _GET)
