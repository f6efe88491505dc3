"""Tags of the job and of the model: what the request says, and what `Tags.of(scope)` adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESOURCE_TYPE = "Custom::BedrockModelCustomizationJob"


def tag_manager() -> cdk.TagManager:
    """Collect what `Tags.of(scope)` says, in the casing that Bedrock uses."""
    return cdk.TagManager(cdk.TagType.STANDARD, RESOURCE_TYPE, None)


def with_inherited_tags(
    own: Sequence[Mapping[str, str]] | None, inherited: cdk.TagManager
) -> cdk.IResolvable:
    """Give `own` tags in their order, then the inherited ones; own tags win, and no tags are no property."""
    return cdk.Lazy.uncached_any(_Merged(own, inherited))


@jsii.implements(cdk.IAnyProducer)
class _Merged:
    def __init__(self, own: Sequence[Mapping[str, str]] | None, inherited: cdk.TagManager) -> None:
        self._own = own
        self._inherited = inherited

    def produce(self, _context: cdk.IResolveContext) -> list[Mapping[str, str]] | None:
        taken = {tag["key"] for tag in self._own or ()}
        added = self._inherited.tag_values().items()
        merged = [*(self._own or ()), *({"key": k, "value": v} for k, v in added if k not in taken)]
        return merged or None
