"""Judge a value by everything the service model states about its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import fixes
from .names import nearest
from .patterns import PATTERNS
from .shapes import REQUEST, ServiceModel, default_model
from .violation import NOTHING, ValuePath, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def violations(
    value: object,
    shape: str = REQUEST,
    *,
    is_known: Callable[[object], bool] = lambda _value: True,
    model: ServiceModel | None = None,
) -> Iterator[Violation]:
    """Give everything in `value` that breaks the service model's rules, in the model's order.

    Required members, types (a boolean is no integer), enums, lengths, patterns, counts, ranges, unions with
    exactly one member, members the model does not have. Lengths come before patterns, which take linear time.

    Args:
        value: What is about to be sent.
        shape: The shape it must have.
        is_known: Whether a part can be judged now; an unknown part passes. Default: everything is known.
        model: Another service model than the one that lies here.
    """
    return _Judge(model or default_model(), is_known).judge(value, {"shape": shape}, ValuePath())


@dataclass(frozen=True, slots=True)
class _Judge:
    model: ServiceModel
    is_known: Callable[[object], bool]

    def judge(self, value: object, target: Mapping[str, Any], at: ValuePath) -> Iterator[Violation]:
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
                yield at.refuse("must be true or false", value, fixes.for_boolean(value))

    def _structure(self, value: object, name: str, at: ValuePath) -> Iterator[Violation]:
        shape = self.model.shape(name)
        members = shape["members"]
        if not isinstance(value, Mapping):
            yield at.refuse("must be a mapping", value, fixes.for_mapping(value, members))
            return
        meant = {key: nearest(key, name, self.model) for key in value if key not in members}
        for key, suggestion in meant.items():
            rule = f"is not a member of {at.path or 'the request'}"
            yield at.member(str(key)).refuse(rule, value[key], suggestion.fix)
        present = {key for key in members if key in value} | {one.member for one in meant.values()}
        if shape.get("union"):
            yield from _union(present & set(members), members, value, at)
        for key in shape.get("required", ()):
            if key not in present:
                yield at.member(key).refuse("is required", NOTHING, self._add(key, members[key]["shape"]))
        for key, target in members.items():
            if key in value:
                inner = at.member(key, secret=self.model.is_sensitive(target))
                yield from self.judge(value[key], target, inner)

    def _add(self, key: str, name: str) -> str:
        shape = self.model.shape(name)
        return fixes.for_missing(key, shape, PATTERNS.get(shape.get("pattern", "")))

    def _list(self, value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Violation]:
        if not isinstance(value, list | tuple):
            yield at.refuse("must be a list", value, fixes.for_list(value))
            return
        yield from _count(value, shape, at, "item", "items")
        for index, item in enumerate(value):
            yield from self.judge(item, shape["member"], at.item(index))

    def _map(self, value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Violation]:
        if not isinstance(value, Mapping):
            yield at.refuse("must be a mapping", value, fixes.for_mapping(value, {}))
            return
        yield from _count(value, shape, at, "entry", "entries")
        for key, item in value.items():
            yield from self.judge(key, shape["key"], at.entry_key(key))
            yield from self.judge(item, shape["value"], at.entry(key))


def _union(
    present: set[str], members: Mapping[str, Any], value: Mapping[str, Any], at: ValuePath
) -> Iterator[Violation]:
    if len(present) != 1:
        got = list(value) if value else NOTHING
        yield at.refuse(f"must have exactly one of {fixes.listed(members)}", got, fixes.for_union(present))


def _count(
    value: object, shape: Mapping[str, Any], at: ValuePath, one: str, many: str
) -> Iterator[Violation]:
    count = len(value)  # type: ignore[arg-type]  # the callers have asked: a list or a mapping
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    if not least <= count <= most:
        rule = f"must hold {fixes.counted(least, most, one, many)}"
        yield at.refuse(rule, count, fixes.for_count(count, least, most))


def _string(value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Violation]:
    if not isinstance(value, str):
        yield at.refuse("must be a string", value, fixes.for_string(value))
        return
    choices = shape.get("enum")
    if choices and value not in choices:
        yield at.refuse(f"must be one of {fixes.listed(choices)}", value, fixes.for_choice(value, choices))
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    if not least <= len(value) <= most:
        rule = f"must be {fixes.span(least, most)} characters long"
        yield at.refuse(rule, value, fixes.for_length(len(value), least, most))
        return
    pattern = PATTERNS.get(shape.get("pattern", ""))
    if pattern and not pattern.accepts(value):
        yield at.refuse(
            pattern.words or f"must match {pattern.model}", value, fixes.for_pattern(value, pattern)
        )


def _number(value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Violation]:
    whole = shape["type"] in ("integer", "long")
    wanted = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, wanted) or not math.isfinite(value):
        rule = "must be a whole number" if whole else "must be a number"
        yield at.refuse(rule, value, fixes.for_number(value))
        return
    least, most = shape.get("min", -math.inf), shape.get("max", math.inf)
    if not least <= value <= most:
        yield at.refuse(f"must be {fixes.span(least, most)}", value, fixes.for_range(value, least, most))
