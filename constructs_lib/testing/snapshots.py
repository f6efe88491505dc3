"""Templates for snapshot tests, which stay the same in every release that changes no behaviour."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .stack_templates import StackTemplate, synthesized

if TYPE_CHECKING:
    from aws_cdk import Stack, Stage

_HANDLER = "<handler hash>"
_NESTED = "<nested template hash>.json"
# A legacy synthesizer names parameters after the hash, and adds eight digits that follow from it.
_PARAMETER = r"(?P<parameter>S3Bucket|S3VersionKey|ArtifactHash)[0-9A-F]{8}"
# The CDK numbers tokens in the order of their creation; a template holds only those that an app has changed.
_TOKEN = re.compile(r"([$#]\{token\[[^\]]*?)[.\d]+(?=\]\})", re.IGNORECASE)
_CDK_METADATA, _HAS_CDK_METADATA = "AWS::CDK::Metadata", "CDKMetadataAvailable"
_ASSET_METADATA = "aws:asset:"


def template_snapshot(source: "Stack | Stage") -> dict[str, Any]:
    """Synthesize an app and return its template, or templates, for a snapshot test.

    Keys are sorted. Masked or left out is what changes although nothing else is deployed: the hash of the
    job's function, which changes with every release of its code; the hashes of nested templates, which are in
    the snapshot themselves; the CDK's metadata about its version and about assets; the numbers of tokens.
    Other assets keep their hashes: other training data trains another model.

    Args:
        source: a stack or a nested stack, for its template; a stage or an app, for the templates of its
            stacks by their artifact ids. The templates of nested stacks are in `NestedStacks` of the template
            around them, by their logical ids.
    """
    from aws_cdk import Stack

    handler = _handler_hash()
    found = {one.artifact_id: _snapshot(one, handler) for one in synthesized(source)}
    return next(iter(found.values())) if isinstance(source, Stack) else dict(sorted(found.items()))


def _snapshot(stack: StackTemplate, handler: re.Pattern[str]) -> dict[str, Any]:
    keys = {one.object_key for one in stack.nested.values()}

    def masked(text: str) -> str:
        for key in keys:
            text = text.replace(key, _NESTED)
        return _TOKEN.sub(r"\1", handler.sub(lambda hit: f"{_HANDLER}{hit['parameter'] or ''}", text))

    template: dict[str, Any] = _copied(_without_cdk_metadata(stack.content), masked)
    nested = {logical_id: _snapshot(one, handler) for logical_id, one in sorted(stack.nested.items())}
    return {**template, **({"NestedStacks": nested} if nested else {})}


def _handler_hash() -> re.Pattern[str]:
    """Return a pattern for the hashes of the handler, and for the file names that the CDK makes of them."""
    from ..job.asset import lambda_hashes

    names = sorted(lambda_hashes())
    hashes = "|".join((*names, *(hashlib.sha256(name.encode()).hexdigest() for name in names)))
    return re.compile(f"(?:{hashes})(?:{_PARAMETER})?")


def _without_cdk_metadata(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template without what only the CDK CLI and its analytics read.

    The metadata of assets holds paths, the resource `CDKMetadata` the versions of all libraries.
    """
    resources = {
        logical_id: _without_asset_metadata(one)
        for logical_id, one in template.get("Resources", {}).items()
        if one.get("Type") != _CDK_METADATA
    }
    conditions = {
        name: one for name, one in template.get("Conditions", {}).items() if name != _HAS_CDK_METADATA
    }
    cleaned = {**template, "Resources": resources, "Conditions": conditions}
    # The CDK writes no empty section.
    return {name: one for name, one in cleaned.items() if one or (name in template and not template[name])}


def _without_asset_metadata(resource: Mapping[str, Any]) -> dict[str, Any]:
    if "Metadata" not in resource:
        return dict(resource)
    kept = {name: one for name, one in resource["Metadata"].items() if not name.startswith(_ASSET_METADATA)}
    return {name: one for name, one in {**resource, "Metadata": kept}.items() if one or name != "Metadata"}


def _copied(value: Any, masked: Callable[[str], str]) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
    """Copy a part of a template with its keys sorted and its texts masked."""
    if isinstance(value, Mapping):
        return {masked(key): _copied(value[key], masked) for key in sorted(value)}
    if isinstance(value, list):
        return [_copied(item, masked) for item in value]
    return masked(value) if isinstance(value, str) else value
