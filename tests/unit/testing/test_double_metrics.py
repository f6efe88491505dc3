"""Metrics files: when the double writes them, where, and in which columns."""

import csv
import io
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from constructs_lib.testing.bedrock import (
    BedrockDouble,
    BedrockServer,
    DoubleControl,
    JobLosses,
    MetricsFile,
    S3MetricsStore,
)
from tests.unit.testing.conftest import CheckedDouble

Request = Callable[..., dict[str, Any]]

CREATE = "CreateModelCustomizationJob"
TRAINING = "training_artifacts/step_wise_training_metrics.csv"
VALIDATION = "validation_artifacts/post_fine_tuning_validation/"
ONE_VALIDATOR = {"validators": [{"s3Uri": "s3://bucket/valid.jsonl"}]}
RFT = {
    "graderConfig": {"lambdaGrader": {"lambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:grade"}},
    "hyperParameters": {"epochCount": 3},
}


class MemoryStore:
    """Keeps the last content of each object."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts = 0
        self.error: Exception | None = None
        self.put_called = Event()

    def put(self, file: MetricsFile) -> None:
        """Keep a file, or raise the error of the test."""
        self.puts += 1
        if self.error:
            raise self.error
        self.objects[file.uri] = file.body
        self.put_called.set()

    def rows(self, end: str) -> list[dict[str, str]]:
        """Return the rows of the only file whose URI ends so."""
        [body] = [body for uri, body in self.objects.items() if uri.endswith(end)]
        return list(csv.DictReader(io.StringIO(body.decode())))


@pytest.fixture
def store() -> MemoryStore:
    """Return an empty store."""
    return MemoryStore()


@pytest.fixture
def double(double: CheckedDouble, store: MemoryStore) -> CheckedDouble:
    """Return a double with a still clock that writes to the store; jobs take 1,000 seconds."""
    made = CheckedDouble(clock=double.clock, store=store)
    made.configure(training_seconds=1000, stopping_seconds=100)
    return made


def get(double: BedrockDouble, job: str = "job-1") -> dict[str, Any]:
    """Return the response of Get."""
    return double.call("GetModelCustomizationJob", {"jobIdentifier": job})


@pytest.mark.parametrize(
    ("model", "columns", "first", "validated"),
    [
        ("amazon.nova-lite-v1:0:300k", ["training_loss"], ("1", "0"), [("15", "0"), ("30", "1")]),
        ("amazon.nova-2-lite-v1:0:256k", ["training_loss"], ("1", "0"), []),
        (
            "anthropic.claude-3-haiku-20240307-v1:0:200k",
            ["training_loss"],
            ("0", "1"),
            [("15", "1"), ("30", "2")],
        ),
        (
            "amazon.titan-text-express-v1:0:8k",
            ["training_loss", "perplexity"],
            ("0", "1"),
            [("15", "1"), ("30", "2")],
        ),
        (
            "meta.llama3-3-70b-instruct-v1:0:128k",
            ["training_loss", "perplexity"],
            ("0", "1"),
            [("15", "1"), ("30", "2")],
        ),
    ],
)
def test_each_family_has_its_columns_and_numbers(
    double: BedrockDouble,
    store: MemoryStore,
    request_for: Request,
    *,
    model: str,
    columns: list[str],
    first: tuple[str, str],
    validated: list[tuple[str, str]],
) -> None:
    """As recorded: steps from 0 or 1, epochs from 0 or 1, perplexity or not, validation once in an epoch."""
    request = request_for(
        baseModelIdentifier=model, validationDataConfig=ONE_VALIDATOR, hyperParameters={"epochCount": "2"}
    )
    double.call(CREATE, request)
    double.clock.advance(1000)
    answer = get(double)

    training = store.rows(TRAINING)
    assert list(training[0]) == ["step_number", "epoch_number", *columns]
    assert (training[0]["step_number"], training[0]["epoch_number"]) == first
    assert len(training) == 30
    assert len(answer["validationMetrics"]) == bool(validated)
    assert any("validation_metrics" in uri for uri in store.objects) == bool(validated)
    if validated:
        validation = store.rows("validation_metrics.csv")
        assert [(row["step_number"], row["epoch_number"]) for row in validation] == validated
        assert list(validation[0])[2:] == ["validation_loss", *columns[1:]]


def test_losses_fall_to_what_get_returns(
    double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """The last row of each file is the loss in the responses of the API."""
    double.call(CREATE, request_for(validationDataConfig=ONE_VALIDATOR, hyperParameters={"epochCount": "5"}))
    double.complete("job-1")
    answer = get(double)

    losses = [float(row["training_loss"]) for row in store.rows(TRAINING)]
    assert losses[-1] == answer["trainingMetrics"]["trainingLoss"]
    assert losses[0] > sum(losses[30:45]) / 15 > losses[-1]
    assert losses != sorted(losses, reverse=True), "real losses are noisy"
    validation = [float(row["validation_loss"]) for row in store.rows("validation_metrics.csv")]
    assert [validation[-1]] == [one["validationLoss"] for one in answer["validationMetrics"]]
    assert validation[0] > validation[-1]


def test_reinforcement_fine_tuning_has_rewards(
    double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """The columns of an AWS sample; the epochs are those of `rftConfig`."""
    double.call(
        CREATE,
        request_for(
            baseModelIdentifier="amazon.nova-2-lite-v1:0:256k",
            customizationType="REINFORCEMENT_FINE_TUNING",
            customizationConfig={"rftConfig": RFT},
        ),
    )
    double.complete("job-1")

    rows = store.rows(TRAINING)
    assert list(rows[0]) == ["step_number", "epoch_number", "train_reward_mean", "policy_entropy"]
    assert len(rows) == 45
    assert float(rows[0]["train_reward_mean"]) < float(rows[-1]["train_reward_mean"])


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/", "s3://bucket/out", "s3://bucket/out/2026/"])
@pytest.mark.parametrize(
    ("folder", "keys"),
    [
        ("recorded", ["validation/validation_metrics.csv", "validation-2/validation_metrics.csv"]),
        ("documented", ["validation_metrics.csv", "validation-2/validation_metrics.csv"]),
    ],
)
def test_files_are_in_the_folder_of_the_job(
    double: BedrockDouble, store: MemoryStore, request_for: Request, *, uri: str, folder: str, keys: list[str]
) -> None:
    """It is named after the last part of the job's ARN; each file of validation data has its own."""
    double.configure(validation_folder=folder)
    two = {"validators": [{"s3Uri": "s3://bucket/a.jsonl"}, {"s3Uri": "s3://bucket/b.jsonl"}]}
    arn = double.call(CREATE, request_for(outputDataConfig={"s3Uri": uri}, validationDataConfig=two))[
        "jobArn"
    ]
    double.complete(arn)

    base = f"{uri.rstrip('/')}/model-customization-job-{arn.rpartition('/')[2]}"
    assert list(store.objects) == [f"{base}/{TRAINING}", *(f"{base}/{VALIDATION}{key}" for key in keys)]


