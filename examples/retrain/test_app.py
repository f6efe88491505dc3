"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import assert_request


def test_request() -> None:
    """The fingerprint of the data is the revision, and the data that of the prefix."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack, data="s3://amzn-s3-demo-bucket/tickets/", revision="1")
    assert_request(stack, {"trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/tickets/train.jsonl"}})
