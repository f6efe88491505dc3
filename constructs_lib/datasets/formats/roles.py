"""The roles of a conversation's messages, and their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.contract import NOTHING
from constructs_lib.datasets.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .record_checks import Record, Rules

_OF_SYSTEM = "put the text into the field `system`"


def role(message: Record, path: str, allowed: Sequence[str]) -> Iterator[Fault]:
    """A message must have one of the format's roles."""
    found = message.get("role", NOTHING)
    if found is NOTHING:
        yield Fault("missing-field", f"{path}.role", f"must be {' or '.join(allowed)}", found, "add role")
    elif found not in allowed:
        fix = _OF_SYSTEM if found == "system" else f"write {' or '.join(allowed)}"
        yield Fault("role", f"{path}.role", f"must be {' or '.join(allowed)}", found, fix)


def order(roles: Sequence[object], rules: Rules) -> Iterator[Fault]:
    """A conversation must start and end as the model wants it, and alternate in between."""
    both, start = rules.get("roles-start-and-end"), rules.get("roles-start")
    if (both or start) and roles[0] != "user":
        name = "roles-start-and-end" if both else "roles-start"
        fix = "start with what the user says"
        yield Fault(name, "messages[0].role", "must be user in the first message", roles[0], fix)
    if both and roles[-1] != "assistant":
        path, fix = f"messages[{len(roles) - 1}].role", "end with the answer to be learnt"
        yield Fault("roles-start-and-end", path, "must be assistant in the last message", roles[-1], fix)
    if "roles-alternate" in rules:
        yield from _alternation(roles)


def _alternation(roles: Sequence[object]) -> Iterator[Fault]:
    for index in range(1, len(roles)):
        if roles[index] == roles[index - 1]:
            fix = "join the two messages, or put the missing one between them"
            path = f"messages[{index}].role"
            yield Fault("roles-alternate", path, "must differ from the message before", roles[index], fix)
