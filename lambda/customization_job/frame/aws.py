"""Calls AWS: the clients, the meaning of their errors, and what CloudFormation says about a stack."""

from __future__ import annotations

import os
import re
import ssl
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
import contract
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NoConnection

from .errors import AwsError, Connection, ErrorKind, error_kind
from .route import proxy_for
from .stack import ResourceState, StackState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from .retry import Retry

_MODELS = Path(contract.__file__).parent / "data"
_ATTEMPTS = 3
"""How often the SDK sends a call before it reports a failure; then `Retry` decides."""

_READ_TIMEOUT = 60.0
"""Seconds. Bedrock tries role, data and model before it responds to a Create; a Create that is sent again
meanwhile makes it do so twice. Three attempts of a minute leave time to look for the job and to stop it,
inside the 840 s of the function."""

_FUNCTION_SECONDS = 180.0
"""Seconds in which a function of the user must answer, which is invoked once; a task may take 240 s."""

_SERVICE = "cloudformation"
_EVENT_PAGES = 20
"""Pages of a hundred events that are read at most to find when an operation began."""

_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
_STABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


@cache
def client(service: str, region: str) -> Any:  # noqa: ANN401 - botocore's clients have no types
    """Return a client; there is one for each function instance.

    Args:
        service: such as `bedrock`.
        region: such as `us-east-1`.
    """
    is_function = service == "lambda"
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 1 if is_function else _ATTEMPTS},
        connect_timeout=_connect_timeout(),
        read_timeout=_FUNCTION_SECONDS if is_function else read_timeout(),
        user_agent_extra="cdk-bedrock-customization",
    )
    return _session().create_client(service, region_name=region, config=config)


@cache
def _session() -> Any:  # noqa: ANN401 - as above
    """Return the session that all clients share, so that files are read from disk only once.

    Bedrock's own service model travels with the function and comes first, so that a runtime with an older
    SDK still knows every field.
    """
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.insert(0, str(_MODELS))
    return session


