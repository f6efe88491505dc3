"""What belongs to one job but lies on the stack, and takes its name from the job's own resource.

A construct that depends on a job waits for every resource below it. What another job, or the function, needs
of a job must therefore lie elsewhere: two jobs of which one depends on the other would wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

_ID = "BedrockModelCustomizationJobs"
_LONGEST_POLICY_NAME = 128
_OF_STACK: WeakKeyDictionary[cdk.Stack, Construct] = WeakKeyDictionary()


def scope_on_stack(stack: cdk.Stack, path_below_stack: Sequence[str]) -> Construct:
    """Make the scope, directly below `stack`, of what belongs to the construct at a path."""
    if stack not in _OF_STACK:
        _OF_STACK[stack] = Construct(stack, _ID)
    return Construct(_OF_STACK[stack], "|".join(path_below_stack))


class JobId:
    """The logical id of a job's custom resource, to be named before that resource is defined.

    A logical id follows neither the construct's path nor the stack's, where somebody keeps it.
    """

    def __init__(self) -> None:
        self._named: list[tuple[cdk.CfnElement, str]] = []
        self._producer = _LogicalId()

    @property
    def later(self) -> str:
        """A token for the id; `belongs_to` must be called before it is resolved."""
        return cdk.Lazy.string(self._producer)

    def name(self, element: object, suffix: str) -> None:
        """Let an element's logical id be that of the job and `suffix`; what is no element has none."""
        if isinstance(element, cdk.CfnElement):
            self._named.append((element, suffix))

    def belongs_to(self, resource: cdk.CfnResource) -> str:
        """Say which resource it is, and give a token for its id."""
        known = self._producer.known = resource.logical_id
        for element, suffix in self._named:
            element.override_logical_id(known + suffix)
        return known


def policy_name(logical_id: str) -> str:
    """Name an inline policy after its own logical id, so that no other policy of its role is named alike."""
    return cdk.Lazy.uncached_string(_PolicyName(logical_id))


@jsii.implements(cdk.IStableStringProducer)
class _LogicalId:
    known = ""

    def produce(self) -> str:
        if not self.known:
            # The CDK keeps what a stable producer gives: an empty prefix would stay one.
            raise RuntimeError("the job's resource is not defined yet")
        return self.known


@jsii.implements(cdk.IStringProducer)
class _PolicyName:
    def __init__(self, logical_id: str) -> None:
        self._logical_id = logical_id

    def produce(self, context: cdk.IResolveContext) -> str:
        return str(context.resolve(self._logical_id))[-_LONGEST_POLICY_NAME:]
