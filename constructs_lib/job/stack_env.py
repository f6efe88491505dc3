"""Where a job runs: asked of Node once for each stack, because every question is a crossing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import Construct


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEnv:
    """A stack, and the words that its ARNs are made of; each may be a token.

    Args:
        stack: The stack.
        path: Its path in the app.
        partition: Its partition.
        region: Its Region.
        account: Its account.
    """

    stack: cdk.Stack
    path: str
    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, scope: Construct) -> StackEnv:
        """Give the place of the stack around `scope`."""
        stack = cdk.Stack.of(scope)
        if stack not in _PLACES:
            _PLACES[stack] = cls(
                stack=stack,
                path=stack.node.path,
                partition=stack.partition,
                region=stack.region,
                account=stack.account,
            )
        return _PLACES[stack]

    @property
    def words(self) -> dict[str, str]:
        """Partition, Region and account, as the permission builders take them."""
        return {"partition": self.partition, "region": self.region, "account": self.account}

    def path_below(self, path: str) -> list[str]:
        """Give the steps of `path` below the stack."""
        return path.removeprefix(self.path).strip("/").split("/")


_PLACES: WeakKeyDictionary[cdk.Stack, StackEnv] = WeakKeyDictionary()
