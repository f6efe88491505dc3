"""The function's entry point: one event in, one answer out, whatever happens between.

Only the standard library is imported here. Everything that could be broken - the AWS SDK, the rules, the
decisions - is imported where its failure can still be answered.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .frame import response
from .frame.log import Journal
from .frame.response import Once, Outcome, SystemClock, Undelivered
from .frame.response_url import FunctionEnv, Target, target
from .frame.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from .frame.stack import Stacks
    from .jobs.lifecycle import Lifecycle
    from .jobs.ports import Bedrock

_CRASHED = (
    "The handler failed in a way that it does not know ({kind}). Nothing that it started is left running as "
    "far as it knows; the function's log, request {request}, says where it failed."
)
_OUT_OF_TIME = (
    "The handler ran out of time and stopped where it was. Deploy again, or delete the stack again; it goes "
    "on from there. The function's log, request {request}, says what it waited for."
)
_UNREADABLE = "This event was refused before anything was called: {fault}."
_FOREIGN = "StackId must name the stack that the function belongs to"

_STACK_ARN = re.compile(
    r"arn:[a-z-]{3,20}:cloudformation:[a-z0-9-]{1,20}:[0-9]{12}:stack/[A-Za-z0-9-]{1,128}/[A-Za-z0-9-]{1,64}"
)
_SECONDS = re.compile(r"[0-9]{1,4}")
_HOUR = 3600
_RETRIES_APART = 180.0
"""Seconds that Lambda lets pass, in all, between an event and its two retries."""

_MARGIN = 20.0
"""Seconds before the end at which the watchdog answers: enough to be heard at the second try."""


_LAST_SECONDS = 2.0
"""Seconds before Lambda's own end at which nothing is waited for any more."""


