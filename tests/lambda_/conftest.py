from __future__ import annotations

import pytest

from tests.lambda_.builders import Scene


@pytest.fixture
def scene() -> Scene:
    """A resource that is not there yet."""
    return Scene()


@pytest.fixture
def arn(scene: Scene) -> str:
    """A resource that was created."""
    return str(scene.create()["PhysicalResourceId"])
