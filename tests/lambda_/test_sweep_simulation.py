"""Sweeps of 50 trials in random histories, with everything that happens to them at the same time."""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest
from customization_job.jobs.identity import ClientToken

from constructs_lib.testing.bedrock import AfterCall, LoseResponse, Refuse
from tests.lambda_.builders import REQUEST, Harness, die
from tests.lambda_.fakes import ACCOUNT, REGION
from tests.lambda_.sweeping import CREATE, Machine, SweepStory, sweep, trial

HISTORIES = int(os.environ.get("SWEEP_HISTORIES", "3"))
TRIALS = 50
MINUTE, HOUR = 60.0, 3600.0
FAILED = "The training data could not be read."


class History:
    """A sweep of 50 trials, four foreign jobs, failing trials, throttling and crashes, at random times."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - it chooses what happens, and protects nothing
        self.story = SweepStory(Harness())
        self.double = self.story.double
        self.double.configure(training_seconds=15 * MINUTE, visible_after_seconds=self.random.choice((0, 40)))
        self.limit = self.random.randint(1, 6)
        self.machine = Machine(self.story, watch=self.watch, crash=self.is_lost)
        self.failing = 5
        for index in range(4):
            names = {"jobName": f"other-{index}", "customModelName": f"other-{index}"}
            self.double.call(CREATE, {**REQUEST, **names}, account=ACCOUNT, region=REGION)
        for times in range(1, 2 * TRIALS // 7):
            self.double.faults.add(CREATE, Refuse("ThrottlingException"), times=1, skip=7 * times)
        for fault in (AfterCall(die), LoseResponse(), Refuse("ServiceQuotaExceededException")):
            self.double.faults.add(CREATE, fault, times=1, skip=self.random.randrange(TRIALS))

    def watch(self) -> None:
        """Hold at every moment what must always hold, and fail a job now and then."""
        underway = self.double.jobs(status="InProgress")
        ours = [job for job in underway if not job.name.startswith("other-")]
        assert len(ours) <= self.limit
        assert len(underway) <= 10
        if ours and self.failing and self.random.random() < 0.02:
            self.failing -= 1
            self.double.fail(self.random.choice(ours).arn, FAILED)

    def is_lost(self, _task: object) -> bool:
        """Lose a value that the function returns now and then."""
        return self.random.random() < 0.02

    def deploy(self, trials: list[dict[str, object]], *, fails: bool = False) -> None:
        """Deploy the sweep, and let its execution begin."""
        count = len(self.story.fakes.executions.inputs)
        desired = sweep(trials, MaxConcurrency=str(self.limit))
        assert self.story.deploy(desired, fails=fails)["Status"] == "SUCCESS"
        if len(self.story.fakes.executions.inputs) > count:
            self.machine.start(max_concurrency=self.limit)

    @property
    def most_jobs_of_a_trial(self) -> int:
        """How many jobs the trial with the most of them has that were not stopped."""
        jobs = [job for job in self.story.jobs if job.status != "Stopped"]
        tokens = [ClientToken.read(str(job.request["clientRequestToken"])) for job in jobs]
        return max(Counter(token.fingerprint for token in tokens if token).values())


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_fifty_trials_end_with_one_job_each(seed: int) -> None:
    """Whatever fails on the way; then one trial is changed, and one job is started."""
    history = History(seed)
    trials = [trial(index + 1) for index in range(TRIALS)]
    history.deploy(trials)
    history.machine.run(history.random.uniform(1, 4) * HOUR)
    history.deploy([trial(index + 101) for index in range(TRIALS)], fails=True)
    history.machine.run(HOUR)
    if history.random.random() < 0.5:  # somebody starts the execution again
        history.machine.start(0, history.limit)
    history.machine.run()
    results = history.story.results
    assert (len(history.story.jobs), history.most_jobs_of_a_trial, results["finished"]) == (TRIALS, 1, True)
    assert Counter(one["status"] for one in results["trials"]) == {
        "Completed": TRIALS - 5 + history.failing,
        **({"Failed": 5 - history.failing} if history.failing < 5 else {}),
    }
    losses = [one["validationLoss"] for one in results["trials"] if one["status"] == "Completed"]
    assert results["best"]["validationLoss"] == min(losses)
    history.deploy([*trials[1:], trial(200)])
    history.machine.run()
    assert len(history.story.jobs) == TRIALS + 1
    assert history.story.results["finished"]


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_nothing_is_left_of_a_sweep_that_is_destroyed_midway(seed: int) -> None:
    """Not a job that trains, and no execution that starts one later; before, the sweep is changed once."""
    history = History(1000 + seed)
    history.deploy([trial(index + 1) for index in range(TRIALS)])
    history.machine.run(history.random.uniform(0, 3) * HOUR)
    history.deploy([trial(index + 1) for index in range(25, TRIALS + 10)])
    history.machine.run(history.random.uniform(0, 2) * HOUR)
    assert history.story.destroy()["Status"] == "SUCCESS"
    count = len(history.story.jobs)
    history.machine.run()
    assert (history.story.underway, len(history.story.jobs)) == ([], count)
    foreign = [job for job in history.double.jobs() if job.name.startswith("other-")]
    assert [job.status for job in foreign] == ["Completed"] * 4
