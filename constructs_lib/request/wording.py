"""What the service model says about a field, in words: for the documentation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.contract import REQUEST, default_model
from constructs_lib.contract.fixes import counted, listed, span
from constructs_lib.contract.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf field, in words.

    Args:
        path: Where; `[]` stands for a list's item, `{}` for a map's value.
        need: Whether it must be there.
        rule: What it must be.
    """

    path: str
    need: str = ""
    rule: str = ""


def leaves(name: str = REQUEST) -> Iterator[Leaf]:
    """Describe every leaf field below a shape.

    Args:
        name: The shape's name.
    """
    yield from _leaves(name, Leaf(""))


def _leaves(name: str, above: Leaf) -> Iterator[Leaf]:
    shape = default_model().shape(name)
    match shape["type"]:
        case "structure":
            for member, target in shape["members"].items():
                path = f"{above.path}.{member}" if above.path else member
                yield from _leaves(target["shape"], Leaf(path, _need(shape, member, above), above.rule))
        case "list":
            rule = f"{above.rule}{_count(shape, 'item', 'items')}"
            yield from _leaves(shape["member"]["shape"], Leaf(f"{above.path}[]", above.need, rule))
        case "map":
            rule = f"{above.rule}{_count(shape, 'entry', 'entries')}"
            yield from _leaves(shape["value"]["shape"], Leaf(f"{above.path}{{}}", above.need, rule))
        case _:
            yield Leaf(above.path, above.need, f"{above.rule}{rule_of(name)}")


def _need(shape: Mapping[str, Any], member: str, above: Leaf) -> str:
    place = above.path.rsplit(".", 1)[-1]
    if shape.get("union"):
        return f"one of `{place}`" if len(shape["members"]) > 1 else f"in `{place}`"
    if member in shape.get("required", ()):
        return "yes" if above.need == "yes" or not place else f"in `{place}`"
    return ""


def _count(shape: Mapping[str, Any], one: str, many: str) -> str:
    if "min" not in shape and "max" not in shape:
        return ""
    return f"{counted(shape.get('min', 0), shape.get('max', math.inf), one, many)}; "


def rule_of(name: str) -> str:
    """Say what a shape's values must be.

    Args:
        name: The name of a scalar shape.
    """
    shape = default_model().shape(name)
    match shape["type"]:
        case "boolean":
            return "true or false"
        case "integer" | "long":
            return f"whole number{_range(shape)}"
        case "float" | "double":
            return f"number{_range(shape)}"
    if "enum" in shape:
        return f"one of {listed(shape['enum'])}"
    return _text(shape)


def _range(shape: Mapping[str, Any]) -> str:
    if "min" not in shape and "max" not in shape:
        return ""
    return f", {span(shape.get('min', -math.inf), shape.get('max', math.inf))}"


def _text(shape: Mapping[str, Any]) -> str:
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    length = f"{span(least, most)} characters" if (least, most) != (0, math.inf) else "string"
    pattern = PATTERNS.get(shape.get("pattern", ""))
    return f"{length}; {pattern.words.removeprefix('must be ')}" if pattern and pattern.words else length
