"""A stack on the local AWS of this library's own pytest plugin, which is one for each pytest worker."""

from collections.abc import Iterator

import pytest

from constructs_lib.testing import LocalAws
from tests.local.deployment import Deployment


@pytest.fixture
def tickets(local_aws: LocalAws) -> Iterator[Deployment]:
    """Return a stack to deploy and an empty Bedrock double; the stack is destroyed after the test."""
    local_aws.bedrock.reset()
    stack = Deployment(local_aws, "Tickets")
    yield stack
    stack.destroy()
    assert [job for job in stack.jobs if job[1] == "InProgress"] == [], "a job is still running"
