"""`examples/retrain` on the local AWS: its script, the real CDK CLI, and data that changes or does not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.cdk_cli import QUIET, CdkCli
from constructs_lib.testing.environment import outside_environment
from tests.local.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.testing import LocalAws

pytestmark = pytest.mark.local

EXAMPLE = Path(__file__).parents[2] / "examples"
SCRIPT = EXAMPLE / "retrain" / "retrain.sh"
BUCKET, KEY = "amzn-s3-demo-tickets", "tickets/train.jsonl"
DATA = f"s3://{BUCKET}/tickets/"
RECORDS = (EXAMPLE / "fine-tune-nova.jsonl").read_bytes()

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def stack(local_aws: LocalAws) -> Iterator[Deployment]:
    """Return the stack of the example, and a bucket with its data."""
    local_aws.bedrock.reset()
    local_aws.client("s3").create_bucket(Bucket=BUCKET)
    local_aws.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=RECORDS)
    stack = Deployment(local_aws, "Retrain")
    yield stack
    stack.destroy()


@pytest.fixture
def retrain(local_aws: LocalAws, tmp_path: Path) -> Run:
    """Return a function that runs the script as a CI does."""
    cli = CdkCli.find(None, Path.cwd())
    path = os.pathsep.join([str(cli.script.parent), cli.path()])
    own = {**QUIET, "NO_COLOR": "1", "PATH": path, "CDK_HOME": str(tmp_path / "home")}
    env = {**outside_environment(), **local_aws.env(), **own}

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(SCRIPT), *options]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return run


def upload_again(s3: Any, key_id: str) -> None:  # noqa: ANN401 - made at run time by botocore
    """Upload the same bytes in another way: in parts, under a key of KMS, with another entity tag."""
    before = s3.head_object(Bucket=BUCKET, Key=KEY)["ETag"]
    place = {"Bucket": BUCKET, "Key": KEY}
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id}
    upload = s3.create_multipart_upload(**place, **encryption)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=RECORDS)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    assert s3.head_object(**place)["ETag"] != before


def test_a_job_starts_only_where_the_data_has_changed(
    local_aws: LocalAws, stack: Deployment, retrain: Run
) -> None:
    """A job for the first data, none for the same bytes in another upload, and one for a record more."""
    s3 = local_aws.client("s3")
    ended = retrain(DATA)
    assert ended.returncode == 0, ended.stderr
    stack.take_over()
    assert len(stack.jobs) == 1
    first = stack.job_arn

    upload_again(s3, local_aws.client("kms").create_key()["KeyMetadata"]["KeyId"])
    ended = retrain(DATA)
    assert ended.returncode == 0, ended.stderr
    assert "no changes" in ended.stderr + ended.stdout
    assert [job.arn for job in local_aws.bedrock.jobs()] == [first]

    s3.put_object(Bucket=BUCKET, Key=KEY, Body=RECORDS + RECORDS.splitlines(keepends=True)[0])
    ended = retrain(DATA, "--newer-than", "1h", "--min-new-records", "1000")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "fewer than 1,000" in ended.stderr
    ended = retrain(DATA, "--newer-than", "1h", "--min-new-records", "10")
    assert ended.returncode == 0, ended.stderr
    stack.take_over()
    assert len(stack.jobs) == 2
    assert stack.job_arn != first

    ended = retrain(f"{DATA}none/")
    assert ended.returncode == 1
    assert "has no data" in ended.stderr
    assert len(stack.jobs) == 2
