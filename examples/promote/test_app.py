"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import find_jobs


def test_request() -> None:
    """The condition compares losses on the validation data, so that the job has some."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    [job] = find_jobs(stack)
    assert len(job.request["validationDataConfig"]["validators"]) == 1
