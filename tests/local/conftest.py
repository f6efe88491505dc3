"""One bootstrapped local AWS for each pytest worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.testing import LocalAws
from tests.local.deployment import Deployment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """Return a local AWS that has been bootstrapped; use a stack name of your own."""
    with LocalAws(cdk_cli=ROOT / "node_modules" / ".bin" / "cdk") as aws:
        aws.bootstrap()
        yield aws


@pytest.fixture
def tickets(local_aws: LocalAws) -> Iterator[Deployment]:
    """Return a stack to deploy and an empty Bedrock double; the stack is destroyed after the test."""
    local_aws.bedrock.reset()
    stack = Deployment(local_aws, "Tickets")
    yield stack
    stack.destroy()
    assert [job for job in stack.jobs if job[1] == "InProgress"] == [], "a job is still running"
