"""What to do about a broken rule: the half sentence after the semicolon."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .patterns import Pattern


def listed(names: Iterable[str]) -> str:
    """Write names as a list to choose from."""
    return ", ".join(names)


def span(least: float, most: float) -> str:
    """Write what may lie between two bounds, either of which may be missing."""
    if most == math.inf:
        return f"at least {least}"
    if least in (0, -math.inf):
        return f"at most {most}"
    return f"exactly {least}" if least == most else f"{least} to {most}"


def counted(least: float, most: float, one: str, many: str) -> str:
    """Write how many of something there may be."""
    return f"{span(least, most)} {one if most == 1 else many}"


def for_missing(name: str, shape: Mapping[str, Any], pattern: Pattern | None) -> str:
    """Say what to add."""
    if pattern and pattern.example:
        return f"add {name}, for example {pattern.example}"
    if shape["type"] == "structure":
        return f"add {name} with {listed(shape.get('required') or shape['members'])}"
    return f"add {name}"


def for_union(present: set[str]) -> str:
    """Say how many members to keep."""
    return "keep one and take the others out" if present else "add one of them"


def for_mapping(value: object, members: Mapping[str, Any]) -> str:
    """Say what stands where a mapping is wanted."""
    if value is None:
        return "leave it out, or give it its members"
    return f"write {listed(members)} under it" if members else "write it as name: value"


def for_list(value: object) -> str:
    """Say what stands where a list is wanted."""
    if value is None:
        return "leave it out, or write []"
    return "put it in brackets: a list of one is a list too"


def for_string(value: object) -> str:
    """Say what stands where a string is wanted."""
    if value is None:
        return "leave it out, or write a string"
    if isinstance(value, Mapping) and any(str(key) == "Ref" or str(key).startswith("Fn::") for key in value):
        return (
            "a template's intrinsic cannot be written here; give the value, or the token of a CDK construct"
        )
    if isinstance(value, bool):
        return f'put it in quotes: "{str(value).lower()}"'
    if isinstance(value, int | float):
        return f'put it in quotes: "{value}"'
    return "write one string"


def for_boolean(value: object) -> str:
    """Say what stands where true or false is wanted."""
    if value is None:
        return "leave it out to have the service's default"
    return "write true or false, with no quotes"


def for_number(value: object) -> str:
    """Say what stands where a number is wanted."""
    if value is None:
        return "leave it out to have the service's default"
    if isinstance(value, str):
        return "write the number without quotes"
    if isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    return "write a number, or leave it out to have the service's default"


def for_choice(value: str, choices: list[str]) -> str:
    """Say which choice is nearest."""
    written = value.upper().replace("-", "_").replace(" ", "_")
    by_form = {choice.upper(): choice for choice in choices}
    near = nearest_of(written, by_form)
    return f"write {by_form[near]}" if near else "choose one of them"


def nearest_of(name: str, names: Iterable[str]) -> str | None:
    """Give the one of `names` that is spelled most like `name`, if any is."""
    from difflib import get_close_matches  # a right request, in the Lambda too, never needs it

    return next(iter(get_close_matches(name, list(names), n=1)), None)


def for_length(length: int, least: int, most: float) -> str:
    """Say by how much a string is too long or too short."""
    if length > most:
        return f"it has {length}; shorten it by {length - int(most)}"
    return "leave it out, or write it out" if length == 0 else f"it has {length}; it needs {least}"


def for_count(count: int, least: int, most: float) -> str:
    """Say how many to add or to take out."""
    return f"take {count - int(most)} out" if count > most else f"add at least {least - count}"


def for_range(value: float, least: float, most: float) -> str:
    """Say which bound was passed."""
    return f"lower it to {most} or less" if value > most else f"raise it to {least} or more"


def for_pattern(value: str, pattern: Pattern) -> str:
    """Show a value that keeps the rule, and name the character that cannot be right where there is one."""
    odd = sorted({char for char in value if char.isspace() and char != " "})
    start = f"take {odd[0]!r} out; " if odd and "\\s" not in pattern.model else ""
    return f"{start}write it like {pattern.example}" if pattern.example else f"{start}correct it"
