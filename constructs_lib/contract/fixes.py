"""What to do about a broken rule: the part of the message after the semicolon."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from .shapes import REQUEST

if TYPE_CHECKING:
    from .patterns import Pattern
    from .shapes import ServiceModel


def listed(names: Iterable[str]) -> str:
    """Return names as a list to choose from."""
    return ", ".join(names)


def span(least: float, most: float) -> str:
    """Return the text for a range; either bound may be infinite."""
    if most == math.inf:
        return f"at least {least}"
    if least in (0, -math.inf):
        return f"at most {most}"
    return f"exactly {least}" if least == most else f"{least} to {most}"


def counted(least: float, most: float, one: str, many: str) -> str:
    """Return the text for how many of something there may be."""
    return f"{span(least, most)} {one if most == 1 else many}"


def for_missing(name: str, shape: Mapping[str, Any], pattern: Pattern | None) -> str:
    """Return what to add."""
    if pattern and pattern.example:
        return f"add {name}, for example {pattern.example}"
    if shape["type"] == "structure":
        return f"add {name} with {listed(shape.get('required') or shape['members'])}"
    return f"add {name}"


def for_union(present: set[str]) -> str:
    """Return what to do about the members of a union."""
    return "keep one and remove the others" if present else "add one of them"


def for_mapping(value: object, members: Mapping[str, Any]) -> str:
    """Return what to write instead of a value that is no mapping."""
    if value is None:
        return "leave it out, or write its members"
    return f"write {listed(members)} under it" if members else "write it as name: value"


def for_list(value: object) -> str:
    """Return what to write instead of a value that is no list."""
    if value is None:
        return "leave it out, or write []"
    return "put it in brackets, also if there is only one item"


def for_string(value: object) -> str:
    """Return what to write instead of a value that is no string."""
    if value is None:
        return "leave it out, or write a string"
    if isinstance(value, Mapping) and any(str(key) == "Ref" or str(key).startswith("Fn::") for key in value):
        return "write the value, or the token of a CDK construct: an intrinsic function is not resolved here"
    if isinstance(value, bool):
        return f'put it in quotes: "{str(value).lower()}"'
    if isinstance(value, int | float):
        return f'put it in quotes: "{value}"'
    return "write one string"


def for_boolean(value: object) -> str:
    """Return what to write instead of a value that is neither true nor false."""
    if value is None:
        return "leave it out to use the service's default"
    return "write true or false without quotes"


def for_number(value: object) -> str:
    """Return what to write instead of a value that is no number of the right kind."""
    if value is None:
        return "leave it out to use the service's default"
    if isinstance(value, str):
        return "write the number without quotes"
    if isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    return "write a number, or leave it out to use the service's default"


def for_choice(value: str, choices: list[str]) -> str:
    """Return the choice that was probably meant."""
    written = value.upper().replace("-", "_").replace(" ", "_")
    by_form = {choice.upper(): choice for choice in choices}
    near = nearest_of(written, by_form)
    return f"write {by_form[near]}" if near else "choose one of them"


def for_length(length: int, least: int, most: float) -> str:
    """Return by how much to shorten or lengthen a string."""
    if length > most:
        return f"shorten it by {length - int(most)}: it has {length}"
    if length == 0:
        return "write it, or leave the field out"
    return f"make it longer by {int(least) - length}: it has {length}"


def for_count(count: int, least: int, most: float) -> str:
    """Return how many to add or to remove."""
    return f"remove {count - int(most)}" if count > most else f"add at least {least - count}"


def for_range(value: float, least: float, most: float) -> str:
    """Return what to do about a number outside its bounds."""
    return f"lower it to {most} or less" if value > most else f"raise it to {least} or more"


def for_pattern(value: str, pattern: Pattern) -> str:
    """Return an example, and the whitespace character that is not allowed where there is one."""
    odd = sorted({char for char in value if char.isspace() and char != " "})
    start = f"remove {odd[0]!r}; " if odd and "\\s" not in pattern.model else ""
    return f"{start}write it like {pattern.example}" if pattern.example else f"{start}correct it"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The member that was probably meant, where there is one, and what to do."""

    member: str
    fix: str


# Seen in public code and issues, and too different from the right name to be found by its letters.
_HINTS = {
    ("VpcConfig", "subnets"): Suggestion("subnetIds", "write subnetIds, a list of subnet ids"),
    ("ValidationDataConfig", "s3Uri"): Suggestion("validators", "write validators: [{s3Uri: ...}]"),
    ("OutputDataConfig", "kmsKeyId"): Suggestion(
        "", "write the model's key as customModelKmsKeyId, beside outputDataConfig"
    ),
    (REQUEST, "tags"): Suggestion("", "write jobTags for the job or customModelTags for the model"),
    (REQUEST, "hyperparameters"): Suggestion("hyperParameters", "write hyperParameters, with a capital P"),
    (REQUEST, "teacherModelIdentifier"): Suggestion(
        "", "move it to customizationConfig.distillationConfig.teacherModelConfig"
    ),
}


def nearest(name: object, shape: str, model: ServiceModel) -> Suggestion:
    """Return the member that an unknown name probably means, of this structure or of another one.

    Args:
        name: a key that the structure does not have.
        shape: the name of the structure.
        model: the service model.
    """
    if hint := _HINTS.get((shape, str(name))):
        return hint
    if shape in _structures(model) and (place := _places(model).get(str(name))):
        return Suggestion("", f"move it to {place}")
    members = list(model.shape(shape)["members"])
    by_form = {_form(member): member for member in members}
    if near := nearest_of(_form(str(name)), by_form):
        return Suggestion(by_form[near], f"write {by_form[near]}")
    return Suggestion("", f"remove it; the members are {listed(members)}")


def nearest_of(name: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that is spelled most like `name`, if any is."""
    from difflib import get_close_matches  # not needed for a valid request, in the Lambda either

    return next(iter(get_close_matches(name, list(names), n=1)), None)


def _form(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@cache
def _structures(model: ServiceModel) -> dict[str, str]:
    """Return every structure of the job's request, and the path where it is first."""
    found: dict[str, str] = {}
    for part in model.parts():
        if model.shape(part.shape)["type"] == "structure":
            found.setdefault(part.shape, part.path)
    return found


@cache
def _places(model: ServiceModel) -> dict[str, str]:
    """Return the path of each member name that only one structure of the job's request has."""
    places: dict[str, list[str]] = {}
    for name, path in _structures(model).items():
        for member in model.shape(name)["members"]:
            places.setdefault(member, []).append(f"{path}.{member}" if path else member)
    return {member: paths[0] for member, paths in places.items() if len(paths) == 1}
