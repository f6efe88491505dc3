"""A limit for the tokens of data in S3: kept before a job starts, or the deployment fails and says why."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.testing.bedrock import AfterCall
from tests.lambda_.builders import CREATE, REQUEST, Harness, die, properties
from tests.lambda_.fakes import Killed
from tests.lambda_.sweeping import SweepStory, sweep, trial

BUCKET, KEY = str(REQUEST["trainingDataConfig"]["s3Uri"]).removeprefix("s3://").split("/", 1)
FOUR_TOKENS = b"x" * 16


def limited(tokens: int, request: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - properties
    """Return the properties of a job with a limit; the model's default is 3 epochs."""
    limit = {"Tokens": str(tokens), "DefaultEpochs": "3"}
    return properties({"hyperParameters": {}, **(request or {})}, TrainingLimit=limit, **more)


def refused(answer: dict[str, Any], harness: Harness) -> str:
    """Return why a deployment failed; Bedrock has not been asked for anything that is billed."""
    assert answer["Status"] == "FAILED", answer
    assert CREATE not in harness.calls()
    return str(answer["Reason"])


@pytest.fixture
def data(harness: Harness) -> dict[tuple[str, str], bytes]:
    """Return the objects of S3: training data of sixteen bytes."""
    harness.fakes.objects.objects = {(BUCKET, KEY): FOUR_TOKENS, (BUCKET, f"{KEY}.old"): FOUR_TOKENS * 9}
    return harness.fakes.objects.objects


@pytest.mark.usefixtures("data")
def test_a_training_within_the_limit_starts(harness: Harness) -> None:
    """Four tokens in three epochs; an object whose key begins the same does not count."""
    assert harness.create(limited(12))["Status"] == "SUCCESS"
    assert len(harness.double.jobs()) == 1


@pytest.mark.usefixtures("data")
def test_a_training_above_the_limit_does_not_start(harness: Harness) -> None:
    """The deployment fails with both numbers and with what to do."""
    assert refused(harness.create(limited(11)), harness) == (
        "No job was started, because the data in S3 would train about 12 tokens (3 epochs, a token for each "
        "4 bytes), and max_training_tokens is 11. Train on fewer records or epochs, or raise "
        "max_training_tokens."
    )


@pytest.mark.parametrize(
    "request_part",
    [
        {"hyperParameters": {"epochCount": "5"}},
        {"customizationConfig": {"rftConfig": {"hyperParameters": {"epochCount": "5"}}}},
    ],
    ids=["fine-tuning", "reinforcement"],
)
@pytest.mark.usefixtures("data")
def test_the_epochs_of_the_request_count(harness: Harness, request_part: dict[str, Any]) -> None:
    """And not the model's default."""
    assert "about 20 tokens (5 epochs" in refused(harness.create(limited(19, request_part)), harness)


def test_all_objects_below_a_prefix_count(harness: Harness, data: dict[tuple[str, str], bytes]) -> None:
    """In as many pages as there are; a folder's placeholder has no content."""
    data.clear()
    data.update({(BUCKET, f"in/{name}"): FOUR_TOKENS for name in "abcde"} | {(BUCKET, "in/"): b""})
    for uri in ("in/", "in"):
        request = {"trainingDataConfig": {"s3Uri": f"s3://{BUCKET}/{uri}"}}
        assert "about 60 tokens" in refused(harness.create(limited(59, request)), harness)
    assert harness.create(limited(60, request))["Status"] == "SUCCESS"


def test_data_that_is_not_there_is_a_sentence(harness: Harness, data: dict[tuple[str, str], bytes]) -> None:
    """Nothing is started of which nobody knows how large it is."""
    del data[BUCKET, KEY]
    said = refused(harness.create(limited(12)), harness)
    assert said.startswith("No job was started, because the training data cannot be compared with max_tr")
    assert f"there is nothing at s3://{BUCKET}/{KEY}. Correct the URI, or upload the data." in said


@pytest.mark.usefixtures("data")
def test_a_size_that_may_not_be_read_is_a_sentence(harness: Harness) -> None:
    """It names the permission and the bucket, and how to go on without the limit."""
    harness.fakes.objects.refuse("AccessDenied", times=20)
    said = refused(harness.create(limited(12)), harness)
    assert "ListObjectsV2 was denied" in said or "ListObjectsV2 failed" in said
    assert f"The function's role needs s3:ListBucket on the bucket {BUCKET} with the prefix {KEY};" in said
    assert "or leave max_training_tokens out" in said
    assert len(said) < 1000


@pytest.mark.parametrize(
    "limit",
    [
        "12",
        {"Tokens": "0", "DefaultEpochs": "3"},
        {"Tokens": "12"},
        {"DefaultEpochs": "3"},
        {"Tokens": {}, "DefaultEpochs": "3"},
        {"Tokens": "9" * 99, "DefaultEpochs": "3"},
    ],
    ids=str,
)
def test_a_limit_that_is_none_is_no_permission(harness: Harness, limit: object) -> None:
    """A template that somebody has edited starts nothing by mistake."""
    said = refused(harness.create(properties(TrainingLimit=limit)), harness)
    assert "TrainingLimit must have Tokens or TokensOfEach, and DefaultEpochs" in said


def test_a_job_that_runs_is_not_compared_again(harness: Harness, data: dict[tuple[str, str], bytes]) -> None:
    """Not by a retry after a crash, and not by an update that keeps the job, whatever has happened since."""
    harness.double.faults.add(CREATE, AfterCall(die))
    with pytest.raises(Killed):
        harness.create(limited(12), request_id="same")
    data[BUCKET, KEY] = FOUR_TOKENS * 100
    answer = harness.create(limited(12), request_id="same")
    assert answer["Status"] == "SUCCESS"
    again = harness.update(answer["PhysicalResourceId"], limited(1), limited(12))
    assert (again["Status"], again["PhysicalResourceId"]) == ("SUCCESS", answer["PhysicalResourceId"])
    assert len(harness.double.jobs()) == 1


def test_a_rollback_compares_nothing(harness: Harness, data: dict[tuple[str, str], bytes]) -> None:
    """The former job is restored, also where its data is larger than its limit by now."""
    answer = harness.create(limited(12))
    data[BUCKET, KEY] = FOUR_TOKENS * 100
    failed = limited(12, {"hyperParameters": {"epochCount": "1"}})
    told = {"PhysicalResourceId": answer["PhysicalResourceId"], "OldResourceProperties": failed}
    again = harness.send("Update", "UPDATE_ROLLBACK_IN_PROGRESS", limited(12), **told)
    assert (again["Status"], again["PhysicalResourceId"]) == ("SUCCESS", answer["PhysicalResourceId"])


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (
            {"Tokens": "35"},
            "about 36 tokens (3 trials, a token for each 4 bytes), and max_training_tokens is 35",
        ),
        ({"TokensOfEach": "19"}, "about 20 tokens (a trial of 5 epochs, a token for each 4 bytes)"),
        ({"Tokens": "36", "TokensOfEach": "20"}, ""),
    ],
)
@pytest.mark.usefixtures("data")
def test_the_trials_of_a_sweep_are_compared_together_and_each(
    harness: Harness, limit: dict[str, str], said: str
) -> None:
    """The event fails before anything is written or started."""
    story = SweepStory(harness)
    trials = [trial(epochs) for epochs in (1, 3, 5)]
    answer = story.deploy(sweep(trials, TrainingLimit={**limit, "DefaultEpochs": "2"}))
    assert answer["Status"] == ("FAILED" if said else "SUCCESS")
    assert said in answer.get("Reason", "")
    assert bool(harness.fakes.objects.puts) is not bool(said)
