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


def test_rules_that_pages_name_exist() -> None:
    """A reader who finds a rule in a table of what can go wrong finds the same name in the output."""
    named = re.compile(
        r"(?:error|warning|note|finding)s? `([a-z]+(?:-[a-z]+)+)`|`([a-z]+(?:-[a-z]+)+)` of `validate`"
    )
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")]
    found = {
        (page.name, one[1] or one[2]) for page in pages for one in named.finditer(page.read_text("utf-8"))
    }
    assert any(name.startswith("dataset-") for _, name in found), "the pattern finds nothing"
    assert [one for one in sorted(found) if one[1] not in RULES] == []


def test_a_link_that_is_named_like_a_page_leads_to_it() -> None:
    """`[platform.md](permissions.md)` would not."""
    link = re.compile(r"\[([a-z-]+\.md)\]\(([^)#\s]*)")
    wrong = [
        (page.name, one[0])
        for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")]
        for one in link.finditer(page.read_text("utf-8"))
        if one[1] != one[2].rpartition("/")[2]
    ]
    assert wrong == []
