"""The log of the functions behind the jobs of a stack: where it is, and what is in it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..deployment.aws_calls import AwsCallError, aws_calls
from ..deployment.deployed_stacks import former_resources, stack_resources, stack_template
from ..deployment.templates import EMPTY

if TYPE_CHECKING:
    from ..deployment.aws_calls import Client
    from ..deployment.deployed_stacks import StackResource
    from ..deployment.templates import Template
    from .aws_access import AwsAccess
    from .job_targets import JobTarget

POLL = 5.0
"""Seconds between two looks for new lines."""

_ATTEMPTS = 3  # of a call, after which it is tried again at the next look
_LATE = 300_000  # milliseconds that a line may arrive after a later one
_LOG_GROUP = "AWS::Logs::LogGroup"
_MADE_BY_PROVIDER = "BedrockModelCustomizationLogs"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """An event in a log group.

    Args:
        time: when the function wrote it, by its own clock.
        group: the name of the log group.
        stream: the name of the log stream.
        message: what it wrote.
    """

    time: datetime
    group: str
    stream: str
    message: str


def log_groups(access: AwsAccess, resources: Sequence[JobTarget]) -> list[str]:
    """Return the names of the log groups of the functions behind resources, each once.

    Args:
        access: the AWS that is asked.
        resources: resources of a stack and of its nested stacks.

    Raises:
        AwsCallError: CloudFormation or Lambda cannot be asked, or there is no log group.
    """
    found: dict[str, None] = {}
    for stack_id in dict.fromkeys(one.stack_id for one in resources):
        # In a nested stack the logical id comes last.
        ids = [one.resource.rpartition("/")[2] for one in resources if one.stack_id == stack_id]
        found |= dict.fromkeys(_Stack(access, stack_id).log_groups(ids))
    if not found:
        stack = resources[0]
        raise AwsCallError(
            f"The stack {stack.stack} ({stack.stack_status}) has no log group of the function behind "
            f"{', '.join(one.resource for one in resources)}: it was not created, or it was deleted."
        )
    return list(found)


class _Stack:
    """The functions of one stack.

    Args:
        access: the AWS that is asked.
        stack_id: the stack's ARN.
    """

    def __init__(self, access: AwsAccess, stack_id: str) -> None:
        self._cloudformation = access.client("cloudformation")
        self._access = access
        self._stack_id = stack_id
        self._template = _template(self._cloudformation, stack_id)
        self._resources = list(stack_resources(self._cloudformation, stack_id, with_deleted=True))
        self._physical_ids = {one.logical_id: one.physical_id for one in self._resources}

    def log_groups(self, logical_ids: Iterable[str]) -> Iterator[str]:
        """Yield the names of the log groups of the functions behind resources."""
        for function in dict.fromkeys(map(self._function, logical_ids)):
            yield from self._kept_log_groups() if function is None else self._log_groups(function)

    def _function(self, logical_id: str) -> str | None:
        """Return the logical id of the function behind a resource, or its ARN; None where that is unknown."""
        match _properties(self._template, logical_id).get("ServiceToken"):
            case {"Fn::GetAtt": [str(function), _]} | str(function):
                return function
        return None

    def _kept_log_groups(self) -> Iterator[str]:
        """Yield the log groups that the construct makes.

        The template that the stack has after a failed operation may not have the resource any more, and
        reading templates may not be permitted. The log groups stay, and have the construct's name.
        """
        listed = list(filter(_is_of_provider, self._resources))
        for one in listed or filter(_is_of_provider, former_resources(self._cloudformation, self._stack_id)):
            yield one.physical_id

    def _log_groups(self, function: str) -> Iterator[str]:
        match _properties(self._template, function).get("LoggingConfig"):
            case {"LogGroup": {"Ref": str(logical_id)}} if logical_id in self._template["Resources"]:
                physical_id = self._physical_ids.get(logical_id)
                yield from [physical_id] if physical_id else self._kept_log_groups()
            case {"LogGroup": str(name)}:
                yield name
            case _ if name := self._physical_ids.get(function, function):
                yield self._configured_log_group(name)

    def _configured_log_group(self, function: str) -> str:
        """Return the log group that a function has now; the template names one of another stack."""
        with aws_calls():
            found: Any = self._access.client("lambda").get_function_configuration(FunctionName=function)
        return str(found.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{found['FunctionName']}")


def _is_of_provider(resource: StackResource) -> bool:
    return (
        resource.type == _LOG_GROUP
        and _MADE_BY_PROVIDER in resource.logical_id
        and bool(resource.physical_id)
    )


def _template(cloudformation: Client, stack_id: str) -> Template:
    try:
        return stack_template(cloudformation, stack_id)
    except AwsCallError as error:
        if not error.is_denied:
            raise
        return EMPTY


def _properties(template: Template, logical_id: str) -> Mapping[str, Any]:
    resource = template["Resources"].get(logical_id)
    found = resource.get("Properties") if isinstance(resource, Mapping) else None
    return found if isinstance(found, Mapping) else {}


class FunctionLogs:
    """Reads log groups; every event is returned once.

    Args:
        access: the AWS that is asked.
        groups: the names of the log groups.
        since: the time of the first events.
    """

    def __init__(self, access: AwsAccess, groups: Sequence[str], since: datetime) -> None:
        self._access = access
        self._logs = access.client("logs")
        self._groups = groups
        self._begin = int(since.timestamp() * 1000)
        self._newest = 0
        self._seen: dict[object, int] = {}

    def new_events(self) -> Iterator[LogEvent]:
        """Yield the events that have not been returned, in the order of their times.

        Raises:
            AwsCallError: a log group cannot be read.
        """
        self._begin = max(self._begin, self._newest - _LATE)
        self._seen = {key: time for key, time in self._seen.items() if time >= self._begin}
        events = heapq.merge(*map(self._events, self._groups), key=lambda event: event[0])
        for time, key, event in events:
            if key not in self._seen:
                self._seen[key] = time
                self._newest = max(self._newest, time)
                yield event

    def follow(
        self,
        sleep: Callable[[float], None],
        on_failure: Callable[[AwsCallError | None], None],
    ) -> Iterator[LogEvent]:
        """Yield the events that come; ends by an exception only.

        What may work again, such as a network that is gone or a sign-in that has expired, is tried again.

        Args:
            sleep: waits so many seconds.
            on_failure: called with the error of the first call that fails, and with None when one succeeds
                again.

        Raises:
            AwsCallError: a log group cannot be read.
            LocalAwsError: the local AWS has ended.
        """
        access = replace(self._access, attempts=min(self._access.attempts, _ATTEMPTS))
        self._logs = access.client("logs")
        failed = False
        while True:
            sleep(POLL)
            try:
                if failed:
                    self._logs = access.renewed().client("logs")
                yield from self.new_events()
            except AwsCallError as error:
                if not (error.is_temporary or error.is_general):
                    raise
                if not failed:
                    on_failure(error)
                failed = True
            else:
                if failed:
                    on_failure(None)
                failed = False

    def _events(self, group: str) -> Iterator[tuple[int, object, LogEvent]]:
        """Yield the events of a log group, in the order of CloudWatch Logs, with what tells them apart."""
        alike: Counter[tuple[str, int, str]] = Counter()
        for one in self._answers(group):
            time, stream, message = (
                _int(one.get("timestamp")),
                str(one.get("logStreamName", "")),
                one["message"],
            )
            key = one.get("eventId")
            if key is None:  # the local AWS gives none
                alike[stream, time, message] += 1
                key = (stream, time, message, alike[stream, time, message])
            yield (
                time,
                (group, str(key)),
                LogEvent(time=_time(time), group=group, stream=stream, message=message),
            )

    def _answers(self, group: str) -> Iterator[Mapping[str, Any]]:
        try:
            with aws_calls():
                pages = self._logs.get_paginator("filter_log_events")
                for page in pages.paginate(logGroupName=group, startTime=self._begin):
                    for one in page.get("events", ()):
                        if isinstance(one.get("message"), str):
                            yield one
        except AwsCallError as error:
            if error.code == "ResourceNotFoundException":
                raise AwsCallError(
                    f"The log group {group} does not exist in {self._access.where}; it was deleted, and what "
                    "the function did before is not recorded any more.",
                    code=error.code,
                ) from None
            raise


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _time(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # a time that nothing has
        return datetime.fromtimestamp(0, UTC)
