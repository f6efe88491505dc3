"""Data as S3 locations: local files are uploaded, buckets bring their owner and their key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from constructs_lib.job.asset import add_data_asset
from constructs_lib.permissions import S3Location
from constructs_lib.request import is_known

_ANY = "aws"

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import aws_cdk as cdk

    from constructs_lib.datasets import Readable
    from constructs_lib.job.asset import UploadedFile
    from constructs_lib.job.copies import Copies
    from constructs_lib.request import JobSpec, MediaData
    from constructs_lib.request.interfaces import Key
    from constructs_lib.request.s3_data import S3Data, S3Object

    _Data = TypeVar("_Data", bound=S3Object)


def uploaded(spec: JobSpec, stack: cdk.Stack, copies: Copies) -> tuple[JobSpec, list[UploadedFile]]:
    """Put every local file of `spec` into the deployment; give what is asked for then, and the files."""
    files = {path: add_data_asset(stack, copy) for path, copy in copies.by_path.items()}
    validation = spec.validation_data
    there = replace(
        spec,
        training_data=_there(spec.training_data, files),
        validation_data=validation and [_there(one, files) for one in validation],
    )
    return there, list({one.s3_uri: one for one in files.values()}.values())


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


def readable(spec: JobSpec, media: Sequence[MediaData], *, made_role: bool) -> Readable | None:
    """Say what the job's role may read; None where a name is known at deployment only.

    Args:
        spec: The job.
        media: What the data refers to.
        made_role: Whether the role is made here, and so may read nothing else.
    """
    from constructs_lib.datasets import Readable

    places = [S3Location(uri=data.uri) for data in inputs_by_path(spec, media).values()]
    if not all(is_known(place.uri) for place in places):
        return None
    arns = [arn for place in places for arn in place.objects_to_read(_ANY)]
    names = tuple(str(arn).removeprefix(f"arn:{_ANY}:s3:::") for arn in arns)
    return Readable(names=names, severity="error" if made_role else "warning")


def key_of(data: S3Data) -> Key | str | None:
    """Give the key that encrypts the bucket of `data`, where one is known."""
    return data.encryption_key or (data.bucket.encryption_key if data.bucket else None)


def without_alias(key: Key | str | None) -> Key | str | None:
    """Return the key that an alias of the app belongs to, and any other key as it is.

    Policies name this key by its ARN, which takes effect at once: KMS may need five minutes until a new
    alias counts in a condition. See
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html.
    """
    if key is None or isinstance(key, str):
        return key
    from aws_cdk import aws_kms as kms

    return key.alias_target_key if isinstance(key, kms.Alias) else key


def location(data: S3Data) -> S3Location:
    """Say where `data` lies, whose bucket it is where that is not the job's account, and under which key."""
    key = without_alias(key_of(data))
    arn = key if key is None or isinstance(key, str) else key.key_arn
    return S3Location(uri=data.uri, owner=data.bucket_owner, key_arn=arn)


def _there(data: _Data, files: Mapping[Path, UploadedFile]) -> _Data:
    return data if data.path is None else replace(data, s3_uri=files[data.path].s3_uri)
