"""Templates for snapshot tests, which stay the same in every release that changes no behaviour."""

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aws_cdk import App, Stack, Stage

_MASK = "<handler hash>"


def template_snapshot(source: "Stack | App") -> dict[str, Any]:
    """Synthesize an app and return its template, or templates, for a snapshot test.

    The hash of the handler is masked, because it changes with every release of its code, and keys are sorted,
    so that every difference is one in the deployed resources. Other assets keep their hashes: other training
    data trains another model.

    Args:
        source: a stack, for its template; or an app, for the templates of its stacks by the stacks' names.
    """
    from aws_cdk import Stack

    root = cast("Stage", source.node.root)  # the root of an app is one
    assembly = root.synth()
    mask = _handler_hash()
    if isinstance(source, Stack):
        return dict(_masked(assembly.get_stack_artifact(source.artifact_id).template, mask))
    return {stack.stack_name: _masked(stack.template, mask) for stack in assembly.stacks_recursively}


def _handler_hash() -> re.Pattern[str]:
    """Return a pattern for the hashes of the handler, and for the file names that the CDK makes of them."""
    from ..job.asset import lambda_hashes

    names = sorted(lambda_hashes())
    return re.compile("|".join((*names, *(hashlib.sha256(name.encode()).hexdigest() for name in names))))


def _masked(value: Any, mask: re.Pattern[str]) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
    if isinstance(value, Mapping):
        return {mask.sub(_MASK, key): _masked(value[key], mask) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_masked(item, mask) for item in value]
    return mask.sub(_MASK, value) if isinstance(value, str) else value
