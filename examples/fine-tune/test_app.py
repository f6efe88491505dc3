"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import assert_request


def test_request() -> None:
    """The hyperparameters are those of the app."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    assert_request(
        stack,
        {
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "customizationType": "FINE_TUNING",
            "hyperParameters": {
                "epochCount": "2",
                "learningRate": "0.00001",
                "learningRateWarmupSteps": "10",
            },
        },
    )
