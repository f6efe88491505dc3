"""A bucket that is read with the credentials of the user."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ..deployment.aws_calls import AwsCallError, aws_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..deployment.aws_calls import Client

LARGEST = 10_000_000
"""Bytes of one object: a file of metrics has 30 to 60 in a row, the results of a sweep 1,000 for a trial."""

_CHUNK = 1_000_000
_DENIED = ("AccessDenied", "AllAccessDisabled")
_OF_OTHER_REGIONS = (
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
)


class Bucket:
    """A bucket to which a job or a sweep writes.

    Args:
        s3: a boto3 client of S3.
        name: the bucket's name.
        owner: what writes to it, in sentences: `job` or `sweep`.
        noun: what that writes: `metrics` or `results`.
    """

    def __init__(self, s3: Client, name: str, *, owner: str, noun: str) -> None:
        self._s3 = s3
        self.name = name
        self._owner = owner
        self._noun = noun

    def keys(self, prefix: str, most: int) -> list[str]:
        """Return the first keys with a prefix.

        Args:
            prefix: the prefix.
            most: how many keys at most.

        Raises:
            AwsCallError: the bucket cannot be read.
        """
        limit = {"MaxItems": most}
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, PaginationConfig=limit
        )
        with self._calls("s3:ListBucket", f"arn:aws:s3:::{self.name}"):
            return [one["Key"] for page in pages for one in page.get("Contents", ())]

    def content(self, key: str) -> bytes | None:
        """Return what is in an object: nothing if there is none, None if it is larger than `LARGEST`.

        Args:
            key: the key of the object.

        Raises:
            AwsCallError: it cannot be read.
        """
        content = b""
        with self._calls("s3:GetObject", f"arn:aws:s3:::{self.name}/{key}"):
            try:
                response = self._s3.get_object(Bucket=self.name, Key=key)
            except self._s3.exceptions.NoSuchKey:
                return b""
            with closing(response["Body"]) as body:
                if response["ContentLength"] > LARGEST:
                    return None
                # To the end, where botocore finds out whether the connection was lost on the way.
                for chunk in body.iter_chunks(_CHUNK):
                    content += chunk
                    if len(content) > LARGEST:
                        return None
        return content

    @contextmanager
    def _calls(self, action: str, arn: str) -> Iterator[None]:
        """Raise what boto3 raises in the block, with what has to be permitted or corrected."""
        with aws_calls():
            try:
                yield
            except self._s3.exceptions.ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                message = str(error.response.get("Error", {}).get("Message", ""))
                if code in _DENIED:
                    raise self._denied(action, arn, code, message) from None
                if code == "NoSuchBucket":
                    raise AwsCallError(
                        f"The bucket {self.name}, to which the {self._owner} writes its {self._noun}, does "
                        "not exist.",
                        code=code,
                    ) from None
                if code in _OF_OTHER_REGIONS:
                    raise AwsCallError(
                        f"The bucket {self.name} is not in {self._s3.meta.region_name}, and S3 does not say "
                        f"where it is; AWS: {message}",
                        code=code,
                    ) from None
                raise

    def _denied(self, action: str, arn: str, code: str, message: str) -> AwsCallError:
        partition = self._s3.meta.partition
        needed = f"{action} on {arn.replace('arn:aws:', f'arn:{partition}:', 1)}"
        if "kms:" in message:
            needed = f"kms:Decrypt on the key of the bucket {self.name}"
        return AwsCallError(
            f"The {self._noun} cannot be read: {needed} is not permitted; ask whoever manages the "
            f"permissions of these credentials. AWS: {message}",
            is_denied=True,
            code=code,
        )
