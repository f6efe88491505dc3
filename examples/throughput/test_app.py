"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk
from aws_cdk.assertions import Template

from app import define

MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"


def test_one_model_unit_for_eight_hours() -> None:
    """What is billed by the hour is what the app says."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack, MODEL)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "Custom::BedrockProvisionedModelThroughput",
        {"ModelId": MODEL, "ModelUnits": "1", "ExpiresAfter": "28800"},
    )
