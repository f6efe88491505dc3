"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import find_jobs


def test_the_grader_is_the_function_of_the_stack() -> None:
    """Bedrock calls it with each answer, so that its role may call it."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    [job] = find_jobs(stack)
    grader = job.request["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]["lambdaArn"]
    assert grader["Fn::GetAtt"][0].startswith("Grader")
