"""The dependencies between the resources of a template, as CloudFormation sees them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


def dependencies(template: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return what each resource depends on: by Ref, GetAtt, Sub and DependsOn."""
    resources = template["Resources"]
    return {name: set(_named(one)) & resources.keys() for name, one in resources.items()}


def find_cycle(template: Mapping[str, Any]) -> list[str]:
    """Return resources that depend on each other; CloudFormation refuses such a template."""
    left = dependencies(template)
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    if not left:
        return []
    way = [min(left)]
    while way.count(way[-1]) == 1:
        way.append(min(left[way[-1]] & left.keys()))
    return way[way.index(way[-1]) :]


def longest_chain(template: Mapping[str, Any]) -> list[str]:
    """Return the longest chain of resources of which each depends on the one before."""
    graph = dependencies(template)
    chains: dict[str, list[str]] = {}

    def chain(name: str) -> list[str]:
        if name not in chains:
            chains[name] = [*max(map(chain, graph[name]), key=len, default=[]), name]
        return chains[name]

    return max(map(chain, graph), key=len, default=[])


def transitive_dependencies(template: Mapping[str, Any], name: str) -> set[str]:
    """Return everything that CloudFormation creates before a resource, and deletes after it."""
    graph = dependencies(template)
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def _named(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a template
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    if not isinstance(value, dict):
        return
    for name, one in value.items():
        if name == "Ref":
            yield str(one)
        elif name == "Fn::GetAtt":
            yield str(one[0] if isinstance(one, list) else one.partition(".")[0])
        elif name == "Fn::Sub":
            yield from _SUB.findall(one[0] if isinstance(one, list) else one)
            yield from _named(one)
        elif name == "DependsOn":
            yield from [one] if isinstance(one, str) else one
        else:
            yield from _named(one)
