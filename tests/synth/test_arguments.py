"""Arguments of the wrong type: all of them are found at once, in the words of who wrote them."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    BaseModel,
    Catalog,
    Checks,
    Customization,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    JobNetwork,
    MediaData,
    MetadataFilter,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    OutputData,
    RftHyperParameters,
    ServiceRole,
    TrainingData,
    ValidationData,
    Wait,
)
from tests.synth.templates import TRAIN, the_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.findings import Finding

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/fine-tune-nova.jsonl"
GRADER = "arn:aws:lambda:us-east-1:111122223333:function:f"
NAMES = [
    name
    for name in inspect.signature(ModelCustomizationJob.__init__).parameters
    if name not in ("self", "scope", "id")
]


class Other:
    """An object that has nothing to do with a job."""


WRONG: dict[str, Any] = {
    "a number": 5,
    "a fraction": 1.5,
    "not a number": float("nan"),
    "a boolean": True,
    "nothing": None,
    "an empty string": "",
    "a string": "nonsense",
    "a long string": "x" * 3000,
    "half a character": "\ud800",
    "bytes": b"x",
    "a list": ["a", None, 1],
    "a list of mappings": [{"key": "a", "value": "b"}],
    "a mapping": {1: None},
    "a set": {1},
    "a path": Path("no.jsonl"),
    "a class": Other,
    "an object": Other(),
    "a function": len,
    "hyperparameters": HyperParameters(epoch_count=1),
    "other hyperparameters": RftHyperParameters(),
    "a model": BaseModel.NOVA_LITE,
    "training data": TRAIN,
    "a customization": Customization.fine_tuning(),
    "checks": Checks(),
    "a catalogue": Catalog.default(),
    "an enumeration": OnDelete.RETAIN,
    "a network": JobNetwork.from_ids(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]),
}
CONSTRUCTS: dict[str, Callable[[cdk.Stack], Any]] = {
    "a stack": lambda stack: stack,
    "a bucket": lambda stack: s3.Bucket.from_bucket_name(stack, "Given", "amzn-s3-demo-bucket"),
}


def _define(stack: cdk.Stack, **arguments: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - anything
    """Return what is wrong with a job, of which nothing is made then."""
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | arguments
    try:
        ModelCustomizationJob(stack, "Job", **given)
    except InvalidJob as error:
        assert [one.node.path for one in stack.node.find_all()] == ["Stack"]
        return error.findings
    return ()


def _new_stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack")


@pytest.mark.parametrize("name", NAMES)
def test_no_argument_is_a_traceback(name: str) -> None:
    """Whatever it is, it is accepted or found by its name, and nothing is made of a job that is refused."""
    elsewhere = cdk.Stack(cdk.App(), "Elsewhere")
    made = {what: make(elsewhere) for what, make in CONSTRUCTS.items()}
    refused = 0
    for what, value in (WRONG | made).items():
        found = _define(_new_stack(), **{name: value})
        assert all(one.path.startswith(name) for one in found), what
        assert not any(" object at 0x" in str(one) for one in found), what
        refused += bool(found)
    # Any text and any finite number is a revision; everything else takes a few of these values at most.
    assert refused >= len(WRONG) - (10 if name == "revision" else 5)


def _vpc() -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        cdk.Stack(cdk.App(), "Network"), "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a"]
    )


INSIDE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "training_data: URI": lambda value: {"training_data": TrainingData(s3_uri=value)},
    "training_data: bucket": lambda value: {"training_data": TrainingData.from_bucket(value, "train.jsonl")},
    "training_data: file": lambda value: {"training_data": TrainingData.from_file(value)},
    "training_data: owner": lambda value: {
        "training_data": TrainingData.from_s3_uri("s3://my-bucket/train.jsonl", bucket_owner=value)
    },
    "training_data: key": lambda value: {
        "training_data": TrainingData.from_s3_uri("s3://my-bucket/train.jsonl", encryption_key=value)
    },
    "training_data: logs": lambda value: {"training_data": TrainingData(invocation_logs=value)},
    "training_data: filter": lambda value: {
        "training_data": InvocationLogs.from_s3_uri("s3://my-bucket/logs/").filtered_by(value)
    },
    "training_data: filters": lambda value: {
        "training_data": InvocationLogs.from_s3_uri("s3://my-bucket/logs/").filtered_by(
            MetadataFilter.and_all(value)
        )
    },
    "training_data: condition": lambda value: {
        "training_data": InvocationLogs(
            s3_uri="s3://my-bucket/logs/", request_metadata_filter=MetadataFilter(equal=value)
        )
    },
    "validation_data: bucket": lambda value: {"validation_data": [ValidationData(bucket=value, key="a")]},
    "output_data: bucket": lambda value: {"output_data": OutputData.from_bucket(value)},
    "output_data: logs": lambda value: {"output_data": OutputBucket(access_logs=value)},
    "output_data: days": lambda value: {"output_data": OutputBucket(expire_after_days=value)},
    "output_data: VPC": lambda value: {"output_data": OutputBucket(only_from_vpc_id=value)},
    "media_data: URI": lambda value: {"media_data": [MediaData(s3_uri=value)]},
    "base_model: id": lambda value: {"base_model": BaseModel(value)},
    "customization: type": lambda value: {"customization": Customization(type=value)},
    "customization: hyperparameters": lambda value: {"customization": Customization.fine_tuning(value)},
    "customization: epochs": lambda value: {
        "customization": Customization.fine_tuning(HyperParameters(epoch_count=value))
    },
    "customization: teacher": lambda value: {
        "customization": Customization(type="DISTILLATION", distillation_config=value)
    },
    "customization: grader": lambda value: {"customization": Customization.reinforcement_fine_tuning(value)},
    "customization: rewards": lambda value: {
        "customization": Customization.reinforcement_fine_tuning(GRADER, value)
    },
    "customization: reinforcement": lambda value: {
        "customization": Customization(type="REINFORCEMENT_FINE_TUNING", rft_config=value)
    },
    "network: VPC": lambda value: {"network": JobNetwork.isolated(value)},
    "network: subnets": lambda value: {"network": JobNetwork.isolated(_vpc(), subnets=value)},
    "network: endpoint": lambda value: {"network": JobNetwork.isolated(_vpc(), s3_endpoint=value)},
    "network: prefix list": lambda value: {"network": JobNetwork.isolated(_vpc(), s3_prefix_list_id=value)},
    "network: group": lambda value: {"network": JobNetwork.from_vpc(_vpc(), security_groups=value)},
    "network: groups of a VPC": lambda value: {
        "network": JobNetwork.from_vpc(_vpc(), security_groups=[value])
    },
    "network: groups": lambda value: {
        "network": JobNetwork.from_ids(subnet_ids=["subnet-1"], security_group_ids=value)
    },
    "network: subnet": lambda value: {
        "network": JobNetwork.from_ids(subnet_ids=[value], security_group_ids=["sg-1"])
    },
    "wait": lambda value: {"wait": Wait(value)},
    "role: name": lambda value: {"role": ServiceRole(role_name=value)},
    "role: path": lambda value: {"role": ServiceRole(path=value)},
    "role: boundary": lambda value: {"role": ServiceRole(permissions_boundary=value)},
    "job_tags: value": lambda value: {"job_tags": {"project": value}},
}


@pytest.mark.parametrize("part", INSIDE)
def test_no_part_of_an_argument_is_a_traceback(part: str) -> None:
    """It is found by the name of its argument: a bucket's name for a bucket, a number for an account."""
    name, refused = part.split(":", maxsplit=1)[0], 0
    for what, value in WRONG.items():
        found = _define(_new_stack(), **INSIDE[part](value))
        assert all(one.path.startswith(name) for one in found), what
        refused += bool(found)
    assert refused >= len(WRONG) // 2


