"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import assert_request

TEACHER = {"teacherModelIdentifier": "amazon.nova-pro-v1:0", "maxResponseLengthForInference": 1000}


def test_request() -> None:
    """The teacher answers, and the student is trained."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    assert_request(
        stack,
        {
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "customizationConfig": {"distillationConfig": {"teacherModelConfig": TEACHER}},
        },
    )
