"""CloudFormation's responses about a stack, its resources and its operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock.behaviour import NEW_YEAR, timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAGE = 100
_STALE_SECONDS = 5.0
LONGEST_UNIQUE_ID = 64
"""Characters of a signal's id
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SignalResource.html)."""

_LONG_AGO = NEW_YEAR - 86_400.0


@dataclass
class ResourceRecord:
    """A resource as CloudFormation shows it: physical id ("" until there is one), status, and since when."""

    physical_id: str
    status: str
    changed: float | None = None
    kind: str = "Custom::BedrockModelCustomizationJob"


@dataclass
class Record:
    """A stack as CloudFormation shows it.

    `updated` is None until the first update; `root` is the ARN of the stack at the top, "" where this is it.
    """

    status: str = "CREATE_IN_PROGRESS"
    created: float = _LONG_AGO
    updated: float | None = None
    root: str = ""
    resources: dict[str, ResourceRecord] = field(default_factory=dict)
    events: list[tuple[float, str, str]] = field(default_factory=list)
    status_before: str = ""
    changed: float = _LONG_AGO

    def set(self, status: str, now: float, stack_id: str) -> None:
        """Change the status, and write the event."""
        self.status_before, self.status, self.changed = self.status, status, now
        self.events.append((now, stack_id, status))

    def stale_status(self, now: float) -> str:
        """Return the status that DescribeStacks may still show in the first moment."""
        is_stale = bool(self.status_before) and now - self.changed < _STALE_SECONDS
        return self.status_before if is_stale else self.status


class Source(Protocol):
    """Where a client finds what it returns."""

    def read_status(self, stack_id: str) -> str:
        """Return the status of a stack."""
        ...

    def record(self, stack_id: str) -> Record:
        """Return the rest of a stack."""
        ...

    def resource(self, stack_id: str, logical_id: str) -> ResourceRecord | None:
        """Return a resource; None where the stack has none of that name."""
        ...

    def signal(self, stack_id: str, logical_id: str, unique_id: str) -> None:
        """Give a wait condition that waits a signal."""
        ...


class StackClient:
    """Has those methods of boto3's CloudFormation client that the handler calls."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return a stack's status and times."""
        status, record = self._source.read_status(StackName), self._source.record(StackName)
        told = {
            "StackId": StackName,
            "StackStatus": status,
            "CreationTime": timestamp(record.created),
            **({"LastUpdatedTime": timestamp(record.updated)} if record.updated is not None else {}),
            **({"RootId": record.root, "ParentId": record.root} if record.root else {}),
        }
        return {"Stacks": [told]}

    def describe_stack_resource(
        self,
        *,
        StackName: str,  # noqa: N803 - boto3's spelling
        LogicalResourceId: str,  # noqa: N803 - as above
    ) -> dict[str, Any]:
        """Return a resource's physical id and status."""
        standing = self._source.resource(StackName, LogicalResourceId)
        if standing is None:
            message = f"Resource {LogicalResourceId} does not exist for stack {StackName}"
            raise _error("DescribeStackResource", "ValidationError", message)
        told = {
            "StackId": StackName,
            "LogicalResourceId": LogicalResourceId,
            "ResourceType": standing.kind,
            "ResourceStatus": standing.status,
            **({"PhysicalResourceId": standing.physical_id} if standing.physical_id else {}),
            **({"LastUpdatedTimestamp": timestamp(standing.changed)} if standing.changed is not None else {}),
        }
        return {"StackResourceDetail": told}

    def signal_resource(
        self,
        *,
        StackName: str,  # noqa: N803 - boto3's spelling
        LogicalResourceId: str,  # noqa: N803 - as above
        UniqueId: str,  # noqa: N803 - as above
        Status: str,  # noqa: N803 - as above
    ) -> dict[str, Any]:
        """Give a wait condition a signal, if it waits for one."""
        assert (Status, len(UniqueId) <= LONGEST_UNIQUE_ID) == ("SUCCESS", True)
        found = self._source.resource(StackName, LogicalResourceId)
        if self._source.read_status(StackName) not in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            message = f"Stack [{StackName}] cannot be signaled"
            raise _error("SignalResource", "ValidationError", message)
        if found is None or found.status != "CREATE_IN_PROGRESS":
            message = f"Resource [{LogicalResourceId}] in stack [{StackName}] is not waiting for signals"
            raise _error("SignalResource", "ValidationError", message)
        self._source.signal(StackName, LogicalResourceId, UniqueId)
        return {}

    def list_stack_resources(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return the physical id and status of every resource of a stack."""
        resources = self._source.record(StackName).resources
        told = [
            {
                "LogicalResourceId": name,
                "ResourceType": one.kind,
                "ResourceStatus": one.status,
                **({"PhysicalResourceId": one.physical_id} if one.physical_id else {}),
            }
            for name, one in resources.items()
        ]
        return {"StackResourceSummaries": told}

    def describe_stack_events(
        self,
        *,
        StackName: str,  # noqa: N803 - boto3's spelling
        NextToken: str = "0",  # noqa: N803 - as above, and it is a page
    ) -> dict[str, Any]:
        """Return a page of a stack's events, newest first."""
        events = self._source.record(StackName).events[::-1]
        first = int(NextToken)
        page = [_told(StackName, *event) for event in events[first : first + _PAGE]]
        more = first + _PAGE < len(events)
        return {"StackEvents": page, **({"NextToken": str(first + _PAGE)} if more else {})}


def denied(operation: str) -> ClientError:
    """Return the error of a caller without permission."""
    return _error(operation, "AccessDenied", f"User is not authorized to perform: cloudformation:{operation}")


def _error(operation: str, code: str, message: str) -> ClientError:
    metadata = {"HTTPStatusCode": 403 if code == "AccessDenied" else 400, "RetryAttempts": 0}
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return ClientError(response, operation)


def _told(stack_id: str, when: float, physical_id: str, status: str) -> Mapping[str, Any]:
    is_own = physical_id == stack_id
    return {
        "StackId": stack_id,
        "EventId": f"{when}-{status}",
        "PhysicalResourceId": physical_id,
        "ResourceType": "AWS::CloudFormation::Stack" if is_own else "Custom::BedrockModelCustomizationJob",
        "ResourceStatus": status,
        "Timestamp": timestamp(when),
    }
