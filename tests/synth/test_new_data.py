"""The rule for new data in S3, as the template has it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Checks,
    InvalidJob,
    InvocationLogs,
    ModelCustomizationJob,
    TrainingData,
    ValidationData,
)
from tests.synth.templates import OUTPUT, TRAIN, of_type, template

ENV = cdk.Environment(account="111122223333", region="us-east-1")


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets", env=ENV)


def triage(stack: cdk.Stack, training_data: Any = TRAIN, **more: object) -> ModelCustomizationJob:  # noqa: ANN401 - what a user gives
    """Define a job."""
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(
        stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=training_data, **given
    )


def pattern_of(stack: cdk.Stack) -> Any:  # noqa: ANN401 - a part of a template
    """Return the pattern of the only rule."""
    [rule] = of_type(stack, "AWS::Events::Rule")
    return rule["Properties"]["EventPattern"]


def remarks(stack: cdk.Stack) -> str:
    """Return the warnings and notes about all constructs."""
    template(stack)
    found = (entry for one in stack.node.find_all() for entry in one.node.metadata)
    return "\n".join(str(one.data) for one in found if one.type in ("aws:cdk:warning", "aws:cdk:info"))


def test_one_object_of_another_bucket(stack: cdk.Stack) -> None:
    """Nothing but that object counts, and a note says what the bucket must do; the bucket is not changed."""
    queue = sqs.Queue(stack, "Queue")
    job = triage(stack, "s3://amzn-s3-demo-tickets/tickets/train.jsonl")
    job.on_new_data("Landed", target=targets.SqsQueue(queue), description="New tickets")
    found = remarks(stack)
    assert "event_bridge_enabled=True" in found
    assert "new-data-in-parts" not in found
    assert pattern_of(stack) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["amzn-s3-demo-tickets"]},
            "object": {"key": ["tickets/train.jsonl"]},
        },
    }
    [rule] = of_type(stack, "AWS::Events::Rule")
    assert rule["Properties"]["Description"] == "New tickets"
    assert len(rule["Properties"]["Targets"]) == 1
    assert not of_type(stack, "Custom::S3BucketNotifications")


def test_a_bucket_of_the_app_sends_its_events(stack: cdk.Stack) -> None:
    """Once, however many objects are in it; the marker alone counts, and nothing is left to say."""
    bucket = s3.Bucket(stack, "Data")
    job = triage(
        stack,
        TrainingData.from_bucket(bucket, "tickets/train.jsonl"),
        validation_data=[ValidationData.from_bucket(bucket, "tickets/validation.jsonl")],
    )
    job.on_new_data("Landed", marker="tickets/_SUCCESS")
    assert "new-data" not in remarks(stack)
    [notifications] = of_type(stack, "Custom::S3BucketNotifications")
    assert notifications["Properties"]["NotificationConfiguration"] == {"EventBridgeConfiguration": {}}
    detail = pattern_of(stack)["detail"]
    name = {"Ref": stack.get_logical_id(bucket.node.default_child)}  # type: ignore[arg-type] - a CfnElement
    assert detail == {"bucket": {"name": [name]}, "object": {"key": ["tickets/_SUCCESS"]}}


def test_several_objects_may_be_trained_on_in_parts(stack: cdk.Stack) -> None:
    """A training for each of them would be billed; `Checks` can make the warning an error."""
    data = {
        "training_data": "s3://amzn-s3-demo-tickets/train/",
        "validation_data": ["s3://amzn-s3-demo-other/a", "s3://amzn-s3-demo-tickets/train/"],
    }
    triage(stack, **data).on_new_data("Landed")
    assert "marker=" in remarks(stack)
    assert pattern_of(stack)["detail"] == {
        "bucket": {"name": ["amzn-s3-demo-tickets", "amzn-s3-demo-other"]},
        "object": {"key": [{"prefix": "train/"}, "a", {"prefix": "a/"}]},
    }
    strict = cdk.Stack(cdk.App(), "Strict", env=ENV)
    checks = Checks(overrides={"new-data-in-parts": "error"})
    with pytest.raises(InvalidJob, match="marker="):
        triage(strict, **data, checks=checks).on_new_data("Landed")


def test_a_whole_bucket_has_no_key(stack: cdk.Stack) -> None:
    """The pattern names the bucket alone."""
    triage(stack, "s3://amzn-s3-demo-tickets").on_new_data("Landed")
    assert pattern_of(stack)["detail"] == {"bucket": {"name": ["amzn-s3-demo-tickets"]}}


@pytest.mark.parametrize(
    ("training", "output"),
    [
        ("s3://amzn-s3-demo-tickets/tickets/", "s3://amzn-s3-demo-tickets/tickets/out/"),
        ("s3://amzn-s3-demo-tickets/tickets/data/", "s3://amzn-s3-demo-tickets/tickets/"),
        ("s3://amzn-s3-demo-tickets", "s3://amzn-s3-demo-tickets/out/"),
    ],
)
def test_output_is_no_new_data(stack: cdk.Stack, training: str, output: str) -> None:
    """Each training would start the next one. A given role leaves this to the rule for new data."""
    role = "arn:aws:iam::111122223333:role/training"
    job = triage(stack, training, output_data=output, role=role)
    with pytest.raises(InvalidJob, match=r"Triage.on_new_data cannot.*\n.*a reason for the next one"):
        job.on_new_data("Landed")
    assert not of_type(stack, "AWS::Events::Rule")


def test_a_marker_beside_the_output_is_no_loop(stack: cdk.Stack) -> None:
    """The job writes no object of that key."""
    job = triage(
        stack,
        "s3://amzn-s3-demo-tickets/tickets/",
        output_data="s3://amzn-s3-demo-tickets/tickets/out/",
        role="arn:aws:iam::111122223333:role/training",
    )
    job.on_new_data("Landed", marker="tickets/_SUCCESS")
    assert pattern_of(stack)["detail"]["object"] == {"key": ["tickets/_SUCCESS"]}


LOGS = InvocationLogs(s3_uri="s3://amzn-s3-demo-logs/", use_prompt_response=True)
FOREIGN = TrainingData(s3_uri="s3://amzn-s3-demo-foreign/train.jsonl", bucket_owner="444455556666")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("examples/fine-tune-nova.jsonl", "reads no data from S3"),
        (TrainingData.from_invocation_logs(LOGS), "reads no data from S3"),
        (FOREIGN, "got '444455556666'"),
        (None, "must start with s3://"),
    ],
)
def test_what_a_rule_cannot_know(stack: cdk.Stack, given: Any, message: str) -> None:  # noqa: ANN401 - what a user gives
    """Local files, logs, a bucket whose events go to another account, and a URI that is a token."""
    uri = cdk.CfnParameter(stack, "Uri").value_as_string
    job = triage(stack, given or uri)
    with pytest.raises(InvalidJob, match=message):
        job.on_new_data("Landed")


@pytest.mark.parametrize("marker", ["", 5, ["tickets/_SUCCESS"]])
def test_a_marker_is_a_key(stack: cdk.Stack, marker: Any) -> None:  # noqa: ANN401 - what a user gives
    """An empty one, or one of another type, would match nothing."""
    job = triage(stack)
    with pytest.raises(InvalidJob, match="marker must be the key of an object"):
        job.on_new_data("Landed", marker=marker)
