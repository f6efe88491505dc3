"""What a deleted stack leaves behind on the local AWS is found, and the printed commands end it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import aws_iam as iam
from typer.testing import CliRunner

from constructs_lib import BaseModel, ModelCustomizationJob, OnDelete, TrainingData
from constructs_lib.cli.main import app

if TYPE_CHECKING:
    import aws_cdk as cdk

    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local


def retained(stack: cdk.Stack) -> None:
    """Define two jobs that go on when their stack is deleted."""
    data = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))
    for name in ("Triage", "Answers"):
        ModelCustomizationJob(
            stack,
            name,
            base_model=BaseModel.NOVA_LITE,
            training_data=data,
            output_data="s3://amzn-s3-demo-output/",
            role=role,
            on_delete=OnDelete.RETAIN,
        )


def run(*words: str) -> str:
    """Run the console in this process and return its standard output."""
    result = CliRunner().invoke(app, [*words])
    assert result.exit_code == 0, result.output
    return result.stdout


def found() -> dict[str, dict[str, Any]]:
    """Return what `orphans` finds, by kind."""
    return {one["kind"]: one for one in json.loads(run("orphans", "--output", "json"))["items"]}


def test_what_a_deleted_stack_leaves(tickets: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that a stack owns are none; after its deletion the one that runs and the other's model are."""
    for name, value in tickets.aws.env().items():
        monkeypatch.setenv(name, value)
    tickets.deploy(retained)
    trains, done = tickets.aws.bedrock.jobs()
    tickets.aws.bedrock.complete(done.arn)
    assert found() == {}
    listed = json.loads(run("list", "--output", "json"))["jobs"]
    assert {one["stack"] for one in listed} == {"Tickets"}
    assert {tickets.physical_id(one["resource"]) for one in listed} == {trains.arn, done.arn}

    tickets.destroy()
    left = found()
    assert {kind: one["owner"] for kind, one in left.items()} == dict.fromkeys(
        ("job", "model"), "stack Tickets: deleted"
    )
    tickets.aws.bedrock.configure(stopping_seconds=60)
    _, *stop = shlex.split(left["job"]["command"])
    assert run(*stop, "--yes")
    _, *delete = shlex.split(left["model"]["command"])
    subprocess.run([sys.executable, "-m", "awscli", *delete], check=True)
    assert found()["job"]["state"] == "Stopping"
    tickets.aws.bedrock.advance(60)
    assert found() == {}
