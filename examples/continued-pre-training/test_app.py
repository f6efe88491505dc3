"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import assert_request


def test_request() -> None:
    """The type is the one that AWS no longer documents."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    assert_request(
        stack, {"customizationType": "CONTINUED_PRE_TRAINING", "hyperParameters": {"epochCount": "1"}}
    )
