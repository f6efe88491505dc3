"""What a stack exports of its own resources: to other stacks of the app, or under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from constructs import IConstruct

REF = "Ref"
"""Used as the name of an attribute: the value of `Ref`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One value that a stack exports.

    Args:
        logical_id: the resource that it is an attribute of.
        attribute: the attribute, or `Ref`.
        alone: whether the attribute is the whole value, which is then empty where the attribute is.
    """

    logical_id: str
    attribute: str
    alone: bool


def exported(
    stack: cdk.Stack, logical_ids: Iterable[str], elsewhere: Iterable[IConstruct]
) -> Iterator[Exported]:
    """Find what `stack`, or for a nested stack one around it, exports of its own resources.

    Other stacks of the app import through the outputs below `Exports`, or from another Region through what an
    `ExportsWriter...` writes; people export with an output that has an export name. The CDK makes all this
    before it validates, so call this in a validation.

    Args:
        stack: the stack of the resources.
        logical_ids: the resources.
        elsewhere: outputs to look at that are not children of the stack itself.
    """
    ids = set(logical_ids)
    # In a stack around this one the attribute has another name: that of an output of the nested stack.
    known: dict[tuple[str, str], tuple[str, str]] | None = None
    here: cdk.Stack | None = stack
    while here is not None:
        children = [*here.node.children, *elsewhere]
        elsewhere = ()
        for value in here.resolve([*_exported_values(children)]):
            for reference, alone in references(value):
                original = _original(reference, ids, known)
                if original:
                    yield Exported(logical_id=original[0], attribute=original[1], alone=alone)
        around = here.nested_stack_parent
        if around is not None:
            known = _known_around(here, children, ids, known)
        here = around


def _original(
    reference: tuple[str, str], ids: set[str], known: Mapping[tuple[str, str], tuple[str, str]] | None
) -> tuple[str, str] | None:
    if known is not None:
        return known.get(reference)
    return reference if reference[0] in ids else None


def _known_around(
    nested: cdk.Stack,
    children: Iterable[IConstruct],
    ids: set[str],
    known: Mapping[tuple[str, str], tuple[str, str]] | None,
) -> dict[tuple[str, str], tuple[str, str]]:
    resource = nested.nested_stack_resource
    outputs = [one for one in children if isinstance(one, cdk.CfnOutput)]
    if resource is None or not outputs:
        return {}
    name = nested.resolve(resource.logical_id)
    found = {}
    for output, value in nested.resolve([[one.logical_id, one.value] for one in outputs]):
        for reference, alone in references(value):
            original = _original(reference, ids, known)
            if original and alone:
                found[name, f"Outputs.{output}"] = original
    return found


def _exported_values(children: Iterable[IConstruct]) -> Iterator[Any]:
    for child in children:
        if isinstance(child, cdk.CfnOutput):
            if child.export_name is not None:
                yield child.value
        elif type(child) is Construct:  # what the CDK makes for references has no class of its own
            name = child.node.id
            if name == "Exports":
                yield from (one.value for one in child.node.children if isinstance(one, cdk.CfnOutput))
            elif name.startswith("ExportsWriter"):
                writer = child.node.try_find_child("Resource")
                written = writer.node.default_child if writer else None
                if isinstance(written, cdk.CfnResource):
                    yield written._cfn_properties  # noqa: SLF001 - protected, which jsii writes with an underscore


def references(value: object, *, alone: bool = True) -> Iterator[tuple[tuple[str, str], bool]]:
    """Yield every reference in a resolved value, and whether it is the whole value around it.

    Args:
        value: the value.
        alone: whether a reference in it is the whole value around it.
    """
    match value:
        case {"Ref": str(name)}:
            yield (name, REF), alone
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            yield (name, attribute), alone
        case dict():
            is_function = any(name.startswith("Fn::") for name in value)
            for inner in value.values():
                yield from references(inner, alone=alone and not is_function)
        case list():
            for inner in value:
                yield from references(inner, alone=alone)
