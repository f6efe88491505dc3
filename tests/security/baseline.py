"""The security baseline of every template: named rules, each a function from a template to findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.security import (
    rules_data,
    rules_identity,
    rules_job,
    rules_network,
    rules_service_role,
    rules_sufficiency,
)
from tests.security.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RULES: Mapping[str, Callable[[View], Iterator[str]]] = {
    rule.__name__: rule
    for module in (
        rules_identity,
        rules_service_role,
        rules_data,
        rules_network,
        rules_job,
        rules_sufficiency,
    )
    for rule in module.RULES
}


def findings(template: Mapping[str, Any]) -> list[str]:
    """Check a template against every rule; an empty list means that it meets the baseline."""
    view = View(template)
    return [f"{name}: {finding}" for name, rule in RULES.items() for finding in rule(view)]


def broken_rules(template: Mapping[str, Any]) -> set[str]:
    """Return the names of the rules that a template breaks."""
    return {finding.partition(":")[0] for finding in findings(template)}
