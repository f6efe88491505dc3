"""The console against an account that a test controls: Bedrock's double, CloudFormation, STS and S3."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, Clock
from tests.unit.deployment.aws_endpoint import ACCOUNT, REGION, AwsEndpoint
from tests.unit.monitoring.s3_endpoint import S3Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTPUT_BUCKET = "amzn-s3-demo-output"
JOB_TYPE = "Custom::BedrockModelCustomizationJob"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of AWS, and the console that asks it.

    Args:
        double: its Bedrock, with a clock that moves only when a test advances it.
        endpoint: its CloudFormation and STS.
        s3: its buckets, to which the double writes metrics.
    """

    double: BedrockDouble
    endpoint: AwsEndpoint
    s3: S3Endpoint

    def start_job(self, name: str, **members: object) -> str:
        """Create a job as a user would, and return its ARN.

        Args:
            name: its name.
            members: further members of the request.
        """
        request: dict[str, Any] = {
            "jobName": name,
            "customModelName": name,
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/bedrock",
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
            "outputDataConfig": {"s3Uri": f"s3://{OUTPUT_BUCKET}/tickets/"},
            "hyperParameters": {"epochCount": "2"},
            **members,
        }
        # Here, and not over HTTP, so that the calls of the console are alone in `double.calls()`.
        return str(self.double.call("CreateModelCustomizationJob", request, account=ACCOUNT)["jobArn"])

    def add_stack(self, name: str, status: str = "CREATE_COMPLETE", **jobs: str) -> None:
        """Add a stack with jobs.

        Args:
            name: its name.
            status: its status.
            jobs: the physical id of each job's resource by its logical id.
        """
        resources = [(JOB_TYPE, logical_id, arn) for logical_id, arn in jobs.items()]
        self.endpoint.stacks[name] = {"status": status, "template": "{}", "resources": resources}

    def run(self, *arguments: str, **options: Any) -> Result:  # noqa: ANN401 - options of CliRunner
        """Run the console; an exception that is not an exit fails the test.

        Args:
            arguments: the command line.
            options: options of typer's CliRunner.
        """
        result = CliRunner().invoke(app, list(arguments), **options)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Return an account that has nothing yet, to which this process's AWS SDK is sent."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with AwsEndpoint() as endpoint, S3Endpoint() as s3:
        s3.buckets[OUTPUT_BUCKET] = {}
        double = BedrockDouble(clock=Clock.still(), account=ACCOUNT, store=s3)
        with BedrockServer(double) as server:
            urls = {"AWS_ENDPOINT_URL_BEDROCK": server.url, "AWS_ENDPOINT_URL_S3": s3.url}
            for name, value in {**endpoint.env(), **urls}.items():
                monkeypatch.setenv(name, value)
            yield Account(double=double, endpoint=endpoint, s3=s3)


__all__ = ["ACCOUNT", "JOB_TYPE", "OUTPUT_BUCKET", "REGION", "Account"]
