"""Resources of one job that are defined outside its construct, with logical ids derived from the job's own.

A construct that depends on a job waits for every resource below the job. What another job, or the function,
needs of a job is therefore defined elsewhere: otherwise two jobs would wait for each other where one depends
on the other.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stack_env import StackEnv

_LONGEST_POLICY_NAME = 128


class _JobScopes(Construct):
    """The scopes of all jobs of a stack, directly below the stack."""


def scope_on_stack(env: StackEnv, path_below_stack: Sequence[str]) -> Construct:
    """Make the scope, below the stack, of what belongs to the construct at a path."""
    scopes = env.find_or_make(_JobScopes, lambda: _JobScopes(env.stack, "BedrockModelCustomizationJobs"))
    return Construct(scopes, "|".join(path_below_stack))


def scope_of_policies(env: StackEnv) -> Construct | None:
    """Return the scope of what `scope_on_stack` has made on a stack; None if it has made nothing."""
    return env.find(_JobScopes)


class BesideJob:
    """The scope and the logical ids of one job's resources outside its construct.

    A logical id is not computed from the paths of the construct and of the stack, because an app may override
    it.

    Args:
        env: the job's stack.
        path: the job's path in the app.
    """

    def __init__(self, env: StackEnv, path: str) -> None:
        self._env = env
        self._path = path
        self._elements: list[tuple[cdk.CfnElement, str]] = []
        self._producer = _LogicalId()

    @cached_property
    def scope(self) -> Construct:
        """The scope, made when the first resource needs it."""
        return scope_on_stack(self._env, self._env.path_below(self._path))

    @property
    def logical_id(self) -> str:
        """A token for the logical id of the job's resource, before that resource is defined."""
        return cdk.Lazy.uncached_string(self._producer)

    def name(self, element: object, suffix: str) -> None:
        """Make the logical id of an element that of the job's resource and `suffix`."""
        if isinstance(element, cdk.CfnElement):
            self._elements.append((element, suffix))

    def belongs_to(self, resource: cdk.CfnResource) -> str:
        """Set the job's resource, name all elements after it, and return a token for its logical id."""
        known = self._producer.known = resource.logical_id
        for element, suffix in self._elements:
            element.override_logical_id(known + suffix)
        return known


def policy_name(logical_id: str) -> str:
    """Return the name of an inline policy: its own logical id, which no other policy of its role has."""
    return cdk.Lazy.uncached_string(_PolicyName(logical_id))


# Not `IStableStringProducer`: the CDK passes its `produce` a context that it does not declare, which jsii
# before 1.132 refuses.
@jsii.implements(cdk.IStringProducer)
class _LogicalId:
    known = ""

    def produce(self, context: cdk.IResolveContext) -> str:  # noqa: ARG002 - the CDK's interface
        if not self.known:
            raise RuntimeError("the job's resource is not defined yet")
        return self.known


@jsii.implements(cdk.IStringProducer)
class _PolicyName:
    def __init__(self, logical_id: str) -> None:
        self._logical_id = logical_id

    def produce(self, context: cdk.IResolveContext) -> str:
        return str(context.resolve(self._logical_id))[-_LONGEST_POLICY_NAME:]
