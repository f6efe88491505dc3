"""An endpoint of S3 that lists, returns and writes objects, also on conditions."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from constructs_lib.testing.bedrock import MetricsFile

REGION = "us-east-1"
_ERROR = "<Error><Code>{}</Code><Message>{}</Message></Error>"


def _etag(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:32]}"'


class S3Endpoint:
    """Buckets of objects, which are listed in pages.

    Attributes:
        buckets: the objects of each bucket, by key.
        errors: status, code and message with which a call fails, by its name.
        page: how many keys a page of a list has.
        before_put: what happens before an object is written. None: nothing.
        lost_after: how many bytes of an object are sent before the connection ends. None: all of them.
        checksums: the SHA-256 that S3 has of an object, and its type, by bucket and key.
        etags: the entity tag of an object, by bucket and key. Default: a hash of it.
        modified: when an object was last modified, by bucket and key. Default: long ago.
        calls: the names of the calls.
    """

    def __init__(self) -> None:
        self.clear()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                status, content = owner._response(self.path, is_head=self.command == "HEAD")
                place = owner._place(self.path)
                etag = owner.etags.get(place, _etag(content))
                if status == 200 and self.headers["If-Match"] not in (None, etag):
                    status, content = 412, _ERROR.format("PreconditionFailed", "").encode()
                self.send_response(status)
                if place in owner.checksums and self.headers["x-amz-checksum-mode"]:
                    value, kind = owner.checksums[place]
                    self.send_header("x-amz-checksum-sha256", value)
                    self.send_header("x-amz-checksum-type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("ETag", etag)
                self.end_headers()
                if self.command == "HEAD":
                    return
                is_object = owner.calls[-1] == "GetObject" and status == 200
                with suppress(ConnectionError):  # who does not want a large object hangs up
                    self.wfile.write(content[: owner.lost_after] if is_object else content)

            def do_PUT(self) -> None:
                if self.headers["Expect"]:  # the AWS SDK waits a second for an answer, then sends the rest
                    self.send_response_only(100)
                    self.end_headers()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, content = owner._write(self.path, body, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def clear(self) -> None:
        """Forget all buckets, errors and calls."""
        self.buckets: dict[str, dict[str, bytes]] = {}
        self.errors: dict[str, tuple[int, str, str]] = {}
        self.page = 1000
        self.lost_after: int | None = None
        self.checksums: dict[tuple[str, str], tuple[str, str]] = {}
        self.etags: dict[tuple[str, str], str] = {}
        self.modified: dict[tuple[str, str], str] = {}
        self.before_put: Callable[[], object] | None = None
        self.calls: list[str] = []

    def put(self, file: MetricsFile) -> None:
        """Write a metrics file of the Bedrock double, whose store this is.

        Args:
            file: bucket, key and content.

        Raises:
            KeyError: there is no such bucket.
        """
        self.buckets[file.bucket][file.key] = file.body

    def client(self) -> Any:  # noqa: ANN401 - made at run time by botocore
        """Return a boto3 client of S3 that asks this endpoint."""
        return boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="key",
            aws_secret_access_key="secret",  # noqa: S106 - not a real key
        )

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def _place(path: str) -> tuple[str, str]:
        bucket, _, key = unquote(urlsplit(path).path.removeprefix("/")).partition("/")
        return bucket, key

    def _response(self, path: str, *, is_head: bool) -> tuple[int, bytes]:
        bucket, key = self._place(path)
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        operation = "HeadObject" if is_head else "GetObject" if key else "ListObjectsV2"
        self.calls.append(operation)
        if operation in self.errors:
            status, code, message = self.errors[operation]
            return status, _ERROR.format(code, escape(message)).encode()
        if bucket not in self.buckets:
            return 404, _ERROR.format("NoSuchBucket", "The specified bucket does not exist").encode()
        if not key:
            return 200, self._page(bucket, query).encode()
        if key not in self.buckets[bucket]:
            return 404, _ERROR.format("NoSuchKey", "The specified key does not exist.").encode()
        return 200, self.buckets[bucket][key]

    def _write(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        bucket, _, key = unquote(urlsplit(path).path.removeprefix("/")).partition("/")
        self.calls.append("PutObject")
        if self.before_put is not None:
            self.before_put()
        if "PutObject" in self.errors:
            status, code, message = self.errors["PutObject"]
            return status, _ERROR.format(code, escape(message)).encode()
        present = self.buckets[bucket].get(key)
        expected = headers.get("If-Match")
        if (headers.get("If-None-Match") == "*" and present is not None) or (
            expected and (present is None or _etag(present) != expected)
        ):
            return 412, _ERROR.format("PreconditionFailed", "A condition did not hold").encode()
        self.buckets[bucket][key] = body
        return 200, b""

    def _page(self, bucket: str, query: dict[str, str]) -> str:
        keys = sorted(self.buckets[bucket])
        after = query.get("continuation-token", "")
        left = [key for key in keys if key.startswith(query.get("prefix", "")) and key > after]
        page = left[: int(query.get("max-keys", self.page))]
        more = len(left) > len(page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        contents = "".join(self._listed(bucket, key) for key in page)
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        found = f"<EncodingType>url</EncodingType>{truncated}{token}{contents}"
        return f"<ListBucketResult>{found}</ListBucketResult>"

    def _listed(self, bucket: str, key: str) -> str:
        place = (bucket, key)
        checksum = "<ChecksumAlgorithm>SHA256</ChecksumAlgorithm>" if place in self.checksums else ""
        members = f"<Key>{escape(quote(key))}</Key><Size>{len(self.buckets[bucket][key])}</Size>{checksum}"
        members += f"<ETag>{escape(self.etags.get(place, _etag(self.buckets[bucket][key])))}</ETag>"
        members += f"<LastModified>{self.modified.get(place, '2020-01-01T00:00:00Z')}</LastModified>"
        return f"<Contents>{members}</Contents>"
