"""A place in S3: as text, or as a bucket of the CDK and what lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from .interfaces import Bucket, Key

FILE = "file://"
"""What a local file's URI starts with, as in the AWS CLI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Data:
    """A place in S3.

    Args:
        s3_uri: `s3://bucket/key`; may hold tokens. Default: `bucket` says where.
        bucket: An `aws_s3.IBucket`, whose permissions and key the construct then sees to.
        key: The object's key, or a prefix. Default: the whole bucket.
        bucket_owner: Account that owns the bucket, 12 digits. Default: the bucket's own where the CDK knows
            it, or else the job's account; a bucket of another account is then refused by S3.
        encryption_key: The key that encrypts the bucket: an `aws_kms.IKey`, an ARN, or an id or alias of the
            job's account and Region. Default: the bucket's own.
    """

    s3_uri: str = ""
    bucket: Bucket | None = None
    key: str = ""
    bucket_owner: str | None = None
    encryption_key: Key | str | None = None

    @property
    def uri(self) -> str:
        """The place as the API takes it ("" where nothing is said)."""
        if self.bucket is None:
            return self.s3_uri
        name = self.bucket.bucket_name
        return f"s3://{name}/{self.key}" if self.key else f"s3://{name}"

    @property
    def path(self) -> Path | None:
        """The local file that the construct uploads, where one was given."""
        return Path(self.s3_uri.removeprefix(FILE)) if self.s3_uri.startswith(FILE) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Object(S3Data):
    """One object, in S3 already or to be uploaded from a local file (`file://path`)."""

    @classmethod
    def from_bucket(cls, bucket: Bucket, key: str) -> Self:
        """Take an object of a bucket.

        Args:
            bucket: The bucket, in the job's Region.
            key: The object's key.
        """
        return cls(bucket=bucket, key=key)

    @classmethod
    def from_s3_uri(
        cls, s3_uri: str, *, bucket_owner: str | None = None, encryption_key: Key | str | None = None
    ) -> Self:
        """Take an object by its URI.

        Args:
            s3_uri: `s3://bucket/key`; may hold tokens.
            bucket_owner: Account that owns the bucket. Default: the job's.
            encryption_key: The key that encrypts the bucket, its ARN, id or alias. Default: none that needs a
                permission.
        """
        return cls(s3_uri=s3_uri, bucket_owner=bucket_owner, encryption_key=encryption_key)

    @classmethod
    def from_file(cls, path: str | Path, *, encryption_key: Key | str | None = None) -> Self:
        """Take a file of this machine, which the construct uploads as an asset.

        Args:
            path: Absolute, or relative to where the app runs.
            encryption_key: The key of the CDK's bootstrap bucket, its ARN, id or alias. Default: none that
                needs a permission, which is what `cdk bootstrap` makes unless it is told to make a key.
        """
        return cls(s3_uri=f"{FILE}{path}", encryption_key=encryption_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Prefix(S3Data):
    """Everything below a prefix."""

    @classmethod
    def from_bucket(cls, bucket: Bucket, prefix: str = "") -> Self:
        """Take a prefix of a bucket.

        Args:
            bucket: The bucket, in the job's Region.
            prefix: Default: the whole bucket.
        """
        return cls(bucket=bucket, key=prefix)

    @classmethod
    def from_s3_uri(
        cls, s3_uri: str, *, bucket_owner: str | None = None, encryption_key: Key | str | None = None
    ) -> Self:
        """Take a prefix by its URI.

        Args:
            s3_uri: `s3://bucket/prefix/`; may hold tokens.
            bucket_owner: Account that owns the bucket. Default: the job's.
            encryption_key: The key that encrypts the bucket, its ARN, id or alias. Default: none that needs a
                permission.
        """
        return cls(s3_uri=s3_uri, bucket_owner=bucket_owner, encryption_key=encryption_key)
