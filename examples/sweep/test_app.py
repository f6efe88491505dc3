"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk
from aws_cdk.assertions import Template

from app import define


def test_six_trials_and_one_model_that_is_kept() -> None:
    """Three epoch counts and two learning rates."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    template = Template.from_stack(stack)
    [sweep] = template.find_resources("Custom::BedrockCustomizationSweep").values()
    assert len(sweep["Properties"]["Trials"]) == 6
    assert sweep["Properties"]["Keep"] == "1"