class World:
    """What lies outside the handler. Tests bring another one."""

    clock: response.Clock = SystemClock()

    def stack_id(self) -> str:
        """Give the ARN of the stack that the function belongs to; "" where its template does not say."""
        return os.environ.get("STACK_ID", "")

    def journal(self, event: Mapping[str, object]) -> Journal:
        """Open the log."""
        return Journal(event)

    def services(self, place: FunctionEnv, journal: Journal) -> tuple[Bedrock, Stacks]:
        """Connect to Bedrock and CloudFormation."""
        from .frame.aws import CloudFormationStacks, client
        from .jobs.bedrock import BedrockJobs

        bedrock = BedrockJobs(client("bedrock", place.region), journal)
        return bedrock, CloudFormationStacks(client("cloudformation", place.region))

    def lifecycle(self, *parts: Any) -> Lifecycle:  # noqa: ANN401 - they are handed through, and typed there
        """Make what carries an event out; see `Lifecycle`."""
        from .jobs.lifecycle import Lifecycle

        return Lifecycle(*parts)

    def watchdog(self, seconds: float, bark: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `bark` when time is up."""
        return Watchdog(seconds, bark)

    def put(self, url: Target, content: bytes, until: float) -> int:
        """Send an answer to CloudFormation; give the status that ended the matter."""
        return response.put(url, content, until=until, clock=self.clock)


def on_event(event: Any, context: Any, world: World | None = None) -> None:  # noqa: ANN401 - whatever Lambda sends
    """Carry out one event of CloudFormation, and answer it exactly once.

    Args:
        event: A custom resource request
            (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html).
        context: Lambda's context object.
        world: What lies outside. Default: AWS.

    Raises:
        Undelivered: The answer could not be sent; Lambda is to try the event again.
    """
    world = world or World()
    place = FunctionEnv.of(getattr(context, "invoked_function_arn", None))
    is_answerable = response.is_answerable(event)
    url = target(event.get("ResponseURL"), place) if is_answerable else None
    journal = world.journal(event if is_answerable else {})
    if url is None or place is None:
        journal.write(
            "event refused", "ERROR", reason="It has no ids, or its ResponseURL is not CloudFormation's."
        )
        return
    _Invocation(event=event, context=context, world=world, place=place, url=url, journal=journal).run()


class _Invocation:
    """One event on its way to its answer."""

    def __init__(
        self,
        *,
        event: Mapping[str, Any],
        context: Any,  # noqa: ANN401 - Lambda's own type
        world: World,
        place: FunctionEnv,
        url: Target,
        journal: Journal,
    ) -> None:
        self._event = event
        self._context = context
        self._world = world
        self._place = place
        self._url = url
        self._journal = journal
        self._began = world.clock.now()
        self._remaining: float = context.get_remaining_time_in_millis() / 1000
        self._once = Once()
        self._lifecycle: Lifecycle | None = None
        self._unsent: Undelivered | None = None

    def run(self) -> None:
        """Carry the event out, watched by a dog that answers when time is up."""
        limit = min(self._remaining, _share(self._event))
        margin = min(_MARGIN, limit / 4)
        with self._world.watchdog(limit - margin, self._bark):
            outcome = self._outcome(self._began + limit - 1.5 * margin)
            is_ours = self._once.take()
            if not is_ours:
                self._undo()  # CloudFormation has heard that this failed
        if is_ours:
            self._answer(outcome)
        if self._unsent:
            raise self._unsent

    def _outcome(self, deadline: float) -> Outcome:
        try:
            return self._carry_out(deadline)
        except Exception as error:  # noqa: BLE001 - a stack must not hang because something was not foreseen
            kind = type(error).__name__  # and not its text, which may hold anything
            self._journal.write("crashed", "ERROR", kind=kind, frames=_frames(error))
        self._undo()
        return self._failed(_CRASHED, kind=kind, request=self._request_id)

    def _carry_out(self, deadline: float) -> Outcome:
        from .frame.retry import Patience
        from .jobs.desired_state import Unreadable, decode

        if not self._is_own_stack(self._event["StackId"]):
            return self._failed(_UNREADABLE, fault=_FOREIGN)
        try:
            change = decode(self._event)
        except Unreadable as fault:
            return self._failed(_UNREADABLE, fault=str(fault))
        bedrock, stacks = self._world.services(self._place, self._journal)
        patience = Patience(self._world.clock, deadline, self._end)
        self._lifecycle = self._world.lifecycle(change, bedrock, stacks, patience, self._journal)
        return self._lifecycle.run()

    def _is_own_stack(self, stack_id: str) -> bool:
        """Tell whether an event is about the function's own stack: whoever invokes it could name another."""
        if not _STACK_ARN.fullmatch(stack_id) or FunctionEnv.of(stack_id) != self._place:
            return False
        return self._world.stack_id() in ("", stack_id)

    def _bark(self) -> None:
        """Answer in place of a handler that hangs; what it raised here nobody would hear."""
        if not self._once.take():
            return
        try:
            self._answer(self._failed(_OUT_OF_TIME, request=self._request_id))
        except Undelivered as error:
            self._unsent = error
            self._journal.write("not answered", "ERROR", reason=str(error))

    def _answer(self, outcome: Outcome) -> None:
        content = response.body(self._event, outcome)
        status = self._world.put(self._url, content, self._end)
        self._journal.write(
            "answered",
            "ERROR" if outcome.failure or status >= 300 else "INFO",  # noqa: PLR2004 - where HTTP's successes end
            status="FAILED" if outcome.failure else "SUCCESS",
            physicalResourceId=outcome.physical_id,
            reason=outcome.failure or None,
            httpStatus=status,
        )

    def _failed(self, sentence: str, **details: str) -> Outcome:
        return Outcome(physical_id=self._physical_id, failure=sentence.format(**details))

    def _undo(self) -> None:
        with suppress(Exception):  # what failed once may fail again; the answer is what matters now
            if self._lifecycle:
                self._lifecycle.undo()

    @property
    def _physical_id(self) -> str:
        """The best id known: a failed Update or Delete must repeat the one that stands."""
        if self._lifecycle:
            return self._lifecycle.physical_id
        told = self._event.get("PhysicalResourceId")
        return told if isinstance(told, str) and told else f"not-created/{self._event['RequestId']}"

    @property
    def _end(self) -> float:
        """When Lambda is about to end the function."""
        return self._began + max(self._remaining - _LAST_SECONDS, 1.0)

    @property
    def _request_id(self) -> str:
        return str(getattr(self._context, "aws_request_id", "unknown"))


def _frames(error: Exception) -> list[str]:
    import traceback

    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]


def _share(event: Mapping[str, Any]) -> float:
    """Give the seconds that one of three attempts has, so that the last still answers in time."""
    properties = event.get("ResourceProperties")
    told = str(properties.get("ServiceTimeout")) if isinstance(properties, dict) else ""
    timeout = min(max(int(told), 1), _HOUR) if _SECONDS.fullmatch(told) else _HOUR
    return max((timeout - _RETRIES_APART) / 3, timeout / 4)
