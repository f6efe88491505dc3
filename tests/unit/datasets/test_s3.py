"""Data in S3: streamed with the user's credentials; whatever cannot be read is a finding."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import NOVA, found, lines, media, of_the_file, shown, turns

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS = [turns(f"q{at}", "a") for at in range(5_000)]
MISSING = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"


class Bucket(BaseHTTPRequestHandler):
    """Answers GetObject as S3 does, for a few keys."""

    def do_GET(self) -> None:
        """Answer one object, a missing one, or half of one."""
        bodies = {
            "/bucket/train.jsonl": lines(RECORDS),
            "/bucket/media.jsonl": lines([shown(media(uri="s3://other/a.png"))]),
            "/bucket/cut.jsonl": lines(RECORDS),
        }
        body = bodies.get(self.path, MISSING)
        self.send_response(200 if self.path in bodies else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if "cut" in self.path else body)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture(autouse=True)
def _s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    yield
    server.shutdown()
    server.server_close()


def test_an_object_is_streamed() -> None:
    """An object is checked like a file, in pieces, and the progress has its size."""
    calls: list[tuple[str, int, int]] = []
    report = validate("s3://bucket/train.jsonl", model=NOVA, progress=lambda *args: calls.append(args))
    assert (report.errors, report.warnings) == (0, 0)
    assert report.training.counts.records == 5_000
    assert len(calls) > 1
    assert calls[-1][1] == calls[-1][2] == len(lines(RECORDS))


def test_the_dataset_s_own_bucket_is_known() -> None:
    """Media in another bucket than the dataset's are found at the first reference."""
    report = validate("s3://bucket/media.jsonl", model=NOVA)
    assert [rule for _, rule, _, _ in found(report)] == ["media-bucket"]


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("s3://bucket/missing.jsonl", "NoSuchKey"),
        ("s3://bucket/cut.jsonl", "bytes"),
        ("s3://", ""),
        ("s3://bucket", ""),
    ],
)
def test_what_cannot_be_read(uri: str, reason: str) -> None:
    """A missing object, a broken connection and half a URI are findings with the reason."""
    report = validate(uri, model=NOVA)
    unreadable = [one for one in report.findings if one.name == "dataset-unreadable"]
    assert len(unreadable) == 1
    assert reason in unreadable[0].rule
    assert ("error", "training-records") not in of_the_file(report)


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing credentials are a finding."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    [one] = validate("s3://bucket/train.jsonl", model=NOVA).findings
    assert "credentials" in one.rule


def test_a_compressed_object_is_refused() -> None:
    """A .gz is refused by its name, before anything is read."""
    [one] = validate("s3://bucket/train.jsonl.gz", model=NOVA).findings
    assert one.name == "dataset-compressed"
