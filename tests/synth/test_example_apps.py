"""The example apps start every job, and stop none."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
APPS = sorted((ROOT / "examples").glob("*.py"))
JOB = "Custom::BedrockModelCustomizationJob"
LOGS = {"logs": "amzn-s3-demo-bucket"}


def stacks(app: Path, out: Path, context: dict[str, str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Run an app as the CDK CLI does; return environment and resources of each of its stacks."""
    around = os.environ | {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)}
    subprocess.run([sys.executable, str(app)], env=around, check=True, capture_output=True)
    artifacts = json.loads((out / "manifest.json").read_text())["artifacts"]
    return {
        name: (one["environment"], json.loads((out / f"{name}.template.json").read_text())["Resources"])
        for name, one in artifacts.items()
        if one["type"] == "aws:cloudformation:stack"
    }


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_an_example_can_succeed(app: Path, tmp_path: Path) -> None:
    """No job reads from an empty new bucket, and none is rolled back because another one cannot start."""
    for home, resources in stacks(app, tmp_path, LOGS).values():
        [job] = [one["Properties"] for one in resources.values() if one["Type"] == JOB]
        buckets = [name for name, one in resources.items() if one["Type"] == "AWS::S3::Bucket"]
        read = json.dumps(job["Request"]["trainingDataConfig"])
        assert [name for name in buckets if f'"{name}"' in read] == []
        if "nova" in job["Request"]["baseModelIdentifier"]:
            assert home.endswith("/us-east-1")


def test_logs_are_read_only_from_a_given_bucket(tmp_path: Path) -> None:
    """Without a bucket the app trains from its file alone; with one the job reads from that bucket."""
    app = ROOT / "examples" / "distill.py"
    assert list(stacks(app, tmp_path / "without", {})) == ["Distill"]
    found = stacks(app, tmp_path / "with", LOGS)
    [job] = [one["Properties"] for one in found["DistillLogs"][1].values() if one["Type"] == JOB]
    source = job["Request"]["trainingDataConfig"]["invocationLogsConfig"]["invocationLogSource"]
    assert source == {"s3Uri": "s3://amzn-s3-demo-bucket/bedrock/"}


def test_throughput_is_bought_only_for_a_model_that_is_named(tmp_path: Path) -> None:
    """The app needs `-c model=...`, in whose Region the stack is then."""
    app = ROOT / "examples" / "throughput" / "throughput.py"
    model = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    assert stacks(app, tmp_path / "without", {}) == {}
    [(home, resources)] = stacks(app, tmp_path / "with", {"model": model, "purchase": "2"}).values()
    assert home.endswith("/us-east-1")
    [bought] = [one for one in resources.values() if one["Type"].endswith("ProvisionedModelThroughput")]
    assert (bought["Properties"]["ModelId"], bought["Properties"]["Purchase"]) == (model, "2")