@pytest.mark.parametrize("name", ["cidr", "availability_zones", "max_azs", "s3_prefix_list_id"])
def test_no_argument_of_a_new_vpc_is_a_traceback(name: str) -> None:
    """A string is no list of zones: each of its characters would be one."""
    later = {"text": cdk.Aws.REGION, "zones": cdk.Fn.get_azs(), "number": cdk.Token.as_number({"Ref": "N"})}
    possible = {"cidr": [], "max_azs": [5]}.get(name, [None])
    for value in [*WRONG.values(), "10.0.0.0/99", "us-east-1a", *later.values()]:
        stack, given = _new_stack(), {name: value}
        is_text = name == "s3_prefix_list_id" and isinstance(value, str)
        if is_text or any(value is one for one in possible):
            continue
        with pytest.raises(InvalidJob) as refused:
            JobNetwork.in_new_vpc(stack, "Vpc", **given)  # type: ignore[arg-type]
        assert [one.path for one in refused.value.findings] == [name], value
        assert not stack.node.children


def test_wrong_arguments_are_found_all_at_once() -> None:
    """Each is one sentence that says what to write, together with what is wrong in the request."""
    found = _define(
        _new_stack(),
        base_model=None,
        customization=HyperParameters(epoch_count=2),
        on_delete="delete",
        network="vpc-1",
        job_tags=[{"key": "project", "value": "tickets"}],
        training_data=TrainingData.from_bucket("my-bucket", "train.jsonl"),
        job_name="bad_name",
    )
    assert [str(one) for one in found] == [
        (
            "base_model must be a model: its id or ARN, a BaseModel or an aws_bedrock.IModel, got None; "
            "write BaseModel.NOVA_LITE, or the model's id"
        ),
        (
            "training_data must be in an aws_s3.IBucket, got 'my-bucket'; "
            "pass the bucket, or use from_s3_uri('s3://bucket/key')"
        ),
        (
            "customization must be a Customization, got HyperParameters(...); "
            "write Customization.fine_tuning(HyperParameters(...))"
        ),
        "job_tags must be a mapping of keys to values, got a list; write {'project': 'tickets'}",
        (
            "network must be a JobNetwork, got 'vpc-1'; write JobNetwork.isolated(vpc), "
            "JobNetwork.from_vpc(vpc, security_groups=[...]) or JobNetwork.from_ids(...)"
        ),
        "on_delete must be an OnDelete, got 'delete'; write OnDelete.DELETE_MODEL",
        (
            "job_name must be letters, digits, '+', '-' and '.', starting with a letter or digit "
            "(no underscore), got 'bad_name'; write it like tickets-2026-11"
        ),
    ]


