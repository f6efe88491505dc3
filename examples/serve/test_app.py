"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk

from app import define
from constructs_lib.testing import find_jobs


def test_another_revision_trains_again() -> None:
    """Nothing but the revision differs."""
    first, second = (cdk.Stack(cdk.App(), "Test") for _ in range(2))
    define(first)
    define(second, revision="2")
    [before], [after] = find_jobs(first), find_jobs(second)
    assert (before.revision, after.revision) == (None, "2")
    assert before.request == after.request
