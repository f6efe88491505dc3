"""The local files of a job are read by the same check, one finding for each rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.unit.checks.subjects import MINIMAL, TOKEN, at, errors, found, names

if TYPE_CHECKING:
    from pathlib import Path

TRAINING = "trainingDataConfig.s3Uri"


def _record(text: str = "x", **more: object) -> dict[str, Any]:
    turns = [{"role": role, "content": [{"text": text}]} for role in ("user", "assistant")]
    return {"schemaVersion": "bedrock-conversation-2024", "messages": turns, **more}


def _file(folder: Path, *records: object, name: str = "train.jsonl") -> str:
    file = folder / name
    file.write_text("".join(f"{json.dumps(one)}\n" for one in records), encoding="utf-8")
    return f"file://{file}"


def _good(folder: Path, name: str = "train.jsonl", records: int = 120) -> str:
    return _file(folder, *(_record(f"{name} {number}") for number in range(records)), name=name)


def test_good_data_has_no_findings(tmp_path: Path) -> None:
    """As many records as AWS recommends, each of them once."""
    assert found(at(TRAINING, _good(tmp_path))) == []


def test_one_mistake_in_many_records_is_one_finding(tmp_path: Path) -> None:
    """It has the file, its first line and a path inside the record, and can be overruled."""
    wrong = [_record(str(number), unheardOf=1) | {"messages": "x"} for number in range(30)]
    found_here = found(at(TRAINING, _file(tmp_path, *wrong)))
    [one] = [one for one in found_here if one.name == "dataset-field-type"]
    assert (one.severity, one.file, one.line) == ("error", str(tmp_path / "train.jsonl"), 1)
    assert "dataset-field-type" in one.overrule
    assert len({(one.severity, one.name) for one in found_here}) == len(found_here)


def test_a_mistake_in_the_request_hides_none_in_the_data(tmp_path: Path) -> None:
    """Unless the data itself cannot be located."""
    request = at(TRAINING, _file(tmp_path, {"messages": "x"})) | {"jobName": "bad_name"}
    wrong = {one.name for one in errors(request)}
    assert {"request-pattern", "dataset-field-type"} <= wrong


def test_data_is_not_checked_for_a_model_that_is_not_known(tmp_path: Path) -> None:
    """The format depends on the model."""
    request = at(TRAINING, _file(tmp_path, {"messages": "x"})) | {"baseModelIdentifier": TOKEN}
    assert names(found(request)) == [("note", "unknown-model")]


def test_a_record_that_trains_and_validates_is_found(tmp_path: Path) -> None:
    """Both files are read together where there is one of each."""
    validation = _file(tmp_path, _record("train.jsonl 0"), name="valid.jsonl")
    request = at(TRAINING, _good(tmp_path))
    request |= {"validationDataConfig": {"validators": [{"s3Uri": validation}]}}
    assert "dataset-validation-record-trains" in [one.name for one in found(request)]


def _image(bucket: str) -> dict[str, Any]:
    where = {"s3Location": {"uri": f"s3://{bucket}/a.png", "bucketOwner": "111122223333"}}
    turn = {"role": "user", "content": [{"text": "x"}, {"image": {"format": "png", "source": where}}]}
    return {"messages": [turn, {"role": "assistant", "content": [{"text": "y"}]}]}


def test_media_that_the_role_may_not_read_is_an_error(tmp_path: Path) -> None:
    """The role that is made reads what the job names; a role of your own is doubted, no more."""
    request = at(TRAINING, _file(tmp_path, _image("images")))
    rule = "dataset-media-not-readable"
    assert ("error", rule) in names(found(request))
    own = request | {"roleArn": "arn:aws:iam::111122223333:role/Mine"}
    assert ("warning", rule) in names(found(own))


def test_more_tokens_than_allowed_are_an_error(tmp_path: Path) -> None:
    """A file, times the epochs: what is not given counts as the model's default."""
    request = at(TRAINING, _good(tmp_path))
    [one] = errors(request, max_training_tokens=10)
    assert (one.name, one.path) == ("training-budget", "max_training_tokens")
    assert errors(request, max_training_tokens=1_000_000) == []
    many = request | {"hyperParameters": {"epochCount": "5"}}
    tokens = [str(one.got) for asked in (request, many) for one in errors(asked, max_training_tokens=10)]
    assert tokens[0] != tokens[1]
    assert (
        errors(MINIMAL, max_training_tokens=10)[0].rule
        == "needs a local training file, whose tokens can be estimated"
    )
