"""Check a value against everything that the service model says about its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import fixes
from .finding import NOTHING, Finding
from .names import nearest
from .patterns import PATTERNS
from .shapes import REQUEST, ServiceModel, default_model
from .walk import ValuePath, join

if TYPE_CHECKING:
    from collections.abc import Iterator


def violations(
    value: object,
    shape: str = REQUEST,
    *,
    is_known: Callable[[object], bool] = lambda _value: True,
    model: ServiceModel | None = None,
) -> Iterator[Finding]:
    """Yield everything in `value` that breaks the service model's rules, in the model's order.

    Required members, types (a boolean is no integer), enums, lengths, patterns, counts, ranges, unions with
    exactly one member, members the model does not have. Lengths come before patterns, which take linear time.

    Args:
        value: What is about to be sent.
        shape: The shape it must have.
        is_known: Whether a part can be checked now; an unknown part passes. Default: everything is known.
        model: Another service model than the one that lies here.
    """
    return _Checker(model or default_model(), is_known).check(value, {"shape": shape}, ValuePath())


@dataclass(frozen=True, slots=True)
class _Checker:
    model: ServiceModel
    is_known: Callable[[object], bool]

    def check(self, value: object, target: Mapping[str, Any], at: ValuePath) -> Iterator[Finding]:
        if not self.is_known(value):
            return
        shape = self.model.shape(target["shape"])
        match shape["type"]:
            case "structure":
                yield from self._structure(value, target["shape"], at)
            case "list":
                yield from self._list(value, shape, at)
            case "map":
                yield from self._map(value, shape, at)
            case "string":
                yield from _string(value, shape, at)
            case "integer" | "long" | "float" | "double":
                yield from _number(value, shape, at)
            case "boolean" if not isinstance(value, bool):
                yield at.error("request-type", "must be true or false", value, fixes.for_boolean(value))

    def _structure(self, value: object, name: str, at: ValuePath) -> Iterator[Finding]:
        shape = self.model.shape(name)
        members = shape["members"]
        if not isinstance(value, Mapping):
            yield at.error("request-type", "must be a mapping", value, fixes.for_mapping(value, members))
            return
        near = {key: nearest(key, name, self.model) for key in value if key not in members}
        for key, suggestion in near.items():
            rule = f"is not a member of {at.path or 'the request'}"
            meant = join(at.path, suggestion.member) if suggestion.member not in ("", *value) else ""
            yield at.member(str(key)).error(
                "request-member", rule, value[key], suggestion.fix, suggestion=meant
            )
        present = {key for key in members if key in value} | {one.member for one in near.values()}
        if shape.get("union"):
            yield from _union(present & set(members), members, value, at)
        for key in shape.get("required", ()):
            if key not in present:
                yield at.member(key).error(
                    "request-required", "is required", NOTHING, self._add(key, members[key]["shape"])
                )
        for key, target in members.items():
            if key in value:
                inner = at.member(key, secret=self.model.is_sensitive(target))
                yield from self.check(value[key], target, inner)

    def _add(self, key: str, name: str) -> str:
        shape = self.model.shape(name)
        return fixes.for_missing(key, shape, PATTERNS.get(shape.get("pattern", "")))

    def _list(self, value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Finding]:
        if not isinstance(value, list | tuple):
            yield at.error("request-type", "must be a list", value, fixes.for_list(value))
            return
        yield from _count(value, shape, at, "item", "items")
        for index, item in enumerate(value):
            yield from self.check(item, shape["member"], at.item(index))

    def _map(self, value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Finding]:
        if not isinstance(value, Mapping):
            yield at.error("request-type", "must be a mapping", value, fixes.for_mapping(value, {}))
            return
        yield from _count(value, shape, at, "entry", "entries")
        for key, item in value.items():
            yield from self.check(key, shape["key"], at.entry_key(key))
            yield from self.check(item, shape["value"], at.entry(key))


def _union(
    present: set[str], members: Mapping[str, Any], value: Mapping[str, Any], at: ValuePath
) -> Iterator[Finding]:
    if len(present) != 1:
        got = list(value) if value else NOTHING
        yield at.error(
            "request-union",
            f"must have exactly one of {fixes.listed(members)}",
            got,
            fixes.for_union(present),
        )


def _count(value: object, shape: Mapping[str, Any], at: ValuePath, one: str, many: str) -> Iterator[Finding]:
    count = len(value)  # type: ignore[arg-type]  # the callers have asked: a list or a mapping
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    if not least <= count <= most:
        rule = f"must hold {fixes.counted(least, most, one, many)}"
        yield at.error("request-count", rule, count, fixes.for_count(count, least, most))


def _string(value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield at.error("request-type", "must be a string", value, fixes.for_string(value))
        return
    choices = shape.get("enum")
    if choices and value not in choices:
        yield at.error(
            "request-enum", f"must be one of {fixes.listed(choices)}", value, fixes.for_choice(value, choices)
        )
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    if not least <= len(value) <= most:
        rule = f"must be {fixes.span(least, most)} characters long"
        yield at.error("request-length", rule, value, fixes.for_length(len(value), least, most))
        return
    pattern = PATTERNS.get(shape.get("pattern", ""))
    if pattern and not pattern.accepts(value):
        rule = pattern.words or f"must match {pattern.model}"
        yield at.error("request-pattern", rule, value, fixes.for_pattern(value, pattern))


def _number(value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Finding]:
    whole = shape["type"] in ("integer", "long")
    wanted = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, wanted) or not math.isfinite(value):
        rule = "must be a whole number" if whole else "must be a number"
        yield at.error("request-type", rule, value, fixes.for_number(value))
        return
    least, most = shape.get("min", -math.inf), shape.get("max", math.inf)
    if not least <= value <= most:
        yield at.error(
            "request-range", f"must be {fixes.span(least, most)}", value, fixes.for_range(value, least, most)
        )


SUMMARIES = {
    "request-required": "A required field of the request is missing.",
    "request-member": "The request has a field that the service does not have.",
    "request-type": "A value has the wrong type.",
    "request-enum": "A value is none of those that the service takes.",
    "request-length": "A text is too short or too long.",
    "request-pattern": "A text is not written as the service requires.",
    "request-count": "A list or a map has too few or too many entries.",
    "request-range": "A number is too small or too large.",
    "request-union": "A choice has no member, or more than one.",
}
"""Every rule of this module, by name, in one sentence."""
