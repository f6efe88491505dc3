"""The template that the mutations change, synthesized once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.security.stacks import full_stack, template_of


@pytest.fixture(scope="session")
def good_template() -> dict[str, Any]:
    """Return a template in which every rule has something to check."""
    return template_of(full_stack())
