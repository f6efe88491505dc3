"""What CloudFormation knows while it works: resources, stacks, operations, events, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lambda_.probe import Trouble

Properties = dict[str, Any]


@dataclass
class Resource:
    """What CloudFormation remembers of a resource."""

    physical_id: str
    properties: Properties


@dataclass
class Stack:
    """A stack, as long as it lives."""

    arn: str
    resources: dict[str, Resource] = field(default_factory=dict)
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What goes wrong around one event.

    `late`: the event waits in Lambda's queue until the stack has gone back.
    """

    troubles: tuple[Trouble, ...] = ()
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Script:
    """What goes wrong in one operation: around each event on the way there and back, and beside them.

    `sibling_after`: another resource fails after so many of ours. `duplicates`: which events Lambda delivers
    once more when all is over. `asks`: how a rollback speaks of a resource that was replaced already: not at
    all ("nothing"), or by an Update that carries the "new" or the "old" id.
    """

    forward: tuple[Plan, ...] = ()
    back: tuple[Plan, ...] = ()
    sibling_after: int | None = None
    duplicates: tuple[int, ...] = ()
    asks: str = "new"

    @property
    def is_troubled(self) -> bool:
        """Whether anything goes wrong on the way there."""
        return self.sibling_after is not None or any(plan.troubles or plan.late for plan in self.forward)


@dataclass
class Event:
    """An event and why it was sent."""

    body: dict[str, Any]
    phase: str

    @property
    def request_id(self) -> str:
        """Its id."""
        return str(self.body["RequestId"])


@dataclass
class Operation:
    """A create, update or deletion under way."""

    stack: Stack
    script: Script
    before: dict[str, Resource]
    wanted: dict[str, Properties]
    done: dict[str, str | None] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    backs: Iterator[int] = field(default_factory=count)
    is_over: bool = False
