"""What CloudFormation knows while it works: resources, stacks, operations, events, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.lambda_.cloudformation import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lambda_.probe import Trouble

Properties = dict[str, Any]

CREATE_FAILED, UPDATE_FAILED = "CREATE_FAILED", "UPDATE_FAILED"


@dataclass
class Resource:
    """What CloudFormation remembers of a resource.

    `status` is `CREATE_FAILED` or `UPDATE_FAILED` where a deployment failed and was not rolled back.
    """

    physical_id: str
    properties: Properties
    status: str = "COMPLETE"


@dataclass
class Attempt:
    """What a deployment has tried with a resource; `physical_id` is None until somebody answers."""

    physical_id: str | None
    properties: Properties


@dataclass
class Stack:
    """A stack, as long as it lives.

    `stable` is what a rollback restores, None where the stack was never complete; `attempts` was tried
    since, `leftovers` are ids that were replaced since, to be deleted once a deployment succeeds, and
    `unsignaled` the wait conditions that have failed, and that a later deployment may create again.
    `goes_back` tells whether the operation under way takes back what a deployment made; `number` counts
    operations, `stable_number` is that of the last one that left the stack complete.
    """

    arn: str
    record: Record = field(default_factory=Record)
    resources: dict[str, Resource] = field(default_factory=dict)
    stable: dict[str, Resource] | None = None
    attempts: dict[str, Attempt] = field(default_factory=dict)
    leftovers: list[tuple[str, Resource]] = field(default_factory=list)
    unsignaled: set[str] = field(default_factory=set)
    goes_back: bool = False
    number: int = 0
    stable_number: int = 0

    @property
    def status(self) -> str:
        """Its status."""
        return self.record.status

    @property
    def is_moving(self) -> bool:
        """Whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How CloudFormation behaves where its documents leave room; one for each history.

    `is_nested`: the stack is part of another. `moves_time_back`: a rollback moves `LastUpdatedTime`.
    `takes_failed_id`: a failed Update's new id stands from then on. `tells_deleted`: a deleted resource is
    told as `DELETE_COMPLETE`, not as missing. `has_change_set`: the stack was created by a change set, so its
    creation is an update of a stack that was there already, as far as its times tell.
    """

    is_nested: bool = False
    moves_time_back: bool = False
    takes_failed_id: bool = False
    tells_deleted: bool = False
    has_change_set: bool = False


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
    once more when all is over. `repeats`: which events of earlier operations it delivers once more, and when.
    `asks`: how a rollback speaks of a resource that was replaced already, and is not being updated: not at
    all ("nothing"), or by an Update that carries the "new" or the "old" id. `stays`: rollback is disabled.
    `cleans_first`: what a failed deployment has left is deleted before anything is created, not at the end.
    `parent_fails`: the stack that this one is nested in fails when this one is complete. `denied`: calls that
    the function's role lacks. `looks`: of which deployment's rule looks come, and when. `meanwhile`: what
    happens while a wait condition waits, and before which look of the state machine. `troubled_looks`: what
    goes wrong around the calls of such a look.
    """

    forward: tuple[Plan, ...] = ()
    back: tuple[Plan, ...] = ()
    sibling_after: int | None = None
    duplicates: tuple[int, ...] = ()
    repeats: tuple[tuple[int, str], ...] = ()
    asks: str = "new"
    stays: bool = False
    cleans_first: bool = False
    parent_fails: bool = False
    denied: frozenset[str] = frozenset()
    looks: tuple[tuple[int, str], ...] = ()
    meanwhile: tuple[tuple[int, str], ...] = ()
    troubled_looks: tuple[tuple[int, Trouble], ...] = ()

    @property
    def is_troubled(self) -> bool:
        """Whether anything goes wrong on the way there."""
        return (
            self.sibling_after is not None
            or bool(self.repeats or self.denied or self.parent_fails or self.looks or self.meanwhile)
            or any(plan.troubles or plan.late for plan in self.forward)
        )


@dataclass
class Event:
    """An event, why it was sent, in which operation, and when."""

    body: dict[str, Any]
    phase: str
    stack: Stack
    number: int
    sent: float

    @property
    def request_id(self) -> str:
        """Its id."""
        return str(self.body["RequestId"])

    @property
    def resource(self) -> tuple[str, str]:
        """Whose event it is."""
        return (self.body["StackId"], self.body["LogicalResourceId"])


@dataclass
class Waiting:
    """A wait condition that waits.

    `began` says since when; `is_asked` whether the operation has sent an event for the job, so that an
    execution was started; `calm_looks` holds, for each look at the wait condition, whether nothing went wrong
    in it; `is_unread` whether one of them could not read the stack.
    """

    began: float
    is_asked: bool = True
    calm_looks: list[bool] = field(default_factory=list)
    is_unread: bool = False

    @property
    def is_looked_at(self) -> bool:
        """Whether an execution looks at it, and nothing has gone wrong in that."""
        return bool(self.calm_looks) and all(self.calm_looks)


@dataclass
class Operation:
    """A create, update or deletion under way."""

    stack: Stack
    script: Script
    wanted: dict[str, Properties]
    events: list[Event] = field(default_factory=list)
    retries: list[tuple[Event, tuple[Trouble, ...], int]] = field(default_factory=list)
    backs: Iterator[int] = field(default_factory=count)
    in_flight: str = ""
    waiting: Waiting | None = None
    is_over: bool = False
