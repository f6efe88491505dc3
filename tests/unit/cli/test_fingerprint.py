"""`bedrock-customize fingerprint` against an S3 over HTTP with the real SDK, and local files."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from datetime import UTC, datetime
from gzip import compress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.monitoring.data_fingerprint import fingerprint
from tests.unit.monitoring.s3_endpoint import REGION, S3Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

BUCKET, OTHER = "amzn-s3-demo-bucket", "amzn-s3-demo-destination-bucket"
DATA = {"train.jsonl": b'{"a": 1}\n{"a": 2}\n', "more/part-1.jsonl": b'{"a": 3}\n', "d\xe9.jsonl": b"{}"}
NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)


class Clock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return the time."""
        return NOW


@pytest.fixture(scope="module")
def endpoint() -> Iterator[S3Endpoint]:
    """Return an S3."""
    with S3Endpoint() as running:
        yield running


@pytest.fixture
def s3(endpoint: S3Endpoint, monkeypatch: pytest.MonkeyPatch) -> S3Endpoint:
    """Return an S3 with data in two buckets, which the console asks."""
    endpoint.clear()
    endpoint.page = 2
    endpoint.buckets = {BUCKET: {f"in/{name}": body for name, body in DATA.items()}, OTHER: {}}
    for name, value in {
        "AWS_ENDPOINT_URL_S3": endpoint.url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    return endpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the same data."""
    folder = tmp_path / "data"
    for name, body in DATA.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder


def run(*arguments: str) -> Result:
    """Run the console; an exception that is not an exit fails the test."""
    result = CliRunner().invoke(app, ["fingerprint", *arguments], obj=Clock())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def printed(*arguments: str) -> str:
    """Return the fingerprint, which is all that is printed."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert re.fullmatch(r"[0-9a-f]{16}\n", result.stdout)
    return result.stdout.strip()


@pytest.fixture(scope="module")
def client(endpoint: S3Endpoint) -> Iterator[Any]:
    """Return a client that tests share, because a boto3 client takes long to make."""
    client = endpoint.client()
    yield client
    client.close()


@pytest.fixture
def of(client: Any) -> Callable[..., str]:  # noqa: ANN401 - made at run time by botocore
    """Return a function that makes fingerprints as the console does."""
    return lambda *places, **more: fingerprint(places, lambda: client, **more).text


def refused(*arguments: str, status: int = 1) -> str:
    """Return the sentence of a failure, in one line; nothing is on standard output."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    return " ".join(result.stderr.replace("\u2502", " ").split())


def hash_of(content: bytes) -> str:
    """Return a checksum as S3 writes it."""
    return b64encode(sha256(content).digest()).decode()


def test_the_same_content_has_the_same_fingerprint_wherever_it_is(
    s3: S3Endpoint, folder: Path, of: Callable[..., str]
) -> None:
    """In a folder, in S3, in another bucket, with and without the slash, beside a folder's placeholder."""
    expected = of(f"s3://{BUCKET}/in/")
    s3.buckets[OTHER] = {**{f"2026/{name}": body for name, body in DATA.items()}, "2026/": b"", "2026x": b"x"}
    assert of(f"s3://{BUCKET}/in") == expected == printed(f"s3://{BUCKET}/in/")
    assert of(f"s3://{OTHER}/2026") == expected
    assert of(str(folder)) == expected
    assert of(os.path.relpath(folder)) == expected
    assert of(f"s3://{BUCKET}/in/train.jsonl") == of(str(folder / "train.jsonl"))


def test_an_upload_of_the_same_bytes_changes_nothing(s3: S3Endpoint, of: Callable[..., str]) -> None:
    """Not the entity tag of SSE-KMS, not the time, not a checksum: whole, of the parts, or none at all."""
    expected = of(f"s3://{BUCKET}/in/")
    place = (BUCKET, "in/train.jsonl")
    s3.etags[place], s3.modified[place] = '"0f343b0931126a20f133d67c2b018a3b-2"', "2026-11-27T05:00:00Z"
    assert of(f"s3://{BUCKET}/in/") == expected
    for kind, value in {
        "FULL_OBJECT": hash_of(DATA["train.jsonl"]),
        "COMPOSITE": f"{hash_of(b'parts')}-2",
    }.items():
        s3.checksums[place] = (value, kind)
        assert of(f"s3://{BUCKET}/in/") == expected, kind


def test_an_object_whose_hash_s3_has_is_not_read(s3: S3Endpoint, of: Callable[..., str]) -> None:
    """Data of many gigabytes can be uploaded with it; the answer is that of the content."""
    del s3.buckets[BUCKET]["in/more/part-1.jsonl"], s3.buckets[BUCKET]["in/d\xe9.jsonl"]
    expected = of(f"s3://{BUCKET}/in/")
    s3.checksums[BUCKET, "in/train.jsonl"] = (hash_of(DATA["train.jsonl"]), "FULL_OBJECT")
    s3.calls.clear()
    assert of(f"s3://{BUCKET}/in/") == expected
    assert sorted(set(s3.calls)) == ["HeadObject", "ListObjectsV2"]


@pytest.mark.parametrize(
    "change",
    [
        {"in/train.jsonl": b'{"a": 1}\n{"a": 3}\n'},
        {"in/new.jsonl": b'{"a": 1}\n'},
        {"in/more/part-1.jsonl": None},
        {"in/more/part-1.jsonl": None, "in/more/part-2.jsonl": DATA["more/part-1.jsonl"]},
    ],
    ids=["a byte", "a file", "one less", "a name"],
)
def test_other_data_has_another_fingerprint(
    s3: S3Endpoint, change: dict[str, bytes | None], of: Callable[..., str]
) -> None:
    """Content of the same length, a file more or less, another name."""
    before = of(f"s3://{BUCKET}/in/")
    s3.buckets[BUCKET] = {
        key: body for key, body in {**s3.buckets[BUCKET], **change}.items() if body is not None
    }
    assert of(f"s3://{BUCKET}/in/") != before


def test_files_that_change_places_are_other_data(tmp_path: Path, of: Callable[..., str]) -> None:
    """What was the training data is the validation data now."""
    for name, body in (("train", b"1"), ("valid", b"2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.jsonl").write_bytes(body)
    places = [str(tmp_path / name) for name in ("train", "valid")]
    assert of(*places) != of(*reversed(places))


def test_the_output_of_a_training_is_no_data(s3: S3Endpoint) -> None:
    """With it, every training would be the reason for the next one."""
    expected = printed(f"s3://{BUCKET}/in/")
    key = "in/out/model-customization-job-abc123def456/training_artifacts/step_wise_training_metrics.csv"
    s3.buckets[BUCKET] |= {key: b"1,2", "in/out/validated_data/x.jsonl": b"{}"}
    said = refused(f"s3://{BUCKET}/in/")
    assert "has the output of a training in it, model-customization-job-abc123def456" in said
    assert "--exclude" in said
    assert printed(f"s3://{BUCKET}/in/", "--exclude", f"s3://{BUCKET}/in/out") == expected


def test_a_folder_can_be_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, of: Callable[..., str]
) -> None:
    """Named from the current folder, as DATA is not."""
    monkeypatch.chdir(folder.parent)
    without = of(str(folder), exclude=["data/more"])
    (folder / "more" / "part-1.jsonl").write_bytes(b"other")
    assert of("data", exclude=[str(folder / "more")]) == without


def test_too_few_new_records_are_not_worth_a_training(s3: S3Endpoint) -> None:
    """A script stops at the exit status, and has no text that it could pass on."""
    place = f"s3://{BUCKET}/in/"
    s3.modified[BUCKET, "in/train.jsonl"] = "2026-11-26T12:00:00Z"
    said = refused(place, "--newer-than", "1d", "--min-new-records", "3", status=3)
    assert said == (
        "The files that are newer than 2026-11-26T06:00:00Z have 2 records, fewer than 3; no fingerprint is "
        "printed."
    )
    assert printed(place, "--newer-than", "1d", "--min-new-records", "2") == printed(place)
    assert printed(place, "--newer-than", "2026-11-26T11:59:59+00:00") == printed(place)
    refused(place, "--newer-than", "2026-11-26T12:00", status=3)


def test_records_of_compressed_files_are_counted(s3: S3Endpoint) -> None:
    """Invocation logs are gzip files; empty lines are no records."""
    s3.buckets[BUCKET] = {"in/1.json.gz": compress(b'{"a": 1}\n\n  \n{"a": 2}')}
    place = f"s3://{BUCKET}/in/"
    printed(place, "--newer-than", "2019-01-01", "--min-new-records", "2")
    refused(place, "--newer-than", "2019-01-01", "--min-new-records", "3", status=3)
    s3.buckets[BUCKET] = {"in/1.json.gz": b"no gzip"}
    assert "cannot be counted" in refused(place, "--newer-than", "2019-01-01")
    printed(place)


def test_what_cannot_be_read_is_a_sentence(s3: S3Endpoint, tmp_path: Path) -> None:
    """Nothing is printed that could be taken for a fingerprint."""
    (tmp_path / "empty").mkdir()
    place = f"s3://{BUCKET}/in/"
    assert f"s3://{BUCKET}/none/ has no data" in refused(f"s3://{BUCKET}/none/")
    assert "has no data" in refused(str(tmp_path / "empty"))
    assert "No such file or directory" in refused(str(tmp_path / "none"))
    assert "no file can have this name" in refused("a\0b")
    assert "must be a URI such as" in refused("s3://A_B/x")
    assert "The bucket amzn-s3-demo-none, in which the data should be, does not exist." in refused(
        "s3://amzn-s3-demo-none/x/"
    )
    s3.errors = {"GetObject": (403, "AccessDenied", "no")}
    said = refused(place)
    assert "The data cannot be read: s3:GetObject on arn:aws:s3:::amzn-s3-demo-bucket/in/" in said
    s3.errors = {"ListObjectsV2": (403, "AccessDenied", "no")}
    assert "s3:ListBucket on arn:aws:s3:::amzn-s3-demo-bucket is not permitted" in refused(place)
    s3.errors = {}
    s3.lost_after = 3
    assert refused(place)


def test_an_object_that_changes_meanwhile_is_not_half_of_a_fingerprint(s3: S3Endpoint) -> None:
    """An upload goes on while the data is read."""
    s3.errors = {"GetObject": (412, "PreconditionFailed", "")}
    assert "was changed while it was read; run the command again" in refused(f"s3://{BUCKET}/in/")


def test_wrong_usage_is_a_sentence(folder: Path) -> None:
    """With the exit status 2."""
    data = str(folder)
    assert "needs --newer-than" in refused(data, "--min-new-records", "3", status=2)
    assert "must be a time such as" in refused(data, "--newer-than", "tomorrow", status=2)
    assert "must be a URI or a path" in refused("-", status=2)


def test_names_cannot_control_the_terminal(s3: S3Endpoint) -> None:
    """A key of S3 may have any character."""
    s3.buckets[BUCKET] = {"in/\x1b[2J[red]x/model-customization-job-abc123def456/x": b""}
    said = refused(f"s3://{BUCKET}/in/\x1b[2J[red]x/")
    assert "\x1b" not in said
    assert "[red]" in said
