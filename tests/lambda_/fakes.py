"""The handler's dependencies in tests: a clock that tests move, a Bedrock double, a stack with a status."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from customization_job.frame.log import Log
from customization_job.frame.retry import Retry
from customization_job.handler import Dependencies
from customization_job.jobs.bedrock import BedrockJobs
from customization_job.services import Services

from constructs_lib.testing.bedrock import BedrockDouble, Clock
from tests.lambda_.alarms import AlarmStore, EventBus, Topics, UserFunctions
from tests.lambda_.cloudformation import Record, ResourceRecord, StackClient, denied
from tests.lambda_.executions import StartedExecutions
from tests.lambda_.object_store import ObjectStore
from tests.lambda_.parameter_store import ParameterStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT, REGION = "123456789012", "eu-west-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:handler"
LAMBDA_SECONDS = 840.0


class Killed(BaseException):
    """Lambda kills the function without a response."""


class TurnedClock(Clock):
    """A clock that tests turn, with alarms that go off on the way."""

    def __init__(self) -> None:
        super().__init__(still_at=1_767_225_600.0)
        self._alarms: list[tuple[float, Callable[[], None]]] = []

    def chance(self) -> float:
        """Draw the middle, always."""
        return 0.5

    def advance(self, seconds: float) -> None:
        """Turn the clock, stopping at every alarm on the way."""
        until = self.now() + seconds
        while due := [alarm for alarm in self._alarms if alarm[0] <= until]:
            alarm = min(due, key=lambda one: one[0])
            self._alarms.remove(alarm)
            super().advance(max(0.0, alarm[0] - self.now()))
            alarm[1]()
        super().advance(until - self.now())

    @contextmanager
    def alarm(self, seconds: float, ring: Callable[[], None]) -> Iterator[None]:
        """Ring after some seconds, unless the block is left before."""
        alarm = (self.now() + seconds, ring)
        self._alarms.append(alarm)
        try:
            yield
        finally:
            if alarm in self._alarms:
                self._alarms.remove(alarm)


def no_retry() -> Retry:
    """Return a retry whose time is up: every call is tried once."""
    return Retry(TurnedClock(), 0.0)


@dataclass
class Context:
    """Lambda's context object."""

    clock: Clock
    seconds: float = LAMBDA_SECONDS
    invoked_function_arn: str = FUNCTION
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"

    def __post_init__(self) -> None:
        self._end = self.clock.now() + self.seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left."""
        return int((self._end - self.clock.now()) * 1000)


class QuietServices(Services):
    """Services whose calls are not logged."""

    @cached_property
    def bedrock(self) -> BedrockJobs:
        """Customization jobs and their models."""
        return BedrockJobs(self.connect("bedrock"), self.retry)


@dataclass
class Fakes(Dependencies):
    """The handler's dependencies, faked. Every response that is PUT is kept, and the log too.

    `stack` holds what CloudFormation says of every stack that `records` does not list. `current` is the
    resource's state: the event's own physical id unless a test says otherwise, None where the stack has no
    such resource. `denied` names the methods of CloudFormation's client that may not be called. `own` is the
    stack that the function belongs to. Resources of `stack` other than the event's are shown as they are.
    `signals` are those that wait conditions got, each with the logical id; `executions` what was started.
    `account` and `region` are those in which Bedrock is called.
    """

    __test__ = False

    double: BedrockDouble = field(default_factory=lambda: BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    statuses: dict[str, str] = field(default_factory=dict)
    status: str = "CREATE_IN_PROGRESS"
    says: list[str | Exception] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    http_status: int = 200
    stack: Record = field(default_factory=Record)
    records: dict[str, Record] = field(default_factory=dict)
    current: ResourceRecord | str | None = "the event's"
    denied: set[str] = field(default_factory=set)
    own: str = ""
    account: str = ACCOUNT
    region: str = REGION
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.clock = self.double.clock
        self.parameters = ParameterStore(self.clock)
        self.executions = StartedExecutions()
        self.objects = ObjectStore()
        self.alarms = AlarmStore()
        self.functions = UserFunctions()
        self.topics = Topics()
        self.events = EventBus()
        self.signals: list[tuple[str, str]] = []
        self._event: Any = {}

    def stack_id(self) -> str:
        """Return the ARN of the stack that the function belongs to."""
        return self.own or super().stack_id()

    def open_log(self, event: Any) -> Log:  # noqa: ANN401 - an event
        """Keep the log, and the event."""
        self._event = event
        return Log(event, self.log, "DEBUG")

    def services(self, _env: object, retry: Retry, log: Log) -> Services:
        """Return the real implementations of the ports, on top of the doubles."""
        return QuietServices(self.connect, retry, log)

    def connect(self, service: str) -> Any:  # noqa: ANN401 - a client
        """Return the double's client of a service."""
        if service == "bedrock":
            return self.double.client(account=self.account, region=self.region)
        clients: dict[str, object] = {
            "ssm": self.parameters,
            "stepfunctions": self.executions,
            "s3": self.objects,
            "cloudwatch": self.alarms,
            "lambda": self.functions,
            "sns": self.topics,
            "events": self.events,
        }
        return _Permitted(self, clients.get(service) or StackClient(self))

    def read_status(self, stack_id: str) -> str:
        """Return the stack's status: first what is scripted; an error stays for good."""
        if self.says:
            said = self.says[0] if isinstance(self.says[0], Exception) else self.says.pop(0)
            if isinstance(said, Exception):
                raise said
            return said
        if stack_id in self.records and stack_id not in self.statuses:
            return self.records[stack_id].status
        return self.statuses.get(stack_id, self.status)

    def record(self, stack_id: str) -> Record:
        """Return what CloudFormation says of a stack besides its status."""
        return self.records.get(stack_id, self.stack)

    def resource(self, stack_id: str, logical_id: str) -> ResourceRecord | None:
        """Return what CloudFormation says of a resource."""
        if stack_id in self.records:
            return self.records[stack_id].resources.get(logical_id)
        is_events = logical_id == self._event.get("LogicalResourceId")
        if logical_id in self.stack.resources and not (is_events and self._event["RequestType"] != "Task"):
            return self.stack.resources[logical_id]
        if not isinstance(self.current, str):
            return self.current
        kind = str(self._event.get("RequestType", "Create")).upper()
        type_ = str(self._event.get("ResourceType", "Custom::BedrockModelCustomizationJob"))
        physical_id = str(self._event.get("PhysicalResourceId", ""))
        return ResourceRecord(physical_id, f"{kind}_IN_PROGRESS", kind=type_)

    def signal(self, _stack_id: str, logical_id: str, unique_id: str) -> None:
        """Keep a signal; the same one again counts once."""
        if (logical_id, unique_id) not in self.signals:
            self.signals.append((logical_id, unique_id))

    def watchdog(self, seconds: float, on_timeout: Callable[[], None]) -> Any:  # noqa: ANN401 - a context manager
        """Call `on_timeout` when the clock is turned that far."""
        return self.clock.alarm(seconds, on_timeout)

    def put(self, _url: object, content: bytes, _until: float, _log: object) -> int:
        """Keep the answer."""
        self.bodies.append(content)
        self.answers.append(json.loads(content))
        return self.http_status


class _Permitted:
    """A client some methods of which may not be called."""

    def __init__(self, fakes: Fakes, client: object) -> None:
        self._fakes = fakes
        self._client = client

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method
        if name in self._fakes.denied:
            raise denied(name)
        return getattr(self._client, name)
