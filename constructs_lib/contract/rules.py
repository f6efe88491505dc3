"""Check a value against everything that the service model defines for its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import fixes
from .finding import NOTHING, Finding
from .patterns import PATTERNS
from .shapes import REQUEST, ServiceModel, default_model
from .walk import ValuePath, join, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized


def violations(
    value: object,
    shape: str = REQUEST,
    *,
    is_known: Callable[[object], bool] = lambda _value: True,
    model: ServiceModel | None = None,
) -> Iterator[Finding]:
    """Yield everything in a value that breaks the service model's rules, in the model's order.

    Required members, types (a boolean is no integer), enums, lengths, patterns, counts, ranges, unions with
    exactly one member, members the model does not have. Lengths come before patterns, which take linear time.

    Args:
        value: what will be sent.
        shape: the shape that it must have.
        is_known: whether a part can be checked now; an unknown part passes. Default: everything is known.
        model: the service model. Default: the one in this package.
    """
    model = model or default_model()
    for at, name, part in walk(value, shape, is_known=is_known, model=model):
        form = model.shape(name)
        match form["type"]:
            case "structure":
                yield from _structure(part, name, at, model)
            case "list":
                yield from _list(part, form, at)
            case "map":
                yield from _map(part, form, at, is_known, model)
            case "string":
                yield from _string(part, form, at)
            case "integer" | "long" | "float" | "double":
                yield from _number(part, form, at)
            case "boolean" if not isinstance(part, bool):
                yield at.error("request-type", "must be true or false", part, fixes.for_boolean(part))


def _structure(value: object, name: str, at: ValuePath, model: ServiceModel) -> Iterator[Finding]:
    shape = model.shape(name)
    members = shape["members"]
    if not isinstance(value, Mapping):
        yield at.error("request-type", "must be a mapping", value, fixes.for_mapping(value, members))
        return
    near = {key: fixes.nearest(key, name, model) for key in value if key not in members}
    for key, suggestion in near.items():
        rule = f"is not a member of {at.path or 'the request'}"
        suggested = join(at.path, suggestion.member) if suggestion.member not in ("", *value) else ""
        yield at.member(str(key)).error(
            "request-member", rule, value[key], suggestion.fix, suggestion=suggested
        )
    # A misspelled member is not reported as missing too.
    present = {key for key in members if key in value} | {one.member for one in near.values()}
    chosen = present & set(members)
    if shape.get("union") and len(chosen) != 1:
        rule = f"must have exactly one of {fixes.listed(members)}"
        yield at.error("request-union", rule, list(value) or NOTHING, fixes.for_union(chosen))
    for key in shape.get("required", ()):
        if key not in present:
            missing = model.shape(members[key]["shape"])
            fix = fixes.for_missing(key, missing, PATTERNS.get(missing.get("pattern", "")))
            yield at.member(key).error("request-required", "is required", NOTHING, fix)


def _list(value: object, shape: Mapping[str, Any], at: ValuePath) -> Iterator[Finding]:
    if not isinstance(value, list | tuple):
        yield at.error("request-type", "must be a list", value, fixes.for_list(value))
        return
    yield from _count(value, shape, at, "item", "items")


def _map(
    value: object,
    shape: Mapping[str, Any],
    at: ValuePath,
    is_known: Callable[[object], bool],
    model: ServiceModel,
) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield at.error("request-type", "must be a mapping", value, fixes.for_mapping(value, {}))
        return
    yield from _count(value, shape, at, "entry", "entries")
    for key in filter(is_known, value):
        yield from _string(key, model.shape(shape["key"]["shape"]), at.entry_key(key))


def _count(value: Sized, shape: Mapping[str, Any], at: ValuePath, one: str, many: str) -> Iterator[Finding]:
    count = len(value)
    least, most = shape.get("min", 0), shape.get("max", math.inf)
    if not least <= count <= most:
        rule = f"must contain {fixes.counted(least, most, one, many)}"
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
    expected = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, expected) or not math.isfinite(value):
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
    "request-enum": "A value is not one of those that the service accepts.",
    "request-length": "A string is too short or too long.",
    "request-pattern": "A string does not match the pattern that the service requires.",
    "request-count": "A list or a map has too few or too many entries.",
    "request-range": "A number is too small or too large.",
    "request-union": "A union has no member, or more than one.",
}
"""Every rule of this module, by name, in one sentence."""
