"""What may give a property another value although its text stays: parameters, conditions, other resources."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .templates import Template

_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")
_READ_AGAIN = "AWS::SSM::Parameter::Value"

_REPLACED_BY: dict[str, frozenset[str]] = {
    "AWS::IAM::Role": frozenset({"Path", "RoleName"}),
    "AWS::KMS::Alias": frozenset({"AliasName"}),
    "AWS::KMS::Key": frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"}),
    "AWS::Lambda::Function": frozenset({"FunctionName", "PackageType"}),
    "AWS::S3::Bucket": frozenset({"BucketName", "BucketNamePrefix", "BucketNamespace", "ObjectLockEnabled"}),
}
"""The properties that may need a replacement when they change, by resource type; of other types every one."""


def references(value: object) -> Iterator[str]:
    """Yield the names of the parameters and resources that a value refers to.

    Args:
        value: a property, or a part of one.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            match name, inner:
                case "Ref", str():
                    yield inner
                case "Fn::GetAtt", [str(first), *_]:
                    yield first
                case "Fn::GetAtt", str():
                    yield inner.partition(".")[0]
                case "Fn::Sub", str():
                    yield from _IN_SUB.findall(inner)
                case "Fn::Sub", [str(text), values]:
                    own = values if isinstance(values, Mapping) else {}
                    yield from (one for one in _IN_SUB.findall(text) if one not in own)
                    yield from references(own)
                case _:
                    yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def indirect_changes(
    value: object, old: Template, new: Template, given: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield why a value may become another one although its text is the same in both templates.

    Args:
        value: a property, or a part of one.
        old: the template that is deployed.
        new: the template to be deployed.
        given: why a parameter of a nested stack gets another value, by its name. Default: none does.
    """
    for name in dict.fromkeys(references(value)):
        if name in (given or {}):
            yield (given or {})[name]
        elif name in _part(new, "Parameters"):
            if str(_part(new, "Parameters", name).get("Type", "")).startswith(_READ_AGAIN):
                yield f"the parameter {name} is read again from Systems Manager"
        elif replacement := _replacement(name, old, new):
            yield replacement
    for kind, name in dict.fromkeys(_named_parts(value)):
        if kind == "Conditions" and condition_changes(name, old, new):
            yield f"the condition {name} changes"
        elif kind == "Mappings" and _part(old, kind, name) != _part(new, kind, name):
            yield f"the mapping {name} changes"


def parameters(value: object, template: Template) -> list[str]:
    """Return the names of the template's parameters that a value refers to.

    Args:
        value: a property, or a part of one.
        template: the template.
    """
    return [name for name in dict.fromkeys(references(value)) if name in _part(template, "Parameters")]


def condition_changes(name: str, old: Template, new: Template) -> bool:
    """Return whether a condition, or one that it is made of, is defined differently.

    Args:
        name: the condition's name.
        old: the template that is deployed.
        new: the template to be deployed.
    """
    seen, waiting = {name}, [name]
    while waiting:
        one = waiting.pop()
        definition = _part(new, "Conditions").get(one)
        if definition != _part(old, "Conditions").get(one):
            return True
        inner = {found for _, found in _named_parts(definition)} - seen
        seen |= inner
        waiting += inner
    return False


def _named_parts(value: object) -> Iterator[tuple[str, str]]:
    """Yield the conditions and mappings that a value names."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            match name, inner:
                case "Fn::If", [str(first), *_]:
                    yield "Conditions", first
                case "Condition", str():
                    yield "Conditions", inner
                case "Fn::FindInMap", [str(first), *_]:
                    yield "Mappings", first
            yield from _named_parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_parts(inner)


def _replacement(name: str, old: Template, new: Template) -> str:
    """Return that a resource may be replaced; "" where it is not."""
    before, after = _part(old, "Resources", name), _part(new, "Resources", name)
    if not before or not after or _same(before.get("Properties"), after.get("Properties")):
        return ""
    decisive = _REPLACED_BY.get(str(after.get("Type")))
    if decisive is not None:
        first, second = _object(before.get("Properties")), _object(after.get("Properties"))
        if all(_same(first.get(one), second.get(one)) for one in decisive):
            return ""
    return f"{name} changes, which CloudFormation may replace (`cdk diff` shows whether it does)"


def _same(one: object, other: object) -> bool:
    """Return whether two values are equal for CloudFormation, which makes every scalar a string."""
    return json.dumps(_strings(one), sort_keys=True) == json.dumps(_strings(other), sort_keys=True)


def _strings(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _strings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_strings(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _part(template: Template, section: str, name: str = "") -> Mapping[str, Any]:
    part = _object(template.get(section))
    return _object(part.get(name)) if name else part


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
