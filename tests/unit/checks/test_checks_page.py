"""docs/checks.md says what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from constructs_lib.checks import RULES, Checks
from tools.update_checks_page import PAGE, with_table

ROOT = Path(__file__).parents[3]
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_rule_is_in_the_table() -> None:
    """Run `python -m tools.update_checks_page` where this fails."""
    assert with_table(TEXT) == TEXT
    assert all(f"| `{name}` | " in TEXT for name in RULES)


def test_the_overrides_on_the_page_are_valid() -> None:
    """In Python and on the console."""
    [overrides] = re.findall(r"overrides=(\{.*?\})", TEXT)
    assert Checks(overrides=ast.literal_eval(overrides))
    options = dict(re.findall(r"--rule ([a-z-]+)=(\w+)", TEXT))
    assert Checks(overrides=options).overrides == ast.literal_eval(overrides)


def test_every_id_in_the_docs_is_a_rule() -> None:
    """Ids that people acknowledge are a contract."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = [
        name for one in pages for name in re.findall(r"`bedrock-customization:([a-z-]+)", one.read_text())
    ]
    named += re.findall(r'"bedrock-customization:([a-z-]+)"', TEXT)
    assert named
    assert set(named) <= RULES.keys()
