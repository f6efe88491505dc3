"""Objects of S3 over HTTP with the real SDK: conditional writes, missing objects, connections that break."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from customization_job.frame.aws import client
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.objects import S3Objects, StoredObject
from customization_job.frame.retry import Retry

from tests.lambda_.fakes import ACCOUNT, REGION, TurnedClock, no_retry

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "out/sweep/results.json"


class Store(ThreadingHTTPServer):
    """One object: its content, the headers that came, and what the next requests are answered instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content: bytes | None = None
        self.key = KEY
        self.headers: list[dict[str, str]] = []
        self.instead: list[tuple[int, str]] = []

    @property
    def etag(self) -> str:
        """The version of the object."""
        return f'"{len(self.content or b"")}"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Store

    def do_GET(self) -> None:
        """Return the object."""
        self.server.headers.append(dict(self.headers))
        if "list-type=2" in self.path:
            if not self._refuse():
                self._list()
            return
        if self._refuse():
            return
        content = self.server.content
        if content is None:
            self._send(404, "NoSuchKey")
            return
        self.send_response(200)
        self.send_header("ETag", self.server.etag)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _list(self) -> None:
        """Return the key, if it begins with the prefix."""
        [prefix] = parse_qs(urlsplit(self.path).query)["prefix"]
        is_listed = self.server.content is not None and self.server.key.startswith(prefix)
        keys = f"<Contents><Key>{self.server.key}</Key></Contents>" if is_listed else ""
        content = f"<ListBucketResult>{keys}</ListBucketResult>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_DELETE(self) -> None:
        """Delete the object."""
        self.server.headers.append(dict(self.headers))
        if not self._refuse():
            self.server.content = None
            self._send(204, "")

    def do_PUT(self) -> None:
        """Write the object, if it is the expected version."""
        self.server.headers.append(dict(self.headers))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._refuse():
            return
        present = None if self.server.content is None else self.server.etag
        wanted, is_new = self.headers.get("If-Match"), self.headers.get("If-None-Match") == "*"
        if (wanted and wanted != present) or (is_new and present):
            self._send(412, "PreconditionFailed")
            return
        self.server.content = body
        self._send(200, "")

    def _refuse(self) -> bool:
        if not self.server.instead:
            return False
        status, code = self.server.instead.pop(0)
        if code in ("broken", "huge"):  # promises more than it sends
            self.send_response(status)
            self.send_header("Content-Length", "1000" if code == "broken" else "99999999999")
            self.end_headers()
            self.wfile.write(b"{")
            self.close_connection = True
        else:
            self._send(status, code)
        return True

    def _send(self, status: int, code: str) -> None:
        content = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode() if code else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An S3 that the SDK calls."""
    with Store() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")
        yield server
        server.shutdown()


def objects(retry: Retry | None = None) -> S3Objects:
    """Return the port on the real SDK."""
    return S3Objects(lambda: client.__wrapped__("s3", REGION), retry or no_retry())


def test_an_object_is_written_and_read(store: Store) -> None:
    """The bucket must belong to the account of the stack."""
    objects().put("bucket", KEY, ACCOUNT, b"{}")
    assert objects().get("bucket", KEY, ACCOUNT) == StoredObject(b"{}", '"2"')
    assert {one["x-amz-expected-bucket-owner"] for one in store.headers} == {ACCOUNT}


def test_a_version_is_replaced_only_once(store: Store) -> None:
    """Who comes second has to read again; so has who expects that there is none."""
    found = objects()
    assert found.replace("bucket", KEY, ACCOUNT, StoredObject(b"1", ""))
    assert not found.replace("bucket", KEY, ACCOUNT, StoredObject(b"2", ""))
    assert found.replace("bucket", KEY, ACCOUNT, StoredObject(b"22", '"1"'))
    assert not found.replace("bucket", KEY, ACCOUNT, StoredObject(b"333", '"1"'))
    assert store.content == b"22"


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (403, "AccessDenied")])
def test_a_missing_object_is_no_error(store: Store, status: int, code: str) -> None:
    """To a role that may not list the bucket, S3 says that it is denied."""
    store.content = b"{}"
    store.instead = [(status, code)]
    assert objects().get("bucket", KEY, ACCOUNT) is None


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (200, "broken")])
def test_what_passes_is_tried_again(store: Store, status: int, code: str) -> None:
    """S3 is too busy, or the connection breaks in the middle of the content."""
    store.content = b"{}"
    store.instead = [(status, code)] * 3
    clock = TurnedClock()
    found = objects(Retry(clock, clock.now() + 600)).get("bucket", KEY, ACCOUNT)
    assert found is not None
    assert found.content == b"{}"


def test_an_object_that_is_far_too_large_is_not_read(store: Store) -> None:
    """Somebody else has written it; the function has 256 MB."""
    store.content = b"x"
    store.instead = [(200, "huge")]
    assert objects().get("bucket", KEY, ACCOUNT) == StoredObject(b"", "")


def test_a_denied_write_is_an_error(store: Store) -> None:
    """The deployment fails with it."""
    store.instead = [(403, "AccessDenied")]
    with pytest.raises(AwsError) as caught:
        objects().put("bucket", KEY, ACCOUNT, b"{}")
    assert (caught.value.kind, caught.value.operation) == (ErrorKind.DENIED, "PutObject")


# -- where the role may list the keys ------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [[], [(403, "AccessDenied")]])
def test_a_record_that_does_not_exist_is_none(store: Store, answers: list[tuple[int, str]]) -> None:
    """S3 denies a missing key to a role that may list only some prefixes; so the key is listed."""
    store.instead = answers
    assert objects().find("bucket", KEY, ACCOUNT) is None


def test_a_record_with_a_longer_name_is_another_one(store: Store) -> None:
    """A list has all keys that begin with the one that is looked for."""
    store.content, store.key = b"{}", f"{KEY}.old"
    store.instead = [(403, "AccessDenied")]
    assert objects().find("bucket", KEY, ACCOUNT) is None


@pytest.mark.parametrize(
    ("answers", "operation"),
    [
        ([(403, "AccessDenied")], "GetObject"),
        ([(403, "AccessDenied"), (403, "AccessDenied")], "ListObjectsV2"),
        ([(404, "NoSuchBucket")], "GetObject"),
    ],
)
def test_a_record_that_may_not_be_read_is_an_error(
    store: Store, answers: list[tuple[int, str]], operation: str
) -> None:
    """It is not taken for one that does not exist."""
    store.content, store.instead = b"{}", answers
    with pytest.raises(AwsError) as caught:
        objects().find("bucket", KEY, ACCOUNT)
    assert caught.value.operation == operation


def test_a_record_is_read_and_deleted(store: Store) -> None:
    """Deleting it twice is no error."""
    store.content = b"{}"
    assert objects().find("bucket", KEY, ACCOUNT) == StoredObject(b"{}", '"2"')
    objects().delete("bucket", KEY, ACCOUNT)
    objects().delete("bucket", KEY, ACCOUNT)
    assert store.content is None
    assert {one["x-amz-expected-bucket-owner"] for one in store.headers} == {ACCOUNT}
