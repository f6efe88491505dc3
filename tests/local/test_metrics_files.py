"""Metrics files in the S3 of the local AWS."""

import csv
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.testing import LocalAws
from tools.loss_picture import PICTURE, picture

pytestmark = pytest.mark.local


def job_with_output(aws: LocalAws, uri: str, name: str) -> str:
    """Create a job that writes to a URI; return its ARN."""
    created: dict[str, Any] = aws.client("bedrock").create_model_customization_job(
        jobName=name,
        customModelName=name,
        roleArn="arn:aws:iam::000000000000:role/Customization",
        baseModelIdentifier="amazon.nova-lite-v1:0:300k",
        trainingDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        validationDataConfig={"validators": [{"s3Uri": "s3://amzn-s3-demo-bucket/valid.jsonl"}]},
        outputDataConfig={"s3Uri": uri},
    )
    return str(created["jobArn"])


def test_a_completed_job_has_its_metrics_in_s3(local_aws: LocalAws) -> None:
    """Below the job's output, with the key that the bucket encrypts with; a missing bucket is reported."""
    aws = local_aws
    aws.bedrock.reset()
    s3, key = aws.client("s3"), aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.create_bucket(Bucket="metrics-output")
    s3.put_bucket_encryption(
        Bucket="metrics-output",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}]
        },
    )
    arn = job_with_output(aws, "s3://metrics-output/triage/", "with-bucket")
    without = job_with_output(aws, "s3://no-such-bucket/", "without-bucket")
    aws.bedrock.advance(7200)

    folder = f"triage/model-customization-job-{arn.rpartition('/')[2]}/"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="metrics-output", Prefix=folder)["Contents"]]
    assert [one.removeprefix(folder).rpartition("/")[2] for one in keys] == [
        "step_wise_training_metrics.csv",
        "validation_metrics.csv",
    ]
    found = s3.get_object(Bucket="metrics-output", Key=keys[0])
    rows = list(csv.DictReader(found["Body"].read().decode().splitlines()))
    assert float(rows[-1]["training_loss"]) == 0.5
    assert found["ServerSideEncryption"] == "aws:kms"

    run = CliRunner().invoke(app, ["metrics", arn, "--query", "metrics[].[name, last]"], env=aws.env())
    assert run.stdout == "training_loss\t0.5\nvalidation_loss\t0.625\n", run.output

    assert {one.job_arn for one in aws.bedrock.unwritten()} == {without}
    assert "NoSuchBucket" in aws.bedrock.unwritten()[0].reason
    aws.bedrock.reset()


def test_the_picture_in_the_docs_shows_what_the_command_draws(local_aws: LocalAws) -> None:
    """Its texts, because another matplotlib draws other lines."""
    local_aws.bedrock.reset()
    assert texts_of(PICTURE.read_text()) == texts_of(picture(local_aws))
    local_aws.bedrock.reset()


def texts_of(picture: str) -> list[str]:
    """Return the texts of an SVG picture."""
    root = ET.fromstring(picture)  # noqa: S314 - we have drawn it
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]
