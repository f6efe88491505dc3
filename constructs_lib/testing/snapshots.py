"""Templates for snapshot tests: the same today and tomorrow, here and there."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_cdk import App, Stack

_ASSET_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MASK = "<asset hash>"


def template_snapshot(source: "Stack | App") -> dict[str, Any]:
    """Synthesize and return what a snapshot test should hold.

    Hashes of assets (64 hexadecimal digits) are masked, for they change with every release of the code that
    they hash; keys are sorted, so that a difference is a difference in what is deployed.

    Args:
        source: a stack, whose template is returned; or an app: its templates by the names of their stacks.
    """
    from aws_cdk import Stack

    root = source.node.root
    assembly = root.synth()  # type: ignore[attr-defined] # a stage, which every construct tree of the CDK begins with
    if isinstance(source, Stack):
        return dict(_masked(assembly.get_stack_artifact(source.artifact_id).template))
    return {stack.stack_name: _masked(stack.template) for stack in assembly.stacks_recursively}


def _masked(value: Any) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
    if isinstance(value, Mapping):
        return {_ASSET_HASH.sub(_MASK, key): _masked(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    return _ASSET_HASH.sub(_MASK, value) if isinstance(value, str) else value
