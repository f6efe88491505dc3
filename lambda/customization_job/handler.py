"""The function's entry point: one event in, one response out, also if the handler fails.

The stack's rule sends looks, which get no response, and its state machines send tasks, which get a value
back; everything else is refused with one line of the log.

Only the standard library is imported here. Everything that can be broken (the AWS SDK, the rules, the
decisions) is imported where its failure can still be reported to CloudFormation.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .frame import response
from .frame.log import Log, frames_of
from .frame.response import DeliveryError, Outcome, SystemClock, UnfinishedError
from .frame.response_url import FunctionEnv, Target, target
from .frame.watchdog import Once, Watchdog, attempt_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from .frame.event import Event
    from .frame.lifecycle import Lifecycle
    from .frame.retry import Retry
    from .services import Services

_CRASHED = (
    "The handler failed with an unexpected error ({kind}). It tried to undo what it had started. See request "
    "{request} in the function's log."
)
_OUT_OF_TIME = (
    "The handler ran out of time. Deploy again, or delete the stack again; the handler continues where it "
    "stopped. See request {request} in the function's log."
)
_INVALID_EVENT = "This event was refused before anything was called: {problem}."
_FOREIGN = "StackId must be the stack that the function belongs to"

_LOOK = {"follow", "things"}
_TASK = {"task"}

_MARGIN = 20.0
"""Seconds before the end at which the watchdog responds: enough for a second try if the first one fails."""

_LAST_SECONDS = 2.0
"""Seconds before Lambda stops the function in which nothing is waited for."""


class Dependencies:
    """Everything outside the handler. Tests pass another one."""

    clock: response.Clock = SystemClock()

    def stack_id(self) -> str:
        """Return the ARN of the stack that the function belongs to; "" where its template does not set it."""
        return os.environ.get("STACK_ID", "")

    def open_log(self, event: Mapping[str, object]) -> Log:
        """Open the log of one event."""
        return Log(event)

    def services(self, env: FunctionEnv, retry: Retry, log: Log) -> Services:
        """Return the services of AWS, which are connected when they are needed."""
        from .frame.aws import client
        from .services import Services

        return Services(lambda service: client(service, env.region), retry, log)

    def lifecycle(self, event: Event, services: Services) -> Lifecycle:
        """Return what carries out an event.

        Raises:
            EventError: the function has no such resource type.
        """
        from .routes import lifecycle_of

        return lifecycle_of(event, services)

    def watchdog(self, seconds: float, on_timeout: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `on_timeout` when time is up."""
        return Watchdog(seconds, on_timeout)

    def put(self, url: Target, content: bytes, until: float, log: Log) -> int:
        """Send a response to CloudFormation and return the final HTTP status."""

        def warn(problem: str) -> None:
            log.write("network setting not used", "WARNING", reason=problem)

        return response.put(url, content, until=until, clock=self.clock, warn=warn)


def on_event(event: Any, context: Any, dependencies: Dependencies | None = None) -> dict[str, object] | None:  # noqa: ANN401 - Lambda may pass anything
    """Carry out one event of CloudFormation and respond to it exactly once, or one look, or one task.

    Args:
        event: a custom resource request
            (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html), or a look of the
            stack's rule (`frame.look`), or a task of one of its state machines (`frame.task`).
        context: Lambda's context object.
        dependencies: everything outside the handler. Default: AWS.

    Returns:
        What a state machine gets for a task; None for every other event.

    Raises:
        DeliveryError: the response could not be sent; Lambda is to retry the event.
        UnfinishedError: the event takes longer than one attempt; Lambda is to retry it.
        LookError: a look could not be completed; Lambda is to retry it.
        TaskError: a task could not be carried out; the state machine is to retry it.
    """
    dependencies = dependencies or Dependencies()
    env = FunctionEnv.of(getattr(context, "invoked_function_arn", None))
    if env and _has_members(event, _LOOK):
        from .follow import carry_out as look

        look(event, context, dependencies, env)
        return None
    if env and _has_members(event, _TASK):
        from .tasks import carry_out

        return carry_out(event, context, dependencies, env)
    is_answerable = response.is_answerable(event)
    url = target(event.get("ResponseURL"), env) if is_answerable else None
    log = dependencies.open_log(event if is_answerable else {})
    if url is None or env is None:
        log.write(
            "event refused",
            "ERROR",
            reason="The event lacks its ids, or its ResponseURL does not belong to CloudFormation.",
        )
        return None
    _Invocation(event=event, context=context, dependencies=dependencies, env=env, url=url, log=log).run()
    return None


