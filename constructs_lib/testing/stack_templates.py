"""The templates that an app of this process synthesizes, with those of nested stacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from aws_cdk import Stack, Stage
    from aws_cdk.cx_api import CloudFormationStackArtifact

Synthesizable: TypeAlias = Union["Stack", "Stage"]
"""A stack, a nested stack, a stage or an app, which is a stage too."""

_LOGICAL_ID = "aws:cdk:logicalId"
_NESTED_STACK = ".NestedStack/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTemplate:
    """The template of a stack.

    Args:
        artifact_id: the id of the stack in the cloud assembly, which no other stack of the app has; a nested
            stack has that of the stack around it.
        path: the construct path of the stack.
        stack_name: its name in CloudFormation; a nested stack has that of the stack around it.
        account: the account that the stack states, if it states one.
        region: the Region that it states, if it states one.
        file: the template's file.
        content: the template.
        nested: the templates of its nested stacks, by their logical ids.
        construct_paths: the construct paths of its resources, by their logical ids.
        object_key: where the template of a nested stack is uploaded to. Default: it is no nested stack.
    """

    artifact_id: str
    path: str
    stack_name: str
    account: str | None
    region: str | None
    file: Path
    content: Mapping[str, Any]
    nested: Mapping[str, StackTemplate]
    construct_paths: Mapping[str, str]
    object_key: str = ""

    def walk(self) -> Iterator[StackTemplate]:
        """Yield this template, and those of the nested stacks below it."""
        yield self
        for one in self.nested.values():
            yield from one.walk()


def synthesized(source: Synthesizable) -> list[StackTemplate]:
    """Synthesize an app, and return the templates of its stacks, or of those in a part of it.

    Args:
        source: a stack, a nested stack, a stage or an app.
    """
    from aws_cdk import Stack

    top: Any = source
    while isinstance(top, Stack) and top.nested_stack_parent:
        top = top.nested_stack_parent
    assembly = cast("Stage", source.node.root).synth()  # the root of an app is a stage
    if not isinstance(source, Stack):
        below = f"{source.node.path}/" if source.node.path else ""
        stacks = assembly.stacks_recursively
        return [_read(one) for one in stacks if one.hierarchical_id.startswith(below)]
    whole = _read(assembly.get_stack_artifact(top.artifact_id))
    if top is source:
        return [whole]
    return [one for one in whole.walk() if one.path == source.node.path]


def _read(artifact: CloudFormationStackArtifact) -> StackTemplate:
    from ..job.cloud_assembly import assembled_stacks

    [stack] = assembled_stacks([artifact.template_full_path])
    logical_ids = {
        one.path.removeprefix("/"): str(one.data) for one in artifact.find_metadata_by_type(_LOGICAL_ID)
    }

    def read(path: str, file: Path, object_key: str = "") -> StackTemplate:
        content = json.loads(file.read_text(encoding="utf-8"))
        inside = {one: logical_ids[one] for one in logical_ids if one.startswith(f"{path}/")}
        # NestedStack(self, "Reports") makes Reports.NestedStack/Reports.NestedStackResource beside itself.
        nested_paths = {
            logical_id: one.rpartition(_NESTED_STACK)[0]
            for one, logical_id in inside.items()
            if _NESTED_STACK in one
        }
        # Nested stacks with the same content are one object.
        nested = {
            logical_id: read(nested_paths.get(logical_id, f"{path}/{logical_id}"), stack.nested[key], key)
            for logical_id, resource in content.get("Resources", {}).items()
            for key in stack.nested
            if key in json.dumps(resource.get("Properties", {}).get("TemplateURL"))
        }
        below = tuple(f"{one.path}/" for one in nested.values())
        own = {logical_id: one for one, logical_id in inside.items() if not one.startswith(below)}
        return StackTemplate(
            artifact_id=artifact.id,
            path=path,
            stack_name=artifact.stack_name,
            account=stack.account,
            region=stack.region,
            file=file,
            content=content,
            nested=nested,
            construct_paths=own,
            object_key=object_key,
        )

    return read(artifact.hierarchical_id, stack.template)
