"""Templates for snapshot tests: the same with every release that changes no behaviour."""

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_cdk import App, Stack

_MASK = "<handler hash>"


def template_snapshot(source: "Stack | App") -> dict[str, Any]:
    """Synthesize and return what a snapshot test should hold.

    The hash of the handler is masked, for it changes with every release of its code; keys are sorted, so that
    a difference is a difference in what is deployed. Every other asset keeps its hash: other training data is
    another training.

    Args:
        source: a stack, whose template is returned; or an app: its templates by the names of their stacks.
    """
    from aws_cdk import Stack

    root = source.node.root
    assembly = root.synth()  # type: ignore[attr-defined] # a stage, which every construct tree of the CDK begins with
    mask = _handler_hash()
    if isinstance(source, Stack):
        return dict(_masked(assembly.get_stack_artifact(source.artifact_id).template, mask))
    return {stack.stack_name: _masked(stack.template, mask) for stack in assembly.stacks_recursively}


def _handler_hash() -> re.Pattern[str]:
    """Return what finds the handler's hash, and the one that the CDK makes of it to name the file."""
    from constructs_lib.job.asset import asset_files, asset_hash

    name = asset_hash(asset_files())
    return re.compile("|".join((name, hashlib.sha256(name.encode()).hexdigest())))


def _masked(value: Any, mask: re.Pattern[str]) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
    if isinstance(value, Mapping):
        return {mask.sub(_MASK, key): _masked(value[key], mask) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_masked(item, mask) for item in value]
    return mask.sub(_MASK, value) if isinstance(value, str) else value
