"""`bedrock-customize diff` says what a deploy then does: which jobs start and stop, and which models go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from constructs_lib import OnDelete, OutputData
from constructs_lib.cli.main import app
from tests.local.deployment import synthesized
from tests.local.test_deployments import several_jobs, triage

if TYPE_CHECKING:
    from aws_cdk.cx_api import CloudAssembly

    from tests.local.deployment import Define, Deployment

pytestmark = pytest.mark.local

ELSEWHERE = OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/elsewhere/")


def diff(stack: Deployment, assembly: CloudAssembly) -> list[dict[str, Any]]:
    """What the command says of each job."""
    options = ["--app", assembly.directory, "--output", "json"]
    result = CliRunner(env=stack.aws.env()).invoke(app, ["diff", *options])
    assert result.exit_code == 0, result.output
    [found] = json.loads(result.stdout)["stacks"]
    return list(found["jobs"])


def deploy(stack: Deployment, define: Define) -> list[str]:
    """Deploy, and compare what happens with what the command has said before.

    Args:
        stack: the stack.
        define: what is deployed.

    Returns:
        whether each job starts, in the command's words.
    """
    assembly = synthesized(stack.name, define)
    said = diff(stack, assembly)
    jobs, models = dict(stack.jobs), {model.arn for model in stack.aws.bedrock.models()}
    starts = [one["starts"] for one in said]
    if assembly.get_stack_by_name(stack.name).template == stack.template:
        assert set(starts) == {"no"}  # CloudFormation performs no update
        return starts
    stack.deploy(assembly)

    new = dict(stack.jobs)
    stopped = [name for name, status in jobs.items() if status == "InProgress" and new[name] != status]
    deleted = models - {model.arn for model in stack.aws.bedrock.models()}
    started = len(new) - len(jobs)
    at_least, at_most = starts.count("yes"), starts.count("yes") + starts.count("unknown")
    assert at_least <= started <= at_most, said
    assert len(stopped) == sum(one["stops"] == "yes" for one in said), said
    # The local CloudFormation does not show that a removed resource is being deleted, so its model is kept.
    assert len(deleted) <= sum(one["deletes_model"] for one in said), said
    assert "if-running" not in [*starts, *(one["stops"] for one in said)], said
    return starts


def test_a_deploy_does_what_diff_has_said_of_a_running_job(tickets: Deployment) -> None:
    """Created, unchanged, tagged, with another output, epoch count and revision, and beside another job."""
    assert deploy(tickets, triage()) == ["yes"]
    assert deploy(tickets, triage()) == ["no"]
    assert deploy(tickets, triage(job_tags={"team": "a"}, on_delete=OnDelete.RETAIN)) == ["no"]
    assert deploy(tickets, triage(output_data=ELSEWHERE)) == ["yes"]
    assert deploy(tickets, triage(epochs=3)) == ["yes"]
    again = triage(epochs=3, revision="again")
    assert deploy(tickets, several_jobs(again, triage("Second"))) == ["yes", "yes"]
    assert deploy(tickets, triage("Second")) == ["no", "no"]
    for name, status in tickets.jobs:  # the first was retained
        if status == "InProgress":
            tickets.aws.bedrock.complete(name)


def test_a_deploy_does_what_diff_has_said_of_a_finished_job(tickets: Deployment) -> None:
    """It outlives another output; its inputs come back; its model goes with it."""
    deletes = {"on_delete": OnDelete.DELETE_MODEL}
    deploy(tickets, several_jobs(triage(), triage("Other", epochs=4)))
    for name, _ in tickets.jobs:
        tickets.aws.bedrock.complete(name)
    changed = triage(output_data=ELSEWHERE, **deletes)
    assert deploy(tickets, several_jobs(changed, triage("Other", epochs=4))) == ["no", "no"]
    assert deploy(tickets, several_jobs(triage(epochs=3), triage("Other", epochs=4))) == ["yes", "no"]
    assert deploy(tickets, several_jobs(triage(**deletes), triage("Other", epochs=4))) == ["unknown", "no"]
    assert deploy(tickets, triage("Other", epochs=4)) == ["no", "no"]
