"""S3 as boto3's client of it, with the conditions of conditional writes."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER = "123456789012"


class ObjectStore:
    """Has those methods of boto3's S3 client that the handler calls.

    The role may not list the bucket, so a missing object is denied, as S3 does it. `before` holds what
    happens before the next calls, in order; `puts` is every key that was written.
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.puts: list[str] = []
        self.before: list[Callable[[], object]] = []

    def refuse(self, code: str, status: int = 403, times: int = 1) -> None:
        """Refuse the next calls."""

        def raise_it() -> None:
            raise _error("S3", code, status)

        self.before.extend([raise_it] * times)

    def json(self, uri: str) -> Any:  # noqa: ANN401 - any JSON
        """Return what an object holds."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return json.loads(self.objects[bucket, key])

    def get_object(self, *, Bucket: str, Key: str, ExpectedBucketOwner: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return an object."""
        self._disturb(ExpectedBucketOwner)
        if (Bucket, Key) not in self.objects:
            raise _error("GetObject", "AccessDenied", 403)
        content = self.objects[Bucket, Key]
        return {"Body": io.BytesIO(content), "ETag": _etag(content)}

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
        IfMatch: str | None = None,  # noqa: N803 - as above
        IfNoneMatch: str | None = None,  # noqa: N803 - as above
    ) -> dict[str, Any]:
        """Write an object, if its version is the expected one."""
        self._disturb(ExpectedBucketOwner)
        assert ContentType == "application/json"
        present = self.objects.get((Bucket, Key))
        if IfMatch and present is None:
            raise _error("PutObject", "NoSuchKey", 404)
        if (IfMatch and IfMatch != _etag(present or b"")) or (IfNoneMatch and present is not None):
            raise _error("PutObject", "PreconditionFailed", 412)
        self.objects[Bucket, Key] = Body
        self.puts.append(Key)
        return {"ETag": _etag(Body)}

    def _disturb(self, owner: str) -> None:
        assert owner == OWNER
        if self.before:
            self.before.pop(0)()


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


def _error(operation: str, code: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    detail: Any = {"Code": code, "Message": f"{operation} was refused"}
    return ClientError({"Error": detail, "ResponseMetadata": metadata}, operation)
