"""A job of a stack is stopped on the local AWS, and the function's log says what the stack does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData
from constructs_lib.cli.main import app

if TYPE_CHECKING:
    import aws_cdk as cdk

    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local


def with_tags(**tags: str) -> object:
    """Return what defines a job with tags."""

    def define(stack: cdk.Stack) -> None:
        data = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
        ModelCustomizationJob(
            stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=data, job_tags=tags
        )

    return define


def console(*arguments: str) -> Result:
    """Run the console."""
    return CliRunner().invoke(app, list(arguments))


def test_a_job_of_a_stack_is_stopped(tickets: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with --owned; the stack keeps it until another revision, and its log is kept when it is gone."""
    for name, value in tickets.aws.env().items():
        monkeypatch.setenv(name, value)
    tickets.deploy(with_tags())
    arn = tickets.job_arn
    started = console("logs", "--stack", "Tickets")
    assert started.exit_code == 0, started.stderr
    assert f"(generation 0): {arn}" in started.stdout

    refused = console("stop", arn, "--yes")
    assert (refused.exit_code, tickets.jobs[0][1]) == (1, "InProgress")
    assert "of the stack Tickets" in refused.stderr
    stopped = console("stop", arn, "--yes", "--owned")
    assert (stopped.exit_code, tickets.jobs[0][1]) == (0, "Stopping"), stopped.stderr
    tickets.aws.bedrock.advance(60)

    tickets.deploy(with_tags(flag="true"))
    assert tickets.job_arn == arn
    log = console("logs", "--stack", "Tickets", "--resource", "Triage").stdout
    assert f"Update  WARNING: Decided to keep the job {arn}: same inputs. To start another job" in log

    tickets.destroy()
    kept = console("logs", "--stack", tickets.stack_id)
    assert f"Done with the job {arn}: nothing to stop: the job is Stopped." in kept.stdout
