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
        calls: the names of the calls.
    """

    def __init__(self) -> None:
        self.clear()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = owner._response(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("ETag", _etag(content))
                self.end_headers()
                is_object = owner.calls[-1] == "GetObject" and status == 200
                with suppress(ConnectionError):  # who does not want a large object hangs up
                    self.wfile.write(content[: owner.lost_after] if is_object else content)

            def do_PUT(self) -> None:
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

    def _response(self, path: str) -> tuple[int, bytes]:
        url = urlsplit(path)
        bucket, _, key = unquote(url.path.removeprefix("/")).partition("/")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        operation = "GetObject" if key else "ListObjectsV2"
        self.calls.append(operation)
        if operation in self.errors:
            status, code, message = self.errors[operation]
            return status, _ERROR.format(code, escape(message)).encode()
        if bucket not in self.buckets:
            return 404, _ERROR.format("NoSuchBucket", "The specified bucket does not exist").encode()
        if not key:
            return 200, self._page(sorted(self.buckets[bucket]), query).encode()
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

    def _page(self, keys: list[str], query: dict[str, str]) -> str:
        after = query.get("continuation-token", "")
        left = [key for key in keys if key.startswith(query.get("prefix", "")) and key > after]
        page = left[: self.page]
        more = len(left) > len(page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        contents = "".join(f"<Contents><Key>{escape(quote(key))}</Key></Contents>" for key in page)
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        found = f"<EncodingType>url</EncodingType>{truncated}{token}{contents}"
        return f"<ListBucketResult>{found}</ListBucketResult>"
