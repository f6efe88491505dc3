"""CloudFormation's side of one custom resource request: takes the response and describes the stack.

What else the function calls but Bedrock is answered on the same port: Parameter Store, Step Functions and S3.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from .executions import StartedExecutions
from .object_store import ObjectStore
from .parameter_store import ParameterStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_LOOPBACK = "127.0.0.1"
_RESPONSE = "/response"
"""The path that takes the response; no bucket has objects there."""

_OPERATIONS = {"Create": "CREATE", "Update": "UPDATE", "Delete": "DELETE"}
_LIVE = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_AGE = timedelta(days=1)  # of a stack that is updated or deleted
_SINCE = timedelta(hours=1)  # for how long an operation has gone on that a task or a look finds
_FIRST_ERROR = 300
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_DOCUMENT = (
    '<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
    "<{action}Result>{result}</{action}Result></{action}Response>"
)
_ERROR = (
    '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>'
    "<Code>ValidationError</Code><Message>{message}</Message></Error></ErrorResponse>"
)


class StackResource(NamedTuple):
    """A resource of a stack, as CloudFormation describes it.

    Attributes:
        resource_type: its type, such as `Custom::BedrockModelCustomizationJob`.
        physical_id: its physical id.
        status: its status. Default: `UPDATE_COMPLETE`.
    """

    resource_type: str
    physical_id: str
    status: str = "UPDATE_COMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """How CloudFormation describes a stack and one of its resources while it sends a request.

    Args:
        stack_id: the stack's ARN.
        status: the stack's status.
        logical_id: the resource's logical id.
        physical_id: the resource's physical id in the stack, "" if it has none yet.
        resource_status: the resource's status, "" if the stack no longer has the resource.
        resource_type: the resource's type.
        began: when the stack's operation began.
        others: the stack's other resources by their logical ids. Default: it has none.
    """

    stack_id: str
    status: str
    logical_id: str
    physical_id: str
    resource_status: str
    resource_type: str
    began: datetime
    others: Mapping[str, StackResource] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        event: Mapping[str, Any],
        *,
        stack_status: str | None = None,
        physical_id: str | None = None,
        began: datetime | None = None,
        others: Mapping[str, StackResource] | None = None,
    ) -> Self:
        """Return the state of the stack when CloudFormation sends `event`.

        Args:
            event: a custom resource request.
            stack_status: the stack's status. Default: `CREATE_IN_PROGRESS`, `UPDATE_IN_PROGRESS` or
                `DELETE_IN_PROGRESS`, as the event's `RequestType` says.
            physical_id: the resource's physical id in the stack; "" if the stack no longer has the resource.
                Default: the event's `PhysicalResourceId`.
            began: when the stack's operation began. Default: now.
            others: the stack's other resources by their logical ids. Default: it has none.
        """
        operation = _OPERATIONS.get(str(event.get("RequestType")), "UPDATE")
        deleted = str(event.get("PhysicalResourceId", ""))
        current = deleted if physical_id is None else physical_id
        resource_status = f"{operation}_IN_PROGRESS"
        if operation == "DELETE" and current != deleted:
            # In the cleanup of an update CloudFormation deletes the id that the update has replaced.
            resource_status = "UPDATE_COMPLETE" if current else ""
        return cls(
            stack_id=str(event.get("StackId")),
            status=stack_status or f"{operation}_IN_PROGRESS",
            logical_id=str(event.get("LogicalResourceId")),
            physical_id=current,
            resource_status=resource_status,
            resource_type=str(event.get("ResourceType", "AWS::CloudFormation::CustomResource")),
            began=began or datetime.now(UTC),
            others=others or {},
        )

    @classmethod
    def at_rest(cls, stack_id: str, status: str, resources: Mapping[str, StackResource]) -> Self:
        """Return the state of a stack to which no event belongs.

        Args:
            stack_id: the stack's ARN.
            status: the stack's status.
            resources: its resources by their logical ids.
        """
        return cls(
            stack_id=stack_id,
            status=status,
            logical_id="",
            physical_id="",
            resource_status="",
            resource_type="",
            # Before any execution that was started in it, however often a task is carried out.
            began=datetime.now(UTC) - _SINCE,
            others=resources,
        )

    @property
    def operation(self) -> str:
        """CREATE, UPDATE or DELETE; the cleanup and the rollback of an update are an UPDATE."""
        first = self.status.partition("_")[0]
        return "CREATE" if first == "ROLLBACK" else first

    def respond(self, call: Mapping[str, str]) -> tuple[int, str]:
        """Return HTTP status and body of the response to one call of the Query API.

        Args:
            call: the parameters of the call, with `Action`.
        """
        action = call.get("Action", "")
        actions: dict[str, Callable[[], str]] = {
            "DescribeStacks": self._stack,
            "DescribeStackResource": self._resources,
            "DescribeStackEvents": self._events,
            "ListStackResources": self._resources,
            "SignalResource": str,
        }
        if action not in actions:
            return _error(f"{action} is not supported here; use one of {', '.join(actions)}")
        if call.get("StackName", self.stack_id) not in (self.stack_id, self._name):
            return _error(f"Stack with id {call['StackName']} does not exist")
        logical_id = call.get("LogicalResourceId", self.logical_id)
        if action == "DescribeStackResource" and logical_id not in self._all:
            return _error(f"Resource {logical_id} does not exist for stack {self._name}")
        if action == "SignalResource" and not self._waits(logical_id):
            return _error(f"Resource [{logical_id}] in stack [{self._name}] is not waiting for signals")
        result = self._resource(logical_id) if action == "DescribeStackResource" else actions[action]()
        return 200, _DOCUMENT.format(action=action, result=result)

    @property
    def _name(self) -> str:
        return self.stack_id.partition("/")[2].partition("/")[0]

    @property
    def _is_new(self) -> bool:
        return self.operation == "CREATE"

    def _waits(self, logical_id: str) -> bool:
        """Return whether a wait condition takes signals."""
        found = self.others.get(logical_id)
        return self.status in _LIVE and found is not None and found.status == "CREATE_IN_PROGRESS"

    def _stack(self) -> str:
        updated = {"LastUpdatedTime": _time(self.began)} if self.operation == "UPDATE" else {}
        members = {
            "StackId": self.stack_id,
            "StackName": self._name,
            "CreationTime": _time(self.began if self._is_new else self.began - _AGE),
            **updated,
            "StackStatus": self.status,
        }
        return f"<Stacks><member>{_elements(members)}</member></Stacks>"

    def _resource(self, logical_id: str) -> str:
        members = {**self._all[logical_id], "LastUpdatedTimestamp": _time(self.began)}
        return f"<StackResourceDetail>{_elements(members)}</StackResourceDetail>"

    def _resources(self) -> str:
        changed = {"LastUpdatedTimestamp": _time(self.began)}
        listed = (f"<member>{_elements({**one, **changed})}</member>" for one in self._all.values())
        return f"<StackResourceSummaries>{''.join(listed)}</StackResourceSummaries>"

    @property
    def _all(self) -> dict[str, dict[str, str]]:
        """Every resource of the stack by its logical id."""
        others = {name: self._described(name, *one) for name, one in self.others.items()}
        return {**others, **({self.logical_id: self._identity} if self.resource_status else {})}

    def _events(self) -> str:
        stack = {
            "LogicalResourceId": self._name,
            "PhysicalResourceId": self.stack_id,
            "ResourceType": "AWS::CloudFormation::Stack",
        }
        first = f"{self.operation}_IN_PROGRESS"
        newest_first = [
            *([self._identity] if self.resource_status else []),
            *([{**stack, "ResourceStatus": self.status}] if self.status != first else []),
            {**stack, "ResourceStatus": first},
        ]
        members = (
            {**one, "EventId": f"event-{number}", "Timestamp": _time(self.began)}
            for number, one in enumerate(newest_first)
        )
        return (
            f"<StackEvents>{''.join(f'<member>{_elements(one)}</member>' for one in members)}</StackEvents>"
        )

    @property
    def _identity(self) -> dict[str, str]:
        return self._described(self.logical_id, self.resource_type, self.physical_id, self.resource_status)

    def _described(
        self, logical_id: str, resource_type: str, physical_id: str, status: str
    ) -> dict[str, str]:
        return {
            "StackId": self.stack_id,
            "StackName": self._name,
            "LogicalResourceId": logical_id,
            **({"PhysicalResourceId": physical_id} if physical_id else {}),
            "ResourceType": resource_type,
            "ResourceStatus": status,
        }


class CloudFormationEndpoint:
    """Serves CloudFormation's side of one request on a port of the loopback address, and what else is called.

    Args:
        state: the stack to describe.
        parameters: the parameters of Systems Manager. Default: there are none.
        executions: the executions of state machines. Default: there are none.
        objects: the objects of S3. Default: there are none.

    Attributes:
        responses: what was sent to the request's ResponseURL.
        signals: the signals that wait conditions got: logical id and unique id.
    """

    def __init__(
        self,
        state: StackState,
        parameters: ParameterStore | None = None,
        executions: StartedExecutions | None = None,
        objects: ObjectStore | None = None,
    ) -> None:
        self.responses: list[dict[str, Any]] = []
        self.signals: list[tuple[str, str]] = []
        others: dict[str, ParameterStore | StartedExecutions] = {
            "AmazonSSM": parameters or ParameterStore(),
            "AWSStepFunctions": executions or StartedExecutions(),
        }
        handler = _handler(state=state, endpoint=self, others=others, objects=objects or ObjectStore())
        self._http = ThreadingHTTPServer((_LOOPBACK, 0), handler)

    @property
    def response_url(self) -> str:
        """The URL that takes the response to the request."""
        return f"{self.url}{_RESPONSE}"

    @property
    def url(self) -> str:
        """The endpoint of the API."""
        return f"http://{_LOOPBACK}:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers what the function calls; `_handler` gives it what it answers with."""

    state: ClassVar[StackState]
    endpoint: ClassVar[CloudFormationEndpoint]
    others: ClassVar[Mapping[str, ParameterStore | StartedExecutions]]
    objects: ClassVar[ObjectStore]

    def do_GET(self) -> None:
        self._send_object("GET")

    def do_PUT(self) -> None:
        if self.path != _RESPONSE:
            self._send_object("PUT")
            return
        self.endpoint.responses.append(json.loads(self._content()))
        self._send(200, "")

    def do_POST(self) -> None:
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        if service in self.others:
            status, answer = self.others[service].respond(operation, json.loads(self._content()))
            self._send(status, json.dumps(answer), self.headers["Content-Type"])
            return
        call = {name: values[-1] for name, values in parse_qs(self._content().decode()).items()}
        status, text = self.state.respond(call)
        if call.get("Action") == "SignalResource" and status < _FIRST_ERROR:
            self.endpoint.signals.append((call["LogicalResourceId"], call["UniqueId"]))
        self._send(status, text)

    def _send_object(self, method: str) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        bucket, _, key = unquote(urlsplit(self.path).path).removeprefix("/").partition("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = self.objects.respond(method, bucket, key, headers, self._content())
        self._send(found.status, found.content, "application/octet-stream", {"ETag": found.etag})

    def _content(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(
        self,
        status: int,
        text: str | bytes,
        content_type: str = "text/xml",
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        content = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _handler(**answering: object) -> type[_Handler]:
    return type("Handler", (_Handler,), answering)


def _error(message: str) -> tuple[int, str]:
    return 400, _ERROR.format(message=escape(message))


def _elements(members: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
