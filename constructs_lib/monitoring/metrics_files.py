"""The metrics files of a job: found and read below the S3 URI to which the job writes."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ..deployment.aws_calls import AwsCallError
from .buckets import Bucket
from .metrics import Metrics, kind_of, parse_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..deployment.aws_calls import Client

_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?", re.DOTALL)
_LARGEST = 10_000_000  # bytes of one file, whose rows have 30 to 60
_MOST_FILES = 50
_MOST_KEYS_OF_JOB = 10_000  # a distillation job writes data beside its metrics
_MOST_KEYS = 1_000
_WHAT, _PURPOSE = "The metrics", "to which the job writes its metrics"


def read_metrics(s3: Client, output_s3_uri: str, job_arn: str) -> Metrics:
    """Return the metrics that a job has written until now; none where it has not written any.

    The folders of the files are not the same for every job, so that they are listed and not guessed: those
    below `model-customization-job-<id>/`, which AWS documents, or else any with the id in its key
    (https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html).

    Args:
        s3: a boto3 client of S3 in the job's Region.
        output_s3_uri: the `s3Uri` of the job's output data.
        job_arn: the job's ARN.

    Raises:
        AwsCallError: the bucket or a file cannot be read.
    """
    uri = _URI.fullmatch(output_s3_uri)
    if uri is None:
        raise AwsCallError(f"The job's output data must have an S3 URI, got {output_s3_uri!r}.")
    bucket = Bucket(s3, uri["bucket"], what=_WHAT, purpose=_PURPOSE)
    prefix, job_id = (uri["prefix"] or "").strip("/"), job_arn.rpartition("/")[2]
    files, problems = {}, []
    for key in islice(_metrics_keys(bucket, prefix, job_id), _MOST_FILES):
        found = bucket.get(key, _LARGEST)
        if found is not None and found.content is None:
            problems.append(
                f"s3://{bucket.name}/{key} is left out, because it is larger than {_LARGEST // 1_000_000} MB."
            )
        else:
            files[key] = parse_metrics((found and found.content) or b"", key)
    return Metrics.of(files, problems)


def _metrics_keys(bucket: Bucket, prefix: str, job_id: str) -> Iterator[str]:
    folder = f"{prefix}/model-customization-job-{job_id}/".removeprefix("/")
    found = [key for key in bucket.keys(folder, _MOST_KEYS_OF_JOB) if kind_of(key)]
    yield from found or [key for key in bucket.keys(prefix, _MOST_KEYS) if kind_of(key) and job_id in key]
