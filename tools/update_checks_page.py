"""Write the table of rules in `docs/checks.md` from `constructs_lib.checks.RULES`.

python -m tools.update_checks_page
"""

from __future__ import annotations

from pathlib import Path

from constructs_lib.catalog.dataset_rules import DATASET_PREFIX
from constructs_lib.checks import RULES, Rule

PAGE = Path(__file__).parent.parent / "docs/checks.md"
HEAD = "| rule | severity | based on | what it reports |\n|---|---|---|---|\n"


def with_table(page: str) -> str:
    """Return the page with the table of rules as it must be.

    Args:
        page: the page; the table is its end.
    """
    rules = sorted(RULES.values(), key=lambda one: (one.name.startswith(DATASET_PREFIX), one.name))
    return page.partition(HEAD)[0] + HEAD + "".join(map(_row, rules))


def _row(rule: Rule) -> str:
    basis = "documents" if rule.is_documented else "fixed" if rule.is_fixed else "-"
    severity = "by model" if rule.name.startswith(DATASET_PREFIX) else rule.severity
    return f"| `{rule.name}` | {severity} | {basis} | {rule.summary} |\n"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
