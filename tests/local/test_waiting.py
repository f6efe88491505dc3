"""A deployment that waits for its jobs, on the local AWS: what its author sees."""

from __future__ import annotations

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

EXAMPLE = Path(__file__).parents[2] / "examples" / "wait" / "wait.py"
SIX_HOURS = Wait.for_completion(cdk.Duration.hours(6))
SECONDS = 40
"""How long something may take on the local AWS before the test fails with a report."""


def job(stack: cdk.Stack, id: str, wait: Wait, **more: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own arguments
    """Define a job that needs nothing of its own."""
    return ModelCustomizationJob(
        stack,
        id,
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
        output_data=OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/"),
        custom_model_kms_key=AWS_OWNED_KEY,
        wait=wait,
        **more,
    )


def tickets_stack(
    *, revision: str, wait: Wait = SIX_HOURS, seconds: int | None = None, second: Wait = Wait.NONE, tag: str
) -> Define:
    """Define a job that is waited for, a deployment of its model, and another job.

    Args:
        revision: another text starts another job.
        wait: how it is waited for.
        seconds: shortens the time that the function waits, as nobody waits for half an hour here.
        second: how the other job is waited for.
        tag: a tag of the jobs.
    """

    def define(stack: cdk.Stack) -> None:
        cdk.Tags.of(stack).add("version", tag)
        triage = job(stack, "Triage", wait, revision=revision)
        other = job(stack, "Other", second)
        CustomModelDeployment(stack, "Serve", model=triage)
        cdk.CfnOutput(stack, "Served", value=triage.custom_model_arn)
        for name in ("Resource", "Result") if seconds else ():
            resource: Any = triage.node.find_child(name)
            where = "Wait.Seconds" if name == "Resource" else "Seconds"
            resource.add_property_override(where, str(seconds))
        other.node.add_dependency(triage) if False else None

    return define


class Author:
    """Who deploys the stack, and looks at its job meanwhile.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: Deployment) -> None:
        self.stack = stack
        self.bedrock = stack.aws.bedrock

    @contextmanager
    def as_soon_as_it_runs(self, act: Callable[[str], object]) -> Iterator[None]:
        """Do something with the next job of `Triage` while the stack is being deployed."""
        known = {one.name for one in self.bedrock.jobs()}
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(lambda: act(self._next(known)))
            yield
            done.result(SECONDS)

    def _next(self, known: set[str]) -> str:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            new = [one.name for one in self.bedrock.jobs() if one.name not in known]
            if found := [one for one in new if one.startswith("Triage")]:
                return found[0]
            time.sleep(0.1)
        raise AssertionError("no job has started")

    def served(self) -> list[str]:
        """Return the models that are deployed."""
        return [one.model_arn for one in self.bedrock.deployments()]

    def model_of(self, name: str) -> str:
        """Return the model of a job."""
        [found] = [one.model_arn for one in self.bedrock.jobs() if one.name == name]
        return str(found)

    def status_of(self, name: str) -> str:
        """Return the status of a job."""
        return dict(self.stack.jobs)[name]

    def executions(self) -> int:
        """Return how often something was waited for."""
        states = self.stack.aws.client("stepfunctions")
        machines = [one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"]]
        assert len(machines) <= 1, "one state machine is enough for all jobs of a stack"
        return sum(len(states.list_executions(stateMachineArn=one)["executions"]) for one in machines)


def test_the_real_cdk_deploy_prints_what_the_job_does(tickets: Deployment) -> None:
    """`--progress events` has four lines about the job, and the outputs its model, which is deployed."""
    aws: LocalAws = tickets.aws
    author = Author(Deployment(aws, "Wait"))
    aws.bedrock.configure(deploying_seconds=0)
    with author.as_soon_as_it_runs(aws.bedrock.complete):
        done = aws.cdk(
            "deploy", "--require-approval", "never", "--progress", "events", app=f"python {EXAMPLE}"
        )
    printed = done.stdout + done.stderr
    [(name, _)] = author.stack.jobs
    signals = [line for line in printed.splitlines() if "SUCCESS signal" in line]
    assert len(signals) == 4, printed
    assert f"Wait.TriageCustomModelArn = {author.model_of(name)}" in printed
    assert author.served() == [author.model_of(name)]
    author.stack.take_over()
    author.stack.destroy()
