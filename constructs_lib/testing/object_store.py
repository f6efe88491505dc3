"""Objects of Amazon S3 in memory, as far as the handler calls S3."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK = 200


class ObjectResponse(NamedTuple):
    """The response to one call.

    Args:
        status: the HTTP status.
        content: the body: the object, or the XML of an error.
        etag: which version of the object it is; "" with an error.
    """

    status: int
    content: bytes = b""
    etag: str = ""


class ObjectStore:
    """Keeps the objects that `run_handler` and `run_task` read and write: definition and results of a sweep.

    Pass the same store to several calls, and it keeps what they have written. A missing object is refused
    with `AccessDenied`, as S3 does it where the role may not list the bucket; a write on the condition that
    the object is another one, or that there is none, with `PreconditionFailed`.
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        """The content of each object, by bucket and key."""

    def json(self, uri: str) -> Any:  # noqa: ANN401 - any JSON
        """Return what an object of JSON has.

        Args:
            uri: its URI, such as `s3://bucket/sweep/results.json`.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return json.loads(self.objects[bucket, key])

    def respond(
        self, method: str, bucket: str, key: str, headers: Mapping[str, str], content: bytes = b""
    ) -> ObjectResponse:
        """Return the response to one call of the API.

        Args:
            method: `GET` or `PUT`.
            bucket: the bucket.
            key: the key of the object.
            headers: those of the request, by their names in lower case.
            content: the body of the request.
        """
        present = self.objects.get((bucket, key))
        if method == "PUT":
            return self._put(bucket, key, headers, content)
        if present is None:
            return _refused(403, "AccessDenied")
        return ObjectResponse(_OK, present, etag(present))

    def _put(self, bucket: str, key: str, headers: Mapping[str, str], content: bytes) -> ObjectResponse:
        present = self.objects.get((bucket, key))
        expected = headers.get("if-match", "")
        if expected and present is None:
            return _refused(404, "NoSuchKey")
        is_other = present is not None and bool(expected) and expected != etag(present)
        if is_other or (headers.get("if-none-match") and present is not None):
            return _refused(412, "PreconditionFailed")
        self.objects[bucket, key] = content
        return ObjectResponse(_OK, etag=etag(content))


def etag(content: bytes) -> str:
    """Return the ETag of an object.

    Args:
        content: the object.
    """
    return f'"{hashlib.sha256(content).hexdigest()}"'


def _refused(status: int, code: str) -> ObjectResponse:
    text = f"<Error><Code>{code}</Code><Message>The call was refused</Message></Error>"
    return ObjectResponse(status, text.encode())