def call(service: str, client: object, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:
    """Make one call.

    Args:
        service: the service, as its endpoints name it, such as `bedrock`.
        client: a client of botocore, or an object with the same methods.
        operation: the API's name of the call.
        request: the API's members.

    Raises:
        AwsError: the call failed.
    """
    try:
        output: Mapping[str, Any] = getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        detail = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code, message = str(detail.get("Code", "")), str(detail.get("Message", ""))
        raise AwsError(error_kind(operation, code, message, status), operation, code, message) from None
    except (NoConnection, HTTPClientError) as error:
        connection = _connection(service, client, error)
        raise AwsError(_network_kind(error), operation, connection=connection) from None
    except ParamValidationError as error:
        raise AwsError(ErrorKind.INVALID, operation, "ParamValidationError", str(error)) from None
    except (BotoCoreError, AttributeError) as error:  # its text may hold secrets; or the SDK lacks the call
        raise AwsError(ErrorKind.BROKEN, operation, type(error).__name__) from None
    return output


def _network_kind(error: NoConnection | HTTPClientError) -> ErrorKind:
    if not isinstance(error, NoConnection):
        return ErrorKind.NO_RESPONSE
    # Two failures of TLS do not pass, and each has a remedy of its own.
    cause = next(iter(getattr(error.kwargs.get("error"), "args", ())), None)
    if isinstance(error, SSLError) and isinstance(cause, ValueError):  # as every error of a certificate is
        return ErrorKind.UNTRUSTED
    is_of_file = not isinstance(cause, ssl.SSLError) or cause.library == "X509"
    if isinstance(error, SSLError) and isinstance(cause, OSError) and is_of_file:
        return ErrorKind.NO_CA_BUNDLE
    return ErrorKind.UNREACHABLE


def _connection(service: str, client: object, error: NoConnection | HTTPClientError) -> Connection:
    """Return what is known of a connection that failed. Of what a proxy answered only the status is shown."""
    url = error.kwargs.get("endpoint_url") or getattr(getattr(client, "meta", None), "endpoint_url", "")
    host = str(urlsplit(str(url)).hostname or service)
    refused = re.search(r"Tunnel connection failed: (\d{3})", str(error.kwargs.get("error")))
    try:
        proxy = proxy_for(host) if str(url).startswith("https:") else None
    except ValueError:
        proxy = None
    return Connection(
        service=service,
        host=host,
        seconds=_connect_timeout(),
        proxy=proxy.address if proxy else "",
        refusal=refused[1] if refused else "",
    )


def seconds_of(moment: datetime | None) -> float | None:
    """Return a timestamp of the SDK in seconds since 1970."""
    return None if moment is None else moment.timestamp()


class CloudFormationStacks:
    """What CloudFormation says about a stack and its resources.

    Args:
        client: `boto3.client("cloudformation")`, or an object with the same methods.
        retry: retries the calls.
    """

    def __init__(self, client: object, retry: Retry) -> None:
        self._client = client
        self._retry = retry

    def get_stack(self, stack_id: str, *, is_needed: bool = True) -> StackState:
        """Return a stack's status and when its last operation began."""
        described = self._retry.call(
            "DescribeStacks", partial(self._described, stack_id), is_needed=is_needed
        )
        status = str(described.get("StackStatus", ""))
        root = str(described.get("RootId") or stack_id)
        return StackState(
            status=status,
            changed=seconds_of(described.get("LastUpdatedTime") or described.get("CreationTime")),
            is_parents_rollback=(
                self._is_rolled_back(root) if status == "DELETE_IN_PROGRESS" and root != stack_id else False
            ),
            root_id=root if root != stack_id else "",
        )

    def get_resource(self, stack_id: str, logical_id: str) -> ResourceState:
        """Return a resource's physical id and status."""
        request = {"StackName": stack_id, "LogicalResourceId": logical_id}
        try:
            output = self._call("DescribeStackResource", request)
        except AwsError as error:
            if error.code == "ValidationError":  # the stack, or the resource in it, does not exist
                return ResourceState(is_known=True)
            raise
        detail = output.get("StackResourceDetail", {})
        return ResourceState(
            is_known=True,
            physical_id=str(detail.get("PhysicalResourceId") or ""),
            status=str(detail.get("ResourceStatus") or ""),
            changed=seconds_of(detail.get("LastUpdatedTimestamp")),
            resource_type=str(detail.get("ResourceType") or ""),
        )

    def list_resources(self, stack_id: str, resource_type: str = "") -> dict[str, str]:
        """Return the physical ids of a stack's resources, by logical id."""
        return {
            str(one["LogicalResourceId"]): str(one.get("PhysicalResourceId") or "")
            for output in self._pages("ListStackResources", stack_id)
            for one in output.get("StackResourceSummaries", ())
            if not str(one.get("ResourceStatus", "")).startswith("DELETE_")
            and resource_type in ("", one.get("ResourceType"))
        }

    def operation_began(self, stack_id: str) -> float | None:
        """Return when the stack's last operation began, read from its events, in seconds since 1970.

        Failed operations that were not rolled back count as one with what followed them: a rollback undoes
        all of them.
        """
        began: float | None = None
        is_in_operation = False
        for number, output in enumerate(self._pages("DescribeStackEvents", stack_id), 1):
            for event in output.get("StackEvents", ()):  # newest first
                status = str(event.get("ResourceStatus", ""))
                if event.get("PhysicalResourceId") != stack_id:
                    continue
                if status in _STABLE and is_in_operation:
                    return began
                is_in_operation = is_in_operation or status not in _STABLE
                if status in _BEGINNINGS:
                    began = seconds_of(event.get("Timestamp"))
            if number == _EVENT_PAGES:
                break
        return began

    def signal_resource(self, stack_id: str, logical_id: str, unique_id: str) -> None:
        """Send a wait condition the signal that something has succeeded."""
        resource = {"StackName": stack_id, "LogicalResourceId": logical_id}
        self._call("SignalResource", {**resource, "UniqueId": unique_id, "Status": "SUCCESS"})

    def _pages(self, operation: str, stack_id: str) -> Iterator[Mapping[str, Any]]:
        token: dict[str, object] = {}
        while True:
            output = self._call(operation, {"StackName": stack_id, **token})
            yield output
            if not output.get("NextToken"):
                return
            token = {"NextToken": output["NextToken"]}

    def _call(self, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:
        action = partial(call, _SERVICE, self._client, operation, request)
        return self._retry.call(operation, action, is_needed=False)

    def _described(self, stack_id: str) -> Mapping[str, Any]:
        try:
            output = call(_SERVICE, self._client, "DescribeStacks", {"StackName": stack_id})
        except AwsError as error:
            if error.code == "ValidationError":  # there is no such stack
                return {}
            raise
        stacks = output.get("Stacks", ())
        return stacks[0] if stacks else {}

    def _is_rolled_back(self, root: str) -> bool | None:
        """Return whether the root stack is being rolled back; None where it cannot be read."""
        try:
            return "ROLLBACK" in str(self._described(root).get("StackStatus", ""))
        except AwsError:
            return None


def read_timeout() -> float:
    """Return the seconds in which a service must respond to a call."""
    return _timeout("BEDROCK_READ_TIMEOUT", _READ_TIMEOUT)


def _connect_timeout() -> float:
    return _timeout("BEDROCK_CONNECT_TIMEOUT", 5.0)


def _timeout(name: str, default: float) -> float:
    """Read a timeout from the environment; what is not a number is ignored."""
    try:
        return max(0.1, float(os.environ.get(name, default)))
    except ValueError:
        return default