def test_the_same_job_has_the_same_files(store: MemoryStore, request_for: Request) -> None:
    """In every process; a job of another name has other losses."""
    bodies = []
    for name in ("job-1", "job-1", "another"):
        double = BedrockDouble(store=store)
        double.call(CREATE, request_for(jobName=name))
        double.complete(name)
        bodies.append(store.objects.popitem()[1])
    assert bodies[0] == bodies[1] != bodies[2]


def test_by_default_files_are_written_when_the_job_completes(
    double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """Not before, and never of a job that fails or is stopped."""
    for _ in range(3):
        double.call(CREATE, request_for())
    double.clock.advance(500)
    double.stop("job-2")
    double.fail("job-3", "why")
    double.call("ListModelCustomizationJobs", {})
    assert store.objects == {}

    double.clock.advance(500)
    double.call("ListModelCustomizationJobs", {})
    assert len(store.objects) == 1
    before = store.puts
    get(double)
    assert store.puts == before, "a file is written once"


def test_files_can_grow_during_training(
    double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """A row for each step that is done; nothing in validation and in the queue."""
    double.configure(metrics_files="during")
    double.call(CREATE, request_for(validationDataConfig=ONE_VALIDATOR))
    grown = []
    for seconds in (30, 500, 200, 200, 70):
        double.clock.advance(seconds)
        get(double)
        grown.append(len(store.rows(TRAINING)) if store.objects else 0)

    assert grown == [0, 15, 21, 27, 30]
    assert len(store.objects) == 2, "validation metrics come at the end"


@pytest.mark.parametrize("end", ["stop", "fail"])
def test_a_job_that_does_not_complete_keeps_what_it_has_trained(
    double: BedrockDouble, store: MemoryStore, request_for: Request, end: str
) -> None:
    """If files are written during training; nothing is added later."""
    double.configure(metrics_files="during")
    double.call(CREATE, request_for(validationDataConfig=ONE_VALIDATOR))
    double.clock.advance(530)
    if end == "stop":
        double.call("StopModelCustomizationJob", {"jobIdentifier": "job-1"})
    else:
        double.fail("job-1", "why")
    double.clock.advance(5000)

    assert get(double)["status"] == {"stop": "Stopped", "fail": "Failed"}[end]
    assert [len(store.rows(TRAINING)), len(store.objects)] == [15, 1]


def test_files_can_be_left_out(double: BedrockDouble, store: MemoryStore, request_for: Request) -> None:
    """A completed job without files, as a reader must expect."""
    double.configure(metrics_files="never")
    double.call(CREATE, request_for())
    double.complete("job-1")
    assert get(double)["status"] == "Completed"
    assert store.objects == {}


@pytest.mark.parametrize(("epochs", "rows"), [("0", 15), ("1", 15), ("9" * 200, 15_000), ("many", 30)])
def test_any_number_of_epochs_has_a_file(
    double: BedrockDouble, store: MemoryStore, request_for: Request, epochs: str, rows: int
) -> None:
    """The API takes any text; the file stays small."""
    double.call(CREATE, request_for(hyperParameters={"epochCount": epochs}))
    double.complete("job-1")
    assert len(store.rows(TRAINING)) == rows


def test_a_file_that_cannot_be_written_changes_no_response(
    double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """The job completes; the double says which file is missing and why, and does not try again."""
    store.error = OSError("the bucket does not exist")
    arn = double.call(CREATE, request_for())["jobArn"]
    double.clock.advance(1000)
    for _ in range(2):
        assert get(double)["status"] == "Completed"

    [missing] = double.unwritten()
    assert (missing.job_arn, missing.reason) == (arn, "the bucket does not exist")
    assert missing.uri.startswith("s3://bucket/out/model-customization-job-")
    assert store.puts == 1
    double.reset()
    assert double.unwritten() == ()


def test_an_s3_that_is_down_changes_no_response(request_for: Request) -> None:
    """The reason names the address."""
    double = BedrockDouble(store=S3MetricsStore("http://127.0.0.1:9"))
    double.call(CREATE, request_for())
    double.complete("job-1")

    assert get(double)["status"] == "Completed"
    [missing] = double.unwritten()
    assert "127.0.0.1:9" in missing.reason


@pytest.fixture
def control(double: BedrockDouble) -> Iterator[DoubleControl]:
    """Return the control of the double over HTTP."""
    with BedrockServer(double) as server:
        yield DoubleControl(server.url)


def test_files_are_there_when_advancing_the_clock_returns(
    control: DoubleControl, double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """A test that advances the clock of another process finds them."""
    double.call(CREATE, request_for())
    control.advance(1000)
    assert len(store.objects) == 1
    assert control.unwritten() == ()


def test_a_server_writes_files_while_nobody_asks(
    control: DoubleControl, double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """As Bedrock does; what cannot be written is visible over HTTP too."""
    double.call(CREATE, request_for())
    double.clock.advance(1000)
    assert store.put_called.wait(30)

    store.error = PermissionError("denied")
    double.call(CREATE, request_for())
    control.complete("job-2")
    assert control.unwritten() == double.unwritten()
    assert [one.reason for one in control.unwritten()] == ["denied"]


TWO_VALIDATORS = {"validators": [{"s3Uri": "s3://bucket/a.jsonl"}, {"s3Uri": "s3://bucket/b.jsonl"}]}


def test_a_test_decides_the_losses_of_a_job(
    control: DoubleControl, double: BedrockDouble, store: MemoryStore, request_for: Request
) -> None:
    """By a part of its request, also from another process; the files have them too."""
    control.configure(
        losses={
            "": {"training": 0.25, "validation": [0.5, 0.75]},
            "worse.jsonl": JobLosses(training=2.0, validation=(3.0,)),
        }
    )
    assert isinstance(control.behaviour().losses, dict)
    worse = {"s3Uri": "s3://bucket/worse.jsonl"}
    losses = []
    for number, data in enumerate(({"s3Uri": "s3://bucket/a.jsonl"}, worse), 1):
        double.call(CREATE, request_for(trainingDataConfig=data, validationDataConfig=TWO_VALIDATORS))
        double.complete(f"job-{number}")
        found = double.call("GetCustomModel", {"modelIdentifier": f"model-{number}"})
        validation = [one["validationLoss"] for one in found["validationMetrics"]]
        losses.append((found["trainingMetrics"]["trainingLoss"], validation))
    assert losses == [(0.25, [0.5, 0.75]), (2.0, [3.0, 3.0])]
    bodies = [body.decode() for uri, body in store.objects.items() if uri.endswith(TRAINING)]
    assert [body.splitlines()[-1] for body in bodies] == ["30,1,0.25", "30,1,2.0"]


def test_a_job_may_have_no_losses(double: BedrockDouble, request_for: Request) -> None:
    """The API leaves them out; a function of this process may decide."""
    double.configure(losses=lambda _: JobLosses(training=None, validation=()))
    double.call(CREATE, request_for(validationDataConfig=ONE_VALIDATOR))
    double.complete("job-1")
    answer = get(double)
    assert ("trainingMetrics" in answer, answer["validationMetrics"]) == (False, [])


def test_losses_may_be_no_numbers(request_for: Request) -> None:
    """A training that diverges has such losses, which the service model does not allow for."""
    with BedrockServer(BedrockDouble()) as server:
        control = DoubleControl(server.url)
        server.double.configure(losses=lambda _: JobLosses())
        assert control.behaviour().losses == "equal", "what only the other process can call is not shown"
        control.configure(losses={"": JobLosses(training=float("nan"), validation=(float("inf"),))})
        bedrock = control.client()
        bedrock.create_model_customization_job(**request_for(validationDataConfig=ONE_VALIDATOR))
        control.complete("job-1")
        found = bedrock.get_model_customization_job(jobIdentifier="job-1")
        bedrock.close()
    assert str(found["trainingMetrics"]["trainingLoss"]) == "nan"
    assert found["validationMetrics"] == [{"validationLoss": float("inf")}]
