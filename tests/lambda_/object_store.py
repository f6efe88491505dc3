"""S3 as boto3's client of it, with calls that can be disturbed."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from constructs_lib.testing import object_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.testing.object_store import ObjectResponse

OWNER = "123456789012"
FIRST_ERROR = 300


class ObjectStore(object_store.ObjectStore):
    """Has those methods of boto3's S3 client that the handler calls.

    `before` holds what happens before the next calls, in order; `puts` is every key that was written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[str] = []
        self.before: list[Callable[[], object]] = []

    def refuse(self, code: str, status: int = 403, times: int = 1) -> None:
        """Refuse the next calls."""

        def raise_it() -> None:
            raise _error("S3", code, status)

        self.before.extend([raise_it] * times)

    def get_object(self, *, Bucket: str, Key: str, ExpectedBucketOwner: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return an object."""
        self._disturb(ExpectedBucketOwner)
        found = _checked("GetObject", self.respond("GET", Bucket, Key, {}))
        return {"Body": io.BytesIO(found.content), "ETag": found.etag}

    def list_objects_v2(
        self,
        *,
        Bucket: str,  # noqa: N803 - boto3's spelling
        Prefix: str,  # noqa: N803 - as above
        MaxKeys: int = 2,  # noqa: N803 - as above
        ContinuationToken: str = "",  # noqa: N803 - as above
        ExpectedBucketOwner: str = OWNER,  # noqa: N803 - as above
    ) -> dict[str, Any]:
        """Return a page of the objects whose keys begin with a prefix; training data may be anybody's."""
        self._disturb(ExpectedBucketOwner)
        found = sorted(key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix))
        left = [key for key in found if key > ContinuationToken]
        page = [{"Key": key, "Size": len(self.objects[Bucket, key])} for key in left[:MaxKeys]]
        more = {"IsTruncated": True, "NextContinuationToken": left[MaxKeys - 1]} if left[MaxKeys:] else {}
        return {**({"Contents": page} if page else {}), **more}

    def delete_object(self, *, Bucket: str, Key: str, ExpectedBucketOwner: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Delete an object, if it exists."""
        self._disturb(ExpectedBucketOwner)
        self.objects.pop((Bucket, Key), None)
        return {}

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803 - boto3's spelling
        Key: str,  # noqa: N803 - as above
        Body: bytes,  # noqa: N803 - as above
        ContentType: str,  # noqa: N803 - as above
        ExpectedBucketOwner: str,  # noqa: N803 - as above
        IfMatch: str = "",  # noqa: N803 - as above
        IfNoneMatch: str = "",  # noqa: N803 - as above
    ) -> dict[str, Any]:
        """Write an object, if its version is the expected one."""
        self._disturb(ExpectedBucketOwner)
        assert ContentType == "application/json"
        headers = {"if-match": IfMatch, "if-none-match": IfNoneMatch}
        found = _checked("PutObject", self.respond("PUT", Bucket, Key, headers, Body))
        self.puts.append(Key)
        return {"ETag": found.etag}

    def _disturb(self, owner: str) -> None:
        assert owner == OWNER
        if self.before:
            self.before.pop(0)()


def _checked(operation: str, response: ObjectResponse) -> ObjectResponse:
    if response.status >= FIRST_ERROR:
        [code] = re.findall("<Code>(.*)</Code>", response.content.decode())
        raise _error(operation, code, response.status)
    return response


def _error(operation: str, code: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    detail: Any = {"Code": code, "Message": f"{operation} was refused"}
    return ClientError({"Error": detail, "ResponseMetadata": metadata}, operation)
