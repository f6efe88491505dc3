"""Objects of Amazon S3: the port, and its real implementation.

Only small objects of JSON that belong to the stack are read and written. The bucket must be the stack's own
account's: a name that another account has taken meanwhile is refused. Of training data only the size is read.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError

from .aws import call
from .errors import AwsError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .retry import Retry

_SERVICE = "s3"
_LARGEST = 16 * 1024 * 1024
"""Bytes. Somebody else has written an object that is larger; it is taken for empty."""


class StoredObject(NamedTuple):
    """An object as S3 returns it.

    Args:
        content: its bytes.
        etag: which version of it this is.
    """

    content: bytes
    etag: str


class Objects(Protocol):
    """The calls of S3. What fails is an `AwsError`."""

    def get(self, bucket: str, key: str, account: str) -> StoredObject | None:
        """Return an object; None where it does not exist, or may not be read.

        A role that may not list a bucket gets the same error for both.
        """
        ...

    def find(self, bucket: str, key: str, account: str) -> StoredObject | None:
        """Return an object; None where it does not exist. What may not be read is an error.

        The role must be permitted to list the keys that begin with this one.
        """
        ...

    def delete(self, bucket: str, key: str, account: str) -> None:
        """Delete an object, if it exists."""
        ...

    def put(self, bucket: str, key: str, account: str, content: bytes) -> None:
        """Write an object."""
        ...

    def replace(self, bucket: str, key: str, account: str, new: StoredObject) -> bool:
        """Write an object; return False where it is another version by now.

        Args:
            bucket: the bucket.
            key: the object's key.
            account: the account that must own the bucket.
            new: the content, and the `etag` of the version that it replaces, "" where there is none.
        """
        ...

    def size(self, bucket: str, key: str) -> int | None:
        """Return the bytes of an object, or else of all objects below a prefix; None where there are none.

        Args:
            bucket: the bucket, of any account.
            key: the object's key, or the prefix with or without a slash at its end.
        """
        ...


class S3Objects:
    """The real implementation of the port `Objects`.

    Args:
        connect: returns the client, `boto3.client("s3")` or an object with the same methods; called when it
            is needed.
        retry: retries the calls.
    """

    def __init__(self, connect: Callable[[], object], retry: Retry) -> None:
        self._connect = connect
        self._retry = retry

    def get(self, bucket: str, key: str, account: str) -> StoredObject | None:
        """Return an object; None where it does not exist, or may not be read."""
        request = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": account}
        try:
            return self._retry.call("GetObject", partial(self._read, request), is_needed=False)
        except AwsError as error:
            if error.kind is ErrorKind.NOT_FOUND or error.kind.is_denial:
                return None
            raise

    def find(self, bucket: str, key: str, account: str) -> StoredObject | None:
        """Return an object; None where it does not exist. What may not be read is an error.

        Whether S3 denies to read what does not exist, where only some prefixes may be listed, is not
        documented; so the key is listed then.
        """
        request = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": account}
        try:
            return self._retry.call("GetObject", partial(self._read, request), is_needed=False)
        except AwsError as error:
            if error.kind is ErrorKind.NOT_FOUND and error.code != "NoSuchBucket":
                return None
            if not error.kind.is_denial or self._exists(bucket, key, account):
                raise
            return None

    def delete(self, bucket: str, key: str, account: str) -> None:
        """Delete an object, if it exists."""
        request = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": account}
        self._retry.call("DeleteObject", partial(call, _SERVICE, self._client, "DeleteObject", request))

    def put(self, bucket: str, key: str, account: str, content: bytes) -> None:
        """Write an object."""
        self._put(_written(bucket, key, account, content))

    def replace(self, bucket: str, key: str, account: str, new: StoredObject) -> bool:
        """Write an object; return False where it is another version by now."""
        condition = {"IfMatch": new.etag} if new.etag else {"IfNoneMatch": "*"}
        try:
            self._put({**_written(bucket, key, account, new.content), **condition})
        except AwsError as error:
            if error.kind in (ErrorKind.CONFLICT, ErrorKind.NOT_FOUND):
                return False
            raise
        return True

    def size(self, bucket: str, key: str) -> int | None:
        """Return the bytes of an object, or else of all objects below a prefix; None where there are none."""
        request: dict[str, object] = {"Bucket": bucket, "Prefix": key}
        folder, sizes = f"{key.rstrip('/')}/", []
        while True:
            page = self._retry.call(
                "ListObjectsV2", partial(call, _SERVICE, self._client, "ListObjectsV2", request)
            )
            for one in page.get("Contents") or ():
                if one["Key"] == key and not key.endswith("/"):  # the first one: keys are sorted
                    return int(one["Size"])
                if one["Key"].startswith(folder) and one["Key"] != folder:
                    sizes.append(int(one["Size"]))
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                return sum(sizes) if sizes else None
            request["ContinuationToken"] = page["NextContinuationToken"]

    @cached_property
    def _client(self) -> object:
        return self._connect()

    def _read(self, request: Mapping[str, object]) -> StoredObject:
        output = call(_SERVICE, self._client, "GetObject", request)
        is_ours = int(output.get("ContentLength") or 0) <= _LARGEST
        try:  # a read without a length finds out whether the content is complete
            content = output["Body"].read() if is_ours else b""
        except (BotoCoreError, OSError):  # the connection broke on the way
            raise AwsError(ErrorKind.NO_RESPONSE, "GetObject") from None
        return StoredObject(content, str(output.get("ETag", "")))

    def _exists(self, bucket: str, key: str, account: str) -> bool:
        request = {"Bucket": bucket, "Prefix": key, "MaxKeys": 1, "ExpectedBucketOwner": account}
        action = partial(call, _SERVICE, self._client, "ListObjectsV2", request)
        listed = self._retry.call("ListObjectsV2", action).get("Contents", ())
        return any(one.get("Key") == key for one in listed)

    def _put(self, request: Mapping[str, object]) -> None:
        self._retry.call("PutObject", partial(call, _SERVICE, self._client, "PutObject", request))


def _written(bucket: str, key: str, account: str, content: bytes) -> dict[str, object]:
    return {
        "Bucket": bucket,
        "Key": key,
        "Body": content,
        "ContentType": "application/json",
        "ExpectedBucketOwner": account,
    }
