"""docs/permissions.md has every permission, each with a reason."""

from __future__ import annotations

import re

import pytest

from tools.permission_reasons import REASONS, reasons
from tools.permission_tables import FUNCTION, SERVICE, STATE_MACHINE, rows_of_role
from tools.update_permissions_page import PAGE, with_tables

TEXT = PAGE.read_text(encoding="utf-8")
KINDS = (FUNCTION, SERVICE, STATE_MACHINE)


def test_the_tables_are_those_of_the_templates() -> None:
    """Run `python -m tools.update_permissions_page` where this fails; name the change in the changelog."""
    assert with_tables(TEXT) == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_every_permission_has_a_reason(kind: str) -> None:
    """An auditor finds why each action is there, and no reason is about a permission that nobody has."""
    used = set()
    for row in rows_of_role(kind):
        text = f"{row.resources} {row.condition}"
        for action in row.actions:
            found = reasons(kind, action, text)
            assert found, f"{action} on {row.resources}"
            used.update(found)
    assert [one for one in REASONS if one.kind == kind and one not in used] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_only_actions_on_everything_are_those_that_have_no_resource(kind: str) -> None:
    """Whoever reads "*" finds beside it that AWS allows nothing narrower, or where AWS's page has it."""
    for row in rows_of_role(kind):
        if row.effect == "Allow" and row.resources == ("*",) and not row.condition:
            words = " ".join(one.why for action in row.actions for one in reasons(kind, action, "*"))
            assert re.search("no resource|not documented|AWS's page|as the caller", words), row


def test_no_name_of_a_test_stack_is_left() -> None:
    """The tables name no resource of the templates that they are made from."""
    rows = "".join(line for line in TEXT.splitlines() if line.startswith("|"))
    assert re.findall(r"[A-Za-z]+[0-9A-F]{8}\b|us-east-1|\b\d{12}\b|Judge|tickets|letters", rows) == []