class _Invocation:
    """One event, from its arrival to its response."""

    def __init__(
        self,
        *,
        event: Mapping[str, Any],
        context: Any,  # noqa: ANN401 - Lambda's own type
        dependencies: Dependencies,
        env: FunctionEnv,
        url: Target,
        log: Log,
    ) -> None:
        self._event = event
        self._context = context
        self._dependencies = dependencies
        self._env = env
        self._url = url
        self._log = log
        self._began = dependencies.clock.now()
        self._remaining: float = context.get_remaining_time_in_millis() / 1000
        self._once = Once()
        self._lifecycle: Lifecycle | None = None
        self._unsent: DeliveryError | None = None

    def run(self) -> None:
        """Carry out the event; the watchdog responds if that takes too long."""
        limit = min(self._remaining, attempt_seconds(self._event.get("ResourceProperties")))
        margin = min(_MARGIN, limit / 4)
        with self._dependencies.watchdog(limit - margin, self._on_timeout):
            outcome = self._outcome(self._began + limit - 1.5 * margin)
            is_first = self._once.take()
            if not is_first:
                self._undo()  # the watchdog has reported a failure to CloudFormation
        if is_first:
            if isinstance(outcome, UnfinishedError):
                raise outcome
            self._respond(outcome)
        if self._unsent:
            raise self._unsent

    def _outcome(self, deadline: float) -> Outcome | UnfinishedError:
        try:
            return self._carry_out(deadline)
        except UnfinishedError as unfinished:
            return unfinished
        except Exception as error:  # noqa: BLE001 - a stack must not hang because of an unforeseen error
            kind = type(error).__name__  # and not its text, which may hold secrets
            self._log.write("crashed", "ERROR", kind=kind, frames=frames_of(error))
        self._undo()
        return self._failed(_CRASHED, kind=kind, request=self._request_id)

    def _carry_out(self, deadline: float) -> Outcome:
        from .frame.event import EventError, is_own_stack, read_event
        from .frame.retry import Retry

        own = self._dependencies.stack_id() or self._event["StackId"]
        if not is_own_stack(self._event["StackId"], own, self._env):
            return self._failed(_INVALID_EVENT, problem=_FOREIGN)
        try:
            event = read_event(self._event)
            retry = Retry(self._dependencies.clock, deadline, self._end)
            services = self._dependencies.services(self._env, retry, self._log)
            self._lifecycle = self._dependencies.lifecycle(event, services)
        except EventError as error:
            return self._failed(_INVALID_EVENT, problem=str(error))
        return self._lifecycle.run()

    def _on_timeout(self) -> None:
        """Respond in place of a handler that hangs. An exception raised in this thread would be lost."""
        if not self._once.take():
            return
        try:
            self._respond(self._failed(_OUT_OF_TIME, request=self._request_id))
        except DeliveryError as error:
            self._unsent = error

    def _respond(self, outcome: Outcome) -> None:
        content = response.body(self._event, outcome)
        try:
            status = self._dependencies.put(self._url, content, self._end, self._log)
        except DeliveryError as error:
            self._log.write(
                "response not sent",
                "ERROR",
                reason=str(error),
                status=outcome.status,
                physicalResourceId=outcome.physical_id,
                note=outcome.failure or None,
            )
            raise
        self._log.write(
            "response sent",
            "ERROR" if outcome.failure or status >= 300 else "INFO",  # noqa: PLR2004 - where HTTP's successes end
            status=outcome.status,
            physicalResourceId=outcome.physical_id,
            reason=outcome.failure or None,
            httpStatus=status,
        )

    def _failed(self, sentence: str, **details: str) -> Outcome:
        return Outcome(physical_id=self._physical_id, failure=sentence.format(**details))

    def _undo(self) -> None:
        with suppress(Exception):  # it may fail for the same reason again; the response matters more now
            if self._lifecycle:
                self._lifecycle.undo()

    @property
    def _physical_id(self) -> str:
        """The best physical id known: a failed Update or Delete must return the one it was given."""
        if self._lifecycle:
            return self._lifecycle.physical_id
        given = self._event.get("PhysicalResourceId")
        return given if isinstance(given, str) and given else f"not-created/{self._event['RequestId']}"

    @property
    def _end(self) -> float:
        """When Lambda is about to stop the function."""
        return self._began + max(self._remaining - _LAST_SECONDS, 1.0)

    @property
    def _request_id(self) -> str:
        return str(getattr(self._context, "aws_request_id", "unknown"))


def _has_members(event: object, names: set[str]) -> bool:
    """Return whether an event has the members of a look or a task, whose readers check them."""
    return isinstance(event, dict) and set(event) == names
