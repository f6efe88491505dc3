"""CloudFormation's custom resource request, checked for its form. Nothing in it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from .response_url import FunctionEnv

if TYPE_CHECKING:
    from collections.abc import Callable

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"

# Physical ids of the handler's own, for a Create that has no ARN to return.
NOT_CREATED = "not-created/"
UNCONFIRMED = "unconfirmed/"

_STACK_ARN = re.compile(
    r"arn:[a-z-]{3,20}:cloudformation:[a-z0-9-]{1,20}:[0-9]{12}:stack/[A-Za-z0-9-]{1,128}/[A-Za-z0-9-]{1,64}"
)


class EventError(ValueError):
    """An event that CloudFormation would not send."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One request about one resource.

    Args:
        request_type: `Create`, `Update` or `Delete`.
        request_id: the id of the request, which Lambda's retries share.
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
        resource_type: the resource's type; "" where the event does not say it.
        physical_id: the resource's physical id so far ("" for a Create).
        properties: `ResourceProperties` as sent; for a Delete they may be anything.
        old_properties: `OldResourceProperties` as sent.
    """

    request_type: str
    request_id: str
    stack_id: str
    logical_id: str
    resource_type: str
    physical_id: str
    properties: object
    old_properties: object

    @property
    def members(self) -> dict[str, Any]:
        """What the event of a resource type has in common with every other event."""
        return {one.name: getattr(self, one.name) for one in fields(Event)}


Desired_co = TypeVar("Desired_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class ResourceChange(Event, Generic[Desired_co]):
    """One event of a resource type that reads its properties.

    Args:
        desired: what the template asks for; for a Delete, what it asked for.
        previous: what it asked for before an Update.
    """

    desired: Desired_co
    previous: Desired_co

    @classmethod
    def read(cls, event: Event, desired_of: Callable[[object], Desired_co]) -> Self:
        """Read an event.

        Args:
            event: the event.
            desired_of: reads properties.
        """
        return cls(
            **event.members,
            desired=desired_of(event.properties),
            previous=desired_of(event.old_properties),
        )


def read_event(event: Mapping[str, Any]) -> Event:
    """Read a request whose ids `response.is_answerable` has checked.

    What is wrong inside the properties is left to the resource type: a Delete must be carried out whatever
    they say.

    Raises:
        EventError: CloudFormation would not send this.
    """
    request_type = event.get("RequestType")
    if request_type not in (CREATE, UPDATE, DELETE):
        raise EventError(f"RequestType must be Create, Update or Delete, got {request_type!r:.80}")
    physical_id = event.get("PhysicalResourceId", "")
    if not isinstance(physical_id, str) or (request_type != CREATE and not physical_id):
        raise EventError(f"PhysicalResourceId must be a string, got {physical_id!r:.80}")
    resource_type = event.get("ResourceType", "")
    if not isinstance(resource_type, str):
        raise EventError(f"ResourceType must be a string, got {resource_type!r:.80}")
    properties = event.get("ResourceProperties")
    if request_type != DELETE and not isinstance(properties, Mapping):
        raise EventError("ResourceProperties must be a mapping; it is not")
    return Event(
        request_type=request_type,
        request_id=event["RequestId"],
        stack_id=event["StackId"],
        logical_id=event["LogicalResourceId"],
        resource_type=resource_type,
        physical_id=physical_id,
        properties=properties,
        old_properties=event.get("OldResourceProperties"),
    )


def is_own_stack(stack_id: str, own: str, env: FunctionEnv) -> bool:
    """Return whether an event is about the function's own stack: its sender could name another one.

    Args:
        stack_id: the ARN that the event has.
        own: the ARN of the stack that the function belongs to.
        env: where the function runs.
    """
    return stack_id == own and bool(_STACK_ARN.fullmatch(stack_id)) and FunctionEnv.of(stack_id) == env
