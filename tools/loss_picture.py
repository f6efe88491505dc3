"""Draw docs/images/loss.svg: what `bedrock-customize metrics --plot` draws for a job on the local AWS."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.testing import LocalAws

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "loss.svg"
_BUCKET = "loss-picture"
_COMMAND = [sys.executable, "-m", "cdk_bedrock_customization.cli", "metrics"]


def picture(aws: LocalAws) -> str:
    """Run a job and the command, and return the picture.

    Args:
        aws: the local AWS, to whose S3 the Bedrock double writes metrics.
    """
    aws.client("s3").create_bucket(Bucket=_BUCKET)
    created = aws.client("bedrock").create_model_customization_job(
        jobName="tickets-2026",
        customModelName="tickets-2026",
        roleArn="arn:aws:iam::000000000000:role/Customization",
        baseModelIdentifier="amazon.nova-lite-v1:0:300k",
        trainingDataConfig={"s3Uri": f"s3://{_BUCKET}/train.jsonl"},
        validationDataConfig={"validators": [{"s3Uri": f"s3://{_BUCKET}/valid.jsonl"}]},
        outputDataConfig={"s3Uri": f"s3://{_BUCKET}/output/"},
        hyperParameters={"epochCount": "3"},
    )
    aws.bedrock.complete(created["jobArn"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loss.svg"
        environment = {**os.environ, **aws.env()}
        subprocess.run(
            [*_COMMAND, created["jobArn"], "--plot", file], env=environment, check=True, capture_output=True
        )
        return file.read_text()


def main() -> None:
    """Write the picture; with --check, only check whether it is up to date."""
    from constructs_lib.testing import LocalAws

    with LocalAws() as aws:
        drawn = picture(aws)
    if "--check" in sys.argv:
        sys.exit(
            0 if PICTURE.read_text() == drawn else f"{PICTURE} is out of date; run tools/loss_picture.py"
        )
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn)
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
