"""Data in S3: for training, for validation, and the job's output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from .interfaces import Bucket, Key

FILE = "file://"
"""The prefix of a local file's URI, as in the AWS CLI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Data:
    """An object or a prefix in S3."""

    s3_uri: str = ""
    """`s3://bucket/key`; may contain tokens. Default: from `bucket` and `key`."""
    bucket: Bucket | None = None
    """An `aws_s3.IBucket`; the construct grants access to it and to its key."""
    key: str = ""
    """The object's key, or a prefix. Default: the whole bucket."""
    bucket_owner: str | None = None
    """Account that owns the bucket, 12 digits; must be given for a bucket of another account.

    Default: the job's account; access to a bucket of another account is then denied.
    """
    encryption_key: Key | str | None = None
    """The key that encrypts the bucket: an `aws_kms.IKey`, an ARN, or an id or alias.

    An id or alias is one of the job's account and Region. Default: the bucket's own.
    """

    @property
    def uri(self) -> str:
        """The S3 URI, as the API takes it ("" if neither URI nor bucket is set)."""
        if self.bucket is None:
            return self.s3_uri
        name = self.bucket.bucket_name
        return f"s3://{name}/{self.key}" if self.key else f"s3://{name}"

    @property
    def path(self) -> Path | None:
        """The local file that the construct uploads, if it is one."""
        return Path(self.s3_uri.removeprefix(FILE)) if self.s3_uri.startswith(FILE) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Object(S3Data):
    """One object that is in S3, or a local file to upload (`file://path`)."""

    @classmethod
    def from_bucket(
        cls,
        bucket: Bucket,
        key: str,
        *,
        bucket_owner: str | None = None,
        encryption_key: Key | str | None = None,
    ) -> Self:
        """Return an object of a bucket.

        Args:
            bucket: the bucket, in the job's Region.
            key: the object's key.
            bucket_owner: account that owns the bucket, 12 digits; must be given for a bucket of another
                account. Default: the job's.
            encryption_key: the key that encrypts the bucket, its ARN, id or alias. Default: the bucket's own,
                if the CDK knows it.
        """
        return cls(bucket=bucket, key=key, bucket_owner=bucket_owner, encryption_key=encryption_key)

    @classmethod
    def from_s3_uri(
        cls, s3_uri: str, *, bucket_owner: str | None = None, encryption_key: Key | str | None = None
    ) -> Self:
        """Return an object by its URI.

        Args:
            s3_uri: `s3://bucket/key`; may contain tokens.
            bucket_owner: account that owns the bucket. Default: the job's.
            encryption_key: the key that encrypts the bucket, its ARN, id or alias. Default: none that needs a
                permission.
        """
        return cls(s3_uri=s3_uri, bucket_owner=bucket_owner, encryption_key=encryption_key)

    @classmethod
    def from_file(cls, path: str | Path, *, encryption_key: Key | str | None = None) -> Self:
        """Return a local file, which the construct uploads as an asset.

        Args:
            path: absolute, or relative to the app's working directory.
            encryption_key: the key of the CDK's bootstrap bucket, its ARN, id or alias. Default: none that
                needs a permission, which is right unless `cdk bootstrap` was called with a customer managed
                key.
        """
        return cls(s3_uri=f"{FILE}{path}", encryption_key=encryption_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Prefix(S3Data):
    """Every object below a prefix."""

    @classmethod
    def from_bucket(
        cls,
        bucket: Bucket,
        prefix: str = "",
        *,
        bucket_owner: str | None = None,
        encryption_key: Key | str | None = None,
    ) -> Self:
        """Return a prefix of a bucket.

        Args:
            bucket: the bucket, in the job's Region.
            prefix: the prefix. Default: the whole bucket.
            bucket_owner: account that owns the bucket, 12 digits; must be given for a bucket of another
                account. Default: the job's.
            encryption_key: the key that encrypts the bucket, its ARN, id or alias. Default: the bucket's own,
                if the CDK knows it.
        """
        return cls(bucket=bucket, key=prefix, bucket_owner=bucket_owner, encryption_key=encryption_key)

    @classmethod
    def from_s3_uri(
        cls, s3_uri: str, *, bucket_owner: str | None = None, encryption_key: Key | str | None = None
    ) -> Self:
        """Return a prefix by its URI.

        Args:
            s3_uri: `s3://bucket/prefix/`; may contain tokens.
            bucket_owner: account that owns the bucket. Default: the job's.
            encryption_key: the key that encrypts the bucket, its ARN, id or alias. Default: none that needs a
                permission.
        """
        return cls(s3_uri=s3_uri, bucket_owner=bucket_owner, encryption_key=encryption_key)


Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataFilter:
    """Selects logged invocations by their request metadata.

        MetadataFilter.and_all(
            MetadataFilter.equals("project", "support"), MetadataFilter.not_equals("stage", "test")
        )

    `and_all` and `or_all` take 1-16 filters made by `equals` or `not_equals`; the API allows no more levels.
    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_RequestMetadataFilters.html

    Args:
        equal: key and value that a request's metadata must have.
        unequal: key and value that it must not have.
        all_of: filters that must all match.
        any_of: filters of which at least one must match.
    """

    equal: Pair | None = None
    unequal: Pair | None = None
    all_of: tuple[MetadataFilter, ...] | None = None
    any_of: tuple[MetadataFilter, ...] | None = None

    @classmethod
    def equals(cls, key: str, value: str) -> MetadataFilter:
        """Return a filter for requests whose metadata has `key` with this value.

        Args:
            key: 1-256 characters.
            value: 0-256 characters.
        """
        return cls(equal=(key, value))

    @classmethod
    def not_equals(cls, key: str, value: str) -> MetadataFilter:
        """Return a filter for requests whose metadata does not have `key` with this value.

        Args:
            key: 1-256 characters.
            value: 0-256 characters.
        """
        return cls(unequal=(key, value))

    @classmethod
    def and_all(cls, *filters: MetadataFilter) -> MetadataFilter:
        """Return a filter for requests that match every one of `filters`.

        Args:
            filters: 1-16 filters made by `equals` or `not_equals`.
        """
        return cls(all_of=filters)

    @classmethod
    def or_all(cls, *filters: MetadataFilter) -> MetadataFilter:
        """Return a filter for requests that match at least one of `filters`.

        Args:
            filters: 1-16 filters made by `equals` or `not_equals`.
        """
        return cls(any_of=filters)

    def render(self) -> dict[str, object]:
        """Return what the API takes."""
        parts = {
            "equals": self.equal and dict([self.equal]),
            "notEquals": self.unequal and dict([self.unequal]),
            "andAll": None if self.all_of is None else [one.render() for one in self.all_of],
            "orAll": None if self.any_of is None else [one.render() for one in self.any_of],
        }
        return {name: part for name, part in parts.items() if part is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationLogs(S3Prefix):
    """Logged invocations as training data, for distillation and reinforcement fine-tuning.

        InvocationLogs.from_bucket(bucket, "logs/").filtered_by(MetadataFilter.equals("project", "support"))

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_InvocationLogsConfig.html

    Args:
        s3_uri: the prefix of the logs; may contain tokens. Default: from `bucket` and `key`.
        bucket: the bucket that model invocation logging writes to.
        key: the prefix that it writes to. Default: the whole bucket.
        use_prompt_response: also use the logged responses. Default: left out (the service uses false).
        request_metadata_filter: which invocations to use. Default: left out (all).
    """

    use_prompt_response: bool | None = None
    request_metadata_filter: MetadataFilter | None = None

    def with_responses(self) -> Self:
        """Return the same logs, of which the job uses the responses too and not only the prompts."""
        return replace(self, use_prompt_response=True)

    def filtered_by(self, request_metadata_filter: MetadataFilter) -> Self:
        """Return the same logs, of which the job uses only the invocations that match a filter.

        Args:
            request_metadata_filter: a condition on the metadata that callers sent with their requests.
        """
        return replace(self, request_metadata_filter=request_metadata_filter)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData(S3Object):
    """What the model learns from: a JSON Lines object, logged invocations, or both.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TrainingDataConfig.html

    Args:
        s3_uri: the training file, `s3://bucket/key` or `file://path`. Default: from `bucket` and `key`.
        bucket: the bucket of the training file.
        key: the training file's key.
        invocation_logs: logged invocations. Default: none.
    """

    invocation_logs: InvocationLogs | None = None

    @classmethod
    def from_invocation_logs(cls, invocation_logs: InvocationLogs) -> Self:
        """Return training data from logged invocations only.

        Args:
            invocation_logs: where they are, and which of them to use.
        """
        return cls(invocation_logs=invocation_logs)

    def with_invocation_logs(self, invocation_logs: InvocationLogs) -> Self:
        """Return the training file together with logged invocations.

        Args:
            invocation_logs: where they are, and which of them to use.
        """
        return replace(self, invocation_logs=invocation_logs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationData(S3Object):
    """What the model is evaluated with during training: a JSON Lines object; a job takes up to ten.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ValidationDataConfig.html

    Args:
        s3_uri: the file, `s3://bucket/key` or `file://path`. Default: from `bucket` and `key`.
        bucket: the bucket of the file.
        key: the file's key.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputData(S3Prefix):
    """Where the job writes metrics, reports, and copies of the training and validation records.

    Everyone who can read the output can read the data. The model itself is stored by Bedrock.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_OutputDataConfig.html

    Args:
        s3_uri: the prefix, `s3://bucket/prefix/`. Default: from `bucket` and `key`.
        bucket: the bucket.
        key: the prefix. Default: the whole bucket.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaData(S3Prefix):
    """Images and videos that training or validation records refer to; the job's role may read them too.

    https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html

    Args:
        s3_uri: the prefix, `s3://bucket/prefix/`. Default: from `bucket` and `key`.
        bucket: the bucket; for Nova the same as that of the records.
        key: the prefix. Default: the whole bucket.
    """
