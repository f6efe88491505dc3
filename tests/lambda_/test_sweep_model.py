"""The time and the cost of sweeps, for 1,000 trials, and that the function behaves as the model says."""

from __future__ import annotations

import pytest

from tests.lambda_.builders import Harness
from tests.lambda_.sweep_model import EVENTS_OF_A_LOOK, Plan, simulate
from tests.lambda_.sweeping import Machine, SweepStory, sweep


@pytest.mark.parametrize("hours", [0.5, 2.0])
def test_the_model_says_what_the_function_does(hours: float) -> None:
    """Twelve trials, run by the real function: the same number of calls, and the same time."""
    story = SweepStory(Harness())
    story.double.configure(training_seconds=hours * 3600)
    story.deploy(sweep(12, MaxConcurrency="3"))
    began = story.clock.now()
    machine = Machine(story)
    machine.start(max_concurrency=3)
    machine.run()
    expected = simulate(Plan(trials=12, max_concurrency=3, hours=hours))
    assert machine.calls == expected.calls
    assert (story.clock.now() - began) / 3600 == pytest.approx(expected.hours)


def test_a_thousand_trials_stay_within_the_quota() -> None:
    """Five sweeps of 200 trials, two at a time, use the ten jobs of an account for 200 hours."""
    outcome = simulate(Plan(sweeps=5, trials=200, max_concurrency=2, hours=2.0))
    assert outcome.most_underway == 10
    assert 200 < outcome.hours < 215
    assert outcome.dollars < 10


def test_other_jobs_of_the_account_make_a_sweep_slower_and_nothing_else() -> None:
    """Nine foreign jobs leave room for one trial."""
    alone = simulate(Plan(trials=20, max_concurrency=2, hours=1.0))
    beside = simulate(Plan(trials=20, max_concurrency=2, hours=1.0, foreign=9))
    assert (alone.most_underway, beside.most_underway) == (2, 10)
    assert 1.9 < beside.hours / alone.hours < 2.2


def test_the_longest_training_fits_into_the_history_of_its_execution() -> None:
    """A trial that trains for a week: each look is nine of 25,000 events."""
    outcome = simulate(Plan(trials=2, max_concurrency=2, hours=24 * 7))
    assert outcome.most_looks * EVENTS_OF_A_LOOK < 25_000
