"""`bedrock-customize diff` of a sweep: which trials would train, which are kept, and which are stopped."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.cli.test_diff import REQUEST, TOKEN, run

if TYPE_CHECKING:
    from pathlib import Path

NAME = "Training/Search/Resource (Search)"
NO = f"{NAME}: a deploy would train no trial, because "
ALIKE = "nothing changes that the trainings depend on"
WOULD = f"{NAME}: a deploy would train"
FIRST, THIRD = "trial 0 (epochCount=1)", "trial 2 (epochCount=3)"
KEPT = "3 trials keep their jobs and results"


def trials(*epochs: int | str) -> list[dict[str, Any]]:
    """Write trials with these numbers of epochs."""
    return [{"hyperParameters": {"epochCount": str(one)}} for one in epochs]


def sweep(request: dict[str, Any] | None = None, **properties: object) -> dict[str, Any]:
    """Write a template with a sweep, some of whose properties are others; None takes one out."""
    told = {
        "ServiceToken": TOKEN,
        "Request": {**deepcopy(REQUEST), **(request or {})},
        "Trials": trials(1, 2, 3),
        "MaxConcurrency": "2",
        "OnDelete": "StopJob",
        **properties,
    }
    resource = {
        "Type": "Custom::BedrockCustomizationSweep",
        "Metadata": {"aws:cdk:path": "Training/Search/Resource"},
        "Properties": {name: value for name, value in told.items() if value is not None},
    }
    return {"Resources": {"Search": resource, "Bucket": {"Type": "AWS::S3::Bucket"}}}


EMPTY: dict[str, Any] = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}


@pytest.mark.parametrize(
    ("old", "new", "sentence", "code"),
    [
        (sweep(), sweep(), f"{NO}{ALIKE}; {KEPT}.", 0),
        (
            sweep(),
            sweep(MaxConcurrency="5", Keep="1", JobTags=[{"key": "a", "value": "b"}]),
            f"{NO}{ALIKE}; {KEPT}.",
            0,
        ),
        (EMPTY, sweep(), f"{WOULD} 3 trials, because it is new in this stack.", 1),
        (
            sweep(),
            EMPTY,
            f"{NO}it is removed from the stack: what trains is stopped.",
            0,
        ),
        (sweep(OnDelete="Retain"), EMPTY, f"{NO}it is removed from the stack: what trains goes on.", 0),
        (
            sweep(),
            sweep(Trials=trials(3, 2, 4)),
            (
                f"{WOULD} 1 trial, because trial 2 (epochCount=4) is new; 2 trials keep their jobs and "
                f"results; {FIRST} is removed: what trains is stopped."
            ),
            1,
        ),
        (
            sweep(),
            sweep(Trials=trials(2)),
            (
                f"{NO}{ALIKE}; 1 trial keeps its job and its result; {FIRST} and {THIRD} are removed: what "
                "trains is stopped."
            ),
            0,
        ),
        (
            sweep(),
            sweep(Revision="2"),
            (
                f'{WOULD} 3 trials, because Revision is added as "2"; {FIRST}, trial 1 (epochCount=2) and '
                f"{THIRD} are removed: what trains is stopped."
            ),
            1,
        ),
        (
            sweep(),
            sweep({"roleArn": "arn:aws:iam::111122223333:role/Other"}),
            (
                f"{NAME}: a deploy may train trials, because {ALIKE}; {KEPT}; roleArn changes from "
                '{"Fn::GetAtt": ["Role", "Arn"]} to "arn:aws:iam::111122223333:role/Other", so that trials '
                "that failed are trained again."
            ),
            1,
        ),
        (
            sweep(),
            sweep(ServiceToken="another"),
            f"{NAME}: a deploy would fail, because ServiceToken changes from ",
            1,
        ),
    ],
)
def test_one_sentence_for_each_sweep(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], sentence: str, code: int
) -> None:
    """What trains, what is kept and what is stopped; the exit code says whether something may train."""
    result = run(tmp_path, new, "--exit-code", old=old)
    assert result.stdout.strip().startswith(sentence.rstrip("."))
    assert (result.exit_code, len(result.stdout.splitlines())) == (code, 1)


def test_many_trials_are_counted(tmp_path: Path) -> None:
    """The first five are named."""
    found = run(tmp_path, sweep(Trials=trials(*range(1, 20))), old=sweep()).stdout
    assert "a deploy would train 16 trials, because trial 3 (epochCount=4), " in found
    assert "and 11 more are new" in found


def test_a_secret_of_a_trial_is_not_shown(tmp_path: Path) -> None:
    """The filters of invocation logs; a name cannot control the terminal."""
    filters = {"requestMetadataFilters": {"equals": {"canary": "canary"}}}
    logs = {"trainingDataConfig": {"invocationLogsConfig": filters}}
    listed = [*trials(1, "\x1b[2J"), logs]
    found = run(tmp_path, sweep(Trials=listed), old=sweep()).stdout
    assert "trial 2 (trainingDataConfig)" in found
    assert "canary" not in found
    assert "\x1b" not in found


def test_what_a_trial_refers_to_may_change(tmp_path: Path) -> None:
    """Another bucket has another name."""
    data = [
        {"trainingDataConfig": {"s3Uri": {"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}, name]]}}}
        for name in "ab"
    ]
    new = sweep(Trials=data)
    new["Resources"]["Bucket"]["Properties"] = {"BucketName": "amzn-s3-demo-bucket"}
    found = run(tmp_path, new, old=sweep(Trials=data)).stdout
    assert "a deploy may train trials, because nothing changes that the trainings depend on" in found
    assert "the request refers to what changes: " in found


def test_programs_get_the_trials_in_lists(tmp_path: Path) -> None:
    """Beside the jobs."""
    found = json.loads(run(tmp_path, sweep(Trials=trials(3, 2, 4)), "--output", "json", old=sweep()).stdout)
    [one] = found["sweeps"]
    assert found["jobs"] == []
    assert one["trains"] == ["trial 2 (epochCount=4)"]
    assert one["keeps"] == ["trial 0 (epochCount=3)", "trial 1 (epochCount=2)"]
    assert one["stops"] == ["trial 0 (epochCount=1)"]


@pytest.mark.parametrize("given", ["many", [1], {"a": 1}, None])
def test_trials_that_are_none_are_no_traceback(tmp_path: Path, given: object) -> None:
    """A template may be written by hand."""
    assert run(tmp_path, sweep(Trials=given), old=sweep()).exit_code == 0
