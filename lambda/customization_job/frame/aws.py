"""Calls AWS: the clients, what their errors mean, and what CloudFormation says of a stack."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import contract
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.exceptions import ConnectionError as NoConnection

from .errors import Kind, Refusal, kind_of
from .stack import StackState, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


_MODELS = Path(contract.__file__).parent / "data"
_ATTEMPTS = 3
"""How often the SDK sends a call before the handler hears of a failure, and tries again in its own time."""

_READ_TIMEOUT = 60.0
"""Seconds. Bedrock tries role, data and model before it answers a Create; a Create that is sent again while
the first is under way makes it do so twice. Three attempts of a minute leave time to look for the job and to
stop it, inside the 840 s of the function."""

_PAGE = 100
_EVENT_PAGES = 20
"""Pages of a hundred events that are read at most to find where an operation began."""

_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
_AT_REST = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_FREE_TEXT = ("ResponseMetadata", "failureMessage")


@cache
def client(service: str, region: str) -> Any:  # noqa: ANN401 - botocore's clients have no types
    """Make a client, once for each function instance.

    Args:
        service: Such as `bedrock`.
        region: Such as `us-east-1`.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=_seconds("BEDROCK_CONNECT_TIMEOUT", 5.0),
        read_timeout=_seconds("BEDROCK_READ_TIMEOUT", _READ_TIMEOUT),
        user_agent_extra="cdk-bedrock-customization",
    )
    return _session().create_client(service, region_name=region, config=config)


@cache
def _session() -> Any:  # noqa: ANN401 - as above
    """Make the session that clients share: what it has read from disk for one it has for the other.

    Bedrock's own service model travels with the function and comes first, so that a runtime with an older
    SDK still knows every field.
    """
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.insert(0, str(_MODELS))
    return session


class CloudFormationStacks:
    """The state of a stack and of the resources in it.

    Args:
        client: What `boto3.client("cloudformation")` gives, or quacks like it.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - as above
        self._client = client

    def get_stack(self, stack_id: str) -> StackState:
        """Read where a stack's operation stands, and when it began."""
        told = self._described(stack_id)
        status = str(told.get("StackStatus", ""))
        root = str(told.get("RootId") or stack_id)
        return StackState(
            status=status,
            changed=_seconds_of(told.get("LastUpdatedTime") or told.get("CreationTime")),
            is_parents_rollback=(
                self._is_rolled_back(root) if status == "DELETE_IN_PROGRESS" and root != stack_id else False
            ),
        )

    def get_resource(self, stack_id: str, logical_id: str) -> Standing:
        """Read which physical id stands for a resource."""
        try:
            told = _ask(
                self._client,
                "DescribeStackResource",
                {"StackName": stack_id, "LogicalResourceId": logical_id},
            )
        except Refusal as refusal:
            if refusal.code == "ValidationError":  # the stack, or the resource in it, does not exist
                return Standing(is_known=True)
            raise
        detail = told.get("StackResourceDetail", {})
        return Standing(
            is_known=True,
            physical_id=str(detail.get("PhysicalResourceId") or ""),
            status=str(detail.get("ResourceStatus") or ""),
            changed=_seconds_of(detail.get("LastUpdatedTimestamp")),
        )

    def operation_began(self, stack_id: str) -> float | None:
        """Read from the stack's events when its last operation began, in seconds since 1970.

        Failed operations that were not rolled back count as one with what followed them: taking them back
        goes behind all of them.
        """
        began: float | None = None
        token: dict[str, object] = {}
        is_in_operation = False
        for _ in range(_EVENT_PAGES):
            told = _ask(self._client, "DescribeStackEvents", {"StackName": stack_id, **token})
            for event in told.get("StackEvents", ()):
                status = str(event.get("ResourceStatus", ""))
                if event.get("PhysicalResourceId") != stack_id:
                    continue
                if status in _AT_REST and is_in_operation:
                    return began
                is_in_operation = is_in_operation or status not in _AT_REST
                if status in _BEGINNINGS:
                    began = _seconds_of(event.get("Timestamp"))
            if not told.get("NextToken"):
                return began
            token = {"NextToken": told["NextToken"]}
        return began

    def _described(self, stack_id: str) -> Mapping[str, Any]:
        try:
            told = _ask(self._client, "DescribeStacks", {"StackName": stack_id})
        except Refusal as refusal:
            if refusal.code == "ValidationError":
                return {}
            raise
        stacks = told.get("Stacks", ())
        return stacks[0] if stacks else {}

    def list_resources(self, stack_id: str) -> dict[str, str]:
        """Read which physical id stands for every resource of a stack, by logical id."""
        found: dict[str, str] = {}
        token: dict[str, object] = {}
        while True:
            told = _ask(self._client, "ListStackResources", {"StackName": stack_id, **token})
            for one in told.get("StackResourceSummaries", ()):
                if not str(one.get("ResourceStatus", "")).startswith("DELETE_"):
                    found[str(one["LogicalResourceId"])] = str(one.get("PhysicalResourceId") or "")
            if not told.get("NextToken"):
                return found
            token = {"NextToken": told["NextToken"]}

    def _is_rolled_back(self, root: str) -> bool | None:
        """Tell whether the root stack goes back; None where it cannot be read."""
        try:
            return "ROLLBACK" in str(self._described(root).get("StackStatus", ""))
        except Refusal:
            return None


def _ask(client: Any, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    try:
        told: Mapping[str, Any] = getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        said = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code, message = str(said.get("Code", "")), str(said.get("Message", ""))
        raise Refusal(kind_of(operation, code, message, status), operation, code, message) from None
    except NoConnection:
        raise Refusal(Kind.UNREACHABLE, operation) from None
    except HTTPClientError:
        raise Refusal(Kind.NO_ANSWER, operation) from None
    except ParamValidationError as error:
        raise Refusal(Kind.INVALID, operation, "ParamValidationError", str(error)) from None
    except (BotoCoreError, AttributeError) as error:  # its text may hold anything; or the SDK lacks the call
        raise Refusal(Kind.BROKEN, operation, type(error).__name__) from None
    return told


def _seconds(name: str, default: float) -> float:
    """Read a timeout from the environment; what is no number of seconds is passed over."""
    try:
        return max(0.1, float(os.environ.get(name, default)))
    except ValueError:
        return default


def _seconds_of(moment: datetime | None) -> float | None:
    """Give a timestamp of the SDK in seconds since 1970."""
    return None if moment is None else moment.timestamp()
