"""docs/sweeps.md says what a simulation of sweeps comes to."""

from tools.update_sweeps_page import HOUR, PAGE, simulate, with_table

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_that_of_the_simulation() -> None:
    """Run `PYTHONPATH=lambda:constructs_lib python -m tools.update_sweeps_page` where this fails."""
    assert with_table(TEXT) == TEXT


def test_a_thousand_trials_stay_within_the_quota() -> None:
    """Five sweeps share ten jobs, each trial is trained once, and no history is near its limit of 25,000."""
    took = simulate(1000, sweeps=5, concurrency=2, hours=12)
    assert (took.jobs, took.most_underway) == (1000, 10)
    assert took.longest_history < 2_500
    assert 100 * 12 * HOUR <= took.seconds <= 100 * (12 * HOUR + 300)


def test_sweeps_that_want_more_than_the_quota_wait() -> None:
    """Five sweeps of ten at a time train no more than ten jobs of the account at a time, and all of them."""
    took = simulate(100, sweeps=5, concurrency=10, hours=1)
    assert (took.jobs, took.most_underway) == (100, 10)


def test_the_texts_name_what_the_simulation_says() -> None:
    """The number of events, and the notes of the example."""
    longest = simulate(1000, sweeps=5, concurrency=2, hours=12).longest_history
    assert f"A training of twelve hours comes to {longest:,}" in TEXT
