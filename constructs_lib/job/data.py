"""Data as S3 locations: local files are uploaded, buckets bring their owner and their key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from constructs_lib.job.asset import add_data_asset
from constructs_lib.job.permissions import S3Location

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk

    from constructs_lib.spec import JobSpec, MediaData
    from constructs_lib.spec.handles import Key
    from constructs_lib.spec.s3_data import S3Data, S3Object

    _Data = TypeVar("_Data", bound=S3Object)


def uploaded(spec: JobSpec, stack: cdk.Stack) -> JobSpec:
    """Put every local file of `spec` into the deployment, under a URI that changes with its content."""
    validation = spec.validation_data
    return replace(
        spec,
        training_data=_uploaded(spec.training_data, stack),
        validation_data=validation and [_uploaded(one, stack) for one in validation],
    )


def inputs_by_path(spec: JobSpec, media: Sequence[MediaData]) -> dict[str, S3Data]:
    """List everything that the job reads from S3, by its place in the request."""
    training, logs = spec.training_data, spec.training_data.invocation_logs
    read: dict[str, S3Data | None] = {
        "trainingDataConfig.s3Uri": training,
        "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri": logs,
        **{
            f"validationDataConfig.validators[{number}].s3Uri": one
            for number, one in enumerate(spec.validation_data or ())
        },
        **{f"media_data[{number}]": one for number, one in enumerate(media)},
    }
    return {path: data for path, data in read.items() if data is not None and data.uri and data.path is None}


def key_of(data: S3Data) -> Key | str | None:
    """Give the key that encrypts the bucket of `data`, where one is known."""
    return data.encryption_key or (data.bucket.encryption_key if data.bucket else None)


def location(data: S3Data) -> S3Location:
    """Say where `data` lies, whose bucket it is where that is not the job's account, and under which key."""
    key = key_of(data)
    arn = key if key is None or isinstance(key, str) else key.key_arn
    return S3Location(uri=data.uri, owner=data.bucket_owner, key_arn=arn)


def _uploaded(data: _Data, stack: cdk.Stack) -> _Data:
    if data.path is None:
        return data
    asset = add_data_asset(stack, data.path)
    return replace(data, s3_uri=f"s3://{asset.bucket_name}/{asset.object_key}")
