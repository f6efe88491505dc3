"""Policies with one part removed, and whether a call shows the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.security.iam_evaluator import Statement, conditions, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.security.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One part that is removed from a policy.

    Args:
        name: Which part.
        statements: What remains of the policy.
        loosens: Whether a part that restricts was taken away.
    """

    name: str
    statements: Sequence[Statement]
    loosens: bool = False


def removals(statements: Sequence[Statement]) -> Iterator[Removal]:
    """Remove each action, resource, condition and further value of a condition, one at a time."""
    for number, statement in enumerate(statements):
        for what, remains, loosens in _remains(statement):
            rest = [*statements[:number], *remains, *statements[number + 1 :]]
            yield Removal(name=f"{what} from statement {number}", statements=rest, loosens=loosens)


def is_detected(scenario: Scenario, removal: Removal) -> bool:
    """Return whether a needed call is now denied, or a forbidden one allowed."""
    refused = any(not scenario.decide(removal.statements, call) for call in scenario.needed)
    passed = any(scenario.decide(removal.statements, call) for call in scenario.forbidden)
    return passed if removal.loosens else refused


def _remains(statement: Statement) -> Iterator[tuple[str, list[Statement], bool]]:
    refuses = statement["Effect"] == "Deny"
    for element in ("Action", "Resource"):
        values = listed(statement.get(element, []))
        for value in values:
            rest = [one for one in values if one != value]
            yield value, [{**statement, element: rest}] if rest else [], refuses
    for operator, key, value in conditions(statement):
        yield f"{operator} {key}", [_with(statement, operator, key, None)], not refuses
        values = listed(value)
        for one in values if len(values) > 1 else []:
            rest = [other for other in values if other != one]
            loosens = refuses is not ("Not" in operator)
            yield f"{operator} {key} = {one}", [_with(statement, operator, key, rest)], loosens


def _with(statement: Statement, operator: str, key: str, values: list[str] | None) -> Statement:
    keys = {name: value for name, value in statement["Condition"][operator].items() if name != key}
    if values is not None:
        keys[key] = values
    return {**statement, "Condition": {**statement["Condition"], operator: keys}}
