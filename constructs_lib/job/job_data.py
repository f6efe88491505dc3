"""The data of a job as S3 locations, with owners and keys of buckets; local files are uploaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ..permissions import S3Location, key_arn
from ..request import is_known
from .asset import add_data_asset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..request import JobSpec, MediaData, TrainingData, ValidationData
    from ..request.data import S3Data, S3Object
    from ..request.interfaces import Key
    from .asset import Copies, UploadedFile
    from .stack_env import StackEnv

    _Data = TypeVar("_Data", bound=S3Object)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobData:
    """What one job reads, with an S3 URI in place of every local file.

    Args:
        training: the training data.
        validation: the validation data, if any.
        files: what the deployment uploads.
        read: everything that the job reads from S3, including what the training data refers to.
        locations: the same, as policies name it.
        further: the training data of further trials of a sweep. Default: none.
    """

    training: TrainingData
    validation: Sequence[ValidationData] | None
    files: Sequence[UploadedFile]
    read: Sequence[S3Data]
    locations: Sequence[S3Location]
    further: Sequence[TrainingData] = ()

    @property
    def uris_of_constructs(self) -> list[str]:
        """URIs that the app may know as constructs: in a bucket of the CDK, or with a token."""
        files = {one.s3_uri for one in self.files}
        return [
            one.uri
            for one in self.read
            if one.bucket is not None or not (is_known(one.uri) or one.uri in files)
        ]


def upload(
    spec: JobSpec,
    media: Sequence[MediaData],
    copies: Copies,
    env: StackEnv,
    further: Sequence[TrainingData] = (),
) -> JobData:
    """Let the deployment upload every local file of a job.

    Args:
        spec: the job.
        media: images and videos that the training data refers to.
        copies: the local files, as they will be uploaded.
        env: the stack whose deployment uploads them.
        further: the training data of further trials of a sweep. Default: none.
    """
    files = {path: add_data_asset(env, copy) for path, copy in copies.by_path.items()}
    uploaded = replace(
        spec,
        training_data=_uploaded(spec.training_data, files),
        validation_data=spec.validation_data and [_uploaded(one, files) for one in spec.validation_data],
    )
    others = [_uploaded(one, files) for one in further]
    read = list(inputs_by_path(uploaded, media).values())
    for one in others:
        read += inputs_by_path(replace(spec, training_data=one, validation_data=None), ()).values()
    return JobData(
        training=uploaded.training_data,
        validation=uploaded.validation_data,
        files=list({one.s3_uri: one for one in files.values()}.values()),
        read=read,
        locations=[location(one, env) for one in read],
        further=others,
    )


def inputs_by_path(spec: JobSpec, media: Sequence[MediaData]) -> dict[str, S3Data]:
    """Return everything that the job reads from S3, by its path in the request."""
    training, *validation = spec.data.items()
    logs = spec.training_data.invocation_logs
    # The order is that of the resources in policies, and so a part of the template.
    read: dict[str, S3Data | None] = {
        **dict([training]),
        "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri": logs,
        **dict(validation),
        **{f"media_data[{number}]": one for number, one in enumerate(media)},
    }
    return {path: data for path, data in read.items() if data is not None and data.uri and data.path is None}


def key_of(data: S3Data) -> Key | str | None:
    """Return the key that encrypts the bucket of `data`, where one is known."""
    return data.encryption_key or (data.bucket.encryption_key if data.bucket else None)


def without_alias(key: Key | str | None) -> Key | str | None:
    """Return the key that an alias of the app belongs to, and any other key as it is.

    Policies name this key by its ARN, which takes effect at once: KMS may need five minutes until a new
    alias counts in a condition. See
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html.

    Args:
        key: what was given.
    """
    if key is None or isinstance(key, str):
        return key
    from aws_cdk import aws_kms as kms

    return key.alias_target_key if isinstance(key, kms.Alias) else key


def arn_of_key(key: Key | str | None) -> str | None:
    """Return the ARN of a key, as policies name it; of an alias of the app, that of its key.

    Args:
        key: what was given.
    """
    named = without_alias(key)
    return named if named is None or isinstance(named, str) else named.key_arn


def location(data: S3Data, env: StackEnv | None = None) -> S3Location:
    """Return where `data` is, whose bucket that is where it is not the job's account, and its key.

    Args:
        data: the data.
        env: the job's stack, which completes the ARN of a key that is given by its id.
    """
    key = without_alias(key_of(data))
    arn = key if key is None or isinstance(key, str) else key.key_arn
    if arn and env:
        arn = key_arn(arn, **env.arn_parts)
    return S3Location(uri=data.uri, owner=data.bucket_owner, key_arn=arn)


def _uploaded(data: _Data, files: Mapping[Path, UploadedFile]) -> _Data:
    if data.path is None or data.path not in files:  # a path that has not been looked up yet
        return data
    return replace(data, s3_uri=files[data.path].s3_uri)
