"""A deployment that waits for its jobs, on the local AWS: what its author sees."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    OutputData,
    TrainingData,
    Wait,
)
from tests.local.deployment import Define, Deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib.testing import LocalAws

pytestmark = pytest.mark.local

EXAMPLE = Path(__file__).parents[2] / "examples" / "wait" / "app.py"
SIX_HOURS, SEVEN_HOURS = (Wait.for_completion(cdk.Duration.hours(one)) for one in (6, 7))
OR_FAIL = Wait.for_completion(cdk.Duration.hours(6), fail_on_timeout=True)
SECONDS = 120
"""How long something may take on the local AWS before the test fails with a report."""
TOO_SHORT = 4
"""Seconds that replace six hours where the time is to be over."""


def tickets_stack(
    revision: str,
    wait: Wait = SIX_HOURS,
    *,
    seconds: int | None = None,
    other: Wait = Wait.NONE,
    other_revision: str = "1",
    version: str = "1",
) -> Define:
    """Define a job that is waited for, a deployment of its model, and another job.

    Args:
        revision: another text starts another job.
        wait: how it is waited for.
        seconds: for how long the function believes that it may wait. Default: as `wait` says.
        other: how the other job is waited for.
        other_revision: another text starts the other job again.
        version: the value of a tag of both jobs.
    """

    def define(stack: cdk.Stack) -> None:
        cdk.Tags.of(stack).add("version", version)
        triage = _job(stack, "Triage", wait, revision)
        _job(stack, "Other", other, other_revision)
        CustomModelDeployment(stack, "Serve", model=triage)
        if seconds:
            for name, at in (("Resource", "Wait.Seconds"), ("Result", "Seconds")):
                resource: Any = triage.node.find_child(name)
                resource.add_property_override(at, str(seconds))

    return define


def _job(stack: cdk.Stack, id: str, wait: Wait, revision: str) -> ModelCustomizationJob:
    return ModelCustomizationJob(
        stack,
        id,
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
        output_data=OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/"),
        custom_model_kms_key=AWS_OWNED_KEY,
        revision=revision,
        wait=wait,
    )


class Author:
    """Who deploys a stack, and what becomes of its jobs meanwhile.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: Deployment) -> None:
        self.stack = stack
        self._bedrock = stack.aws.bedrock

    @contextmanager
    def as_soon_as_it_runs(self, act: Callable[[str], object]) -> Iterator[None]:
        """Do something with the next job of `Triage` while the stack is being deployed."""
        known = {one.name for one in self._bedrock.jobs()}
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(lambda: act(self._next(known)))
            yield
            done.result(SECONDS)

    def _next(self, known: set[str]) -> str:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            new = [one.name for one in self._bedrock.jobs() if one.name not in known]
            if found := [one for one in new if one.startswith("Triage")]:
                return found[0]
            time.sleep(0.1)
        raise AssertionError("no job has started")

    @property
    def newest(self) -> str:
        """The job of `Triage` that was started last."""
        return [one.name for one in self._bedrock.jobs() if one.name.startswith("Triage")][-1]

    @property
    def status(self) -> str:
        """The status of that job."""
        return dict(self.stack.jobs)[self.newest]

    @property
    def model(self) -> str:
        """The model of that job."""
        [found] = [one.model_arn for one in self._bedrock.jobs() if one.name == self.newest]
        return str(found)

    @property
    def output(self) -> str:
        """The model in the outputs of the stack."""
        return self.stack.outputs["TriageCustomModelArn"]

    @property
    def served(self) -> tuple[str, str]:
        """The deployment, and the model that it serves."""
        [one] = self._bedrock.deployments()
        return one.arn, one.model_arn

    def executions(self) -> list[str]:
        """Return the status of everything that was waited for, by the one state machine of the stack.

        Earlier stacks of the same name had a state machine of the same name.
        """
        states, stacks = (self.stack.aws.client(name) for name in ("stepfunctions", "cloudformation"))
        [machine] = states.list_state_machines()["stateMachines"]
        [stack] = stacks.describe_stacks(StackName=self.stack.name)["Stacks"]
        found = states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        return [one["status"] for one in found if one["startDate"] >= stack["CreationTime"]]

    def cancel(self, job: str) -> None:
        """Cancel the update once the wait condition waits, and then let the job complete."""
        arn = next(one.arn for one in self._bedrock.jobs() if one.name == job)
        signal = f"validation-InProgress-{arn[-12:]}"
        until = time.monotonic() + SECONDS
        while not any(signal in event.get("ResourceStatusReason", "") for event in self.stack.events()):
            assert time.monotonic() < until, "nothing was signaled"
            time.sleep(0.1)
        self.stack.aws.client("cloudformation").cancel_update_stack(StackName=self.stack.name)
        self._bedrock.complete(job)


