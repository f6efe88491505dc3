from __future__ import annotations

import pytest

from tests.lambda_.builders import Harness


@pytest.fixture
def harness() -> Harness:
    """A resource that is not there yet."""
    return Harness()


@pytest.fixture
def arn(harness: Harness) -> str:
    """A resource that was created."""
    return str(harness.create()["PhysicalResourceId"])
