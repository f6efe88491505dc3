"""What a decision about a deployment or a throughput is based on, and what it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias

from ..frame.stack import UNKNOWN_RESOURCE
from .ports import SeenServing_co

if TYPE_CHECKING:
    from ..frame.errors import AwsError
    from ..frame.stack import ResourceState, StackState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What this attempt has asked Bedrock for, which a read may not show yet.

    Args:
        when: when, in seconds since 1970.
        is_update: whether for another model, and not for something new.
        before: when it had been changed last before that. Default: unknown.
        error: what came instead of a response. Default: there was one.
    """

    when: float
    is_update: bool = False
    before: float | None = None
    error: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(Generic[SeenServing_co]):
    """What a Create or an Update is decided by.

    Args:
        stack: the stack's status.
        now: the time, in seconds since 1970.
        serving: the deployment or throughput. Default: there is none.
        is_ours: whether it belongs to this resource.
        sent: when CloudFormation has sent the event, in seconds since 1970. Default: unknown.
        asked: what this attempt has asked for. Default: nothing.
    """

    stack: StackState
    now: float
    serving: SeenServing_co | None = None
    is_ours: bool = True
    sent: float | None = None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFacts(Generic[SeenServing_co]):
    """What is known when a Delete decides about one deployment or throughput.

    Args:
        stack: the stack's status.
        serving: the deployment or throughput. Default: there is none.
        is_ours: whether it belongs to this resource.
        is_named: whether the event's physical id names it.
        resource: the resource's physical id and status. Default: not asked.
        created_here: whether the operation that is rolled back has created it; None where that is unknown.
    """

    stack: StackState
    serving: SeenServing_co | None
    is_ours: bool = True
    is_named: bool = True
    resource: ResourceState = UNKNOWN_RESOURCE
    created_here: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Nothing is to be done, or nothing more.

    Args:
        note: what the log says about it.
        level: the severity of that line.
    """

    note: str
    level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Something new is created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """It is given the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Read it again in some seconds.

    Args:
        note: what is waited for.
    """

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """It has failed, and is deleted so that another one can be created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The event fails.

    Args:
        reason: what the stack's events say.
        is_removed: whether what this event has created is deleted.
    """

    reason: str
    is_removed: bool = False


Decision: TypeAlias = Keep | Create | Update | Wait | Replace | Fail
"""What a Create or an Update can do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """It is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A Delete leaves it as it is.

    Args:
        note: what the log says about it.
        is_unclear: whether it may not be needed any more.
        is_gone: whether there is none, so that what belongs to it can be deleted.
    """

    note: str
    is_unclear: bool = False
    is_gone: bool = False
