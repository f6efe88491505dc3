"""Common arguments of jobs, and look-ups in templates."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk

from constructs_lib import OutputData, TrainingData

TRAIN = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
OUTPUT = OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/")
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def template(stack: cdk.Stack) -> dict[str, Any]:
    """Synthesize `stack`."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    found: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template
    return found


def of_type(stack: cdk.Stack, kind: str) -> list[Mapping[str, Any]]:
    """Return the resources of one type."""
    return [one for one in template(stack)["Resources"].values() if one["Type"] == kind]


def the_job(stack: cdk.Stack) -> Mapping[str, Any]:
    """Return the only custom resource of `stack`."""
    [found] = of_type(stack, "Custom::BedrockModelCustomizationJob")
    return found
