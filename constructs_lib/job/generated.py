"""How the names start that the handler makes, written so that a template can say it."""

from __future__ import annotations

import aws_cdk as cdk
import jsii

from constructs_lib.contract.generated_names import short_logical_id


def generated_prefix(resource: cdk.CfnResource, stack: cdk.Stack) -> str:
    """Write what `generated_names.name_prefix` of the service model computes, in a template's functions.

    Args:
        resource: The job's custom resource.
        stack: Its stack.
    """
    uuid = cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))
    group = cdk.Fn.select(0, cdk.Fn.split("-", uuid))
    return f"{cdk.Lazy.uncached_string(_ShortId(resource))}-{group}-"


# Late, because somebody may still override the logical id.
@jsii.implements(cdk.IStringProducer)
class _ShortId:
    def __init__(self, resource: cdk.CfnResource) -> None:
        self._resource = resource

    def produce(self, context: cdk.IResolveContext) -> str:
        return short_logical_id(str(context.resolve(self._resource.logical_id)))
