"""What remains after a failed first deployment and after `cdk destroy`, and how to remove it."""

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jmespath
import pytest
from typer.testing import CliRunner

from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData
from constructs_lib.cli.main import app
from tests.local.deployment import Deployment
from tests.local.test_deployments import before_a_parameter

pytestmark = pytest.mark.local

PAGE = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text()
PROBE = "Triage/.write_access_check_file.temp"


def with_storage(stack: cdk.Stack) -> ModelCustomizationJob:
    """Define a job with a key and a bucket of its own."""
    data = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
    return ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=data)


def physical_id_of(tickets: Deployment, kind: str) -> str:
    """Return the physical id of the only resource of a type in the stack's events."""
    [found] = {
        one["PhysicalResourceId"]
        for one in tickets.events()
        if one["ResourceType"] == kind and one["PhysicalResourceId"]
    }
    return str(found)


def state_of(tickets: Deployment, key: str) -> str:
    """Return the state of a key."""
    return str(tickets.aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def test_a_failed_creation_leaves_nothing_that_is_billed(
    tickets: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is deleted; the log group and the bucket stay, and the bucket can be emptied."""
    tickets.fail(before_a_parameter(with_storage, fails=True))
    for name, value in tickets.aws.env().items():
        monkeypatch.setenv(name, value)
    log = CliRunner().invoke(app, ["logs", "--stack", "Tickets"]).stdout
    assert "Started the job " in log
    assert "Asked Bedrock to stop the job arn:" in log
    assert state_of(tickets, physical_id_of(tickets, "AWS::KMS::Key")) == "PendingDeletion"

    group = physical_id_of(tickets, "AWS::Logs::LogGroup")
    tickets.destroy()
    logs = tickets.aws.client("logs")
    [found] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["retentionInDays"] == 90
    assert any(
        "stopped" in one["message"].lower() for one in logs.filter_log_events(logGroupName=group)["events"]
    )

    s3, bucket = tickets.aws.client("s3"), physical_id_of(tickets, "AWS::S3::Bucket")
    s3.put_object(Bucket=bucket, Key=PROBE, Body=b"")
    s3.put_object(Bucket=bucket, Key=PROBE, Body=b"")
    _empty(s3, bucket)
    s3.delete_bucket(Bucket=bucket)


def test_destroy_keeps_the_key(tickets: Deployment) -> None:
    """The key stays enabled, because the model is encrypted with it."""
    tickets.deploy(with_storage)
    key = physical_id_of(tickets, "AWS::KMS::Key")
    tickets.destroy()
    assert state_of(tickets, key) == "Enabled"


def _empty(s3: Any, bucket: str) -> None:  # noqa: ANN401 - botocore makes its clients at run time
    """Empty a bucket with the query of the command in the documentation."""
    [query] = re.findall(r"list-object-versions .*\n?.*--query '([^']+)'", PAGE)
    s3.delete_objects(Bucket=bucket, Delete=jmespath.search(query, s3.list_object_versions(Bucket=bucket)))
