"""Reading the metrics of a job from S3 with the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from constructs_lib.deployment.aws_calls import AwsCallError
from constructs_lib.monitoring.metrics_files import read_metrics
from tests.unit.monitoring.s3_endpoint import S3Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib.monitoring.metrics import Metrics

Read: TypeAlias = "Callable[..., Metrics]"

JOB = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k/abcdef123456"
FOLDER = "model-customization-job-abcdef123456"
STEPS = f"{FOLDER}/training_artifacts/step_wise_training_metrics.csv"
VALIDATION = f"{FOLDER}/validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"
TRAINED = b"step_number,epoch_number,training_loss\r\n1,0,0.5\r\n2,0,0.25\r\n"
VALIDATED = b"step_number,epoch_number,validation_loss\r\n2,0,0.3\r\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[S3Endpoint]:
    """Return an S3 that all tests share, because a boto3 client takes long to make."""
    with S3Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def client(endpoint: S3Endpoint) -> Iterator[Any]:
    """Return a client of it."""
    client = endpoint.client()
    yield client
    client.close()


@pytest.fixture
def s3(endpoint: S3Endpoint) -> S3Endpoint:
    """Return an S3 with an empty bucket."""
    endpoint.clear()
    endpoint.buckets["outputs"] = {}
    return endpoint


@pytest.fixture
def read(client: Any) -> Read:  # noqa: ANN401 - made at run time by botocore
    """Return a function that reads the metrics of the job."""
    return lambda uri="s3://outputs/tickets": read_metrics(client, uri, JOB)


@pytest.mark.parametrize("uri", ["s3://outputs/tickets", "s3://outputs/tickets/"])
def test_the_files_of_a_job_are_found(s3: S3Endpoint, read: Read, uri: str) -> None:
    """Files of other jobs below the same URI are not read."""
    other = STEPS.replace("abcdef123456", "zzzzzz999999")
    s3.buckets["outputs"] = {
        f"tickets/{STEPS}": TRAINED,
        f"tickets/{VALIDATION}": VALIDATED,
        f"tickets/{other}": b"step,other\n1,2\n",
        f"tickets/{FOLDER}/training_artifacts/manifest.json": b"{}",
    }
    found = read(uri)
    assert [(one.name, len(one.points)) for one in found.series] == [
        ("training_loss", 2),
        ("validation_loss", 1),
    ]
    assert found.files == (f"tickets/{STEPS}", f"tickets/{VALIDATION}")
    assert set(s3.calls) == {"ListObjectsV2", "GetObject"}


def test_a_bucket_without_a_prefix(s3: S3Endpoint, read: Read) -> None:
    """The output URI may be a whole bucket."""
    s3.buckets["outputs"] = {STEPS: TRAINED}
    assert read("s3://outputs").files == (STEPS,)


def test_another_folder_with_the_id_of_the_job_is_found(s3: S3Endpoint, read: Read) -> None:
    """What AWS documents of the folder may change."""
    key = "tickets/jobs/abcdef123456/step_wise_training_metrics.csv"
    s3.buckets["outputs"] = {
        key: TRAINED,
        "tickets/jobs/zzzzzz999999/step_wise_training_metrics.csv": TRAINED,
    }
    assert read().files == (key,)


def test_files_after_the_first_page_of_keys_are_found(s3: S3Endpoint, read: Read) -> None:
    """A distillation job writes many objects beside its metrics."""
    s3.page = 3
    samples = {f"tickets/{FOLDER}/samples/{number:03}.jsonl": b"{}" for number in range(10)}
    s3.buckets["outputs"] = {**samples, f"tickets/{STEPS}": TRAINED}
    assert read().files == (f"tickets/{STEPS}",)
    assert s3.calls.count("ListObjectsV2") == 4


def test_a_job_that_has_not_written_metrics_has_none(s3: S3Endpoint, read: Read) -> None:
    """It is no error: they may come at the end."""
    found = read()
    assert not found.series
    assert not found.files
    assert s3.calls == ["ListObjectsV2", "ListObjectsV2"]


def test_a_key_that_needs_escapes_is_read(s3: S3Endpoint, read: Read) -> None:
    """S3 returns keys with escapes."""
    key = f"tickets/{FOLDER}/a +&<ä/validation_metrics.csv"
    s3.buckets["outputs"] = {key: VALIDATED}
    assert read().files == (key,)


def test_a_file_that_is_too_large_is_left_out(s3: S3Endpoint, read: Read) -> None:
    """The other files are read."""
    s3.buckets["outputs"] = {f"tickets/{STEPS}": b"1" * 10_000_001, f"tickets/{VALIDATION}": VALIDATED}
    found = read()
    assert [one.name for one in found.series] == ["validation_loss"]
    assert found.problems == (f"s3://outputs/tickets/{STEPS} is left out, because it is larger than 10 MB.",)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            "ListObjectsV2",
            (403, "AccessDenied", "Access Denied"),
            ["s3:ListBucket on arn:aws:s3:::outputs is not permitted", "ask whoever manages"],
        ),
        (
            "GetObject",
            (403, "AccessDenied", "Access Denied"),
            [f"s3:GetObject on arn:aws:s3:::outputs/tickets/{STEPS} is not permitted"],
        ),
        (
            "GetObject",
            (
                403,
                "AccessDenied",
                "User: x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:y",
            ),
            ["kms:Decrypt on the key of the bucket outputs is not permitted", "arn:aws:kms:y"],
        ),
        ("ListObjectsV2", (301, "PermanentRedirect", "Use another endpoint"), ["is not in us-east-1"]),
        (
            "ListObjectsV2",
            (400, "ExpiredToken", "The provided token has expired."),
            ["have expired", "sign in"],
        ),
        (
            "GetObject",
            (403, "InvalidObjectState", "It is archived"),
            ["GetObject failed with InvalidObjectState"],
        ),
    ],
    ids=["list denied", "get denied", "key denied", "other Region", "expired", "archived"],
)
def test_what_s3_refuses_is_a_sentence_that_says_what_to_do(
    s3: S3Endpoint, read: Read, call: str, error: tuple[int, str, str], words: list[str]
) -> None:
    """The permission that is missing is named with its resource."""
    s3.buckets["outputs"] = {f"tickets/{STEPS}": TRAINED}
    s3.errors[call] = error
    with pytest.raises(AwsCallError) as caught:
        read()
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.is_denied is (error[1] == "AccessDenied")


def test_a_bucket_that_is_gone_is_a_sentence(s3: S3Endpoint, read: Read) -> None:
    """A bucket may have been deleted with its stack."""
    with pytest.raises(
        AwsCallError, match="bucket gone, to which the job writes its metrics, does not exist"
    ):
        read("s3://gone/x")
    assert s3.calls == ["ListObjectsV2"]


def test_a_connection_that_is_lost_on_the_way_is_a_sentence(s3: S3Endpoint, read: Read) -> None:
    """Half a file is not shown as if it was all."""
    s3.buckets["outputs"] = {f"tickets/{STEPS}": TRAINED}
    s3.lost_after = 50
    with pytest.raises(AwsCallError):
        read()


@pytest.mark.parametrize("uri", ["", "s3://", "https://outputs/x", "s3://UP\x1b[2J/x"])
def test_an_output_that_is_no_s3_uri_is_a_sentence(s3: S3Endpoint, read: Read, uri: str) -> None:
    """Nothing is asked of S3."""
    with pytest.raises(AwsCallError, match="must have an S3 URI") as caught:
        read(uri)
    assert str(caught.value).isprintable()
    assert s3.calls == []
