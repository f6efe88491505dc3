from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
ROWS = {row[0]: row[1] for row in re.findall(r"^\| (\d+[a-z]?) \|(.*)\|$", PAGE, re.MULTILINE)}
NAMED = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)(?:::(test_[a-z_]+))?`", PAGE)))


def test_every_failure_mode_has_its_row() -> None:
    """All of the catalogue are there, in order, once, and the README counts them."""
    numbers = [int(re.sub(r"\D", "", row)) for row in ROWS]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    assert numbers == sorted(numbers)
    assert len(re.findall(r"^\| \d+[a-z]? \|", PAGE, re.MULTILINE)) == len(ROWS)
    assert f"{len(ROWS)} ways to fail" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("number", ROWS)
def test_every_failure_mode_is_proven_or_says_why_not(number: str) -> None:
    """A row names its test, or says why there is none."""
    assert "::test_" in ROWS[number] or "Not testable offline" in ROWS[number]


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_every_named_test_exists(path: str, test: str) -> None:
    """A test that is renamed or removed takes its claim with it."""
    assert f"def {test}" in (ROOT / path).read_text()


def test_seconds_are_those_of_the_template() -> None:
    """What the page says about time is what the construct sets."""
    from constructs_lib.job.provider import FUNCTION_TIMEOUT, SERVICE_TIMEOUT

    assert f"| function timeout | {FUNCTION_TIMEOUT} |" in PAGE
    assert f"| `ServiceTimeout` | {SERVICE_TIMEOUT:,} |" in PAGE
