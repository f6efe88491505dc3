"""What docs/runbook.md says to do when a stack cannot be deleted works on the local AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from typer.testing import CliRunner, Result

from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData
from constructs_lib.cli.main import app
from constructs_lib.testing import Refuse

if TYPE_CHECKING:
    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local


@pytest.fixture(autouse=True)
def _environment(tickets: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the console reach the local AWS, as a shell does after `. .local-aws/env`."""
    for name, value in tickets.aws.env().items():
        monkeypatch.setenv(name, value)


def define(stack: cdk.Stack, revision: str | None = None) -> ModelCustomizationJob:
    """Define one job."""
    data = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
    return ModelCustomizationJob(
        stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=data, revision=revision
    )


def define_another_that_fails(stack: cdk.Stack) -> None:
    """Define another job, and after it a wait condition that nobody signals."""
    job = define(stack, revision="2")
    handle = cdk.CfnWaitConditionHandle(stack, "Handle")
    never = cdk.CfnWaitCondition(stack, "Never", handle=handle.ref, timeout="1", count=1)
    never.node.add_dependency(job)


def console(*arguments: str) -> Result:
    """Run the console."""
    return CliRunner().invoke(app, [*arguments])


def orphans() -> list[str]:
    """Return the ARNs that `orphans` lists."""
    return [one["arn"] for one in json.loads(console("orphans", "--output", "json").stdout)["items"]]


def custom_resources(stack: Deployment) -> list[str]:
    """Return the logical ids that the runbook's query lists."""
    summaries = stack.aws.client("cloudformation").list_stack_resources(StackName=stack.stack_id)
    return [
        one["LogicalResourceId"]
        for one in summaries["StackResourceSummaries"]
        if one["ResourceType"].startswith("Custom::") and one["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def test_a_job_that_could_not_be_stopped_is_stopped_by_hand(tickets: Deployment) -> None:
    """The reason says so, and what is left behind is nothing that is billed.

    MiniStack deletes the function although the resource that failed depends on it: so that is retained.
    """
    tickets.deploy(define)
    arn = tickets.job_arn
    denied = Refuse.denied_explicitly("a service control policy", "bedrock:StopModelCustomizationJob")
    tickets.aws.bedrock.add_fault("StopModelCustomizationJob", denied)
    assert tickets.delete() == "DELETE_FAILED"
    reasons = [one.get("ResourceStatusReason", "") for one in tickets.events()]
    assert any("could not be stopped and may still run" in one for one in reasons)

    assert console("stop", arn, "--yes", "--owned").exit_code == 0
    tickets.aws.bedrock.advance(60)
    assert tickets.delete(retained=custom_resources(tickets)) == "DELETE_COMPLETE"
    assert orphans() == []


def test_a_stack_whose_function_was_deleted_is_deleted_without_its_custom_resources(
    tickets: Deployment,
) -> None:
    """The job is stopped without the function; nothing that is billed is left."""
    tickets.deploy(define)
    [function] = (
        one["PhysicalResourceId"]
        for one in tickets.aws.client("cloudformation").list_stack_resources(StackName=tickets.stack_id)[
            "StackResourceSummaries"
        ]
        if one["ResourceType"] == "AWS::Lambda::Function"
    )
    tickets.aws.client("lambda").delete_function(FunctionName=function)
    stopped = console("stop", "--stack", "Tickets", "--owned", "--yes")
    assert stopped.exit_code == 0, stopped.stderr
    tickets.aws.bedrock.advance(60)
    assert tickets.delete() == "DELETE_FAILED"
    assert tickets.delete(retained=custom_resources(tickets)) == "DELETE_COMPLETE"
    assert orphans() == []


def test_a_job_that_a_rollback_could_not_stop_is_an_orphan(tickets: Deployment) -> None:
    """The stack is UPDATE_ROLLBACK_COMPLETE all the same; the job of the update needs no --owned."""
    tickets.deploy(define)
    kept = tickets.job_arn
    denied = Refuse.denied_explicitly("a service control policy", "bedrock:StopModelCustomizationJob")
    tickets.aws.bedrock.add_fault("StopModelCustomizationJob", denied)
    reasons = tickets.fail(define_another_that_fails)
    assert "could not be stopped and may still run" in reasons
    assert tickets.job_arn == kept

    [left] = orphans()
    assert console("stop", left, "--yes").exit_code == 0
    assert [job.status for job in tickets.aws.bedrock.jobs() if job.arn == left] == ["Stopping"]
    assert [job.status for job in tickets.aws.bedrock.jobs() if job.arn == kept] == ["InProgress"]
