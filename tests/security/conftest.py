"""The stack that mutations are seeded into, synthesized once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.security.stacks import full_stack, template_of


@pytest.fixture(scope="session")
def good_template() -> dict[str, Any]:
    """A template in which every rule has something to judge."""
    return template_of(full_stack())
