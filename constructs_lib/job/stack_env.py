"""The stack of a job: its properties are read once, because every read calls the CDK's Node process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import aws_cdk as cdk
from constructs import Construct

from ..findings import Described, InvalidJob, error
from .argument_types import no_construct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from constructs import IConstruct

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEnv:
    """A stack: the parts of its ARNs, each of which may be a token, and what its jobs share.

    Args:
        stack: the stack.
        root: the app that it is in.
        scopes: the app, the stages and stacks around it, and the stack itself.
        path: its path in the app.
        partition: its partition.
        region: its Region.
        account: its account.
    """

    stack: cdk.Stack
    root: IConstruct
    scopes: Sequence[IConstruct]
    path: str
    partition: str
    region: str
    account: str
    _shared: dict[type, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _context: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, scope: Construct) -> StackEnv:
        """Return the environment of the stack around `scope`.

        Raises:
            InvalidJob: it is no construct, or there is no stack around it.
        """
        try:
            stack = scope if isinstance(scope, cdk.Stack) else cdk.Stack.of(scope)
        except (RuntimeError, TypeError) as problem:  # the error of the CDK names another construct
            if not isinstance(scope, Construct):
                raise InvalidJob("the construct", [no_construct(scope)]) from None
            path, fix = scope.node.path, "define it in a cdk.Stack"
            found = error("argument-type", "scope", "must be in a stack", Described(path or "the app"), fix)
            raise InvalidJob(path or "the app", [found]) from problem
        if stack not in _ENVS:
            node = stack.node
            scopes = node.scopes
            _ENVS[stack] = cls(
                stack=stack,
                root=scopes[0],
                scopes=scopes,
                path=node.path,
                partition=stack.partition,
                region=stack.region,
                account=stack.account,
            )
        return _ENVS[stack]

    @staticmethod
    def all() -> Iterable[StackEnv]:
        """Return every stack of this process in which a job, a provider or a network was defined.

        Most may be of other apps: a test suite defines thousands. Ask each for what is read already, first.
        """
        return _ENVS.values()

    @property
    def arn_parts(self) -> dict[str, str]:
        """Partition, Region and account, as the permission builders take them."""
        return {"partition": self.partition, "region": self.region, "account": self.account}

    def context(self, key: str) -> object:
        """Return a value of the context, which the CDK lets nobody change once the stack has constructs."""
        if key not in self._context:
            self._context[key] = self.stack.node.try_get_context(key)
        return self._context[key]

    def path_of(self, construct: Construct, scope: Construct, id: str) -> str:
        """Return the path of a construct, without a call to Node where it is directly in the stack.

        Args:
            construct: the construct.
            scope: the construct around it.
            id: its id there; the CDK changes one with a slash or a line break.
        """
        is_plain = scope is self.stack and "/" not in id and "\n" not in id
        return f"{self.path}/{id}" if is_plain else construct.node.path

    def path_below(self, path: str) -> list[str]:
        """Return the ids on the way from the stack to `path`."""
        return path.removeprefix(self.path).strip("/").split("/")

    def find(self, kind: type[_T]) -> _T | None:
        """Return what the stack's jobs share of a class, if there is one."""
        return cast("_T | None", self._shared.get(kind))

    def find_or_make(self, kind: type[_T], make: Callable[[], _T]) -> _T:
        """Return what the stack's jobs share of a class; the first call makes it."""
        if kind not in self._shared:
            self._shared[kind] = make()
        return cast("_T", self._shared[kind])


def stacks_around(stack: cdk.Stack) -> list[cdk.Stack]:
    """Return a stack, and the stacks around a nested one: the nearest first, the root stack last."""
    found = [stack]
    while (around := found[-1].nested_stack_parent) is not None:
        found.append(around)
    return found


# The only registry by stack. A search by id would cost two crossings each time. It holds the stacks
# themselves: Node never frees them either, and jsii would give a stack that Python has freed another object.
_ENVS: dict[cdk.Stack, StackEnv] = {}
