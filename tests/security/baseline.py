"""The bar that every template must clear: named rules, each a function from a template to findings."""

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
    """Judge a template by every rule; an empty list means that it clears the bar."""
    view = View(template)
    return [f"{name}: {finding}" for name, rule in RULES.items() for finding in rule(view)]


def broken_rules(template: Mapping[str, Any]) -> set[str]:
    """Name the rules that a template breaks."""
    return {finding.partition(":")[0] for finding in findings(template)}
