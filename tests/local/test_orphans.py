"""What a deleted stack leaves behind on the local AWS is found, and the printed commands end it."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from typer.testing import CliRunner

from constructs_lib import BaseModel, ModelCustomizationJob, OnDelete, TrainingData
from constructs_lib.cli.main import app

if TYPE_CHECKING:
    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local


def retained(stack: cdk.Stack) -> None:
    """Define a job that goes on when its stack is deleted."""
    data = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
    ModelCustomizationJob(
        stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=data, on_delete=OnDelete.RETAIN
    )


def found() -> list[dict[str, Any]]:
    """Return what `orphans` finds."""
    result = CliRunner().invoke(app, ["orphans", "--output", "json"])
    assert result.exit_code == 0, result.stderr
    return list(json.loads(result.stdout)["items"])


def test_what_a_deleted_stack_leaves(tickets: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that its stack owns is none; after the deletion it is found, and so is its model."""
    for name, value in tickets.aws.env().items():
        monkeypatch.setenv(name, value)
    tickets.deploy(retained)
    arn = tickets.job_arn
    assert found() == []
    [listed] = json.loads(CliRunner().invoke(app, ["list", "--output", "json"]).stdout)["jobs"]
    assert listed["stack"] == "Tickets"
    assert tickets.physical_id(listed["resource"]) == arn

    tickets.destroy()
    [job] = found()
    assert (job["kind"], job["arn"], job["owner"]) == ("job", arn, "stack Tickets: deleted")

    tickets.aws.bedrock.complete(arn)
    [model] = found()
    assert (model["kind"], model["owner"]) == ("model", "stack Tickets: deleted")
    subprocess.run(shlex.split(model["command"]), check=True)
    assert found() == []
