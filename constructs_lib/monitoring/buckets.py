"""Objects of Amazon S3, read and written with the user's credentials."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from ..deployment.aws_calls import AwsCallError, aws_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..deployment.aws_calls import Client

_CHUNK = 1_000_000
_DENIED = ("AccessDenied", "AllAccessDisabled")
_OF_OTHER_REGIONS = (
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
)
_OTHER_VERSION = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")


class StoredObject(NamedTuple):
    """An object as S3 returns it.

    Args:
        content: its bytes; None where there are more than were asked for.
        etag: which version of it this is.
    """

    content: bytes | None
    etag: str


class Bucket:
    """A bucket.

    Args:
        s3: a boto3 client of S3.
        name: the bucket's name.
        what: what is read from it, as the beginning of a sentence, such as `The metrics`.
        purpose: what the bucket is for, such as `to which the job writes its metrics`.
        owner: the account that must own it. Default: any.
    """

    def __init__(self, s3: Client, name: str, *, what: str, purpose: str, owner: str | None = None) -> None:
        self._s3 = s3
        self.name = name
        self._what = what
        self._purpose = purpose
        self._expected = {"ExpectedBucketOwner": owner} if owner else {}

    def keys(self, prefix: str, most: int) -> list[str]:
        """Return the first keys with a prefix, at most so many.

        Args:
            prefix: the prefix.
            most: how many.

        Raises:
            AwsCallError: the bucket cannot be listed.
        """
        limit = {"MaxItems": most}
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, PaginationConfig=limit, **self._expected
        )
        with self._calls("s3:ListBucket", f"arn:aws:s3:::{self.name}"):
            return [one["Key"] for page in pages for one in page.get("Contents", ())]

    def get(self, key: str, largest: int) -> StoredObject | None:
        """Return an object; None if there is none.

        Args:
            key: its key.
            largest: from how many bytes on the content is left out.

        Raises:
            AwsCallError: it cannot be read.
        """
        content = b""
        with self._calls("s3:GetObject", f"arn:aws:s3:::{self.name}/{key}"):
            try:
                response = self._s3.get_object(Bucket=self.name, Key=key, **self._expected)
            except self._s3.exceptions.NoSuchKey:
                return None
            etag = str(response.get("ETag", ""))
            with closing(response["Body"]) as body:
                if response["ContentLength"] > largest:
                    return StoredObject(None, etag)
                # To the end, where botocore finds out whether the connection was lost on the way.
                for chunk in body.iter_chunks(_CHUNK):
                    content += chunk
                    if len(content) > largest:
                        return StoredObject(None, etag)
        return StoredObject(content, etag)

    def put(self, key: str, content: bytes, *, replaces: str) -> bool:
        """Write an object; return False if somebody else has written it meanwhile.

        Args:
            key: its key.
            content: its bytes, JSON.
            replaces: the `etag` of the version that it replaces, "" where there is none.

        Raises:
            AwsCallError: it cannot be written.
        """
        condition: dict[str, Any] = {"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}
        with self._calls("s3:PutObject", f"arn:aws:s3:::{self.name}/{key}"):
            try:
                self._s3.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=content,
                    ContentType="application/json",
                    **self._expected,
                    **condition,
                )
            except self._s3.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") in _OTHER_VERSION:
                    return False
                raise
        return True

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
                        f"The bucket {self.name}, {self._purpose}, does not exist.", code=code
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
            key_action = "kms:GenerateDataKey" if action == "s3:PutObject" else "kms:Decrypt"
            needed = f"{key_action} on the key of the bucket {self.name}"
        verb = "written" if action == "s3:PutObject" else "read"
        return AwsCallError(
            f"{self._what} cannot be {verb}: {needed} is not permitted; ask whoever manages the permissions "
            f"of these credentials. AWS: {message}",
            is_denied=True,
            code=code,
        )