def test_the_real_cdk_deploy_prints_what_the_job_does(tickets: Deployment) -> None:
    """`--progress events` has four lines about the job, and the outputs its model, which is deployed."""
    aws: LocalAws = tickets.aws
    author = Author(Deployment(aws, "Wait"))
    aws.bedrock.configure(deploying_seconds=0)
    with author.as_soon_as_it_runs(aws.bedrock.complete):
        done = aws.cdk(
            "deploy",
            "--require-approval",
            "never",
            "--progress",
            "events",
            app=f"{sys.executable} {EXAMPLE}",
            timeout=SECONDS * 3,
        )
    printed = done.stdout + done.stderr
    signals = [line for line in printed.splitlines() if "SUCCESS signal" in line]
    assert len(signals) == 4, printed
    assert f"Wait.TriageCustomModelArn = {author.model}" in printed
    assert author.served[1] == author.model
    author.stack.take_over()
    author.stack.destroy()


@pytest.mark.thorough  # tests/lambda_/test_waiting_for_jobs.py has these ends, without a deployment
def test_whatever_becomes_of_the_job(tickets: Deployment) -> None:
    """A deployment ends as its job does, and what it had before stays where it fails."""
    author, bedrock = Author(tickets), tickets.aws.bedrock
    bedrock.configure(deploying_seconds=0, updating_seconds=0)

    # It completes.
    with author.as_soon_as_it_runs(bedrock.complete):
        tickets.deploy(tickets_stack("1"))
    first = author.model
    deployment, served = author.served
    assert author.output == served == first
    assert len(author.executions()) == 1

    # Another job is complete before it is waited for; another tag lets nothing wait.
    [other] = [name for name, status in tickets.jobs if status == "InProgress"]
    bedrock.complete(other)
    jobs = tickets.jobs
    tickets.deploy(tickets_stack("1", other=SIX_HOURS, version="2"))
    assert tickets.jobs == [(name, "Completed") for name, _ in jobs]
    assert author.executions() == ["SUCCEEDED"] * 2

    # It fails in training: the deployment fails with Bedrock's own sentence.
    with author.as_soon_as_it_runs(lambda job: bedrock.fail(job, "The learning rate is too large.")):
        reasons = tickets.fail(tickets_stack("2"))
    assert "The learning rate is too large." in reasons
    assert author.served == (deployment, first)

    # Somebody stops it.
    with author.as_soon_as_it_runs(bedrock.stop):
        assert "was stopped by somebody" in tickets.fail(tickets_stack("3"))
    assert author.served == (deployment, first)

    # The time is over, which is no failure: nothing is emptied, and the job goes on.
    tickets.deploy(tickets_stack("4", seconds=TOO_SHORT))
    assert (author.output, author.status) == ("", "InProgress")
    assert author.served == (deployment, first)

    # With another timeout it is waited for again, and not trained again.
    bedrock.complete(author.newest)
    fourth = author.model
    tickets.deploy(tickets_stack("4", SEVEN_HOURS))
    assert author.output == fourth == author.model
    assert author.served == (deployment, fourth)

    # The time is over, which is a failure: the rollback stops the job.
    assert "was not complete after" in tickets.fail(tickets_stack("5", OR_FAIL, seconds=TOO_SHORT))
    assert author.status in ("Stopping", "Stopped")
    assert author.served == (deployment, fourth)

    # Somebody cancels the deployment, and the job completes nevertheless: its model is not deployed.
    with author.as_soon_as_it_runs(author.cancel):
        tickets.fail(tickets_stack("6", SEVEN_HOURS))
    assert author.status == "Completed"
    assert author.served == (deployment, fourth)

    # It fails in validation, for which alone the other job is waited for.
    bedrock.configure(failure_message="A record has no answer.", fails_after_seconds=0.5)
    reasons = tickets.fail(tickets_stack("4", SEVEN_HOURS, other=Wait.for_validation(), other_revision="2"))
    assert "A record has no answer." in reasons
    assert author.served == (deployment, fourth)
    assert "RUNNING" not in author.executions()
