"""docs/security.md names tests and rules that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.security.baseline import RULES

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text()


def test_every_named_test_exists() -> None:
    """A test that the page names must exist."""
    named = re.findall(r"`([a-z_/]+/test_[a-z_]+\.py)(?:::(test_[a-z_]+))?`", PAGE)
    gone = [
        f"{path}::{test}"
        for path, test in named
        if not (TESTS / path.removeprefix("tests/")).exists()
        or f"def {test}" not in (TESTS / path.removeprefix("tests/")).read_text()
    ]
    assert len(named) > 20
    assert gone == []


def test_every_named_rule_exists() -> None:
    """The rules in the table are rules of the baseline."""
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]
    named = {
        name
        for row in rows
        for part in re.findall(r"rules? (`.*)", row)
        for name in re.findall(r"`(\w+)`", part)
    }
    assert len(rows) == 24
    assert named <= set(RULES)
