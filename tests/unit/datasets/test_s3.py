"""Data in S3: streamed with the user's credentials; whatever cannot be read is a finding."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from constructs_lib.datasets import SplitError, split, validate
from constructs_lib.datasets.reading.sources import expand
from tests.unit.datasets.helpers import DISTILLATION, NOVA, found, lines, media, of_the_file, shown, turns
from tests.unit.datasets.test_invocation_logs import log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDS = [turns(f"q{at}", "a") for at in range(5_000)]
HOUR = "logs/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/23/17"
LOGS = {
    **{
        f"{HOUR}/20261123T17160{part}Z_ab.json.gz": gzip.compress(
            lines([log({"prompt": f"{part} {at}"}) for at in range(40)])
        )
        for part in range(3)
    },
    f"{HOUR}/data/7ee514f3_input.json.gz": gzip.compress(b"{}"),
    "logs/amazon-bedrock-logs-permission-check": b"",
    "logs/": b"",
    "long/1.json.gz": gzip.compress(
        lines(
            [
                log(input={"inputBodyS3Path": "s3://bucket/long/data/1_input.json.gz"}),
                log({"prompt": "b"}, output={"outputBodyS3Path": "s3://other/long/data/1_input.json.gz"}),
            ]
        )
    ),
    "long/data/1_input.json.gz": gzip.compress(b'{"prompt": "0123456789"}'),
    "other/a b+ä.jsonl": lines(RECORDS[:8]),
    "other/notes.txt": b"x",
}
MISSING = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"


class Bucket(BaseHTTPRequestHandler):
    """Answers GetObject and ListObjectsV2 as S3 does, for a few keys; a page of the list has two keys."""

    def do_GET(self) -> None:
        """Answer one object, a missing one, or half of one."""
        bodies = {
            "/bucket/train.jsonl": lines(RECORDS),
            "/bucket/media.jsonl": lines([shown(media(uri="s3://other/a.png"))]),
            "/bucket/cut.jsonl": lines(RECORDS),
        }
        bodies |= {f"/bucket/{key}": body for key, body in LOGS.items()}
        if "list-type=2" in self.path:
            bodies[unquote(self.path)] = self._listed(parse_qs(urlsplit(self.path).query))
        body = bodies.get(unquote(self.path), MISSING)
        self.send_response(404 if body is MISSING else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if "cut" in self.path else body)
        self.close_connection = True

    def _listed(self, query: dict[str, list[str]]) -> bytes:
        """Return a page of the keys under a prefix; under `denied/` nothing may be listed."""
        prefix, start = query.get("prefix", [""])[0], int(query.get("continuation-token", ["0"])[0])
        keys = [key for key in sorted(LOGS) if key.startswith(prefix)]
        page = keys[start : start + 2]
        found = "".join(
            f"<Contents><Key>{quote(key)}</Key><Size>{len(LOGS[key])}</Size></Contents>" for key in page
        )
        more = f"<NextContinuationToken>{start + 2}</NextContinuationToken>" if keys[start + 2 :] else ""
        truncated = "true" if more else "false"
        return (
            "<ListBucketResult><EncodingType>url</EncodingType>"
            f"<IsTruncated>{truncated}</IsTruncated>{more}{found}</ListBucketResult>"
        ).encode()

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


def test_an_object_is_split(tmp_path: Path) -> None:
    """It is streamed twice; only the two files are written to disk."""
    done = split("s3://bucket/train.jsonl", model=NOVA, validation=500, out=tmp_path / "data")
    assert done.validation is not None
    assert (done.training.records, done.validation.records) == (4_500, 500)
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["data", "train.jsonl", "validation.jsonl"]


def test_an_object_that_breaks_off_is_not_split(tmp_path: Path) -> None:
    """Half of the records would be taken for all."""
    with pytest.raises(SplitError, match="must be a file that can be read"):
        split("s3://bucket/cut.jsonl", model=NOVA, validation=500, out=tmp_path / "data")
    assert not [*tmp_path.iterdir()]


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


@pytest.mark.parametrize("prefix", ["s3://bucket/logs/", "s3://bucket/logs/AWSLogs/", f"s3://bucket/{HOUR}/"])
def test_the_logs_under_a_prefix_are_read(prefix: str) -> None:
    """A URI that ends in a slash is a prefix: its logs are read page by page, long bodies are passed over."""
    report = validate(prefix, model=NOVA, customization_type=DISTILLATION)
    assert report.findings == ()
    assert report.training.file == prefix
    assert report.training.counts.records == 120
    assert [facts.file for facts in report.training.files] == [
        f"s3://bucket/{HOUR}/20261123T17160{part}Z_ab.json.gz" for part in range(3)
    ]


def test_a_prefix_of_other_data() -> None:
    """Keys with spaces and letters of any script are read; what is no data is one note."""
    assert expand("s3://bucket/other/") == ["s3://bucket/other/a b+ä.jsonl"]
    report = validate("s3://bucket/other/", model=NOVA)
    assert of_the_file(report) == [("note", "other-files"), ("note", "training-records")]
    assert report.training.counts.records == 8


@pytest.mark.parametrize("uri", ["s3://bucket/nothing/", "s3://b b/"])
def test_a_prefix_that_cannot_be_read(uri: str) -> None:
    """A prefix without objects, and a bucket that cannot be, are one error."""
    [one] = validate(uri, model=NOVA).findings
    assert (one.severity, one.name) == ("error", "dataset-unreadable")


def test_long_bodies_are_read_from_the_same_bucket() -> None:
    """A prompt in an object of its own is read with the logs; an object of another bucket is not."""
    report = validate("s3://bucket/long/", model=NOVA, customization_type=DISTILLATION)
    assert found(report) == [("warning", "log-body", 2, "output.outputBodyS3Path")]
    assert report.training.counts.characters == len("0123456789" + "an answer" + "b")