@pytest.mark.parametrize("data", ["s3://my-bucket/train.jsonl", EXAMPLE, str(EXAMPLE)])
def test_what_can_only_mean_one_thing_is_accepted(data: str | Path) -> None:
    """The URI and the path of training data say the same as the methods of `TrainingData`."""
    stack, same = _new_stack(), _new_stack()
    make = TrainingData.from_s3_uri if str(data).startswith("s3:") else TrainingData.from_file
    assert _define(stack, training_data=data) == _define(same, training_data=make(str(data))) == ()
    assert the_job(stack) == the_job(same)


_DUPLICATES = """
import sys
import aws_cdk as cdk
from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData

stack = cdk.Stack(cdk.App(), "Stack")
job = ModelCustomizationJob(
    stack, "Job", base_model=BaseModel.NOVA_LITE, training_data=TrainingData.from_file(sys.argv[1])
)
print(*(one.data for one in job.node.metadata if one.type == "aws:cdk:warning"), sep="\\n")
"""


def test_a_rule_is_one_warning_however_often_it_is_broken(tmp_path: Path) -> None:
    """It says how often and in which lines first, and the same in every process."""
    record = json.loads(EXAMPLE.read_text(encoding="utf-8").splitlines()[0])
    lines = [json.dumps(record | {"system": [{"text": f"case {at % 100}"}]}) for at in range(120)]
    file = tmp_path / "train.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _DUPLICATES, str(file)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    [output] = outputs
    [warning] = [one for one in output.splitlines() if "duplicate-record" in one]
    assert warning.startswith(
        f"{file}:101: this record should occur only once (20 times, first in lines 101, 102, 103)"
    )


REFUSED = """\
baseModelIdentifier: amazon.nova-light-v1:0
jobName: bad_name
customModelNam: tickets
trainingDataConfig: {s3Uri: s3://my-bucket/train.jsonl}
"""
DOCUMENTED = """\
baseModelIdentifier: amazon.nova-lite-v1:0:300k
jobName: bad_name
hyperParameters: {epochCount: "9"}
trainingDataConfig: {s3Uri: s3://my-bucket/t*.jsonl}
"""
IN_FILE = [
    (REFUSED, {"2:1": "jobName", "3:1": "customModelNam"}),
    (
        DOCUMENTED,
        {"2:1": "jobName", "3:19": "hyperParameters.epochCount", "4:22": "trainingDataConfig.s3Uri"},
    ),
]


@pytest.mark.parametrize(("text", "expected"), IN_FILE)
def test_all_mistakes_of_a_job_file_are_found_in_the_first_run(
    tmp_path: Path, text: str, expected: dict[str, str]
) -> None:
    """Each has its line and column, and the names that the file has."""
    file = tmp_path / "job.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidJob) as caught:
        ModelCustomizationJob.from_request(_new_stack(), "Job", file)
    assert {one.position: one.path for one in caught.value.findings} == {
        f"{file}:{position}": path for position, path in expected.items()
    }


def test_the_same_mistakes_in_keyword_arguments_have_their_names() -> None:
    """Who never saw the request of the API is not spoken to in its words."""
    found = _define(
        _new_stack(),
        job_name="bad_name",
        customization=Customization.fine_tuning(HyperParameters(epoch_count=9)),
        training_data="s3://my-bucket/t*.jsonl",
    )
    assert {one.path for one in found} == {
        "job_name",
        "customization.hyper_parameters.epoch_count",
        "training_data",
    }
