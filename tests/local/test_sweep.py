"""A sweep on the local AWS: a failed deployment, `examples/sweep`, a changed trial, and destroy."""

from __future__ import annotations

import json
import os
import runpy
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import BaseModel, CustomizationSweep, JobProvider, Keep, Objective, TrainingData, Trial
from constructs_lib.sweeps.trial import trials_of
from constructs_lib.testing.bedrock import Refuse
from tests.local.test_deployments import before_a_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aws_cdk as cdk

    from tests.local.deployment import Define, Deployment

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[2]
EXAMPLE: dict[str, Any] = runpy.run_path(str(ROOT / "examples" / "sweep" / "sweep.py"))
EPOCHS = [1, 2, 3]
PARAMETER = "/search/model"
FAILS, CHANGED = "0.00005", "0.00002"
"""The learning rate of the trials that fail, and of the one that takes the place of another."""
MANY = int(os.environ.get("SWEEP_TRIALS", "0"))
"""`make soak` sets it to 50."""
RATES = [1e-5, 5e-5, *(6e-5 + one * 1e-7 for one in range(MANY // len(EPOCHS) - 2))]
GRID = {"epoch_count": EPOCHS, "learning_rate": RATES}
TRIALS = len(EPOCHS) * len(RATES)
CONCURRENCY = 5 if MANY else 2
FOREIGN = 4
QUOTA = 10
READ_TIMEOUT = 4
"""Seconds. A Delete waits half as long again, because a trial may just be started."""
SECONDS = 120 + 3 * MANY
"""How long the trials may take before the test fails with a report."""


def whole(stack: cdk.Stack) -> CustomizationSweep:
    """Define the sweep of the example, or one with more trials."""
    JobProvider.configure(stack, read_timeout=READ_TIMEOUT)
    if not MANY:
        found: CustomizationSweep = EXAMPLE["define"](stack)
        return found
    return _search(stack, list(trials_of(GRID)), keep=Keep.best(1))


def changed(trials: list[Trial], **more: Any) -> Define:  # noqa: ANN401 - keywords of the sweep
    """Return what defines the sweep with other trials."""

    def define(stack: cdk.Stack) -> None:
        JobProvider.configure(stack, read_timeout=READ_TIMEOUT)
        _search(stack, trials, **more)

    return define


def _search(stack: cdk.Stack, trials: list[Trial], **more: Any) -> CustomizationSweep:  # noqa: ANN401 - keywords of the sweep
    """Define the sweep of the example with a list of trials."""
    return CustomizationSweep(
        stack,
        "Search",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_file(EXAMPLE["DATA"]),
        trials=trials,
        max_concurrency=CONCURRENCY,
        objective=Objective.TRAINING_LOSS,
        best_model_arn_parameter=PARAMETER,
        **more,
    )


class Sweep:
    """The stack with a sweep, and the jobs that its trials are.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: Deployment) -> None:
        self._stack = stack
        self.bedrock = stack.aws.bedrock
        self.foreign = {self._start(f"foreign-{number}") for number in range(FOREIGN)}

    def jobs(self, status: str = "") -> list[Any]:
        """Return the jobs of the sweep."""
        return [one for one in self.bedrock.jobs(status=status) if one.name not in self.foreign]

    def results(self) -> dict[str, Any]:
        """Return the results, {} while there are none."""
        bucket, key = self._stack.outputs["SearchResultsUri"].removeprefix("s3://").split("/", 1)
        s3 = self._stack.aws.client("s3")
        try:
            found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except s3.exceptions.NoSuchKey:
            return {}
        return found

    def run(self, *, until: int | None = None) -> dict[str, Any]:
        """End the trials that train, some of them with a failure, until all have ended.

        Args:
            until: stop when so many trials train. Default: only when the results are complete.
        """
        for _ in self._polls():
            underway = self.jobs("InProgress")
            assert len(underway) <= CONCURRENCY
            assert len(self.bedrock.jobs(status="InProgress")) <= QUOTA
            if until is not None:
                if len(underway) == until:
                    return {}
                continue
            for one in underway:
                if one.request["hyperParameters"]["learningRate"] == FAILS:
                    self.bedrock.fail(one.name, "The loss is not a number.")
                else:
                    self.bedrock.complete(one.name)
            results = self.results()
            if results.get("finished") and self._is_of_current(results):
                return results
        return {}

    def best_model(self) -> str:
        """Return what the parameter with the best model holds; "" where there is none."""
        ssm = self._stack.aws.client("ssm")
        try:
            return str(ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"])
        except ssm.exceptions.ParameterNotFound:
            return ""

    def inputs(self) -> Iterator[str]:
        """Yield the inputs of all executions."""
        states = self._stack.aws.client("stepfunctions")
        machine = self._stack.physical_id("Search14E54FC3StateMachine")
        for one in states.list_executions(stateMachineArn=machine)["executions"]:
            yield str(states.describe_execution(executionArn=one["executionArn"])["input"])

    def end_foreign(self) -> None:
        """Stop the jobs of others."""
        for name in self.foreign:
            self.bedrock.stop(name)

    def _is_of_current(self, results: dict[str, Any]) -> bool:
        return bool(results["sweep"]["definition"] == self._stack.physical_id("Search14E54FC3"))

    def _polls(self) -> Iterator[None]:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            yield
            time.sleep(0.1)
        pytest.fail(self._stack.report(f"without an end of the sweep: {self.results()}"))

    def _start(self, name: str) -> str:
        self._stack.aws.client("bedrock").create_model_customization_job(
            jobName=name,
            customModelName=name,
            roleArn="arn:aws:iam::000000000000:role/Foreign",
            baseModelIdentifier="amazon.nova-lite-v1:0:300k",
            trainingDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
            outputDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
        )
        return name


def test_the_whole_life_of_a_sweep(tickets: Deployment) -> None:
    """A failed deployment costs nothing, failures are results, a change trains what is new, destroy stops."""
    sweep, bedrock = Sweep(tickets), tickets.aws.bedrock
    bedrock.configure(losses="different")
    tickets.fail(before_a_parameter(whole, fails=True))
    assert (sweep.jobs(), sweep.best_model()) == ([], "")
    tickets.destroy()

    for number in range(1, TRIALS // 6 + 1):  # every seventh call that creates a job
        bedrock.add_fault("CreateModelCustomizationJob", Refuse.throttled(), skip=6 * number - 1)
    tickets.deploy(whole)
    first = sweep.run()
    trials = first["trials"]
    failed = [one for one in trials if one["status"] == "Failed"]
    completed = [one for one in trials if one["status"] == "Completed"]
    assert (len(failed), len(completed)) == (len(EPOCHS), TRIALS - len(EPOCHS))
    assert {one["overrides"]["hyperParameters"]["learningRate"] for one in failed} == {FAILS}
    assert {one["failureMessage"] for one in failed} == {"The loss is not a number."}
    assert first["best"] == min(completed, key=lambda one: one["trainingLoss"])
    assert [one.arn for one in bedrock.models()] == [first["best"]["modelArn"]], "Keep.best(1)"
    assert sweep.best_model() == first["best"]["modelArn"]
    assert sorted(one.name for one in sweep.jobs()) == sorted(one["jobName"] for one in trials)
    assert len(sweep.jobs()) == TRIALS

    listed = list(trials_of(GRID))
    # Not the best one, which is the only one that still has a model.
    index = next(one["index"] for one in completed if one["index"] != first["best"]["index"])
    listed[index] = Trial(hyper_parameters={"epoch_count": 1, "learning_rate": 2e-5})
    tickets.deploy(changed(listed))
    assert sweep.best_model() == first["best"]["modelArn"], "until all trials have ended"
    second = sweep.run()
    assert sweep.best_model() == second["best"]["modelArn"]
    new = {one["jobName"] for one in second["trials"]} - {one["jobName"] for one in trials}
    assert len(new) == 1
    assert len(sweep.jobs()) == TRIALS + 1
    assert second["trials"][index]["overrides"]["hyperParameters"]["learningRate"] == CHANGED
    kept = ("index", "overrides", "jobName", "status", "trainingLoss", "failureMessage")
    for before, after in zip(trials, second["trials"], strict=True):
        if before["index"] != index:
            assert {name: after[name] for name in kept} == {name: before[name] for name in kept}

    tickets.deploy(changed(listed, revision="2"))
    sweep.run(until=CONCURRENCY)
    assert not any(FAILS in one or "epoch" in one for one in sweep.inputs()), "they are ARNs, ids and numbers"
    tickets.destroy()
    assert (sweep.jobs("InProgress"), sweep.best_model()) == ([], "")
    assert len(sweep.jobs()) <= TRIALS + 1 + CONCURRENCY
    sweep.end_foreign()
